//! When something is given up.

use std::time::Duration;

use tokio::time::Instant;

use crate::{CallOptions, Progress, TransportError, TransportErrorKind};

/// A point in time, and the limit that led to it.
#[derive(Clone, Copy, Debug)]
pub(super) struct Deadline {
    /// `None` for a time that never comes.
    at: Option<Instant>,
    limit: Duration,
}

impl Deadline {
    pub(super) fn after(limit: Duration) -> Self {
        Self { at: Instant::now().checked_add(limit), limit }
    }

    /// This one, or the one after `limit` if that is earlier.
    pub(super) fn or(self, limit: Duration) -> Self {
        let other = Self::after(limit);
        match (self.at, other.at) {
            (Some(this), Some(that)) if that < this => other,
            (None, Some(_)) => other,
            _ => self,
        }
    }

    /// Whether a wait of this length ends in time.
    pub(super) fn allows(self, wait: Duration) -> bool {
        self.at.is_none_or(|deadline| Instant::now().checked_add(wait).is_some_and(|end| end < deadline))
    }

    /// The options with this deadline, for the transport, which knows better what was sent by then.
    pub(super) fn tell(self, options: CallOptions) -> CallOptions {
        self.at.map_or(options, |at| options.with_deadline(at.into_std()))
    }

    /// One timer for the whole of the work. What the work itself says at the deadline goes first; else it is an error of
    /// this kind about what was `missing` by then.
    pub(super) async fn enforce<T>(
        self,
        kind: TransportErrorKind,
        progress: Progress,
        missing: &str,
        work: impl Future<Output = Result<T, TransportError>>,
    ) -> Result<T, TransportError> {
        let Some(deadline) = self.at else { return work.await };
        if tokio::runtime::Handle::try_current().is_err() {
            // No timer here; a transport that needs a runtime says so, and one in memory answers at once.
            return work.await;
        }
        tokio::time::timeout_at(deadline, work).await.unwrap_or_else(|_| {
            let message = format!("no {missing} within {:?}", self.limit);
            Err(TransportError::new(kind, progress, message))
        })
    }
}
