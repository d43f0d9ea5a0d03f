//! Results of the tools that the caller runs.

use serde_json::Value;

use super::SessionStatus;

request! {
    /// What a call of a client-side tool gave: a result or an error.
    pub struct ToolResult {
        /// The id of the call.
        pub tool_call_id: String,
        /// The result.
        pub result: Option<Value>,
        /// The error.
        pub error: Option<String>,
    }
}

impl ToolResult {
    /// A result.
    #[must_use]
    pub fn ok(tool_call_id: impl Into<String>, result: impl Into<Value>) -> Self {
        Self { tool_call_id: tool_call_id.into(), result: Some(result.into()), error: None }
    }

    /// An error, in words for the model.
    #[must_use]
    pub fn error(tool_call_id: impl Into<String>, error: impl Into<String>) -> Self {
        Self { tool_call_id: tool_call_id.into(), result: None, error: Some(error.into()) }
    }
}

request! {
    /// Results for a session that waits for them.
    pub struct SubmitToolResultsRequest {
        /// The results.
        pub tool_results: Vec<ToolResult>; always,
    }
}

record! {
    /// What became of the results.
    pub struct SubmitToolResultsResponse {
        /// How many were taken.
        pub accepted: u64,
        /// What the session does now.
        pub status: SessionStatus,
    }
}
