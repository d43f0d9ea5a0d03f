//! Trying again, when that can do no harm.
//!
//! Whether a request may be sent again depends on how far it got and on whether repeating it is harmless, never on a status
//! alone and never on words. [`StandardRetry`] has the rules; a [`RetryPolicy`] of your own replaces them.

mod after;
mod bucket;
mod standard;

use std::{fmt, time::Duration};

pub use self::{after::retry_after, bucket::TokenBucket, standard::StandardRetry};
use crate::TransportError;

/// Decides whether a failed attempt is followed by another. It keeps no state: what it needs to know is in its arguments.
///
/// ```
/// use std::time::Duration;
/// use runagent_transport::{Progress, retry::{Attempt, Failure, RetryPolicy, Verdict}};
///
/// /// Tries once more, at once, when nothing was sent.
/// #[derive(Debug)]
/// struct Once;
///
/// impl RetryPolicy for Once {
///     fn on_failure(&self, attempt: &Attempt, failure: &Failure<'_>) -> Verdict {
///         match failure {
///             Failure::Transport(error) if attempt.number == 1 && error.progress() == Progress::NotSent => {
///                 Verdict::Retry { after: Duration::ZERO }
///             }
///             _ => Verdict::Stop,
///         }
///     }
/// }
/// ```
pub trait RetryPolicy: fmt::Debug + Send + Sync + 'static {
    /// What to do after an attempt that failed. A response with an error status is a failure here.
    fn on_failure(&self, attempt: &Attempt, failure: &Failure<'_>) -> Verdict;
}

/// The attempt that failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Attempt {
    /// Its number, from 1.
    pub number: u32,
    /// Whether repeating it is harmless.
    pub idempotency: Idempotency,
    /// Whether it went to this machine, where a port that refuses has no server that could come up by itself.
    pub loopback: bool,
}

impl Attempt {
    /// The attempt of this number, to somewhere else than this machine.
    #[must_use]
    pub const fn new(number: u32, idempotency: Idempotency) -> Self {
        Self { number, idempotency, loopback: false }
    }
}

/// Whether repeating a request is harmless. Its method says so, unless it has a key.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum Idempotency {
    /// It changes nothing (RFC 9110, section 9.2.1).
    Safe,
    /// Doing it twice is the same as doing it once, as with PUT and DELETE (RFC 9110, section 9.2.2).
    Idempotent,
    /// It carries a key by which the server knows it again and does it once.
    Keyed,
    /// Doing it twice is another thing than doing it once.
    #[default]
    Unsafe,
}

/// Why it failed.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub enum Failure<'a> {
    /// There was no response.
    Transport(&'a TransportError),
    /// There was one, with an error status.
    Response(http::StatusCode, &'a http::HeaderMap),
}

/// What to do about it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Verdict {
    /// Try again after this time.
    Retry {
        /// The time to wait.
        after: Duration,
    },
    /// Leave it at that.
    Stop,
}
