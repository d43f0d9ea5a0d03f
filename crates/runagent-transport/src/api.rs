//! Requests to one API.

mod builder;
mod call;
mod content;
mod deadline;
mod held_body;
mod held_socket;
mod pacer;
mod request;

use std::{fmt, sync::Arc};

use bytes::Bytes;
use http::{HeaderMap, HeaderValue, Method};
use tokio::sync::Semaphore;

use self::pacer::Pacer;
pub use self::{
    builder::ApiBuilder,
    request::{ApiRequest, Attempts, SocketCredentials},
};
use crate::{
    ApiKey, BaseUrl, CallOptions, Credentials, InvalidUrl, Progress, TraceContext, Transport, TransportError,
    TransportErrorKind,
    interceptor::Interceptor,
    retry::{RetryPolicy, TokenBucket},
};

const JSON: HeaderValue = HeaderValue::from_static("application/json");

/// One API: where it is, who calls, how. Cloning is cheap.
///
/// Each call takes the same road: time limit → [place](ApiBuilder::max_concurrent_calls) → [retry](ApiBuilder::retry), and
/// for each attempt [pacing](ApiBuilder::pacing) → span → [credentials](ApiBuilder::credentials) → headers →
/// [trace context](ApiBuilder::trace_context) → [interceptors](ApiBuilder::interceptor) → [`Transport`].
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
    credentials: Option<Authorization>,
    /// Whether nobody on the way can read it, or that is allowed.
    may_send_key: bool,
    headers: HeaderMap,
    options: CallOptions,
    max_response_bytes: usize,
    retry: Arc<dyn RetryPolicy>,
    bucket: TokenBucket,
    places: Option<Arc<Semaphore>>,
    pacer: Option<Pacer>,
    trace_context: Option<TraceContextSource>,
    interceptors: Vec<Arc<dyn Interceptor>>,
}

type TraceContextSource = Box<dyn Fn() -> Option<TraceContext> + Send + Sync>;

/// Where the key comes from.
enum Authorization {
    Key(ApiKey),
    Provider(Box<dyn Credentials>),
}

impl Api {
    /// An API at a base URL, reached by a transport.
    pub fn builder(base: BaseUrl, transport: impl Transport) -> ApiBuilder {
        ApiBuilder::new(base, Arc::new(transport))
    }

    /// Where it is.
    #[must_use]
    pub fn base_url(&self) -> &BaseUrl {
        &self.inner.base
    }

    /// Whether a key is sent.
    #[must_use]
    pub fn has_key(&self) -> bool {
        self.inner.credentials.is_some()
    }

    /// A request of any method to the path that the segments make.
    ///
    /// Whether it is tried again after it may have had an effect depends on the method (RFC 9110, section 9.2): GET, HEAD and
    /// OPTIONS are safe, PUT and DELETE idempotent, and any other is neither, unless it has an
    /// [idempotency key](ApiRequest::idempotency_key). The second DELETE of a thing may well be answered with 404.
    pub fn request(&self, method: Method, segments: &[&str]) -> ApiRequest {
        ApiRequest::new(self.inner.clone(), method, self.inner.base.join(segments, None))
    }

    /// A GET of the path that the segments make.
    pub fn get(&self, segments: &[&str]) -> ApiRequest {
        self.request(Method::GET, segments)
    }

    /// A POST of a JSON document.
    pub fn post_json(&self, segments: &[&str], json: impl Into<Bytes>) -> ApiRequest {
        self.request(Method::POST, segments).json(json)
    }

    /// A GET of a reference that the server gave, such as the `check_url` of an operation: an absolute URL, or one that is
    /// relative to the base URL as to a folder (RFC 3986, section 5).
    ///
    /// It stays at the origin of the API, where the key may go: a reference to another scheme, host or port is a
    /// [`TransportErrorKind::Request`] error of the call, before anything is sent. So is one that is empty, or has user
    /// info, a fragment, a backslash, or other characters that no URL has.
    ///
    /// ```
    /// use runagent_transport::{Api, BaseUrl, TransportErrorKind, testing::{Reply, ScriptedTransport}};
    ///
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// let transport = ScriptedTransport::new([Reply::json(200, r#"{"status":"completed"}"#)]);
    /// let api = Api::builder(BaseUrl::parse("https://api.example.com/v1")?, transport.clone()).build();
    ///
    /// api.resolve("/v1/operations/op_1?wait=5").send().await?;
    /// assert_eq!(transport.requests()[0].uri(), "https://api.example.com/v1/operations/op_1?wait=5");
    ///
    /// let error = api.resolve("https://api.example.org/v1/operations/op_1").send().await.unwrap_err();
    /// assert_eq!(error.kind(), TransportErrorKind::Request);
    /// # Ok(())
    /// # }
    /// ```
    pub fn resolve(&self, reference: &str) -> ApiRequest {
        ApiRequest::new(self.inner.clone(), Method::GET, self.inner.base.resolve(reference))
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
            .field("credentials", &self.credentials)
            .field("transport", &self.transport)
            .field("retry", &self.retry)
            .field("interceptors", &self.interceptors)
            .finish_non_exhaustive()
    }
}

impl fmt::Debug for Authorization {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Key(key) => key.fmt(f),
            Self::Provider(provider) => provider.fmt(f),
        }
    }
}
