//! Looking at calls, and changing their requests.

use std::fmt;

use http::{HeaderMap, StatusCode, request::Parts};

use crate::{OperationContext, TransportError, retry::Failure};

/// Sees every attempt of the calls of an [`Api`](crate::Api), once there is something to send: for metrics, audit logs, signatures, headers of your own. Added by
/// [`ApiBuilder::interceptor`](crate::ApiBuilder::interceptor).
///
/// The hooks run on the road of every call: they must not block. Those after something are not called when the future
/// of the call is dropped.
///
/// ```
/// use std::sync::{Arc, atomic::{AtomicU64, Ordering}};
/// use http::{HeaderValue, request::Parts};
/// use runagent_transport::{Api, BaseUrl, Interceptor, OperationContext, Outcome, TransportError, transport_fn};
///
/// /// Says who calls, and counts failed calls.
/// #[derive(Debug, Default)]
/// struct Team {
///     failed: Arc<AtomicU64>,
/// }
///
/// impl Interceptor for Team {
///     fn before_attempt(&self, _: &OperationContext, request: &mut Parts) -> Result<(), TransportError> {
///         request.headers.insert("x-team", HeaderValue::from_static("search"));
///         Ok(())
///     }
///
///     fn after_operation(&self, _: &OperationContext, outcome: &Outcome<'_>) {
///         if outcome.is_failure() {
///             self.failed.fetch_add(1, Ordering::Relaxed);
///         }
///     }
/// }
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let failed = Arc::new(AtomicU64::new(0));
/// let transport = transport_fn(|request| async move {
///     assert_eq!(request.headers()["x-team"], "search");
///     Ok(http::Response::builder().status(404).body("".into()).expect("a response"))
/// });
/// let api = Api::builder(BaseUrl::parse("https://api.example.com")?, transport)
///     .interceptor(Team { failed: failed.clone() })
///     .build();
/// api.get(&["agents"]).send().await?;
/// assert_eq!(failed.load(Ordering::Relaxed), 1);
/// # Ok(())
/// # }
/// ```
pub trait Interceptor: fmt::Debug + Send + Sync + 'static {
    /// Before an attempt is sent. The request is complete but for what the transport adds. It has the credentials: in a
    /// header, and with [`SocketCredentials::HeaderAndQuery`](crate::SocketCredentials::HeaderAndQuery) in the URI too, so
    /// log neither.
    ///
    /// # Errors
    ///
    /// An error is the outcome of the attempt, which is not sent.
    fn before_attempt(&self, context: &OperationContext, request: &mut Parts) -> Result<(), TransportError> {
        let _ = (context, request);
        Ok(())
    }

    /// After an attempt, also one that was not sent because there was no credential, no place or no time for it.
    fn after_attempt(&self, context: &OperationContext, outcome: &Outcome<'_>) {
        let _ = (context, outcome);
    }

    /// After the last attempt: its outcome is that of the call.
    fn after_operation(&self, context: &OperationContext, outcome: &Outcome<'_>) {
        let _ = (context, outcome);
    }
}

/// What came of an attempt.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub enum Outcome<'a> {
    /// A response, of any status.
    Response(StatusCode, &'a HeaderMap),
    /// An open socket.
    Connected,
    /// Neither.
    Error(&'a TransportError),
}

impl<'a> Outcome<'a> {
    /// Whether it is an error, or a response with an error status.
    #[must_use]
    pub fn is_failure(&self) -> bool {
        self.failure().is_some()
    }

    /// The status of the response, also of one to a handshake that opened no socket.
    #[must_use]
    pub fn status(&self) -> Option<StatusCode> {
        match self {
            Self::Response(status, _) => Some(*status),
            Self::Connected => Some(StatusCode::SWITCHING_PROTOCOLS),
            Self::Error(error) => error.response().map(http::Response::status),
        }
    }

    /// What a retry policy decides about.
    pub(crate) fn failure(&self) -> Option<Failure<'a>> {
        match *self {
            Self::Response(status, headers) if status.is_client_error() || status.is_server_error() => {
                Some(Failure::Response(status, headers))
            }
            Self::Response(..) | Self::Connected => None,
            Self::Error(error) => Some(Failure::Transport(error)),
        }
    }
}
