//! What an agent asks the caller for, and who answers.

use runagent_transport::BoxFuture;
use serde::Deserialize as _;
use serde_json::Value;

use crate::{
    Event,
    types::{ApprovalDecision, Question, QuestionAnswer, ToolCall},
};

type Handler<Request, Answer> = Box<dyn FnMut(Request) -> BoxFuture<'static, Answer> + Send>;

type Observer = Box<dyn FnMut(&Event) + Send>;

#[derive(Default)]
pub(super) struct Handlers {
    pub(super) tool: Option<Handler<ToolCall, Result<Value, String>>>,
    pub(super) approval: Option<Handler<ApprovalRequest, ApprovalDecision>>,
    pub(super) question: Option<Handler<QuestionRequest, Vec<QuestionAnswer>>>,
    pub(super) event: Option<Observer>,
}

/// A tool that the agent may not run without a decision.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct ApprovalRequest {
    /// What the decision is given for: [`ToolApproval::tool_call_id`](crate::types::ToolApproval::tool_call_id).
    pub id: String,
    /// The tool.
    pub tool: String,
    /// What it is to be run with.
    pub arguments: Value,
    /// All that the server says about it.
    pub details: Value,
}

/// Questions to the user.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct QuestionRequest {
    /// What the answers are given for.
    pub id: String,
    /// The questions.
    pub questions: Vec<Question>,
    /// All that the server says about them, such as until when they are to be answered.
    pub details: Value,
}

/// What a call of a tool asks the caller for.
pub(super) enum Wish {
    Tool(ToolCall),
    Approval(ApprovalRequest),
    Question(QuestionRequest),
}

impl From<ToolCall> for Wish {
    fn from(call: ToolCall) -> Self {
        match call.name.as_str() {
            "approve_tool_call" => Self::Approval(ApprovalRequest {
                id: call.id,
                tool: call.arguments.get("tool").and_then(Value::as_str).unwrap_or_default().to_owned(),
                arguments: call.arguments.get("arguments").cloned().unwrap_or_default(),
                details: call.arguments,
            }),
            "ask_user" => Self::Question(QuestionRequest {
                id: call.id,
                questions: call
                    .arguments
                    .get("questions")
                    .and_then(|questions| Vec::deserialize(questions).ok())
                    .unwrap_or_default(),
                details: call.arguments,
            }),
            _ => Self::Tool(call),
        }
    }
}
