//! Settings of the transport.

use std::{ffi::OsString, sync::Arc, time::Duration};

#[cfg(feature = "tokio")]
use tokio::io::{AsyncRead, AsyncWrite};

#[cfg(feature = "tokio")]
use super::connector::{Connector, DialTarget};
use super::{
    HttpTransport, Inner,
    dial::Dialer,
    environment::Environment,
    pool::Pool,
    proxy::{Proxies, ProxySetting},
};
#[cfg(feature = "__tls")]
use super::{
    roots::{GivenRoot, Roots},
    tls::{Identity, Tls},
};

/// Settings of an [`HttpTransport`].
///
/// ```
/// use std::time::Duration;
/// use runagent_transport::HttpTransport;
///
/// let transport = HttpTransport::builder().connect_timeout(Duration::from_secs(3)).build();
/// ```
#[derive(Debug, Clone)]
#[must_use]
pub struct HttpTransportBuilder {
    connect_timeout: Duration,
    idle_timeout: Duration,
    loopback_idle_timeout: Duration,
    environment: Environment,
    proxy: ProxySetting,
    #[cfg(feature = "tokio")]
    connector: Option<Connector>,
    #[cfg(feature = "__tls")]
    extra_roots: Vec<GivenRoot>,
    #[cfg(feature = "__tls")]
    identity: Option<Identity>,
    #[cfg(feature = "__tls")]
    tls_config: Option<Arc<rustls::ClientConfig>>,
}

impl HttpTransportBuilder {
    pub(super) const fn new() -> Self {
        Self {
            connect_timeout: Duration::from_secs(10),
            idle_timeout: Duration::from_secs(15),
            loopback_idle_timeout: Duration::from_secs(4),
            environment: Environment::of_process(),
            proxy: ProxySetting::Environment,
            #[cfg(feature = "tokio")]
            connector: None,
            #[cfg(feature = "__tls")]
            extra_roots: Vec::new(),
            #[cfg(feature = "__tls")]
            identity: None,
            #[cfg(feature = "__tls")]
            tls_config: None,
        }
    }

    /// Limits the time to a connection: name resolution, TCP, a proxy's answer and TLS together. The default is 10 s.
    pub const fn connect_timeout(mut self, timeout: Duration) -> Self {
        self.connect_timeout = timeout;
        self
    }

    /// How long a connection is kept without use. The default is 15 s, and 4 s on loopback: servers there (uvicorn,
    /// Node.js) close after 5 s, and a request that meets the close can't be sent again when it is not idempotent.
    pub const fn idle_timeout(mut self, timeout: Duration) -> Self {
        self.idle_timeout = timeout;
        self.loopback_idle_timeout = timeout;
        self
    }

    /// Reads variables from `lookup` instead of the environment of the process. They are read by [`build`](Self::build);
    /// one that is empty counts as unset.
    ///
    /// | variable | what it does |
    /// |---|---|
    /// | `HTTP_PROXY`, `HTTPS_PROXY`, `ALL_PROXY`, `NO_PROXY` | see [`proxy`](Self::proxy) |
    /// | `SSL_CERT_FILE`, `SSL_CERT_DIR` | with https: certificate authorities that are trusted too |
    ///
    /// ```
    /// use runagent_transport::HttpTransport;
    ///
    /// let transport = HttpTransport::builder()
    ///     .environment(|name| (name == "HTTPS_PROXY").then(|| "http://proxy.example:3128".into()))
    ///     .build();
    /// ```
    pub fn environment(mut self, lookup: impl Fn(&str) -> Option<OsString> + Send + Sync + 'static) -> Self {
        self.environment = Environment::injected(lookup);
        self
    }

    /// Goes through one http or https proxy: `http://host:port` or `http://user:password@host:port`, percent-encoded.
    /// Requests to http targets are sent to it, https and WebSockets go through a tunnel (`CONNECT`).
    ///
    /// Without this setting the variables decide: `HTTP_PROXY` for http (unless `REQUEST_METHOD` is set: a CGI program
    /// gets it from its clients), `HTTPS_PROXY` for https, `ALL_PROXY` for both, each in upper or lower case; the hosts,
    /// domains and networks of `NO_PROXY` are reached directly, as curl does. With it, no variable counts. Either way,
    /// targets on loopback are never behind a proxy.
    ///
    /// A proxy's URL that can't be used is an error of each call that needs it.
    ///
    /// ```
    /// use runagent_transport::HttpTransport;
    ///
    /// let transport = HttpTransport::builder().proxy("http://proxy.example:3128").build();
    /// ```
    pub fn proxy(mut self, url: impl Into<String>) -> Self {
        self.proxy = ProxySetting::Url(url.into());
        self
    }

    /// Goes through no proxy, whatever the variables say.
    pub fn no_proxy(mut self) -> Self {
        self.proxy = ProxySetting::Off;
        self
    }

    /// Gets each new connection from `dial` instead of making one by TCP: to a Unix socket, through a tunnel, to a server
    /// in the same process. Proxies do not count then; TLS is added to the connection when the target is https.
    ///
    /// The time to a connection covers it. Its errors are [`Connect`](crate::TransportErrorKind::Connect), or
    /// [`Refused`](crate::TransportErrorKind::Refused) when their kind is
    /// [`ConnectionRefused`](std::io::ErrorKind::ConnectionRefused): nothing was sent.
    ///
    /// ```no_run
    /// use runagent_transport::{Body, HttpTransport, Transport};
    ///
    /// # #[cfg(unix)]
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// use tokio::net::UnixStream;
    ///
    /// let docker = HttpTransport::builder().dial_with(|_| UnixStream::connect("/run/docker.sock")).build();
    /// // The host of the URI is what the server sees.
    /// let request = http::Request::get("http://localhost/version").body(Body::empty())?;
    /// println!("{}", docker.send(request).await?.status());
    /// # Ok(())
    /// # }
    /// # #[cfg(not(unix))]
    /// # fn main() {}
    /// ```
    #[cfg(feature = "tokio")]
    pub fn dial_with<F, Fut, T>(mut self, dial: F) -> Self
    where
        F: Fn(DialTarget) -> Fut + Send + Sync + 'static,
        Fut: Future<Output = std::io::Result<T>> + Send + 'static,
        T: AsyncRead + AsyncWrite + Send + Unpin + 'static,
    {
        self.connector = Some(Connector::new(dial));
        self
    }

    /// Trusts a certificate authority besides the platform's: its certificate in DER form.
    ///
    /// The files that `SSL_CERT_FILE` and `SSL_CERT_DIR` name are trusted too. On Linux and the BSDs, the store of the
    /// platform is where these variables of the process say, as for OpenSSL.
    #[cfg(feature = "__tls")]
    pub fn extra_root_certificate(mut self, der: impl Into<Vec<u8>>) -> Self {
        self.extra_roots.push(GivenRoot::Der(der.into()));
        self
    }

    /// Trusts certificate authorities besides the platform's: all certificates of a PEM file.
    ///
    /// Text without a certificate is an error of the first https call.
    #[cfg(feature = "__tls")]
    pub fn extra_root_certificates_pem(mut self, pem: impl Into<Vec<u8>>) -> Self {
        self.extra_roots.push(GivenRoot::Pem(pem.into()));
        self
    }

    /// Shows servers that ask for it a certificate: its chain, the own certificate first, and its private key (PKCS#8,
    /// PKCS#1 or SEC1, not encrypted), both PEM.
    ///
    /// Text that holds no such thing, and a key that does not fit, are errors of the first https call.
    #[cfg(feature = "__tls")]
    pub fn client_certificate(mut self, chain_pem: impl Into<Vec<u8>>, key_pem: impl Into<Vec<u8>>) -> Self {
        self.identity = Some(Identity::new(chain_pem.into(), key_pem.into()));
        self
    }

    /// Uses a TLS configuration as it is, but for its protocols (ALPN). Of the other settings of TLS, and of the
    /// variables for it, none counts then. Without the features `tls` and `tls-aws-lc` there is no https but by this.
    #[cfg(feature = "rustls")]
    pub fn rustls_config(mut self, config: Arc<rustls::ClientConfig>) -> Self {
        self.tls_config = Some(config);
        self
    }

    /// Makes the transport. No network, no file is touched before the first call.
    #[must_use]
    pub fn build(self) -> HttpTransport {
        #[cfg(feature = "tokio")]
        let proxy = if self.connector.is_some() { ProxySetting::Off } else { self.proxy };
        #[cfg(not(feature = "tokio"))]
        let proxy = self.proxy;
        let dialer = Dialer::new(
            Proxies::new(proxy, &self.environment),
            #[cfg(feature = "tokio")]
            self.connector,
            #[cfg(feature = "__tls")]
            match self.tls_config {
                Some(config) => Tls::with_config(config),
                None => Tls::new(Roots::new(self.extra_roots, &self.environment), self.identity),
            },
        );
        let pool = Arc::new(Pool::new(self.idle_timeout, self.loopback_idle_timeout));
        HttpTransport { inner: Arc::new(Inner { dialer, pool, connect_timeout: self.connect_timeout }) }
    }
}
