//! Requests to one API.

mod builder;
mod call;
mod deadline;
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

    /// A GET of the path that the segments make.
    pub fn get(&self, segments: &[&str]) -> ApiRequest {
        ApiRequest::new(self.inner.clone(), Method::GET, self.inner.base.join(segments, None), Bytes::new())
    }

    /// A POST of a JSON document.
    pub fn post_json(&self, segments: &[&str], json: impl Into<Bytes>) -> ApiRequest {
        let uri = self.inner.base.join(segments, None);
        ApiRequest::new(self.inner.clone(), Method::POST, uri, json.into()).json()
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
