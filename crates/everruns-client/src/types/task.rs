//! Work in the background of a session.

use serde_json::{Map, Value};

use super::TaskMessage;
use crate::wire::Timestamp;

record! {
    /// A piece of work in the background of a session.
    pub struct SessionTask {
        /// Its id.
        pub id: String,
        /// The session.
        pub session_id: String,
        /// The session that all began with (0.50).
        pub root_session_id: Option<String>,
        /// What it is, such as `subagent` or `background_tool`.
        pub kind: String,
        /// Its name for people.
        pub display_name: String,
        /// What is to be done, as its kind says.
        pub spec: Map<String, Value>,
        /// How far it is.
        pub state: TaskState,
        /// The same in words.
        pub state_detail: Option<String>,
        /// How far it is, in figures.
        pub progress: Option<TaskProgress>,
        /// What it asks, while it waits for an answer.
        pub input_request: Option<TaskInputRequest>,
        /// When somebody asked it to stop.
        pub cancel_requested_at: Option<Timestamp>,
        /// What it gave, in words.
        pub summary: Option<String>,
        /// The file with what it gave.
        pub result_path: Option<String>,
        /// What it made.
        pub artifacts: Vec<TaskArtifact>,
        /// Why it failed.
        pub error: Option<TaskError>,
        /// Which try this is, from 1.
        pub attempt: Option<u64>,
        /// Who works on it.
        pub worker_id: Option<String>,
        /// When they last said so.
        pub heartbeat_at: Option<Timestamp>,
        /// What it belongs together with.
        pub links: Option<TaskLinks>,
        /// When it starts a turn of the session.
        pub wake_policy: Option<TaskWakePolicy>,
        /// When it was made.
        pub created_at: Timestamp,
        /// When it started.
        pub started_at: Option<Timestamp>,
        /// When it was over.
        pub finished_at: Option<Timestamp>,
        /// When it was changed last.
        pub updated_at: Timestamp,
    }
}

open_enum! {
    /// How far a task is.
    pub enum TaskState {
        /// It waits.
        Queued = "queued",
        /// It runs.
        Running = "running",
        /// It waits for an answer.
        AwaitingInput = "awaiting_input",
        /// It is done.
        Succeeded = "succeeded",
        /// It failed.
        Failed = "failed",
        /// It was cancelled.
        Canceled = "canceled" | "cancelled",
    }
}

open_enum! {
    /// When a task starts a turn of its session.
    pub enum TaskWakePolicy {
        /// Never.
        Silent = "silent",
        /// When it is over.
        OnTerminal = "on_terminal",
        /// Whenever something happens to it.
        OnActivity = "on_activity",
    }
}

record! {
    /// How far a task is, in figures.
    pub struct TaskProgress {
        /// How much is done.
        pub current: Option<u64>,
        /// How much there is to do.
        pub total: Option<u64>,
        /// What is counted.
        pub unit: Option<String>,
        /// What is going on.
        pub label: Option<String>,
        /// Its steps (0.50).
        pub steps: Vec<TaskStep>,
    }
}

record! {
    /// A step of a task.
    pub struct TaskStep {
        /// What it is.
        pub title: String,
        /// How far it is.
        pub status: TaskStepStatus,
    }
}

open_enum! {
    /// How far a step is.
    pub enum TaskStepStatus {
        /// It waits.
        Pending = "pending",
        /// It runs.
        InProgress = "in_progress",
        /// It is done.
        Done = "done",
        /// It is left out.
        Skipped = "skipped",
    }
}

record! {
    /// What a task asks.
    pub struct TaskInputRequest {
        /// The id, which the answer names.
        pub id: String,
        /// The question.
        pub prompt: String,
        /// The JSON Schema of the answer.
        pub expected: Option<Value>,
    }
}

record! {
    /// Something that a task made.
    pub struct TaskArtifact {
        /// Its name.
        pub name: String,
        /// What it is, such as `file`, `url`, `session` or `pr`.
        pub kind: String = "type",
        /// Its path among the files of the session.
        pub path: Option<String>,
        /// Its address elsewhere.
        pub url: Option<String>,
    }
}

record! {
    /// Why a task failed.
    pub struct TaskError {
        /// What kind of error it is.
        pub kind: String,
        /// The error, in words.
        pub message: String,
    }
}

record! {
    /// What a task belongs together with.
    pub struct TaskLinks {
        /// The session that does the work.
        pub child_session_id: Option<String>,
        /// The task on a server elsewhere.
        pub remote_task_id: Option<String>,
        /// What it holds.
        pub resource_ids: Vec<String>,
    }
}

record! {
    /// A task with its messages.
    pub struct TaskDetail {
        /// The task.
        pub task: SessionTask,
        /// Its messages.
        pub messages: Vec<TaskMessage>,
    }
}
