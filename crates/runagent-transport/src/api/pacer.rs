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
            let wait = renewed_at.saturating_duration_since(Instant::now());
            if wait > MAX_WAIT || !deadline.allows(wait) {
                let message = format!("the rate limit of the server is used up, and renewed in {} s", wait.as_secs());
                return Err(TransportError::new(TransportErrorKind::RateLimited, Progress::NotSent, message)
                    .with_retry_after(wait));
            }
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

    /// Learns from an answer.
    pub(super) fn note(&self, headers: &HeaderMap) {
        let limit = RateLimit::of(headers, SystemTime::now());
        let (Some(remaining), Some(reset_after)) = (limit.remaining, limit.reset_after) else { return };
        let Some(renewed_at) = Instant::now().checked_add(reset_after) else { return };
        let mut window = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        // Answers overtake each other, and the server has not counted what is on its way.
        let known = window.as_ref().filter(|known| {
            let (early, late) = (known.renewed_at.min(renewed_at), known.renewed_at.max(renewed_at));
            late.duration_since(early) <= SAME_WINDOW
        });
        let remaining = known.map_or(remaining, |known| known.remaining.min(remaining));
        *window = Some(Window { remaining, renewed_at });
    }
}
