//! What the platform has that the models have not, and the other way round.

use std::collections::{BTreeMap, BTreeSet};

use everruns_sdk::types::*;

use crate::fields;

const LIST: &str = include_str!("../fixtures/wire-fields.txt");

/// Where the models and the list may differ: the name there, the field or word, and why.
const EXCEPTIONS: &[(&str, &str, &str)] =
    &[("ImageUploadResponse", "metadata", "an image is one type, whether it is listed or was just uploaded")];

/// The names of one line of the list.
struct Line {
    names: BTreeSet<&'static str>,
    required: BTreeSet<&'static str>,
}

/// The lines of one kind, taken one by one, so that one that nobody took is seen.
struct List {
    lines: BTreeMap<&'static str, Line>,
    exceptions: BTreeSet<(&'static str, &'static str)>,
    drift: Vec<String>,
}

impl List {
    fn new(kind: &str) -> Self {
        let lines = LIST.lines().filter_map(|line| line.strip_prefix(kind)?.strip_prefix(' ')?.split_once(": "));
        let lines = lines.map(|(name, names)| {
            let required = names.split(' ').filter_map(|name| name.strip_prefix('*')).collect();
            (name, Line { names: names.split(' ').map(|name| name.trim_start_matches('*')).collect(), required })
        });
        let lines = BTreeMap::from_iter(lines);
        let exceptions = EXCEPTIONS.iter().filter(|(name, ..)| lines.contains_key(name));
        Self { exceptions: exceptions.map(|&(name, field, _)| (name, field)).collect(), lines, drift: Vec::new() }
    }

    fn take(&mut self, name: &'static str) -> Line {
        self.lines.remove(name).unwrap_or_else(|| panic!("{name} is not in the list"))
    }

    fn report(&mut self, name: &'static str, field: &str, what: &str) {
        match self.exceptions.iter().find(|exception| **exception == (name, field)).copied() {
            Some(exception) => drop(self.exceptions.remove(&exception)),
            None => self.drift.push(format!("{name}: {what} `{field}`")),
        }
    }

    fn compare(&mut self, name: &'static str, ours: &[&str]) -> Line {
        let line = self.take(name);
        for missing in line.names.iter().filter(|field| !ours.contains(field)) {
            self.report(name, missing, "we lack");
        }
        for extra in ours.iter().filter(|field| !line.names.contains(*field)) {
            self.report(name, extra, "nobody knows");
        }
        line
    }

    fn finish(mut self) {
        self.drift.extend(self.lines.keys().map(|name| format!("{name} is compared with nothing")));
        self.drift.extend(self.exceptions.iter().map(|exception| format!("no difference any more: {exception:?}")));
        assert!(self.drift.is_empty(), "{}", self.drift.join("\n"));
    }
}

#[test]
fn objects_have_the_fields_that_the_server_sends() {
    let mut list = List::new("record");
    macro_rules! compare {
        ($($name:literal: $type:ty,)+) => {
            $(list.compare($name, &fields::of_record::<$type>());)+
        };
    }
    records!(compare);
    list.finish();
}

#[test]
fn requests_have_the_fields_that_the_server_takes() {
    let mut list = List::new("request");
    macro_rules! compare {
        ($($name:literal: $type:ty,)+) => {
            $({
                let ours = fields::of_request::<$type>();
                let line = list.compare($name, &ours.iter().map(|(field, _)| *field).collect::<Vec<_>>());
                for (field, _) in ours.iter().filter(|(field, written)| !written && line.required.contains(field)) {
                    list.report($name, field, "we can leave out");
                }
            })+
        };
    }
    compare! {
        "ClientToolResult": ToolResult,
        "InputMessage": InputMessage,
        "MessageFile": MessageFile,
        "PATCH /v1/agents/{agent_id}": UpdateAgentRequest,
        "PATCH /v1/budgets/{budget_id}": UpdateBudgetRequest,
        "PATCH /v1/harnesses/{harness_id}": UpdateHarnessRequest,
        "PATCH /v1/memories/{memory_id}": UpdateMemoryRequest,
        "PATCH /v1/sessions/{session_id}": UpdateSessionRequest,
        "PATCH /v1/workspaces/{workspace_id}": UpdateWorkspaceRequest,
        "POST /v1/agents": CreateAgentRequest,
        "POST /v1/agents/analyze": PreviewAgentRequest,
        "POST /v1/agents/{agent_id}/versions": CreateAgentVersionRequest,
        "POST /v1/agents/{agent_id}/versions/default": SetDefaultAgentVersionRequest,
        "POST /v1/agents/{agent_id}/versions/{version_id}/fork": ForkAgentVersionRequest,
        "POST /v1/agents/{agent_id}/versions/{version_id}/rollback": RollbackAgentVersionRequest,
        "POST /v1/budgets": CreateBudgetRequest,
        "POST /v1/budgets/{budget_id}/top-up": TopUpRequest,
        "POST /v1/capabilities/guardrails/dry-run": GuardrailsDryRunRequest,
        "POST /v1/harnesses": CreateHarnessRequest,
        "POST /v1/memories": CreateMemoryRequest,
        "POST /v1/memories/{memory_id}/fs/{path}": CreateMemoryFileRequest,
        "POST /v1/sessions": CreateSessionRequest,
        "POST /v1/sessions/{session_id}/fork": ForkSessionRequest,
        "POST /v1/sessions/{session_id}/fs/_/copy": CopyFileRequest,
        "POST /v1/sessions/{session_id}/fs/_/grep": GrepRequest,
        "POST /v1/sessions/{session_id}/fs/_/move": MoveFileRequest,
        "POST /v1/sessions/{session_id}/fs/_/search": SearchRequest,
        "POST /v1/sessions/{session_id}/fs/_/stat": StatRequest,
        "POST /v1/sessions/{session_id}/fs/{path}": CreateFileRequest,
        "POST /v1/sessions/{session_id}/participants": AddParticipantRequest,
        "POST /v1/sessions/{session_id}/question-answers": AnswerQuestionsRequest,
        "POST /v1/sessions/{session_id}/tasks/{task_id}/messages": TaskMessageRequest,
        "POST /v1/sessions/{session_id}/tool-approvals": ToolApprovalsRequest,
        "POST /v1/sessions/{session_id}/tool-results": SubmitToolResultsRequest,
        "POST /v1/user/connections/{provider}": ConnectRequest,
        "POST /v1/workspaces": CreateWorkspaceRequest,
        "PUT /v1/memories/{memory_id}/fs/{path}": UpdateMemoryFileRequest,
        "PUT /v1/sessions/{session_id}/fs/{path}": UpdateFileRequest,
        "PUT /v1/sessions/{session_id}/storage/secrets": SetSecretsRequest,
        "QuestionAnswer": QuestionAnswer,
        "SecretBinding": SecretBinding,
        "ToolApprovalAnswer": ToolApproval,
    }
    // The body is made of two types, and compared where it is made.
    list.take("POST /v1/sessions/{session_id}/messages");
    list.finish();
}

#[test]
fn sets_have_the_words_of_the_server() {
    let mut list = List::new("words");
    macro_rules! compare {
        ($($name:literal: $type:ty,)+) => {
            $({
                // Other spellings of a word are read, but not named in the error.
                let mut ours = fields::words::<$type>();
                let spellings = list.lines[$name].names.iter();
                ours.extend(spellings.filter(|word| is_known(&<$type>::from(**word))).map(ToString::to_string));
                list.compare($name, &ours.iter().map(String::as_str).collect::<Vec<_>>());
            })+
        };
    }
    compare! {
        "AgentCardAuthKind": AgentAuthKind,
        "AgentStatus": AgentStatus,
        "AgentVersionChangeKind": VersionChange,
        "AskUserAnsweredBy": AnsweredBy,
        "AskUserQuestionKind": QuestionKind,
        "AskUserStatus": AnswerStatus,
        "BudgetAction": BudgetAction,
        "BudgetStatus": BudgetStatus,
        "BudgetSubjectType": BudgetSubject,
        "CalendarUnit": CalendarUnit,
        "CancelStatus": CancelStatus,
        "CapabilityStatus": CapabilityStatus,
        "CapabilityUsageKind": CapabilityUsageKind,
        "Communication": Communication,
        "DeferrablePolicy": DeferrablePolicy,
        "ExecutionPhase": Phase,
        "FileEncoding": FileEncoding,
        "FindingCategory": FindingCategory,
        "FindingSeverity": FindingSeverity,
        "FindingSource": FindingSource,
        "GuardrailAction": GuardrailAction,
        "GuardrailStage": GuardrailStage,
        "HarnessStatus": HarnessStatus,
        "HealthCheckStatus": HealthCheckStatus,
        "McpConnectInChat": McpConnectInChat,
        "McpElicitationPolicy": McpElicitation,
        "McpProtocolMode": McpProtocolMode,
        "McpServerActsAs": McpActsAs,
        "McpServerAuthMode": McpAuthMode,
        "McpServerTransportType": McpTransport,
        "McpToolLabel": McpToolLabel,
        "MemoryStatus": MemoryStatus,
        "MessageRole": MessageRole,
        "Modality": Modality,
        "ModelSource": ModelSource,
        "ModelVendor": ModelVendor,
        "PrincipalKind": PrincipalKind,
        "ProgressStepStatus": TaskStepStatus,
        "PromptCacheStrategy": PromptCacheStrategy,
        "ReasoningEffort": ReasoningEffort,
        "ReasoningTextKind": ReasoningTextKind,
        "RiskLevel": RiskLevel,
        "SessionParticipantKind": ParticipantKind,
        "SessionParticipantRole": ParticipantRole,
        "SessionStatus": SessionStatus,
        "SessionTaskState": TaskState,
        "SideEffectClass": SideEffectClass,
        "TaskMessageDirection": TaskMessageDirection,
        "TaskWakePolicy": TaskWakePolicy,
        "ToolApprovalDecision": ApprovalDecision,
        "ToolApprovalOutcome": ApprovalOutcome,
        "ToolPolicy": ToolPolicy,
        "ToolSeverity": Severity,
        "ToolStatus": ToolStatus,
        "VerificationStatus": VerificationStatus,
        "WorkspaceStatus": WorkspaceStatus,
    }
    macro_rules! compare_kinds {
        ($($name:literal: $type:ty => $tag:literal,)+) => {
            $({
                let kinds = list.lines[$name].names.iter().copied();
                let known = kinds.filter(|kind| {
                    let object = serde_json::json!({ $tag: kind });
                    is_known(&serde_json::from_value::<$type>(object).unwrap())
                });
                let ours = known.collect::<Vec<_>>();
                list.compare($name, &ours);
            })+
        };
    }
    compare_kinds! {
        "BudgetPeriod": BudgetPeriod => "type",
        "ContentPart": ContentPart => "type",
        "CreateMemorySource": MemorySourceRequest => "type",
        "InputContentPart": InputPart => "type",
        "MemorySource": MemorySource => "provider",
        "TaskMessagePart": TaskMessagePart => "type",
        "ToolDefinition": ToolDefinition => "type",
    }
    list.finish();
}

/// Whether a word or an object is not one that is only kept.
fn is_known(value: &impl std::fmt::Debug) -> bool {
    let debug = format!("{value:?}");
    !debug.starts_with("Other(") && !debug.starts_with("Unknown(")
}
