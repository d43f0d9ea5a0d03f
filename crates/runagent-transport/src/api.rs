//! Requests to one API.

use std::{fmt, sync::Arc, time::Duration};

use bytes::Bytes;
use http::{
    HeaderMap, HeaderValue, Method,
    header::{ACCEPT, AUTHORIZATION, CONTENT_TYPE, USER_AGENT},
};
use tokio::time::Instant;

use crate::{
    ApiKey, BaseUrl, Body, CallOptions, InvalidUrl, Progress, Request, Socket, Transport, TransportError,
    TransportErrorKind, base_url::percent_encode,
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

/// A request that can still be changed.
#[must_use = "a request does nothing until it is sent"]
pub struct ApiRequest {
    api: Arc<Inner>,
    request: Result<Request, InvalidUrl>,
    timeout: Duration,
}

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
        })
    }

    /// Where it is.
    #[must_use]
    pub fn base_url(&self) -> &BaseUrl {
        &self.inner.base
    }

    /// A GET of the path that the segments make.
    pub fn get(&self, segments: &[&str]) -> ApiRequest {
        self.request(Method::GET, segments, Body::empty())
    }

    /// A POST of a JSON document.
    pub fn post_json(&self, segments: &[&str], json: impl Into<Bytes>) -> ApiRequest {
        let mut request = self.request(Method::POST, segments, Body::from(json.into()));
        if let Ok(request) = &mut request.request {
            request.headers_mut().insert(CONTENT_TYPE, JSON);
        }
        request
    }

    fn request(&self, method: Method, segments: &[&str], body: Body) -> ApiRequest {
        let request = self.inner.base.join(segments, None).map(|uri| {
            let mut request = Request::new(body);
            *request.method_mut() = method;
            *request.uri_mut() = uri;
            self.inner.prepare(&mut request);
            request
        });
        ApiRequest { api: self.inner.clone(), request, timeout: Duration::MAX }
    }

    /// Opens a WebSocket at the path that the segments make.
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
        let mut request = http::Request::new(());
        *request.uri_mut() = uri;
        self.inner.prepare(&mut request);
        request.headers_mut().remove(ACCEPT);
        let deadline = set_deadline(request.extensions_mut(), timeout);
        until(deadline, timeout, self.inner.transport.connect(request)).await
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

    /// The API. Nothing is sent.
    #[must_use]
    pub fn build(self) -> Api {
        Api { inner: Arc::new(self.0) }
    }
}

impl ApiRequest {
    /// Limits the whole call, the body of the response included. The default is no limit.
    pub const fn timeout(mut self, timeout: Duration) -> Self {
        self.timeout = timeout;
        self
    }

    /// Sends the request and reads the response.
    ///
    /// # Errors
    ///
    /// When there is no response: any status is `Ok`. [`TransportErrorKind::Request`] when a path segment can't be used.
    ///
    /// # Cancel safety
    ///
    /// Dropping the future closes the connection; the server may act on the request all the same.
    pub async fn send(self) -> Result<http::Response<Bytes>, TransportError> {
        let mut request = self.request.map_err(unusable)?;
        let api = self.api;
        let deadline = set_deadline(request.extensions_mut(), self.timeout);
        until(deadline, self.timeout, async {
            let (head, body) = api.transport.send(request).await?.into_parts();
            let body = body.collect(api.max_response_bytes).await?;
            Ok(http::Response::from_parts(head, body))
        })
        .await
    }
}

fn unusable(error: InvalidUrl) -> TransportError {
    TransportError::new(TransportErrorKind::Request, Progress::NotSent, error.to_string())
}

/// Tells the transport when the call is given up; `None` for a time that never comes.
fn set_deadline(extensions: &mut http::Extensions, timeout: Duration) -> Option<Instant> {
    let deadline = Instant::now().checked_add(timeout)?;
    if let Some(options) = extensions.get_mut::<CallOptions>() {
        *options = options.with_deadline(deadline.into_std());
    }
    Some(deadline)
}

/// One timer for the whole of the work. What the work itself says at the deadline goes first.
async fn until<T>(
    deadline: Option<Instant>,
    timeout: Duration,
    work: impl Future<Output = Result<T, TransportError>>,
) -> Result<T, TransportError> {
    let Some(deadline) = deadline else { return work.await };
    if tokio::runtime::Handle::try_current().is_err() {
        // No timer here; a transport that needs a runtime says so, and one in memory answers at once.
        return work.await;
    }
    tokio::time::timeout_at(deadline, work).await.unwrap_or_else(|_| {
        let message = format!("no answer within {timeout:?}");
        Err(TransportError::new(TransportErrorKind::Timeout, Progress::MaybeSent, message))
    })
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

impl fmt::Debug for ApiRequest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let request = self.request.as_ref().map(|request| (request.method(), request.uri().path()));
        f.debug_struct("ApiRequest").field("request", &request).field("timeout", &self.timeout).finish_non_exhaustive()
    }
}
