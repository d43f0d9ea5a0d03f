//! Requests to one API.

mod request;

use std::{fmt, sync::Arc, time::Duration};

use bytes::Bytes;
use http::{
    HeaderMap, HeaderValue, Method,
    header::{ACCEPT, AUTHORIZATION, USER_AGENT},
};

use tracing::Instrument as _;

use self::request::Deadline;
pub use self::request::{ApiRequest, Attempts};
use crate::{
    ApiKey, BaseUrl, CallOptions, InvalidUrl, Progress, Socket, Transport, TransportError, TransportErrorKind,
    base_url::percent_encode,
    retry::{Attempt, Failure, Idempotency, RetryPolicy, StandardRetry, TokenBucket},
    telemetry,
};

const JSON: HeaderValue = HeaderValue::from_static("application/json");
/// The largest response by default: 64 MiB.
const MAX_RESPONSE: usize = 64 * 1024 * 1024;

/// One API: where it is, who calls, how. Cloning is cheap.
///
/// ```
/// use runagent_transport::{Api, BaseUrl, transport_fn};
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let transport = transport_fn(|request| async move {
///     assert_eq!(request.uri(), "https://api.example.com/agents/a%20b");
///     Ok(http::Response::new(r#"{"ok":true}"#.into()))
/// });
/// let api = Api::builder(BaseUrl::parse("https://api.example.com")?, transport).build();
///
/// let response = api.get(&["agents", "a b"]).send().await?;
/// assert_eq!(response.body(), r#"{"ok":true}"#);
/// # Ok(())
/// # }
/// ```
#[derive(Clone)]
pub struct Api {
    inner: Arc<Inner>,
}

struct Inner {
    transport: Arc<dyn Transport>,
    base: BaseUrl,
    key: Option<ApiKey>,
    headers: HeaderMap,
    options: CallOptions,
    max_response_bytes: usize,
    retry: Arc<dyn RetryPolicy>,
    bucket: TokenBucket,
}

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

/// Settings of an [`Api`].
#[derive(Debug)]
#[must_use]
pub struct ApiBuilder(Inner);

impl Api {
    /// An API at a base URL, reached by a transport.
    pub fn builder(base: BaseUrl, transport: impl Transport) -> ApiBuilder {
        let mut headers = HeaderMap::new();
        headers.insert(ACCEPT, JSON);
        ApiBuilder(Inner {
            transport: Arc::new(transport),
            base,
            key: None,
            headers,
            options: CallOptions::new(),
            max_response_bytes: MAX_RESPONSE,
            retry: Arc::new(StandardRetry::new()),
            bucket: TokenBucket::new(),
        })
    }

    /// Where it is.
    #[must_use]
    pub fn base_url(&self) -> &BaseUrl {
        &self.inner.base
    }

    /// A GET of the path that the segments make.
    pub fn get(&self, segments: &[&str]) -> ApiRequest {
        ApiRequest::new(self.inner.clone(), Method::GET, self.inner.base.join(segments, None), Bytes::new())
    }

    /// A POST of a JSON document.
    pub fn post_json(&self, segments: &[&str], json: impl Into<Bytes>) -> ApiRequest {
        let uri = self.inner.base.join(segments, None);
        ApiRequest::new(self.inner.clone(), Method::POST, uri, json.into()).json()
    }

    /// Opens a WebSocket at the path that the segments make, and tries again as the [policy](ApiBuilder::retry) says.
    ///
    /// # Errors
    ///
    /// What [`Transport::connect`] says; [`TransportErrorKind::Timeout`] when it takes longer than `timeout`.
    ///
    /// # Cancel safety
    ///
    /// Dropping the future closes the connection.
    pub async fn connect(
        &self,
        segments: &[&str],
        credentials: SocketCredentials,
        timeout: Duration,
    ) -> Result<Socket, TransportError> {
        let query = match (credentials, &self.inner.key) {
            (SocketCredentials::HeaderAndQuery, Some(key)) => {
                let mut query = String::from("token=");
                percent_encode(&mut query, key.expose());
                Some(query)
            }
            _ => None,
        };
        let uri = self.inner.base.join(segments, query.as_deref()).map_err(unusable)?;
        let deadline = Deadline::after(timeout);
        // Until the first message is sent nothing has happened on the server.
        let loopback = self.inner.base.is_loopback();
        let mut attempt = Attempt { loopback, ..Attempt::new(1, Idempotency::Safe) };
        loop {
            let mut request = http::Request::new(());
            *request.uri_mut() = uri.clone();
            self.inner.prepare(&mut request);
            request.headers_mut().remove(ACCEPT);
            deadline.tell(request.extensions_mut());
            let span = telemetry::attempt(&Method::GET, &self.inner.base, &uri, attempt.number);
            let connected = deadline.enforce(self.inner.transport.connect(request)).instrument(span.clone()).await;
            telemetry::connected(&span, &connected);
            let error = match connected {
                Ok(socket) => {
                    self.inner.bucket.refund();
                    return Ok(socket);
                }
                Err(error) => error,
            };
            if !self.inner.wait_for_retry(&attempt, &Failure::Transport(&error), deadline).await {
                return Err(error.with_attempts(attempt.number));
            }
            attempt.number = attempt.number.saturating_add(1);
        }
    }

    /// Whether a key is sent.
    #[must_use]
    pub fn has_key(&self) -> bool {
        self.inner.key.is_some()
    }
}

impl Inner {
    /// Adds what every request has.
    fn prepare<B>(&self, request: &mut http::Request<B>) {
        request.headers_mut().clone_from(&self.headers);
        if let Some(key) = &self.key {
            request.headers_mut().insert(AUTHORIZATION, key.authorization());
        }
        request.extensions_mut().insert(self.options);
    }
}

impl ApiBuilder {
    /// Sends this key with every request, as `Authorization: Bearer`. Whether it may travel to this base URL at all is for
    /// the caller to decide: see [`BaseUrl::is_https`] and [`BaseUrl::is_loopback`].
    pub fn api_key(mut self, key: ApiKey) -> Self {
        self.0.key = Some(key);
        self
    }

    /// Sends this `User-Agent`.
    pub fn user_agent(mut self, value: HeaderValue) -> Self {
        self.0.headers.insert(USER_AGENT, value);
        self
    }

    /// Limits of each call.
    pub fn options(mut self, options: CallOptions) -> Self {
        self.0.options = options;
        self
    }

    /// Limits the body of a response, in bytes. The default is 64 MiB.
    pub const fn max_response_bytes(mut self, bytes: usize) -> Self {
        self.0.max_response_bytes = bytes;
        self
    }

    /// Retries by this policy. The default is [`StandardRetry`]; whatever the policy says, retries are paid from a
    /// [`TokenBucket`] and never wait past the time limit of a call.
    pub fn retry(mut self, policy: impl RetryPolicy) -> Self {
        self.0.retry = Arc::new(policy);
        self
    }

    /// The API. Nothing is sent.
    #[must_use]
    pub fn build(self) -> Api {
        Api { inner: Arc::new(self.0) }
    }
}

fn unusable(error: InvalidUrl) -> TransportError {
    TransportError::new(TransportErrorKind::Request, Progress::NotSent, error.to_string())
}

impl fmt::Debug for Api {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.inner.fmt(f)
    }
}

impl fmt::Debug for Inner {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Api")
            .field("base", &self.base)
            .field("key", &self.key)
            .field("transport", &self.transport)
            .finish_non_exhaustive()
    }
}
