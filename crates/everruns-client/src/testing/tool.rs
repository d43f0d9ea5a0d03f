//! A tool that an agent calls.

use serde_json::{Value, json};

/// A call of a tool on the server, and what comes of it. It succeeds, with `null`, when nothing else is said.
///
/// ```
/// use everruns_sdk::testing::{Tool, Turn};
/// use serde_json::json;
///
/// let turn = Turn::new()
///     .text("Let me roll.")
///     .tool(Tool::new("roll_dice").with_arguments(json!({"sides": 6})).reports("rolling").returns(json!(4)))
///     .tool(Tool::new("roll_dice").with_arguments(json!({"sides": 1})).fails("a die has two sides or more"))
///     .text("It is a 4.");
/// # drop(turn);
/// ```
#[derive(Clone, Debug)]
pub struct Tool {
    pub(super) name: String,
    pub(super) id: Option<String>,
    pub(super) arguments: Value,
    pub(super) progress: Vec<String>,
    pub(super) output: Vec<String>,
    pub(super) outcome: Result<Value, String>,
}

impl Tool {
    /// A call without arguments.
    pub fn new(name: impl Into<String>) -> Self {
        Self {
            name: name.into(),
            id: None,
            arguments: json!({}),
            progress: Vec::new(),
            output: Vec::new(),
            outcome: Ok(Value::Null),
        }
    }

    /// Sets the id of the call; otherwise it is a new one.
    #[must_use]
    pub fn with_id(mut self, id: impl Into<String>) -> Self {
        self.id = Some(id.into());
        self
    }

    /// Sets the arguments, an object.
    #[must_use]
    pub fn with_arguments(mut self, arguments: Value) -> Self {
        self.arguments = arguments;
        self
    }

    /// Tells of progress (`tool.progress`).
    #[must_use]
    pub fn reports(mut self, message: impl Into<String>) -> Self {
        self.progress.push(message.into());
        self
    }

    /// Writes to the standard output (`tool.output.delta`).
    #[must_use]
    pub fn prints(mut self, text: impl Into<String>) -> Self {
        self.output.push(text.into());
        self
    }

    /// What it returns.
    #[must_use]
    pub fn returns(mut self, result: Value) -> Self {
        self.outcome = Ok(result);
        self
    }

    /// What goes wrong.
    #[must_use]
    pub fn fails(mut self, error: impl Into<String>) -> Self {
        self.outcome = Err(error.into());
        self
    }
}
