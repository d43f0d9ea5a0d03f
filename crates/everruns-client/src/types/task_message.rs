//! Messages to and from tasks.

use serde_json::Value;

use super::TextPart;
use crate::wire::Timestamp;

record! {
    /// A message to or from a task.
    pub struct TaskMessage {
        /// Its id.
        pub id: String,
        /// The task.
        pub task_id: String,
        /// Whether it is to the task, or from it.
        pub direction: TaskMessageDirection,
        /// What it consists of.
        pub content: Vec<TaskMessagePart>,
        /// What it answers.
        pub in_reply_to: Option<String>,
        /// When it was written.
        pub created_at: Timestamp,
    }
}

open_enum! {
    /// Which way a message goes.
    pub enum TaskMessageDirection {
        /// To the task.
        Inbound = "inbound",
        /// From the task.
        Outbound = "outbound",
    }
}

tagged! {
    /// A part of a message of a task, told apart by its `type`.
    pub enum TaskMessagePart by "type" {
        /// Text.
        Text(TextPart) = "text",
        /// Anything else.
        Data(DataPart) = "data",
    }
}

shared! {
    /// JSON.
    pub struct DataPart {
        /// The value.
        pub data: Value; always,
    }
}

request! {
    /// A message to a task: text or parts.
    pub struct TaskMessageRequest {
        /// The text.
        pub text: Option<String>,
        /// The parts, in the place of the text.
        pub content: Vec<TaskMessagePart>,
        /// What it answers: the id of what the task asked.
        pub in_reply_to: Option<String>,
    }
}
