//! Turns that bring no answer.

use std::fmt;

use crate::types::ToolCall;

/// Why a turn brought no answer.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum TurnError {
    /// The turn failed.
    Failed {
        /// The turn.
        turn_id: String,
        /// What went wrong, for people.
        message: String,
        /// A word for programs, such as `provider_rate_limited`.
        code: Option<String>,
    },
    /// The agent waits for something that only the caller can give, and nobody was there to give it. The turn goes on once it
    /// is given.
    Waiting {
        /// What it waits for: the result of a tool, a decision, or the answer to a question.
        calls: Vec<ToolCall>,
    },
}

impl TurnError {
    /// A word for programs.
    #[must_use]
    pub fn code(&self) -> Option<&str> {
        match self {
            Self::Failed { code, .. } => code.as_deref(),
            Self::Waiting { .. } => None,
        }
    }
}

impl fmt::Display for TurnError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Failed { message, code, .. } => {
                write!(f, "the turn failed: {}", message.escape_debug())?;
                code.as_ref().map_or(Ok(()), |code| write!(f, " ({})", code.escape_debug()))
            }
            Self::Waiting { calls } => {
                let names: Vec<_> = calls.iter().map(|call| call.name.escape_debug().to_string()).collect();
                write!(f, "the agent waits for the caller, and nobody answers: {}", names.join(", "))
            }
        }
    }
}

impl std::error::Error for TurnError {}
