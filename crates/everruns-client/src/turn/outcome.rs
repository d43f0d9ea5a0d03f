//! What a turn has brought.

use crate::types::{Message, Phase, TokenUsage};

/// What a turn has brought.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct TurnOutcome {
    /// How it ended.
    pub status: TurnStatus,
    /// The turn.
    pub turn_id: String,
    /// The text of the answer; empty when there is none.
    pub text: String,
    /// The messages of the agent, in their order.
    pub messages: Vec<Message>,
    /// What it took.
    pub usage: Option<TokenUsage>,
}

/// How a turn ended, other than by failure.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum TurnStatus {
    /// With an answer.
    Completed,
    /// Somebody has cancelled it.
    Cancelled {
        /// Why, when the server says so.
        reason: Option<String>,
    },
    /// The server has closed it without an answer, which is neither success nor failure.
    Sealed {
        /// Why.
        reason: String,
    },
}

/// The message with the answer: the one that the server names, else the last that is a final answer, else the last.
pub(super) fn answer<'a>(messages: &'a [Message], named: Option<&str>) -> Option<&'a Message> {
    let by_name = messages.iter().rev().find(|message| Some(message.id.as_str()) == named);
    let by_phase = || messages.iter().rev().find(|message| message.phase == Some(Phase::FinalAnswer));
    by_name.or_else(by_phase).or_else(|| messages.last())
}
