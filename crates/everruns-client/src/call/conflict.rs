//! Conflicts that pass.

use std::time::Duration;

use http::StatusCode;

use crate::error::Problem;

/// Which answers with 409 say that the server is not ready yet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Conflicts {
    /// None: a conflict is the answer.
    None,
    /// The first request with this idempotency key is still at work.
    InProgress,
    /// The turn has asked for something, and the session does not wait for it yet: the event that asks overtakes the state.
    NotWaiting,
}

impl Conflicts {
    pub(crate) const fn pacer(self) -> Pacer {
        let (delay, left) = match self {
            Self::None => (Duration::ZERO, 0),
            Self::InProgress => (Duration::from_millis(500), 4),
            Self::NotWaiting => (Duration::from_millis(100), 5),
        };
        Pacer { conflicts: self, delay, left }
    }

    fn covers(self, problem: &Problem) -> bool {
        problem.status() == StatusCode::CONFLICT
            && match self {
                Self::None => false,
                Self::InProgress => problem.code() == Some("idempotency_key_in_progress"),
                Self::NotWaiting => true,
            }
    }
}

/// The waits of one call.
pub(crate) struct Pacer {
    conflicts: Conflicts,
    delay: Duration,
    left: u32,
}

impl Pacer {
    /// How long to wait before the next try; `None` when there is to be none.
    pub(crate) fn delay(&mut self, problem: &Problem) -> Option<Duration> {
        if !self.conflicts.covers(problem) {
            return None;
        }
        self.left = self.left.checked_sub(1)?;
        let delay = self.delay;
        self.delay *= 2;
        Some(delay)
    }
}
