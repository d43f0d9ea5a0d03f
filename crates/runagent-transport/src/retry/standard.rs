//! The rules that hold unless somebody brings others.

use std::time::{Duration, SystemTime};

use http::{HeaderMap, HeaderName, StatusCode};

use super::{Attempt, Failure, Idempotency, RetryPolicy, Verdict, retry_after};
use crate::{Progress, TransportError, TransportErrorKind};

/// A server's explicit word on whether to try again.
const SHOULD_RETRY: HeaderName = HeaderName::from_static("x-should-retry");

/// Retries what is known to be harmless, with exponential backoff and full jitter.
///
/// | failure | safe, idempotent or keyed | unsafe |
/// |---|---|---|
/// | nothing was sent: no address, refused, TLS broke | retry | retry |
/// | refused before it ran: 429, 503 with `Retry-After` | retry | retry |
/// | 408, 500, 502, 504, 503; lost in flight; attempt timed out | retry | stop |
/// | other statuses, too large, not HTTP, certificate refused | stop | stop |
/// | refused on this machine, where nothing listens | stop | stop |
///
/// The n-th retry comes after a random time between 0 and `delay × backoff^(n-1)`, 30 s at most. A server's
/// [`Retry-After`](retry_after) up to 60 s goes before that; one that asks for longer is not tried again. So is one that
/// says `x-should-retry: false`.
///
/// ```
/// use std::time::Duration;
/// use runagent_transport::retry::StandardRetry;
///
/// let policy = StandardRetry::new().with_max_retries(2).with_delay(Duration::from_millis(250));
/// ```
#[derive(Clone, Debug)]
pub struct StandardRetry {
    max_retries: u32,
    delay: Duration,
    backoff: f64,
}

const MAX_DELAY: Duration = Duration::from_secs(30);
const MAX_RETRY_AFTER: Duration = Duration::from_secs(60);

impl StandardRetry {
    /// Three retries, after up to 1, 2 and 4 seconds.
    #[must_use]
    pub const fn new() -> Self {
        Self { max_retries: 3, delay: Duration::from_secs(1), backoff: 2.0 }
    }

    /// Sets how often a call is retried; 0 turns retrying off. The default is 3.
    #[must_use]
    pub const fn with_max_retries(mut self, retries: u32) -> Self {
        self.max_retries = retries;
        self
    }

    /// Sets the longest time before the first retry. The default is 1 s.
    #[must_use]
    pub const fn with_delay(mut self, delay: Duration) -> Self {
        self.delay = delay;
        self
    }

    /// Sets the factor from one retry to the next. The default is 2.0; below 1, and what is no number, counts as 1.
    #[must_use]
    pub const fn with_backoff(mut self, factor: f64) -> Self {
        self.backoff = factor;
        self
    }

    /// The longest time before the n-th retry, from 1. It never overflows, and is never more than 30 s.
    fn ceiling(&self, retry: u32) -> Duration {
        if self.delay.is_zero() {
            return Duration::ZERO;
        }
        let factor = if self.backoff >= 1.0 { self.backoff } else { 1.0 };
        let exponent = i32::try_from(retry.saturating_sub(1)).unwrap_or(i32::MAX);
        let seconds = self.delay.as_secs_f64() * factor.powi(exponent);
        Duration::try_from_secs_f64(seconds).unwrap_or(MAX_DELAY).min(MAX_DELAY)
    }

    fn backoff(&self, retry: u32) -> Verdict {
        Verdict::Retry { after: self.ceiling(retry).mul_f64(fastrand::f64()) }
    }

    fn on_response(&self, attempt: &Attempt, status: StatusCode, headers: &HeaderMap) -> Verdict {
        if headers.get(SHOULD_RETRY).is_some_and(|value| value == "false") {
            return Verdict::Stop;
        }
        let after = retry_after(headers, SystemTime::now());
        let refused =
            status == StatusCode::TOO_MANY_REQUESTS || (status == StatusCode::SERVICE_UNAVAILABLE && after.is_some());
        let passing = matches!(status.as_u16(), 408 | 500 | 502 | 503 | 504);
        let repeatable = refused || (passing && is_harmless(attempt));
        if !repeatable {
            return Verdict::Stop;
        }
        match after {
            Some(after) if after > MAX_RETRY_AFTER => Verdict::Stop,
            Some(after) => Verdict::Retry { after },
            None => self.backoff(attempt.number),
        }
    }

    fn on_error(&self, attempt: &Attempt, error: &TransportError) -> Verdict {
        use TransportErrorKind::{Closed, Connect, Refused, Timeout};

        let passing = match error.kind() {
            Refused => !attempt.loopback,
            Connect | Closed | Timeout => true,
            _ => false,
        };
        if passing && (error.progress() == Progress::NotSent || is_harmless(attempt)) {
            self.backoff(attempt.number)
        } else {
            Verdict::Stop
        }
    }
}

impl Default for StandardRetry {
    fn default() -> Self {
        Self::new()
    }
}

const fn is_harmless(attempt: &Attempt) -> bool {
    !matches!(attempt.idempotency, Idempotency::Unsafe)
}

impl RetryPolicy for StandardRetry {
    fn on_failure(&self, attempt: &Attempt, failure: &Failure<'_>) -> Verdict {
        if attempt.number > self.max_retries {
            return Verdict::Stop;
        }
        match failure {
            Failure::Response(status, headers) => self.on_response(attempt, *status, headers),
            // A handshake that was answered by a response: nothing ran yet, and its status says the rest.
            Failure::Transport(error) => match error.response() {
                Some(response) => self.on_response(attempt, response.status(), response.headers()),
                None => self.on_error(attempt, error),
            },
        }
    }
}

#[cfg(test)]
mod tests;
