//! The settings of an API.

use std::sync::Arc;

use http::{HeaderMap, HeaderName, HeaderValue, header::ACCEPT};
use tokio::sync::Semaphore;

use super::{Api, Authorization, Inner, JSON, Pacer};
use crate::{
    ApiKey, BaseUrl, CallOptions, Credentials, TraceContext, Transport,
    interceptor::Interceptor,
    retry::{RetryPolicy, StandardRetry, TokenBucket},
};

/// The largest response by default: 64 MiB.
const MAX_RESPONSE: usize = 64 * 1024 * 1024;

/// Settings of an [`Api`].
#[derive(Debug)]
#[must_use]
pub struct ApiBuilder(Inner);

impl ApiBuilder {
    pub(super) fn new(base: BaseUrl, transport: Arc<dyn Transport>) -> Self {
        let mut headers = HeaderMap::new();
        headers.insert(ACCEPT, JSON);
        let may_send_key = base.is_https() || base.is_loopback();
        Self(Inner {
            transport,
            base,
            credentials: None,
            may_send_key,
            headers,
            options: CallOptions::new(),
            max_response_bytes: MAX_RESPONSE,
            retry: Arc::new(StandardRetry::new()),
            bucket: TokenBucket::new(),
            places: None,
            pacer: None,
            trace_context: None,
            interceptors: Vec::new(),
        })
    }

    /// Sends this key with every request, as `Authorization: Bearer`.
    ///
    /// It goes over https, and by plain http to [this machine](BaseUrl::is_loopback); to anywhere else a call is an error
    /// unless [`plaintext_key`](Self::plaintext_key) allows it.
    pub fn api_key(mut self, key: ApiKey) -> Self {
        self.0.credentials = Some(Authorization::Key(key));
        self
    }

    /// Asks for the key of each request, in the place of [`api_key`](Self::api_key): for keys that expire. See
    /// [`Credentials`].
    pub fn credentials(mut self, provider: impl Credentials) -> Self {
        self.0.credentials = Some(Authorization::Provider(Box::new(provider)));
        self
    }

    /// Whether the key may leave this machine by plain http, where everybody on the way can read it. By default it may
    /// not, and a call is an error.
    pub fn plaintext_key(mut self, allowed: bool) -> Self {
        self.0.may_send_key = allowed || self.0.base.is_https() || self.0.base.is_loopback();
        self
    }

    /// Sends this header with every request, such as a `User-Agent`.
    pub fn header(mut self, name: HeaderName, value: HeaderValue) -> Self {
        self.0.headers.insert(name, value);
        self
    }

    /// Limits of each call.
    pub const fn options(mut self, options: CallOptions) -> Self {
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

    /// Makes at most so many calls at a time, those of all clones together; further ones wait, and those that
    /// get no place within their time limit are a [`Throttled`](crate::TransportErrorKind::Throttled) error. A socket
    /// counts until it is dropped, and a [body that is streamed](super::ApiRequest::open) until its end or until it is
    /// dropped. There is no limit by default; 0 counts as 1.
    pub fn max_concurrent_calls(mut self, calls: usize) -> Self {
        self.0.places = Some(Arc::new(Semaphore::new(calls.clamp(1, Semaphore::MAX_PERMITS))));
        self
    }

    /// Whether to keep to the rate limit that the server tells ([`RateLimit`](crate::RateLimit)): when it says that no
    /// request is left, further ones wait until it is renewed. Off by default.
    ///
    /// One that would wait longer than 60 s, or past its time limit, is a
    /// [`Throttled`](crate::TransportErrorKind::Throttled) error at once. Requests that are already on their way are
    /// not called back, so a server may still say 429 to some of them.
    pub fn pacing(mut self, on: bool) -> Self {
        self.0.pacer = on.then(Pacer::default);
        self
    }

    /// Tells the server which trace a call belongs to (W3C Trace Context), so that its spans join the caller's. The
    /// function is asked for every attempt, within the span of that attempt; a request with a `traceparent` of its own
    /// keeps it.
    ///
    /// ```
    /// use runagent_transport::{Api, BaseUrl, TraceContext, transport_fn};
    ///
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// let transport = transport_fn(|request| async move {
    ///     assert_eq!(request.headers()["traceparent"], "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01");
    ///     Ok(http::Response::new("".into()))
    /// });
    /// // With tracing-opentelemetry: ids and flags of `tracing::Span::current().context()`.
    /// let current = || TraceContext::new(0x0af7_6519_16cd_43dd_8448_eb21_1c80_319c, 0xb7ad_6b71_6920_3331, true);
    /// let api = Api::builder(BaseUrl::parse("https://api.example.com")?, transport).trace_context(current).build();
    /// api.get(&["agents"]).send().await?;
    /// # Ok(())
    /// # }
    /// ```
    pub fn trace_context(mut self, current: impl Fn() -> Option<TraceContext> + Send + Sync + 'static) -> Self {
        self.0.trace_context = Some(Box::new(current));
        self
    }

    /// Lets `interceptor` see every attempt and change its request. Several are asked in the order in which they were
    /// added.
    pub fn interceptor(mut self, interceptor: impl Interceptor) -> Self {
        self.0.interceptors.push(Arc::new(interceptor));
        self
    }

    /// The API. Nothing is sent.
    #[must_use]
    pub fn build(self) -> Api {
        Api { inner: Arc::new(self.0) }
    }
}
