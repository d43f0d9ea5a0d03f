//! What was seen of a turn.

use std::time::Duration;

use super::{TurnOutcome, TurnStatus, outcome::answer};
use crate::{
    Error, Event, Result,
    error::TurnError,
    types::{Message, TokenUsage},
};

/// How long the session may be quiet after the end of a turn that the message was put into, or that it waited for.
const DOUBT: Duration = Duration::from_secs(3);
/// How long it may be quiet before it is asked what it does. A channel may not show that a turn is over.
const QUIET: Duration = Duration::from_secs(30);
/// How long it may be quiet after it said once that nothing goes on: longer than a connection that is lost goes unnoticed.
const IDLE: Duration = Duration::from_secs(60);

/// What was seen of a turn.
pub(super) struct Seen {
    /// The message that started it.
    input_id: String,
    /// The place of that message, where the server says so.
    input_sequence: Option<i64>,
    /// Whether the message has arrived: what came before that belongs to others.
    begun: bool,
    /// The turn that works on the message.
    turn_id: Option<String>,
    messages: Vec<Message>,
    /// How a turn ended that had begun before the message came. The message was put into it, or waits for a turn of its own.
    other: Option<Result<TurnOutcome>>,
    /// Whether the session has said since the last event that nothing goes on in it.
    idle: bool,
}

impl Seen {
    pub(super) fn of(input: Message) -> Self {
        Self {
            input_sequence: input.sequence.and_then(|sequence| i64::try_from(sequence).ok()),
            input_id: input.id,
            begun: false,
            turn_id: None,
            messages: Vec::new(),
            other: None,
            idle: false,
        }
    }

    /// Whether what comes now may belong to the turn.
    pub(super) const fn begun(&self) -> bool {
        self.begun
    }

    /// How long to wait for the next event before the session is asked what it does.
    pub(super) const fn patience(&self) -> Duration {
        match self.other {
            Some(_) => DOUBT,
            None if self.idle => IDLE,
            None => QUIET,
        }
    }

    /// Takes an event; the outcome when it is the last.
    pub(super) fn follow(&mut self, event: Event) -> Option<Result<TurnOutcome>> {
        self.idle = false;
        let is_own = self.recognise(&event);
        if !self.begun {
            return None;
        }
        if let Event::OutputMessageCompleted { message, .. } = event {
            self.messages.push(*message);
            return None;
        }
        let outcome = self.outcome(event)?;
        if is_own {
            return Some(outcome);
        }
        self.other = Some(outcome);
        None
    }

    /// The session says that nothing goes on in it. When it says so again, and no event came in between, the turn is over.
    pub(super) fn end(&mut self) -> Option<Result<TurnOutcome>> {
        if !std::mem::replace(&mut self.idle, true) {
            return None;
        }
        if let Some(other) = self.other.take() {
            return Some(other);
        }
        if !self.begun || self.messages.is_empty() {
            let message = "the turn is over, and no event says how: the channel may not show it";
            return Some(Err(Error::Stream(message.to_owned())));
        }
        let turn_id = self.turn_id.clone().unwrap_or_default();
        Some(Ok(self.close(TurnStatus::Completed, turn_id, None, None)))
    }

    /// Whether the event belongs to the turn of the message.
    fn recognise(&mut self, event: &Event) -> bool {
        let is_input = |id: &str| !id.is_empty() && id == self.input_id;
        let arrives = match event {
            Event::InputMessage { message, .. } => is_input(&message.id),
            _ => event.sequence().is_some_and(|sequence| self.input_sequence.is_some_and(|input| sequence >= input)),
        };
        let by_message = match event {
            Event::TurnStarted { input_message_id, .. } | Event::SessionActivated { input_message_id, .. } => {
                is_input(input_message_id)
            }
            other => other.meta().context.input_message_id.as_deref().is_some_and(is_input),
        };
        let is_own = by_message || (self.turn_id.is_some() && event.turn_id() == self.turn_id.as_deref());
        if by_message && !matches!(event, Event::InputMessage { .. }) {
            self.turn_id = event.turn_id().map(str::to_owned).or_else(|| self.turn_id.take());
        }
        if by_message && self.other.take().is_some() {
            // What was said before was said in the turn before.
            self.messages.clear();
        }
        self.begun = self.begun || arrives || by_message;
        is_own
    }

    fn outcome(&mut self, event: Event) -> Option<Result<TurnOutcome>> {
        Some(match event {
            Event::TurnCompleted { turn_id, final_message_id, usage, .. } => {
                Ok(self.close(TurnStatus::Completed, turn_id, final_message_id.as_deref(), usage))
            }
            Event::TurnCancelled { turn_id, reason, usage, .. } => {
                Ok(self.close(TurnStatus::Cancelled { reason }, turn_id, None, usage))
            }
            Event::TurnSealed { turn_id, reason, usage, .. } => {
                Ok(self.close(TurnStatus::Sealed { reason }, turn_id, None, usage))
            }
            Event::TurnFailed { turn_id, error, error_code, .. } => {
                Err(Error::Turn(TurnError::Failed { turn_id, message: error, code: error_code }))
            }
            _ => return None,
        })
    }

    fn close(
        &mut self,
        status: TurnStatus,
        turn_id: String,
        named: Option<&str>,
        usage: Option<TokenUsage>,
    ) -> TurnOutcome {
        let messages = std::mem::take(&mut self.messages);
        let text = answer(&messages, named).map(Message::text).unwrap_or_default();
        TurnOutcome { status, turn_id, text, messages, usage }
    }
}
