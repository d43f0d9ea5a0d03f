//! An event of a session.

use std::time::Duration;

use serde_json::{Value, json};

/// The types that are told while they happen, and never again.
const EPHEMERAL: [&str; 5] = [
    "output.message.delta",
    "reason.thinking.delta",
    "tool.output.delta",
    "voice.input_transcript.delta",
    "voice.output_transcript.delta",
];

/// All types that the platform knows.
#[rustfmt::skip]
pub(super) const TYPES: &[&str] = &[
    "input.message", "output.message.started", "output.message.delta", "output.message.completed",
    "output.message.replaced", "conversation.message", "turn.started", "turn.completed", "turn.failed",
    "turn.cancelled", "turn.sealed", "reason.started", "reason.completed", "reason.recovered",
    "reason.thinking.started", "reason.thinking.delta", "reason.thinking.completed", "reason.item", "act.started",
    "act.completed", "tool.started", "tool.progress", "tool.output.delta", "tool.completed", "tool.call_requested",
    "tool.call_repaired", "tool.hosted_call", "tool.nested_call", "transcript.repaired", "llm.generation",
    "capability.usage", "session.started", "session.activated", "session.idled", "session.title.updated",
    "session.model.changed", "task.created", "task.updated", "task.message.sent", "task.message.received",
    "context.compacting", "context.compacted", "context.compaction.skipped", "context.compaction.failed",
    "file.written", "budget.warning", "budget.paused", "budget.exhausted", "budget.resumed", "timer.set",
    "timer.fired", "timer.cancelled", "schedule.triggered", "sandbox.instance_lost", "sandbox.recovered",
    "voice.session.started", "voice.session.ended", "voice.session.failed", "voice.input_transcript.delta",
    "voice.input_transcript.completed", "voice.output_transcript.delta", "voice.output_transcript.completed",
    "voice.output.interrupted", "dreaming.activity",
];

/// How long a stream may be silent before a comment says that it is alive.
pub(super) const HEARTBEAT: Duration = Duration::from_secs(30);

pub(super) fn is_ephemeral(kind: &str) -> bool {
    EPHEMERAL.contains(&kind)
}

/// What an event happened in.
#[derive(Clone, Debug)]
pub(super) enum Scope {
    /// The session.
    Session,
    /// A turn.
    Turn { turn_id: String, input_message_id: String },
    /// One call of the model, and what it leads to.
    Execution { turn_id: String, input_message_id: String, exec_id: String },
    /// A part of that which is timed.
    Span { turn_id: String, input_message_id: String, exec_id: String, span_id: String },
}

impl Scope {
    pub(super) fn context(&self) -> Value {
        match self {
            Self::Session => json!({}),
            Self::Turn { turn_id, input_message_id } => {
                json!({"turn_id": turn_id, "input_message_id": input_message_id})
            }
            Self::Execution { turn_id, input_message_id, exec_id } => {
                json!({"turn_id": turn_id, "input_message_id": input_message_id, "exec_id": exec_id})
            }
            Self::Span { turn_id, input_message_id, exec_id, span_id } => json!({
                "turn_id": turn_id,
                "input_message_id": input_message_id,
                "exec_id": exec_id,
                "trace_id": turn_id,
                "span_id": span_id,
                "parent_span_id": turn_id,
            }),
        }
    }
}

/// An event of a session, in its envelope.
#[derive(Clone, Debug)]
pub(super) struct Event(pub(super) Value);

impl Event {
    /// Its place among the durable ones.
    pub(super) fn sequence(&self) -> Option<u64> {
        self.0["sequence"].as_u64()
    }

    pub(super) fn kind(&self) -> &str {
        self.0["type"].as_str().unwrap_or_default()
    }

    pub(super) fn id(&self) -> &str {
        self.0["id"].as_str().unwrap_or_default()
    }

    /// As a frame of a stream.
    pub(super) fn frame(&self, retry: u64) -> String {
        frame(self.kind(), &self.0.to_string(), retry, self.sequence().map(|_| self.id()))
    }
}

/// A frame, with its fields in the order of the server.
pub(super) fn frame(kind: &str, data: &str, retry: u64, id: Option<&str>) -> String {
    let id = id.map(|id| format!("id: {id}\n")).unwrap_or_default();
    format!("event: {kind}\ndata: {data}\nretry: {retry}\n{id}\n")
}
