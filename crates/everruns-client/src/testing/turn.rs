//! What an agent does in a turn.

use std::time::Duration;

use serde_json::{Value, json};

use super::{gate::Gate, tool::Tool};

/// What the script of a turn goes by.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct TurnInput {
    /// The text of the message.
    pub text: String,
    /// The number of the turn in its session, from 1.
    pub number: usize,
    /// The message as it was written to the session.
    pub message: Value,
    /// The session.
    pub session_id: String,
}

/// What an agent does in a turn, step by step. Each step writes the events that the server writes for it.
///
/// A [`text`](Self::text) is a message, and so are [`delta`](Self::delta)s with nothing but waiting between them. Calls of
/// tools belong to the message before them. The last message is the answer, those before it are commentary.
///
/// ```
/// use everruns_sdk::testing::{Tool, Turn};
/// use serde_json::json;
///
/// let turn = Turn::new()
///     .thinking("A weather question.")
///     .text("Let me look.")
///     .tool(Tool::new("weather").with_arguments(json!({"city": "Oslo"})).returns(json!("rain")))
///     .text("It rains in Oslo.");
///
/// // Only a text:
/// let turn = Turn::from("It rains in Oslo.");
/// # drop(turn);
/// ```
#[derive(Clone, Debug, Default)]
#[must_use]
pub struct Turn {
    pub(super) steps: Vec<Step>,
}

/// A step of a turn.
#[derive(Clone, Debug)]
pub(super) enum Step {
    /// A whole message.
    Text(Vec<String>),
    /// A piece of a message, and when it is told.
    Delta(String, Told),
    Thinking(Vec<String>),
    /// A call that the server makes.
    Tool(Tool),
    /// A call that the client makes.
    ClientTool(Tool),
    Question(Value),
    Approval(Tool),
    Replace(String),
    Event(String, Value),
    Pause(Duration),
    Wait(Gate),
    Fail {
        code: String,
        message: String,
    },
    Seal(String),
}

/// When a piece of a message is told.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Told {
    InTime,
    /// After the message is complete.
    AfterMessage,
    /// After the turn is complete.
    AfterTurn,
}

impl Turn {
    /// A turn in which nothing happens.
    pub const fn new() -> Self {
        Self { steps: Vec::new() }
    }

    /// A message, told word by word.
    pub fn text(self, text: impl AsRef<str>) -> Self {
        self.step(Step::Text(text.as_ref().split_inclusive(' ').map(str::to_owned).collect()))
    }

    /// A message, told in these pieces.
    pub fn chunks(self, chunks: impl IntoIterator<Item: Into<String>>) -> Self {
        self.step(Step::Text(chunks.into_iter().map(Into::into).collect()))
    }

    /// A piece of a message, which goes on with the next one.
    pub fn delta(self, text: impl Into<String>) -> Self {
        self.step(Step::Delta(text.into(), Told::InTime))
    }

    /// A piece of a message that is told after the whole message was: deltas travel on a way of their own.
    pub fn late_delta(self, text: impl Into<String>) -> Self {
        self.step(Step::Delta(text.into(), Told::AfterMessage))
    }

    /// A piece of a message that is told after the turn is complete.
    pub fn trailing_delta(self, text: impl Into<String>) -> Self {
        self.step(Step::Delta(text.into(), Told::AfterTurn))
    }

    /// What the model thinks, told word by word.
    pub fn thinking(self, text: impl AsRef<str>) -> Self {
        self.step(Step::Thinking(text.as_ref().split_inclusive(' ').map(str::to_owned).collect()))
    }

    /// A tool on the server.
    pub fn tool(self, tool: Tool) -> Self {
        self.step(Step::Tool(tool))
    }

    /// A tool of the client's: the turn waits for `tool-results`.
    pub fn client_tool(self, tool: Tool) -> Self {
        self.step(Step::ClientTool(tool))
    }

    /// A question to the user with options, of which one is to be chosen: the turn waits for `question-answers`.
    pub fn asks(self, id: &str, question: &str, options: impl IntoIterator<Item: Into<String>>) -> Self {
        let option = |label: String| json!({"label": label, "description": "", "default": false});
        let options: Vec<_> = options.into_iter().map(Into::into).map(option).collect();
        self.questions(json!([{
            "id": id,
            "header": id,
            "question": question,
            "kind": "choice",
            "options": options,
            "multi_select": false,
            "allow_other": true,
        }]))
    }

    /// Questions to the user as the server puts them, an array.
    pub fn questions(self, questions: Value) -> Self {
        self.step(Step::Question(questions))
    }

    /// A tool on the server that runs once the user allows it: the turn waits for `tool-approvals`.
    pub fn approval(self, tool: Tool) -> Self {
        self.step(Step::Approval(tool))
    }

    /// What a guardrail puts in the place of the message so far.
    pub fn replaced_by(self, text: impl Into<String>) -> Self {
        self.step(Step::Replace(text.into()))
    }

    /// An event of any type, with any data.
    pub fn event(self, kind: impl Into<String>, data: Value) -> Self {
        self.step(Step::Event(kind.into(), data))
    }

    /// Time that passes.
    pub fn pause(self, duration: Duration) -> Self {
        self.step(Step::Pause(duration))
    }

    /// Waits until the gate is open.
    pub fn wait_for(self, gate: &Gate) -> Self {
        self.step(Step::Wait(gate.clone()))
    }

    /// The end of the turn, a failure. `message` is what the user is told.
    pub fn fails(self, code: impl Into<String>, message: impl Into<String>) -> Self {
        self.step(Step::Fail { code: code.into(), message: message.into() })
    }

    /// The end of the turn, neither success nor failure.
    pub fn seals(self, reason: impl Into<String>) -> Self {
        self.step(Step::Seal(reason.into()))
    }

    fn step(mut self, step: Step) -> Self {
        self.steps.push(step);
        self
    }
}

impl From<&str> for Turn {
    fn from(text: &str) -> Self {
        Self::new().text(text)
    }
}

impl From<String> for Turn {
    fn from(text: String) -> Self {
        Self::new().text(text)
    }
}
