//! What can go wrong on the way.

use std::{error, fmt, time::Duration};

use bytes::Bytes;

type Source = Box<dyn error::Error + Send + Sync>;

/// A request that got no answer, or an answer that could not be read.
///
/// [`kind`](Self::kind) says what happened and [`progress`](Self::progress) how far the request got; the two together
/// decide whether it may be sent again. A response with an error status is no `TransportError`, with one exception: a
/// WebSocket handshake that was answered with anything but an upgrade, which is
/// [`TransportErrorKind::Rejected`] and carries that answer.
///
/// `Display` is one line and holds neither a query, nor headers, nor a body; the causes follow by
/// [`source`](error::Error::source).
///
/// ```
/// use runagent_transport::{Progress, TransportError, TransportErrorKind};
///
/// let error = TransportError::new(TransportErrorKind::Refused, Progress::NotSent, "nothing listens on 127.0.0.1:1");
/// assert_eq!(error.kind(), TransportErrorKind::Refused);
/// assert_eq!(error.to_string(), "nothing listens on 127.0.0.1:1");
/// ```
pub struct TransportError(Box<Inner>);

struct Inner {
    kind: TransportErrorKind,
    progress: Progress,
    message: String,
    attempts: u32,
    retry_after: Option<Duration>,
    response: Option<http::Response<Bytes>>,
    source: Option<Source>,
}

/// What happened.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum TransportErrorKind {
    /// The request can't be sent as it is: its URI, its headers.
    Request,
    /// Nothing listens at the address.
    Refused,
    /// No connection could be made for another reason: name resolution, routing.
    Connect,
    /// The TLS handshake failed, or the certificate is not trusted.
    Tls,
    /// A time limit passed.
    Timeout,
    /// No credentials could be had for the request.
    Credentials,
    /// It was held back for too long: by the rate limit that the server has told ([`TransportError::retry_after`] says for
    /// how long), or by the limit of concurrent calls.
    Throttled,
    /// The connection broke.
    Closed,
    /// The peer broke the protocol.
    Protocol,
    /// An answer or a message is larger than the limit.
    TooLarge,
    /// The server answered a WebSocket handshake with an ordinary response: see [`TransportError::response`].
    Rejected,
    /// This transport can't do what was asked, or not here (outside a Tokio runtime, without a feature).
    Unsupported,
}

/// How far a request got before it failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum Progress {
    /// Not a byte of it was sent. Sending it again is always safe.
    NotSent,
    /// The server may have received it and acted on it.
    MaybeSent,
    /// The server had begun to answer.
    ResponseStarted,
}

impl TransportError {
    /// An error with a message of one line.
    #[must_use]
    pub fn new(kind: TransportErrorKind, progress: Progress, message: impl Into<String>) -> Self {
        let message = message.into();
        Self(Box::new(Inner { kind, progress, message, attempts: 1, retry_after: None, response: None, source: None }))
    }

    /// Adds the cause.
    #[must_use]
    pub fn with_source(mut self, source: impl Into<Box<dyn error::Error + Send + Sync>>) -> Self {
        self.0.source = Some(source.into());
        self
    }

    /// Adds the answer to a handshake that was refused.
    #[must_use]
    pub fn with_response(mut self, response: http::Response<Bytes>) -> Self {
        self.0.response = Some(response);
        self
    }

    /// Adds when trying again has a chance.
    #[must_use]
    pub fn with_retry_after(mut self, time: Duration) -> Self {
        self.0.retry_after = Some(time);
        self
    }

    /// What happened.
    #[must_use]
    pub const fn kind(&self) -> TransportErrorKind {
        self.0.kind
    }

    /// How far the request got.
    #[must_use]
    pub const fn progress(&self) -> Progress {
        self.0.progress
    }

    /// How many attempts were made, this one included.
    #[must_use]
    pub const fn attempts(&self) -> u32 {
        self.0.attempts
    }

    pub(crate) fn with_attempts(mut self, attempts: u32) -> Self {
        self.0.attempts = attempts;
        self
    }

    /// After which time trying again has a chance, when that is known. What a refused handshake says of it is in
    /// [`response`](Self::response).
    #[must_use]
    pub const fn retry_after(&self) -> Option<Duration> {
        self.0.retry_after
    }

    /// Keeps the key that was sent with the answer to the handshake: see [`ApiRequest::send`](crate::ApiRequest::send).
    pub(crate) fn with_sent_key(mut self, key: Option<crate::ApiKey>) -> Self {
        if let (Some(response), Some(key)) = (&mut self.0.response, key) {
            response.extensions_mut().insert(key);
        }
        self
    }

    /// The answer to a WebSocket handshake that was refused; its body is cut at 64 KiB.
    #[must_use]
    pub const fn response(&self) -> Option<&http::Response<Bytes>> {
        self.0.response.as_ref()
    }

    /// The answer to a handshake that opened nothing.
    #[cfg(feature = "ws")]
    pub(crate) fn rejected(response: http::Response<Bytes>) -> Self {
        let message = format!("the server answered the WebSocket handshake with {}", response.status());
        Self::new(TransportErrorKind::Rejected, Progress::ResponseStarted, message).with_response(response)
    }

    pub(crate) fn unsupported(message: &str) -> Self {
        Self::new(TransportErrorKind::Unsupported, Progress::NotSent, message)
    }
}

impl fmt::Display for TransportError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0.message)
    }
}

impl fmt::Debug for TransportError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TransportError")
            .field("kind", &self.0.kind)
            .field("progress", &self.0.progress)
            .field("message", &self.0.message)
            .field("status", &self.0.response.as_ref().map(http::Response::status))
            .field("source", &self.0.source)
            .finish()
    }
}

impl error::Error for TransportError {
    fn source(&self) -> Option<&(dyn error::Error + 'static)> {
        self.0.source.as_deref().map(|source| source as _)
    }
}
