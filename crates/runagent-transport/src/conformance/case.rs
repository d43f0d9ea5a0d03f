//! One rule, and how it is tried.

use std::{
    any::Any,
    fmt::Debug,
    future::poll_fn,
    panic::{AssertUnwindSafe, catch_unwind},
    task::Poll,
    time::Duration,
};

use super::{CaseReport, Outcome};
use crate::{BoxFuture, TransportError};

/// How long a case may take. The longest needs a fraction of a second: one that takes this long hangs.
const LIMIT: Duration = Duration::from_secs(10);

/// A rule by its name, and the future that tries it.
pub(super) struct Case<'a> {
    name: &'static str,
    trial: BoxFuture<'a, Verdict>,
}

pub(super) type Verdict<T = ()> = Result<T, Stop>;

/// Why a case does not pass.
#[derive(Debug)]
pub(super) enum Stop {
    Failed(String),
    Skipped(String),
}

impl<'a> Case<'a> {
    pub(super) fn new(name: &'static str, trial: impl Future<Output = Verdict> + Send + 'a) -> Self {
        Self { name, trial: Box::pin(trial) }
    }

    pub(super) async fn run(self) -> CaseReport {
        let Self { name, mut trial } = self;
        let poll = poll_fn(|cx| match catch_unwind(AssertUnwindSafe(|| trial.as_mut().poll(cx))) {
            Ok(poll) => poll,
            Err(panic) => Poll::Ready(Err(panicked(&*panic))),
        });
        let hung = |_| Err(Stop::Failed(format!("no answer within {LIMIT:?}")));
        let mut verdict = tokio::time::timeout(LIMIT, poll).await.unwrap_or_else(hung);
        // A scripted server that met a client without manners panics when it goes.
        if let Err(panic) = catch_unwind(AssertUnwindSafe(|| drop(trial))) {
            verdict = verdict.and(Err(panicked(&*panic)));
        }
        let outcome = match verdict {
            Ok(()) => Outcome::Passed,
            Err(Stop::Failed(why)) => Outcome::Failed(why),
            Err(Stop::Skipped(why)) => Outcome::Skipped(why),
        };
        CaseReport { name, outcome }
    }
}

fn panicked(panic: &(dyn Any + Send)) -> Stop {
    let message = panic.downcast_ref::<String>().map(String::as_str).or_else(|| panic.downcast_ref().copied());
    Stop::Failed(format!("a panic: {}", message.unwrap_or("without a message")))
}

/// Fails with `why` unless the condition holds.
pub(super) fn ensure(holds: bool, why: impl FnOnce() -> String) -> Verdict {
    if holds { Ok(()) } else { Err(Stop::Failed(why())) }
}

/// Fails unless the two are the same; `what` names them.
pub(super) fn same<A: Debug + PartialEq<B>, B: Debug>(what: &str, found: A, expected: B) -> Verdict {
    ensure(found == expected, || format!("{what}: found {found:?}, expected {expected:?}"))
}

/// [`same`] for bytes, too many to print.
pub(super) fn same_bytes(what: &str, found: &[u8], expected: &[u8]) -> Verdict {
    ensure(found == expected, || {
        let first = found.iter().zip(expected).position(|(found, expected)| found != expected);
        let first = first.unwrap_or(found.len().min(expected.len()));
        let (found, expected) = (found.len(), expected.len());
        format!("{what}: {found} bytes, expected {expected}, which differ from byte {first} on")
    })
}

/// [`same`] for the values of a header.
pub(super) fn same_values(name: &str, found: &[&[u8]], expected: &[&[u8]]) -> Verdict {
    let shown = |values: &[&[u8]]| values.iter().map(|value| value.escape_ascii().to_string()).collect::<Vec<_>>();
    ensure(found == expected, || format!("the header {name}: found {:?}, expected {:?}", shown(found), shown(expected)))
}

/// The error that a call must end with.
pub(super) fn error_of<T>(what: &str, result: Result<T, TransportError>) -> Verdict<TransportError> {
    result.err().ok_or_else(|| Stop::Failed(format!("{what}: no error")))
}

impl Stop {
    /// An error where there should be none; `what` failed.
    pub(super) fn error(what: &str, error: &TransportError) -> Self {
        Self::Failed(format!("{what}: {error} ({:?}, {:?})", error.kind(), error.progress()))
    }
}

impl From<TransportError> for Stop {
    fn from(error: TransportError) -> Self {
        Self::error("an error", &error)
    }
}

impl From<http::Error> for Stop {
    fn from(error: http::Error) -> Self {
        Self::Failed(format!("the base URL gives no URI: {error}"))
    }
}
