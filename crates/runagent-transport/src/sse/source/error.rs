//! Why a connection of a source, or the source itself, came to its end.

use std::{
    error, fmt,
    time::{Duration, SystemTime},
};

use bytes::Bytes;
use http::{HeaderMap, StatusCode, header::CONTENT_TYPE};

use crate::{TransportError, TransportErrorKind, retry::retry_after, sse::DecodeError};

/// The longest `Retry-After` that is waited for.
const MAX_RETRY_AFTER: Duration = Duration::from_secs(60);

/// Why an [`EventSource`](super::EventSource) lost its connection, or ended.
///
/// `Display` is one line and holds neither a query, nor headers, nor a body; the causes follow by
/// [`source`](error::Error::source).
pub struct EventSourceError(Box<Inner>);

struct Inner {
    kind: EventSourceErrorKind,
    message: String,
    response: Option<http::Response<Bytes>>,
    transport: Option<TransportError>,
}

/// What happened.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum EventSourceErrorKind {
    /// There was no answer, or it broke off: see [`EventSourceError::transport`].
    Transport,
    /// The server answered with a status other than 200 and 204: see [`EventSourceError::response`].
    Status,
    /// A redirect that leads nowhere, once too often, or from https to http.
    Redirect,
    /// The answer is no event stream.
    ContentType,
    /// No byte came for the idle timeout.
    Idle,
    /// The server ended the stream.
    Ended,
    /// An event is larger than the limit.
    TooLarge,
}

impl EventSourceError {
    fn new(kind: EventSourceErrorKind, message: impl Into<String>) -> Self {
        Self(Box::new(Inner { kind, message: message.into(), response: None, transport: None }))
    }

    /// An answer that is no event stream, by its status or else by its type.
    pub(super) fn refused(response: http::Response<Bytes>) -> Self {
        let status = response.status();
        let mut error = if status == StatusCode::OK {
            Self::new(EventSourceErrorKind::ContentType, unexpected_type(response.headers()))
        } else {
            Self::new(EventSourceErrorKind::Status, format!("the server answered with {status}"))
        };
        error.0.response = Some(response);
        error
    }

    pub(super) fn redirect(message: impl Into<String>) -> Self {
        Self::new(EventSourceErrorKind::Redirect, message)
    }

    pub(super) fn idle(limit: Duration) -> Self {
        Self::new(EventSourceErrorKind::Idle, format!("the server sent nothing for {limit:?}"))
    }

    pub(super) fn ended() -> Self {
        Self::new(EventSourceErrorKind::Ended, "the server ended the stream")
    }

    /// What happened.
    #[must_use]
    pub const fn kind(&self) -> EventSourceErrorKind {
        self.0.kind
    }

    /// The answer that was no event stream, its body cut at 64 KiB. Over [a request of an API](crate::ApiRequest::events)
    /// its extensions have what those of [any answer](crate::ApiRequest::open) have: the number of attempts, and the key to
    /// redact what you show.
    #[must_use]
    pub const fn response(&self) -> Option<&http::Response<Bytes>> {
        self.0.response.as_ref()
    }

    /// What the transport said.
    #[must_use]
    pub const fn transport(&self) -> Option<&TransportError> {
        self.0.transport.as_ref()
    }

    /// What the transport said, to keep; any other error comes back as it is.
    ///
    /// # Errors
    ///
    /// The error itself, when it is not the transport's.
    pub fn into_transport(mut self) -> Result<TransportError, Self> {
        self.0.transport.take().ok_or(self)
    }

    /// Whether another try would end the same way, or was asked not to be made.
    pub(super) fn is_final(&self) -> bool {
        match self.kind() {
            EventSourceErrorKind::Idle | EventSourceErrorKind::Ended => false,
            EventSourceErrorKind::Redirect | EventSourceErrorKind::ContentType | EventSourceErrorKind::TooLarge => true,
            EventSourceErrorKind::Transport => {
                let hopeless = self.transport().is_some_and(|error| {
                    matches!(error.kind(), TransportErrorKind::Request | TransportErrorKind::Unsupported)
                });
                hopeless || self.retry_after().is_some_and(|time| time > MAX_RETRY_AFTER)
            }
            EventSourceErrorKind::Status => {
                let passing = self.response().is_some_and(|response| {
                    let status = response.status();
                    status == StatusCode::REQUEST_TIMEOUT
                        || status == StatusCode::TOO_MANY_REQUESTS
                        || status.is_server_error()
                });
                !passing || self.retry_after().is_some_and(|time| time > MAX_RETRY_AFTER)
            }
        }
    }

    /// How long the server asks to wait, now or in the rate limit that it told before.
    pub(super) fn retry_after(&self) -> Option<Duration> {
        match self.response() {
            Some(response) => retry_after(response.headers(), SystemTime::now()),
            None => self.transport()?.retry_after(),
        }
    }
}

fn unexpected_type(headers: &HeaderMap) -> String {
    let Some(found) = headers.get(CONTENT_TYPE) else {
        return "the answer has no content type, where an event stream has `text/event-stream`".into();
    };
    let found: String = String::from_utf8_lossy(found.as_bytes()).escape_debug().take(80).collect();
    format!("the answer is `{found}` and no `text/event-stream`")
}

impl From<TransportError> for EventSourceError {
    fn from(error: TransportError) -> Self {
        let mut outer = Self::new(EventSourceErrorKind::Transport, error.to_string());
        outer.0.transport = Some(error);
        outer
    }
}

impl From<DecodeError> for EventSourceError {
    fn from(error: DecodeError) -> Self {
        Self::new(EventSourceErrorKind::TooLarge, error.to_string())
    }
}

impl fmt::Display for EventSourceError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0.message)
    }
}

impl fmt::Debug for EventSourceError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("EventSourceError")
            .field("kind", &self.0.kind)
            .field("message", &self.0.message)
            .field("status", &self.0.response.as_ref().map(http::Response::status))
            .field("transport", &self.0.transport)
            .finish()
    }
}

impl error::Error for EventSourceError {
    fn source(&self) -> Option<&(dyn error::Error + 'static)> {
        // The message of the transport's error is ours already.
        self.0.transport.as_ref().and_then(error::Error::source)
    }
}
