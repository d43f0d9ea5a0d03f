//! A request, before it is sent.

use std::{borrow::Cow, fmt, sync::Arc, time::Duration};

use bytes::Bytes;
use http::{HeaderMap, HeaderName, HeaderValue, Method, Uri, header::AUTHORIZATION};

use super::{Inner, call::Call, content::Content, held_body, held_socket, unusable};
use crate::{
    Body, InvalidUrl, Progress, Request, Socket, TransportError, TransportErrorKind, query::with_another,
    retry::Idempotency, sse::EventSourceBuilder,
};

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
///
/// ```
/// use http::Method;
/// use runagent_transport::{Api, BaseUrl, testing::{Reply, ScriptedTransport}};
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let transport = ScriptedTransport::new([Reply::json(200, "[]"), Reply::json(200, "{}")]);
/// let api = Api::builder(BaseUrl::parse("https://api.example.com")?, transport.clone()).build();
///
/// api.get(&["agents"]).query("search", "red & blue").query("limit", "20").send().await?;
/// api.request(Method::PATCH, &["agents", "a"]).json(r#"{"name":"b"}"#).operation("rename_agent").send().await?;
///
/// let requests = transport.requests();
/// assert_eq!(requests[0].uri(), "https://api.example.com/agents?search=red%20%26%20blue&limit=20");
/// assert_eq!(requests[1].headers()["content-type"], "application/json");
/// # Ok(())
/// # }
/// ```
#[derive(Clone)]
#[must_use = "a request does nothing until it is sent"]
pub struct ApiRequest {
    pub(super) api: Arc<Inner>,
    pub(super) operation: Cow<'static, str>,
    pub(super) method: Method,
    uri: Result<Uri, InvalidUrl>,
    /// Those that the caller sets, beside those of the API.
    pub(super) headers: HeaderMap,
    pub(super) content: Content,
    pub(super) idempotency: Idempotency,
    pub(super) timeout: Duration,
    pub(super) attempt_timeout: Duration,
    pub(super) retries: bool,
}

impl ApiRequest {
    pub(super) fn new(api: Arc<Inner>, method: Method, uri: Result<Uri, InvalidUrl>) -> Self {
        Self {
            api,
            operation: name(&method),
            idempotency: idempotency(&method),
            method,
            uri,
            headers: HeaderMap::new(),
            content: Content::None,
            timeout: Duration::MAX,
            attempt_timeout: Duration::MAX,
            retries: true,
        }
    }

    /// Adds a query parameter after those that are there, name and value percent-encoded: a name may come several times.
    /// Neither is ever shown.
    pub fn query(mut self, name: &str, value: impl AsRef<str>) -> Self {
        self.uri =
            self.uri.and_then(|uri| with_another(&uri, name, value.as_ref()).ok_or_else(InvalidUrl::query_too_long));
        self
    }

    /// Goes to another path of the API, with all else as it is: for what a server may have in either of two places.
    ///
    /// ```
    /// use runagent_transport::{Api, BaseUrl, testing::{Reply, ScriptedTransport}};
    ///
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// let transport = ScriptedTransport::new([Reply::json(404, ""), Reply::json(200, "[]")]);
    /// let api = Api::builder(BaseUrl::parse("https://api.example.com")?, transport.clone()).build();
    ///
    /// let request = api.get(&["robots"]).query("limit", "20");
    /// if request.clone().send().await?.status() == 404 {
    ///     request.path(&["agents"]).send().await?;
    /// }
    /// assert_eq!(transport.requests()[1].uri(), "https://api.example.com/agents?limit=20");
    /// # Ok(())
    /// # }
    /// ```
    pub fn path(mut self, segments: &[&str]) -> Self {
        self.uri = self.uri.and_then(|uri| self.api.base.join(segments, uri.query()));
        self
    }

    /// Sends a JSON document.
    pub fn json(mut self, json: impl Into<Bytes>) -> Self {
        self.content = Content::Json(json.into());
        self
    }

    /// Sends a document of another media type than JSON.
    pub fn content(mut self, media_type: HeaderValue, content: impl Into<Bytes>) -> Self {
        self.content = Content::Other(media_type, content.into());
        self
    }

    /// Sends a form with files. Each attempt starts it anew.
    ///
    /// A file that can't be read is a [`TransportErrorKind::Request`] error of the call. It is not tried again.
    #[cfg(feature = "multipart")]
    pub fn multipart(mut self, form: crate::multipart::Form) -> Self {
        self.content = Content::Form(Box::new(form));
        self
    }

    /// Names what the call does, for [interceptors](crate::Interceptor) and transports: see
    /// [`OperationContext`](crate::OperationContext). The default is the method.
    pub fn operation(mut self, name: impl Into<Cow<'static, str>>) -> Self {
        self.operation = name.into();
        self
    }

    /// Limits the whole call: all attempts, the waits between them, and the body of the response, unless that is
    /// [streamed](Self::open). The default is no limit.
    pub const fn timeout(mut self, timeout: Duration) -> Self {
        self.timeout = timeout;
        self
    }

    /// Limits each attempt. The default is no limit but that of the call.
    pub const fn attempt_timeout(mut self, timeout: Duration) -> Self {
        self.attempt_timeout = timeout;
        self
    }

    /// Whether it is tried again as the [policy](crate::ApiBuilder::retry) of the API says, as it is by default. `false` is for
    /// a caller who has a policy of their own; a key that was refused is still renewed.
    pub const fn retries(mut self, retries: bool) -> Self {
        self.retries = retries;
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
    /// [`TransportErrorKind::Request`] when a path segment, the query or a reference can't be used, or the key would travel
    /// unencrypted.
    ///
    /// # Cancel safety
    ///
    /// Dropping the future closes the connection; the server may act on the request all the same.
    pub async fn send(mut self) -> Result<http::Response<Bytes>, TransportError> {
        let uri = self.take_uri()?;
        let exchange = |head| async {
            let body = self.content.body().await?;
            let response = self.api.transport.send(Request::from_parts(head, body)).await?;
            let (head, body) = response.into_parts();
            Ok(http::Response::from_parts(head, body.collect(self.api.max_response_bytes).await?))
        };
        let mut call = Call::new(&self, uri, None);
        let mut response = call.run(exchange).await?;
        response.extensions_mut().insert(Attempts(call.attempts()));
        Ok(response)
    }

    /// Sends the request and returns as soon as the head of the response is there; its body arrives while it is read. It is
    /// tried again as the [policy](crate::ApiBuilder::retry) says, up to then.
    ///
    /// The time limits end with the head, and there is no limit on the size of the body. It keeps its
    /// [place](crate::ApiBuilder::max_concurrent_calls) among the concurrent calls until it was read to its end or is
    /// dropped. The extensions of the response have the number of [`Attempts`] and, if one was sent, the
    /// [`ApiKey`](crate::ApiKey) to [redact](crate::ApiKey::redact) what you show of it, whatever its status.
    ///
    /// ```
    /// use runagent_transport::{Api, BaseUrl, testing::{Reply, ScriptedTransport}};
    ///
    /// # #[tokio::main(flavor = "current_thread", start_paused = true)]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// let transport = ScriptedTransport::new([Reply::json(429, ""), Reply::json(200, "a large document")]);
    /// let api = Api::builder(BaseUrl::parse("https://api.example.com")?, transport).build();
    ///
    /// let response = api.get(&["files", "f"]).open().await?;
    /// assert_eq!(response.status(), 200);
    /// assert_eq!(response.into_body().collect(1024).await?, "a large document");
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    ///
    /// As [`send`](Self::send). What breaks the body comes from the body.
    ///
    /// # Cancel safety
    ///
    /// Dropping the future, or the body before its end, closes the connection; the server may act on the request all the
    /// same.
    pub async fn open(mut self) -> Result<http::Response<Body>, TransportError> {
        let uri = self.take_uri()?;
        let exchange = |head| async {
            let body = self.content.body().await?;
            self.api.transport.send(Request::from_parts(head, body)).await
        };
        let mut call = Call::new(&self, uri, None);
        let mut response = call.run(exchange).await?;
        response.extensions_mut().insert(Attempts(call.attempts()));
        let place = call.into_place();
        Ok(response.map(|body| held_body::hold(body, place)))
    }

    /// The settings of an event stream that this request opens. Each of its connections takes the road of a call of its
    /// own, with credentials, retries, pacing and interceptors: what the [policy](crate::ApiBuilder::retry) tries again is
    /// still one connection to it.
    ///
    /// `Accept: text/event-stream` goes in the place of the `Accept` of the API. The time limits of the request are on the
    /// head of each answer; the [idle timeout](EventSourceBuilder::idle_timeout) is one more on each attempt. Redirects, when
    /// they are [followed](EventSourceBuilder::max_redirects), never leave the origin of the API.
    ///
    /// A stream that must not be asked for twice, such as that of a POST that runs an agent, has
    /// [`max_reconnects(0)`](EventSourceBuilder::max_reconnects): once the server has answered with a stream the request is
    /// not sent again.
    ///
    /// ```
    /// use runagent_transport::{Api, BaseUrl, sse::EventSourceItem, transport_fn};
    ///
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// let transport = transport_fn(|request| async move {
    ///     assert_eq!(request.headers()["accept"], "text/event-stream");
    ///     let response = http::Response::builder().header("content-type", "text/event-stream");
    ///     Ok(response.header("x-run-id", "run_1").body("data: hello\n\n".into()).expect("a response"))
    /// });
    /// let api = Api::builder(BaseUrl::parse("https://api.example.com")?, transport).build();
    ///
    /// let mut source = api.post_json(&["runs"], "{}").events().max_reconnects(0).build();
    /// // A refusal is the error of this line.
    /// source.connect().await?;
    /// assert_eq!(source.response().expect("open").headers()["x-run-id"], "run_1");
    /// let Some(EventSourceItem::Event(event)) = source.next().await.transpose()? else { panic!("no event") };
    /// assert_eq!(event.data, "hello");
    /// # Ok(())
    /// # }
    /// ```
    pub fn events(self) -> EventSourceBuilder {
        EventSourceBuilder::of_api(self)
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
        if self.method != Method::GET || !self.content.is_none() {
            let message = "a WebSocket is opened by a GET without a body";
            return Err(TransportError::new(TransportErrorKind::Request, Progress::NotSent, message));
        }
        let exchange = |head| self.api.transport.connect(http::Request::from_parts(head, ()));
        let mut call = Call::new(&self, uri, Some(credentials));
        let socket = call.run(exchange).await?;
        Ok(held_socket::hold(socket, call.into_place()))
    }

    /// Where it goes, unless that can't be used.
    pub(crate) fn uri(&self) -> Result<&Uri, TransportError> {
        self.uri.as_ref().map_err(|error| unusable(error.clone()))
    }

    /// Sends it to somewhere else. Keep to the origin of the API: the key goes along.
    pub(crate) fn set_uri(&mut self, uri: Uri) {
        self.uri = Ok(uri);
    }

    pub(crate) const fn headers_mut(&mut self) -> &mut HeaderMap {
        &mut self.headers
    }

    /// Limits each attempt to this time, if the limit is not lower already.
    pub(crate) fn limit_attempts(&mut self, timeout: Duration) {
        self.attempt_timeout = self.attempt_timeout.min(timeout);
    }

    fn take_uri(&mut self) -> Result<Uri, TransportError> {
        std::mem::replace(&mut self.uri, Ok(Uri::default())).map_err(unusable)
    }
}

/// The name of an operation that has none of its own.
fn name(method: &Method) -> Cow<'static, str> {
    Cow::Borrowed(match *method {
        Method::GET => "GET",
        Method::POST => "POST",
        Method::PUT => "PUT",
        Method::PATCH => "PATCH",
        Method::DELETE => "DELETE",
        Method::HEAD => "HEAD",
        Method::OPTIONS => "OPTIONS",
        _ => return Cow::Owned(method.as_str().to_owned()),
    })
}

fn idempotency(method: &Method) -> Idempotency {
    if method.is_safe() {
        Idempotency::Safe
    } else if method.is_idempotent() {
        Idempotency::Idempotent
    } else {
        Idempotency::Unsafe
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
