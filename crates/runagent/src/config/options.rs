//! What is seldom set.

use std::{ffi::OsString, fmt, path::PathBuf, sync::Arc, time::Duration};

use runagent_transport::{ApiBuilder, Credentials, Transport};

use super::Environment;

/// Time limits, the transport, the environment: what a client can be told beyond its agent.
///
/// ```
/// use std::time::Duration;
/// use runagent::{ClientOptions, RunAgentClientConfig};
///
/// let options = ClientOptions::new().with_run_timeout(Duration::from_secs(20));
/// let config = RunAgentClientConfig::new("agent-id", "greet").with_options(options);
/// ```
#[derive(Clone, Default)]
pub struct ClientOptions {
    pub(super) connect_timeout: Option<Duration>,
    pub(super) control_timeout: Option<Duration>,
    pub(super) run_timeout: Option<Duration>,
    pub(super) first_frame_timeout: Option<Duration>,
    pub(super) stream_idle_timeout: Option<Duration>,
    pub(super) max_retries: Option<u32>,
    pub(super) retry_delay: Option<Duration>,
    pub(super) retry_backoff: Option<f64>,
    pub(super) max_response_bytes: Option<usize>,
    pub(super) max_frame_bytes: Option<usize>,
    pub(super) plaintext_key: Option<bool>,
    pub(super) registry_folder: Option<PathBuf>,
    pub(super) headers: Vec<(String, String)>,
    pub(super) user_agent: Option<String>,
    pub(super) proxy: Option<Proxy>,
    #[cfg(any(feature = "tls", feature = "tls-aws-lc"))]
    pub(super) ca_pem: Vec<Vec<u8>>,
    pub(super) transport: Option<Arc<dyn Transport>>,
    pub(super) credentials: Option<Arc<dyn Credentials>>,
    pub(super) configure_api: Option<ConfigureApi>,
    environment: Environment,
}

/// Which proxy to go through.
#[derive(Clone)]
pub(super) enum Proxy {
    Url(String),
    Off,
}

pub(super) type ConfigureApi = Arc<dyn Fn(ApiBuilder) -> ApiBuilder + Send + Sync>;

impl ClientOptions {
    /// Nothing set.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Limits the time to a connection. The default is 10 s. `Duration::MAX` is no limit, here and below.
    #[must_use]
    pub const fn with_connect_timeout(mut self, timeout: Duration) -> Self {
        self.connect_timeout = Some(timeout);
        self
    }

    /// Limits calls that run no agent: architecture, health, the opening of a stream. The default is 30 s.
    #[must_use]
    pub const fn with_control_timeout(mut self, timeout: Duration) -> Self {
        self.control_timeout = Some(timeout);
        self
    }

    /// Limits a run, from the call to its result. The server is told, in whole seconds. The default is
    /// `RUNAGENT_TIMEOUT`, else `timeout` of the configuration file, else 300 s; for the REST API 30 s.
    #[must_use]
    pub const fn with_run_timeout(mut self, timeout: Duration) -> Self {
        self.run_timeout = Some(timeout);
        self
    }

    /// Limits the wait for the first frame of a stream, which a server sends as soon as the agent starts. The default is
    /// 60 s.
    #[must_use]
    pub const fn with_first_frame_timeout(mut self, timeout: Duration) -> Self {
        self.first_frame_timeout = Some(timeout);
        self
    }

    /// Limits the wait for each further frame of a stream. Time that the caller spends between two frames does not count.
    /// A stream has no limit in total. The default is 600 s; for the REST API 120 s.
    #[must_use]
    pub const fn with_stream_idle_timeout(mut self, timeout: Duration) -> Self {
        self.stream_idle_timeout = Some(timeout);
        self
    }

    /// Sets how often a call is tried again; 0 turns that off. The default is `RUNAGENT_MAX_RETRIES`, else
    /// `retry_config.max_retries` of the configuration file, else 3.
    ///
    /// A run is tried again only when the agent can't have run: when nothing was sent, or the server refused with 429, or
    /// with 503 and `Retry-After`. Calls that run no agent get over passing failures, too. A stream is never started again
    /// once its request was sent. See [`StandardRetry`](crate::transport::retry::StandardRetry).
    #[must_use]
    pub const fn with_max_retries(mut self, retries: u32) -> Self {
        self.max_retries = Some(retries);
        self
    }

    /// Sets the longest time before the first retry. The default is `retry_config.retry_delay` of the configuration file,
    /// else 1 s.
    #[must_use]
    pub const fn with_retry_delay(mut self, delay: Duration) -> Self {
        self.retry_delay = Some(delay);
        self
    }

    /// Sets the factor from one retry to the next. The default is `retry_config.retry_backoff` of the configuration
    /// file, else 2.0.
    #[must_use]
    pub const fn with_retry_backoff(mut self, factor: f64) -> Self {
        self.retry_backoff = Some(factor);
        self
    }

    /// Limits a response, in bytes. The default is 64 MiB.
    #[must_use]
    pub const fn with_max_response_bytes(mut self, bytes: usize) -> Self {
        self.max_response_bytes = Some(bytes);
        self
    }

    /// Limits a frame of a stream, in bytes. The default is 16 MiB.
    #[must_use]
    pub const fn with_max_frame_bytes(mut self, bytes: usize) -> Self {
        self.max_frame_bytes = Some(bytes);
        self
    }

    /// Allows the API key to go to a remote agent by plain http. By default that is an error.
    #[must_use]
    pub const fn with_plaintext_key(mut self, allowed: bool) -> Self {
        self.plaintext_key = Some(allowed);
        self
    }

    /// Looks local agents up in the registry of this folder. The default is `RUNAGENT_CACHE_DIR`, else `~/.runagent`.
    #[must_use]
    pub fn with_registry_folder(mut self, folder: impl Into<PathBuf>) -> Self {
        self.registry_folder = Some(folder.into());
        self
    }

    /// Sends this header with every request, in the place of one with the same name that was set before. `Debug` and
    /// [`explain`](crate::RunAgentClientConfig::explain) tell its name only.
    ///
    /// Making a client fails when there is no such header, or when it is one that the client writes itself, such as
    /// `Authorization`, `Host` or `Content-Length`.
    ///
    /// ```
    /// use runagent::ClientOptions;
    ///
    /// let options = ClientOptions::new().with_header("X-Team", "search").with_user_agent("my-service/1.0");
    /// assert!(!format!("{options:?}").contains("search"));
    /// ```
    #[must_use]
    pub fn with_header(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.headers.push((name.into(), value.into()));
        self
    }

    /// Sets what the client calls itself (`User-Agent`). The default is `runagent-rust/` and the version.
    #[must_use]
    pub fn with_user_agent(mut self, user_agent: impl Into<String>) -> Self {
        self.user_agent = Some(user_agent.into());
        self
    }

    /// Goes through this http or https proxy, whatever the variables say: see
    /// [`HttpTransportBuilder::proxy`](crate::transport::HttpTransportBuilder::proxy). It is not for a
    /// [transport](Self::with_transport) of your own.
    #[must_use]
    pub fn with_proxy(mut self, url: impl Into<String>) -> Self {
        self.proxy = Some(Proxy::Url(url.into()));
        self
    }

    /// Goes through no proxy, whatever the variables say.
    #[must_use]
    pub fn with_no_proxy(mut self) -> Self {
        self.proxy = Some(Proxy::Off);
        self
    }

    /// Trusts the certificate authorities in this PEM text, too. It is not for a [transport](Self::with_transport) of your
    /// own. Text without a certificate is an error of the first https call.
    #[cfg(any(feature = "tls", feature = "tls-aws-lc"))]
    #[must_use]
    pub fn with_ca_pem(mut self, pem: impl Into<Vec<u8>>) -> Self {
        self.ca_pem.push(pem.into());
        self
    }

    /// Sends everything by this transport in the place of [`HttpTransport`](crate::transport::HttpTransport).
    #[must_use]
    pub fn with_transport(mut self, transport: impl Transport) -> Self {
        self.transport = Some(Arc::new(transport));
        self
    }

    /// Asks for the API key of each request, for keys that expire: see [`Credentials`]. The configuration has no API key
    /// of its own then, and that of the environment does not count.
    ///
    /// A server that takes the handshake of a stream, and then closes it for want of a valid key, does not lead to the
    /// question for another one: let the provider replace a key before it expires.
    #[must_use]
    pub fn with_credentials(mut self, credentials: impl Credentials) -> Self {
        self.credentials = Some(Arc::new(credentials));
        self
    }

    /// Changes what the transport layer does with every call, beyond the settings here: interceptors, a limit of
    /// concurrent calls, pacing, a trace context, a retry policy of your own.
    ///
    /// ```
    /// use runagent::ClientOptions;
    ///
    /// let options = ClientOptions::new().with_api(|api| api.max_concurrent_calls(8).pacing(true));
    /// ```
    #[must_use]
    pub fn with_api(mut self, configure: impl Fn(ApiBuilder) -> ApiBuilder + Send + Sync + 'static) -> Self {
        self.configure_api = Some(Arc::new(configure));
        self
    }

    /// Reads environment variables from this function in the place of the process environment. Where the configuration
    /// files and the registry are hangs on it, too: a test that gives none of them reads no file.
    #[must_use]
    pub fn with_environment(mut self, read: impl Fn(&str) -> Option<OsString> + Send + Sync + 'static) -> Self {
        self.environment = Environment::injected(read);
        self
    }

    pub(crate) const fn environment(&self) -> &Environment {
        &self.environment
    }
}

impl fmt::Debug for ClientOptions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ClientOptions")
            .field("connect_timeout", &self.connect_timeout)
            .field("control_timeout", &self.control_timeout)
            .field("run_timeout", &self.run_timeout)
            .field("first_frame_timeout", &self.first_frame_timeout)
            .field("stream_idle_timeout", &self.stream_idle_timeout)
            .field("max_retries", &self.max_retries)
            .field("retry_delay", &self.retry_delay)
            .field("retry_backoff", &self.retry_backoff)
            .field("max_response_bytes", &self.max_response_bytes)
            .field("max_frame_bytes", &self.max_frame_bytes)
            .field("plaintext_key", &self.plaintext_key)
            .field("registry_folder", &self.registry_folder)
            .field("headers", &self.headers.iter().map(|(name, _)| name).collect::<Vec<_>>())
            .field("user_agent", &self.user_agent)
            .field("proxy", &self.proxy)
            .field("transport", &self.transport)
            .field("credentials", &self.credentials)
            .finish_non_exhaustive()
    }
}

impl fmt::Debug for Proxy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            // It may hold a password.
            Self::Url(_) => "set",
            Self::Off => "off",
        })
    }
}
