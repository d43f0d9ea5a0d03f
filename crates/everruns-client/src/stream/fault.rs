//! What follows the loss of a connection.

use std::time::Duration;

use runagent_transport::{
    TransportErrorKind,
    sse::{EventSourceError, EventSourceErrorKind},
};

use crate::{Error, error::Problem};

/// The longest time that a server may ask to wait.
const MAX_WAIT: Duration = Duration::from_secs(60);

/// What follows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Verdict {
    /// Another connection would end the same way.
    End,
    /// The server may not know what it was asked to start after.
    Cursor,
    /// Another connection may do better.
    Again,
}

/// Whether a server keeps its list of events from this key, or has none, or not as it is asked for.
pub(super) fn is_unlisted(error: &Error) -> bool {
    matches!(error.status().map(|status| status.as_u16()), Some(400 | 403 | 404 | 405 | 410 | 422 | 501))
}

pub(super) fn judge(error: &Error) -> Verdict {
    if error.retry_after().is_some_and(|time| time > MAX_WAIT) {
        return Verdict::End;
    }
    match error {
        Error::Timeout(_) | Error::Stream(_) => Verdict::Again,
        Error::Transport(error) => match error.kind() {
            TransportErrorKind::Credentials | TransportErrorKind::Tls | TransportErrorKind::TooLarge => Verdict::End,
            _ => Verdict::Again,
        },
        Error::Decode(_) => Verdict::Again,
        _ => match error.status().map(|status| status.as_u16()) {
            Some(400) => Verdict::Cursor,
            Some(408 | 429 | 500..=599) => Verdict::Again,
            _ => Verdict::End,
        },
    }
}

/// What a connection failed with.
pub(super) fn of_source(error: EventSourceError) -> Error {
    if error.kind() == EventSourceErrorKind::Status
        && let Some(response) = error.response()
    {
        return Error::of_problem(Problem::of(response));
    }
    match error.into_transport() {
        Ok(error) => error.into(),
        Err(error) => match error.kind() {
            EventSourceErrorKind::TooLarge => Error::Config(format!("{error}: exclude its type")),
            // Whatever answers there is no Everruns.
            EventSourceErrorKind::ContentType | EventSourceErrorKind::Redirect => Error::Config(error.to_string()),
            _ => Error::Stream(error.to_string()),
        },
    }
}

#[cfg(test)]
mod tests {
    use runagent_transport::{Progress, TransportError};

    use super::*;

    #[test]
    fn what_another_connection_would_not_change_is_the_end() {
        for (kind, expected) in [
            (TransportErrorKind::Refused, Verdict::Again),
            (TransportErrorKind::Connect, Verdict::Again),
            (TransportErrorKind::Timeout, Verdict::Again),
            (TransportErrorKind::Closed, Verdict::Again),
            (TransportErrorKind::Protocol, Verdict::Again),
            (TransportErrorKind::Tls, Verdict::End),
            (TransportErrorKind::Credentials, Verdict::End),
            (TransportErrorKind::TooLarge, Verdict::End),
            (TransportErrorKind::Request, Verdict::End),
            (TransportErrorKind::Unsupported, Verdict::End),
        ] {
            let error = TransportError::new(kind, Progress::NotSent, "scripted");
            assert_eq!(judge(&error.into()), expected, "{kind:?}");
        }
    }
}
