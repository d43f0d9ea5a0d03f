//! Calls of tools that wait for an approval.

use serde_json::Value;

use super::SessionStatus;

record! {
    /// A call that a session holds back until somebody approves it.
    pub struct PendingApproval {
        /// The id of the approval, which the decision names.
        pub tool_call_id: String,
        /// The name of the tool.
        pub tool_name: String,
        /// The arguments of the call.
        pub arguments: Value,
    }
}

request! {
    /// Decisions on the calls that a session holds back: 100 at most. Those that none is about are not approved.
    pub struct ToolApprovalsRequest {
        /// The decisions.
        pub decisions: Vec<ToolApproval>; always,
    }
}

request! {
    /// The decision on a call.
    pub struct ToolApproval {
        /// The id of the approval.
        pub tool_call_id: String,
        /// The decision.
        pub decision: ApprovalDecision; always,
    }
}

impl ToolApproval {
    /// A decision on an approval, by its id.
    #[must_use]
    pub fn new(tool_call_id: impl Into<String>, decision: ApprovalDecision) -> Self {
        Self { tool_call_id: tool_call_id.into(), decision }
    }
}

open_enum! {
    /// Whether a call may run.
    pub enum ApprovalDecision {
        /// It may.
        Allow = "allow",
        /// It may, and so may all calls of the tool in this session.
        AllowAlways = "allow_always",
        /// It may not.
        Reject = "reject",
        /// It may not, and neither may any call of the tool in this session.
        RejectAlways = "reject_always",
    }
}

record! {
    /// What became of the decisions.
    pub struct ToolApprovalsResponse {
        /// Each call that was held back.
        pub resolved: Vec<ResolvedApproval>,
        /// What the session does now.
        pub status: SessionStatus,
    }
}

record! {
    /// What became of a call that was held back.
    pub struct ResolvedApproval {
        /// The id of the approval.
        pub tool_call_id: String,
        /// The name of the tool.
        pub tool: String,
        /// The decision that counts.
        pub outcome: ApprovalOutcome,
    }
}

open_enum! {
    /// What was decided about a call.
    pub enum ApprovalOutcome {
        /// It may run.
        Allow = "allow",
        /// It may run, and so may all calls of the tool in this session.
        AllowAlways = "allow_always",
        /// It may not run.
        Reject = "reject",
        /// It may not run, and neither may any call of the tool in this session.
        RejectAlways = "reject_always",
        /// Nobody decided.
        NotApproved = "not_approved",
    }
}
