//! What a scripted transport answers.

use http::{HeaderValue, StatusCode, header::CONTENT_TYPE};

use crate::{Body, Response, Socket, TransportError};

/// One answer of a [`ScriptedTransport`](super::ScriptedTransport): a response, an error, a socket, or silence.
///
/// ```
/// use runagent_transport::{Message, Progress, Socket, TransportError, TransportErrorKind};
/// use runagent_transport::testing::{Reply, cut_off};
///
/// let replies = [
///     Reply::json(200, r#"{"ok":true}"#),
///     // Any response, any error, any socket.
///     http::Response::builder().status(503).header("retry-after", "2").body("busy")?.into(),
///     http::Response::new(cut_off("half of a bo")).into(),
///     TransportError::new(TransportErrorKind::Refused, Progress::NotSent, "nothing listens there").into(),
///     Socket::scripted([Ok(Message::text("hello"))]).into(),
///     // No answer, ever: for tests of time limits.
///     Reply::silence(),
/// ];
/// # drop(replies);
/// # Ok::<(), http::Error>(())
/// ```
#[derive(Debug)]
pub struct Reply(pub(super) Kind);

#[derive(Debug)]
pub(super) enum Kind {
    Response(Response),
    Error(TransportError),
    Socket(Socket),
    Silence,
}

impl Reply {
    /// A response with a JSON document.
    ///
    /// # Panics
    ///
    /// When `status` is no status: below 100 or above 999.
    #[must_use]
    #[track_caller]
    pub fn json(status: u16, json: impl Into<Body>) -> Self {
        let mut response = Response::new(json.into());
        *response.status_mut() = StatusCode::from_u16(status).expect("a status from 100 to 999");
        response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
        Self(Kind::Response(response))
    }

    /// No answer, ever.
    #[must_use]
    pub const fn silence() -> Self {
        Self(Kind::Silence)
    }
}

impl<B: Into<Body>> From<http::Response<B>> for Reply {
    fn from(response: http::Response<B>) -> Self {
        Self(Kind::Response(response.map(Into::into)))
    }
}

impl From<TransportError> for Reply {
    fn from(error: TransportError) -> Self {
        Self(Kind::Error(error))
    }
}

impl From<Socket> for Reply {
    fn from(socket: Socket) -> Self {
        Self(Kind::Socket(socket))
    }
}
