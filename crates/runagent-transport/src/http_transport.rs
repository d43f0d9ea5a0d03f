//! The transport over hyper.

mod builder;
#[cfg(feature = "tokio")]
mod connector;
mod dial;
mod environment;
#[cfg(feature = "gzip")]
mod gzip;
#[cfg(feature = "__tls")]
mod http2;
mod origin;
mod pool;
mod pooled_body;
mod proxy;
mod request_body;
#[cfg(feature = "__tls")]
mod roots;
mod route;
mod sender;
#[cfg(feature = "__tls")]
mod tls;
mod tunnel;
#[cfg(feature = "ws")]
mod upgrade;

use std::{fmt, sync::Arc, time::Duration};

use http::{
    HeaderMap, HeaderValue, StatusCode, Uri,
    header::{CONTENT_LENGTH, HOST, TRANSFER_ENCODING},
    uri::PathAndQuery,
};
use tokio::{runtime::Handle, time::Instant};

pub use self::builder::HttpTransportBuilder;
#[cfg(feature = "tokio")]
pub use self::connector::DialTarget;
use self::{
    dial::{Dialer, Protocols},
    origin::Origin,
    pool::Pool,
    pooled_body::{Lease, PooledBody},
    request_body::Fault,
    route::{Route, Way},
    sender::Sender,
};
use crate::{Body, BoxFuture, CallOptions, Progress, Request, Response, Transport, TransportError, TransportErrorKind};

/// HTTP/1.1 over TCP and TLS, and HTTP/2 with https servers that offer it (ALPN), with a pool of kept connections of its
/// own.
///
/// It follows no redirect and sends no credentials of its own. A connection is used again when its last response was read
/// to the end; a request that meets a connection which the server has closed meanwhile is sent on another one, as long as
/// not a byte of it had left. Cloning is cheap and shares the pool.
///
/// It asks for no compression, unless the feature `gzip` is on: then for gzip, but not when it is to accept an event stream,
/// and it decodes a response as it arrives. One that grows beyond 16 MiB and to more than 100 times its compressed size is
/// [`TooLarge`](TransportErrorKind::TooLarge). A request with an `Accept-Encoding` of its own gets its response as it was
/// sent.
///
/// Calls must be made inside a Tokio runtime; outside they fail with an
/// [`Unsupported`](TransportErrorKind::Unsupported) error. Tokio panics when that runtime was built without I/O or without
/// time. Making the transport needs no runtime and touches no network.
///
/// ```no_run
/// use runagent_transport::{Body, HttpTransport, Transport};
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let transport = HttpTransport::new();
/// let request = http::Request::get("http://127.0.0.1:8450/api/v1/health").body(Body::empty())?;
/// let response = transport.send(request).await?;
/// println!("{}", response.status());
/// # Ok(())
/// # }
/// ```
#[derive(Clone)]
pub struct HttpTransport {
    inner: Arc<Inner>,
}

struct Inner {
    dialer: Dialer,
    pool: Arc<Pool>,
    connect_timeout: Duration,
}

impl Default for HttpTransport {
    fn default() -> Self {
        Self::new()
    }
}

impl HttpTransport {
    /// A transport with the default settings.
    #[must_use]
    pub fn new() -> Self {
        Self::builder().build()
    }

    /// Settings to change.
    pub const fn builder() -> HttpTransportBuilder {
        HttpTransportBuilder::new()
    }
}

impl Transport for HttpTransport {
    fn send<'a>(&'a self, request: Request) -> BoxFuture<'a, Result<Response, TransportError>> {
        Box::pin(self.inner.send(request))
    }

    #[cfg(feature = "ws")]
    fn connect<'a>(&'a self, request: http::Request<()>) -> BoxFuture<'a, Result<crate::Socket, TransportError>> {
        Box::pin(self.inner.upgrade(request))
    }
}

impl Inner {
    async fn send(&self, request: Request) -> Result<Response, TransportError> {
        let runtime = current_runtime()?;
        let options = CallOptions::of(&request);
        let (origin, mut request) = to_origin_form(request)?;
        let route = self.dialer.route(&origin)?;
        route.address(&mut request)?;
        #[cfg(feature = "gzip")]
        let gzip = gzip::Gzip::ask(&mut request);
        let fault = Fault::watch(&mut request);
        let mut kept = self.pool.take(&origin, runtime.id()).await;
        loop {
            let (mut connection, reused) = match kept {
                Some(connection) => (connection, true),
                // Boxed: it is rare, and would make the future of every call as large as it is.
                None => {
                    let new = Box::pin(self.connect(&route, options)).await?;
                    self.pool.share(origin.clone(), &runtime, new)
                }
            };
            let failure = match connection.send(request).await {
                Ok(response) => {
                    check_lengths(response.headers())?;
                    if let (Way::Forwarded(proxy), StatusCode::PROXY_AUTHENTICATION_REQUIRED) =
                        (route.way, response.status())
                    {
                        return Err(proxy.authorization_wanted());
                    }
                    // A server in trouble may be one of several behind one address: the next request is better off on a
                    // connection of its own.
                    let lease = (!response.status().is_server_error()).then(|| Lease {
                        pool: self.pool.clone(),
                        origin,
                        runtime,
                        connection,
                    });
                    let response = response.map(|body| Body::stream(PooledBody::new(body, lease)));
                    #[cfg(feature = "gzip")]
                    let response = gzip.decode(response);
                    return Ok(response);
                }
                Err(failure) => failure,
            };
            request = match failure.unsent {
                // The server had closed the kept connection: not a byte was sent.
                Some(unsent) if reused => *unsent,
                Some(_) => return Err(broken_at_start(failure.error)),
                None => return Err(fault.and_then(|fault| fault.take()).unwrap_or_else(|| lost(failure.error))),
            };
            #[cfg(feature = "__tls")]
            self.pool.forget(&origin, runtime.id(), &connection);
            kept = self.pool.take(&origin, runtime.id()).await;
        }
    }

    /// A new connection.
    async fn connect(&self, route: &Route<'_>, options: CallOptions) -> Result<Sender, TransportError> {
        let work = async { Sender::start(self.dialer.dial(route, Protocols::Any).await?).await };
        self.in_connect_time(options, work).await.unwrap_or_else(|limit| {
            let message = format!("no connection to {route} within {limit:?}");
            Err(TransportError::new(TransportErrorKind::Timeout, Progress::NotSent, message))
        })
    }

    /// Runs the work within the time to a connection, or says how long that was.
    async fn in_connect_time<T>(&self, options: CallOptions, work: impl Future<Output = T>) -> Result<T, Duration> {
        let now = Instant::now();
        let limit = options.connect_timeout().unwrap_or(self.connect_timeout);
        // `Duration::MAX` means no limit, and must not overflow the clock. The deadline of the call may come first: the
        // error is then ours, since we know that nothing was sent.
        let connect = now.checked_add(limit);
        let deadline = match (connect, options.deadline().map(Instant::from_std)) {
            (Some(connect), Some(call)) => connect.min(call),
            (Some(deadline), None) | (None, Some(deadline)) => deadline,
            (None, None) => return Ok(work.await),
        };
        tokio::time::timeout_at(deadline, work).await.map_err(|_| deadline.duration_since(now))
    }
}

/// Every call needs a runtime to run its connection on.
fn current_runtime() -> Result<Handle, TransportError> {
    Handle::try_current().map_err(|_| {
        TransportError::unsupported("no Tokio runtime here: call from within one, or use a blocking client")
    })
}

/// What HTTP/1.1 puts on the wire: the path in the request line, the host in a header.
fn to_origin_form<B>(mut request: http::Request<B>) -> Result<(Origin, http::Request<B>), TransportError> {
    let origin = Origin::of(request.uri())?;
    if !request.headers().contains_key(HOST) {
        let host = HeaderValue::from_str(origin.authority().as_str()).map_err(|error| {
            TransportError::new(TransportErrorKind::Request, Progress::NotSent, "the host is no header value")
                .with_source(error)
        })?;
        request.headers_mut().insert(HOST, host);
    }
    let path = request.uri().path_and_query().cloned().unwrap_or_else(|| PathAndQuery::from_static("/"));
    *request.uri_mut() = Uri::from(path);
    Ok((origin, request))
}

/// Where a body ends that has a length and is chunked is anybody's guess, and what follows it on the connection would be
/// too (RFC 9112, section 6.3).
fn check_lengths(headers: &HeaderMap) -> Result<(), TransportError> {
    if headers.contains_key(TRANSFER_ENCODING) && headers.contains_key(CONTENT_LENGTH) {
        let message = "the answer has both `Content-Length` and `Transfer-Encoding`";
        return Err(TransportError::new(TransportErrorKind::Protocol, Progress::ResponseStarted, message));
    }
    Ok(())
}

fn broken_at_start(error: hyper::Error) -> TransportError {
    TransportError::new(TransportErrorKind::Closed, Progress::NotSent, "the connection broke at its start")
        .with_source(error)
}

#[cfg(not(any(feature = "tls", feature = "tls-aws-lc")))]
fn https_needs_a_feature() -> TransportError {
    TransportError::unsupported(
        "https needs the feature `tls` or `tls-aws-lc` of runagent-transport, or a configuration of yours (`rustls`)",
    )
}

/// A request left, and no response came back.
fn lost(error: hyper::Error) -> TransportError {
    #[cfg(feature = "__tls")]
    if tls::is_certificate_wanted(&error) {
        // The server's side of the handshake was not complete, so it took no request.
        return tls::failed("the server wants a client certificate".into(), error);
    }
    let (kind, progress, message) = if error.is_parse() {
        (TransportErrorKind::Protocol, Progress::ResponseStarted, "the answer is not HTTP/1.1")
    } else if error.is_user() {
        (TransportErrorKind::Request, Progress::MaybeSent, "the request could not be sent as it is")
    } else {
        (TransportErrorKind::Closed, Progress::MaybeSent, "the connection ended before the server answered")
    };
    TransportError::new(kind, progress, message).with_source(error)
}

impl fmt::Debug for HttpTransport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("HttpTransport")
            .field("connect_timeout", &self.inner.connect_timeout)
            .field("pool", &self.inner.pool)
            .finish_non_exhaustive()
    }
}
