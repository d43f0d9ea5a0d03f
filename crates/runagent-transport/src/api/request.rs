//! A request, before it is sent.

use std::{borrow::Cow, fmt, sync::Arc, time::Duration};

use bytes::Bytes;
use http::{HeaderMap, HeaderName, HeaderValue, Method, Uri, header::AUTHORIZATION};

use super::{Inner, call::Call, held_socket::hold, unusable};
use crate::{Body, InvalidUrl, Progress, Request, Socket, TransportError, TransportErrorKind, retry::Idempotency};

const IDEMPOTENCY_KEY: HeaderName = HeaderName::from_static("idempotency-key");

/// How many attempts a response took: in its extensions.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Attempts(pub u32);

/// How the key travels in the handshake of a WebSocket.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum SocketCredentials {
    /// As `Authorization: Bearer`, as in every other request.
    #[default]
    Header,
    /// In the query as well, as `token=`, for servers that read it nowhere else. A URL ends up in the logs of proxies
    /// and servers: try the header first, and never do this without encryption outside this machine.
    HeaderAndQuery,
}

/// A request that can still be changed.
#[must_use = "a request does nothing until it is sent"]
pub struct ApiRequest {
    pub(super) api: Arc<Inner>,
    pub(super) operation: Cow<'static, str>,
    pub(super) method: Method,
    uri: Result<Uri, InvalidUrl>,
    /// Those that the caller sets, beside those of the API.
    pub(super) headers: HeaderMap,
    pub(super) is_json: bool,
    body: Bytes,
    pub(super) idempotency: Idempotency,
    pub(super) timeout: Duration,
    pub(super) attempt_timeout: Duration,
}

impl ApiRequest {
    pub(super) fn new(api: Arc<Inner>, method: Method, uri: Result<Uri, InvalidUrl>, body: Bytes) -> Self {
        let operation = if method == Method::GET { "GET" } else { "POST" };
        Self {
            api,
            operation: Cow::Borrowed(operation),
            idempotency: if method.is_safe() { Idempotency::Safe } else { Idempotency::Unsafe },
            method,
            uri,
            headers: HeaderMap::new(),
            is_json: false,
            body,
            timeout: Duration::MAX,
            attempt_timeout: Duration::MAX,
        }
    }

    pub(super) const fn json(mut self) -> Self {
        self.is_json = true;
        self
    }

    /// Names what the call does, for [interceptors](crate::Interceptor) and transports: see
    /// [`OperationContext`](crate::OperationContext). The default is the method.
    pub fn operation(mut self, name: impl Into<Cow<'static, str>>) -> Self {
        self.operation = name.into();
        self
    }

    /// Limits the whole call: all attempts, the waits between them, and the body of the response. The default is no limit.
    pub const fn timeout(mut self, timeout: Duration) -> Self {
        self.timeout = timeout;
        self
    }

    /// Limits each attempt. The default is no limit but that of the call.
    pub const fn attempt_timeout(mut self, timeout: Duration) -> Self {
        self.attempt_timeout = timeout;
        self
    }

    /// Sends a header beside those of the API, or in the place of one of them.
    pub fn header(mut self, name: HeaderName, value: HeaderValue) -> Self {
        self.headers.insert(name, value);
        self
    }

    /// Sends an `Idempotency-Key`, the same with every attempt, which makes the request one that may be retried. Only for
    /// servers that honour it.
    pub fn idempotency_key(mut self, key: HeaderValue) -> Self {
        self.headers.insert(IDEMPOTENCY_KEY, key);
        self.idempotency = Idempotency::Keyed;
        self
    }

    /// Sends the request and reads the response, and tries again as the [policy](crate::ApiBuilder::retry) says.
    ///
    /// The extensions of the response have the number of [`Attempts`]. Those of one with an error status have the
    /// [`ApiKey`](crate::ApiKey) that was sent: somebody on the way may have answered with a page that shows the request, so
    /// [redact](crate::ApiKey::redact) what you show of it.
    ///
    /// # Errors
    ///
    /// When there is no response: any status is `Ok`. It is the error of the last attempt.
    /// [`TransportErrorKind::Request`] when a path segment can't be used, or the key would travel unencrypted.
    ///
    /// # Cancel safety
    ///
    /// Dropping the future closes the connection; the server may act on the request all the same.
    pub async fn send(mut self) -> Result<http::Response<Bytes>, TransportError> {
        let uri = self.take_uri()?;
        let exchange = |head| async {
            let body = if self.body.is_empty() { Body::empty() } else { self.body.clone().into() };
            let response = self.api.transport.send(Request::from_parts(head, body)).await?;
            let (head, body) = response.into_parts();
            Ok(http::Response::from_parts(head, body.collect(self.api.max_response_bytes).await?))
        };
        let mut call = Call::new(&self, uri, None);
        let mut response = call.run(exchange).await?;
        response.extensions_mut().insert(Attempts(call.attempts()));
        Ok(response)
    }

    /// Opens a WebSocket at the address of a GET request, and tries again as the [policy](crate::ApiBuilder::retry) says:
    /// until the first message is sent nothing has happened on the server. The time limits are on the handshake.
    ///
    /// # Errors
    ///
    /// What [`Transport::connect`](crate::Transport::connect) says, and as [`send`](Self::send);
    /// [`TransportErrorKind::Request`] for a request that is no GET or has a body.
    ///
    /// # Cancel safety
    ///
    /// Dropping the future closes the connection.
    pub async fn connect(mut self, credentials: SocketCredentials) -> Result<Socket, TransportError> {
        let uri = self.take_uri()?;
        if self.method != Method::GET || !self.body.is_empty() {
            let message = "a WebSocket is opened by a GET without a body";
            return Err(TransportError::new(TransportErrorKind::Request, Progress::NotSent, message));
        }
        let exchange = |head| self.api.transport.connect(http::Request::from_parts(head, ()));
        let mut call = Call::new(&self, uri, Some(credentials));
        let socket = call.run(exchange).await?;
        Ok(hold(socket, call.into_place()))
    }

    fn take_uri(&mut self) -> Result<Uri, TransportError> {
        std::mem::replace(&mut self.uri, Ok(Uri::default())).map_err(unusable)
    }
}

impl fmt::Debug for ApiRequest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ApiRequest")
            .field("operation", &self.operation)
            .field("method", &self.method)
            .field("path", &self.uri.as_ref().map(Uri::path))
            .field("authorization", &self.headers.contains_key(AUTHORIZATION))
            .field("timeout", &self.timeout)
            .finish_non_exhaustive()
    }
}
