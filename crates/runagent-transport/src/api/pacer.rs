//! Keeping to the rate limit that a server tells.

use std::{
    sync::{Mutex, PoisonError},
    time::{Duration, SystemTime},
};

use http::HeaderMap;
use tokio::time::Instant;

use super::deadline::Deadline;
use crate::{Progress, RateLimit, TransportError, TransportErrorKind};

/// The longest wait for a renewal.
const MAX_WAIT: Duration = Duration::from_secs(60);
/// A window that is longer is taken for a mistake: nothing would be sent, and so nothing learned, until it ends.
const MAX_WINDOW: Duration = Duration::from_secs(24 * 60 * 60);
/// Answers of one window tell its end in whole seconds.
const SAME_WINDOW: Duration = Duration::from_secs(2);

/// What is left of the current window, as far as the server has told.
#[derive(Default)]
pub(super) struct Pacer(Mutex<Option<Window>>);

struct Window {
    remaining: u64,
    renewed_at: Instant,
}

impl Pacer {
    /// Waits until a request may go.
    pub(super) async fn wait(&self, deadline: Deadline) -> Result<(), TransportError> {
        while let Some(renewed_at) = self.take() {
            check(renewed_at, deadline)?;
            if tokio::runtime::Handle::try_current().is_err() {
                return Err(TransportError::unsupported("no Tokio runtime here to wait in for the rate limit"));
            }
            tokio::time::sleep_until(renewed_at).await;
        }
        Ok(())
    }

    /// Takes one of the requests that are left; when there is none, says when there will be.
    fn take(&self) -> Option<Instant> {
        let mut window = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let current = window.as_mut()?;
        if current.renewed_at <= Instant::now() {
            *window = None;
            return None;
        }
        match current.remaining.checked_sub(1) {
            Some(left) => {
                current.remaining = left;
                None
            }
            None => Some(current.renewed_at),
        }
    }

    /// Whether a request that waited would be let go in the end.
    pub(super) fn allows(&self, deadline: Deadline) -> bool {
        let window = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        window.as_ref().is_none_or(|window| window.remaining > 0 || check(window.renewed_at, deadline).is_ok())
    }

    /// Learns from an answer.
    pub(super) fn note(&self, headers: &HeaderMap) {
        let limit = RateLimit::of(headers, SystemTime::now());
        let (Some(remaining), Some(reset_after)) = (limit.remaining, limit.reset_after) else { return };
        if reset_after > MAX_WINDOW {
            return;
        }
        let now = Instant::now();
        let renewed_at = now + reset_after;
        let mut window = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        match window.as_mut().filter(|known| known.renewed_at > now) {
            // A late answer of the window before.
            Some(known) if renewed_at + SAME_WINDOW < known.renewed_at => {}
            // Answers overtake each other, and the server has not counted what is on its way. The end stays: where it moves
            // with every answer the window would never be over.
            Some(known) if renewed_at <= known.renewed_at + SAME_WINDOW => {
                known.remaining = known.remaining.min(remaining);
            }
            _ => *window = Some(Window { remaining, renewed_at }),
        }
    }
}

/// Refuses a wait that is too long.
fn check(renewed_at: Instant, deadline: Deadline) -> Result<(), TransportError> {
    let wait = renewed_at.saturating_duration_since(Instant::now());
    if wait <= MAX_WAIT && deadline.allows(wait) {
        return Ok(());
    }
    let message = format!("the rate limit of the server is used up, and renewed in {} s", wait.as_secs());
    Err(TransportError::new(TransportErrorKind::Throttled, Progress::NotSent, message).with_retry_after(wait))
}
