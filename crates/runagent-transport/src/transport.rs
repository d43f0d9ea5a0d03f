//! The seam: one attempt of one request.

use std::{fmt, future::Future, pin::Pin, sync::Arc};

use crate::{Body, Socket, TransportError};

/// A boxed future that can move between threads.
pub type BoxFuture<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;
/// A request with its body.
pub type Request = http::Request<Body>;
/// A response, whose body may still be arriving.
pub type Response = http::Response<Body>;

/// Carries requests. Implement it to put something else in the place of [`HttpTransport`](crate::HttpTransport).
///
/// The contract:
/// - **One attempt a call.** No retry, no redirect, no credentials of its own.
/// - **Any status is `Ok`.** An error means that there is no response.
/// - **Errors say how far the request got.** [`Progress::NotSent`](crate::Progress::NotSent) promises that the server saw
///   nothing of it, and whoever calls will send it again.
/// - **Dropping the future cancels the attempt.**
/// - [`CallOptions`](crate::CallOptions) in the request's extensions are limits to keep.
///
/// The feature `conformance` has [tests](crate::conformance) of all this for any transport.
///
/// ```
/// use runagent_transport::{BoxFuture, Request, Response, Transport, TransportError};
///
/// /// Counts what passes.
/// #[derive(Debug)]
/// struct Counted<T>(T, std::sync::atomic::AtomicUsize);
///
/// impl<T: Transport> Transport for Counted<T> {
///     fn send<'a>(&'a self, request: Request) -> BoxFuture<'a, Result<Response, TransportError>> {
///         self.1.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
///         self.0.send(request)
///     }
/// }
/// ```
pub trait Transport: fmt::Debug + Send + Sync + 'static {
    /// Sends a request to the absolute http or https URI it names and waits for the head of the response.
    fn send<'a>(&'a self, request: Request) -> BoxFuture<'a, Result<Response, TransportError>>;

    /// Opens a WebSocket (RFC 6455) at the URI of the request, with its headers. The default is an
    /// [`Unsupported`](crate::TransportErrorKind::Unsupported) error.
    fn connect<'a>(&'a self, request: http::Request<()>) -> BoxFuture<'a, Result<Socket, TransportError>> {
        drop(request);
        Box::pin(async { Err(TransportError::unsupported("this transport opens no WebSockets")) })
    }
}

impl<T: Transport + ?Sized> Transport for Arc<T> {
    fn send<'a>(&'a self, request: Request) -> BoxFuture<'a, Result<Response, TransportError>> {
        (**self).send(request)
    }

    fn connect<'a>(&'a self, request: http::Request<()>) -> BoxFuture<'a, Result<Socket, TransportError>> {
        (**self).connect(request)
    }
}

/// A transport out of a closure: a mock in one line.
///
/// ```
/// use runagent_transport::{Body, Transport, transport_fn};
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let transport = transport_fn(|request| async move { Ok(http::Response::new(request.into_body())) });
///
/// let request = http::Request::post("http://localhost/echo").body(Body::from("hello"))?;
/// let response = transport.send(request).await?;
/// assert_eq!(response.into_body().collect(1024).await?, "hello");
/// # Ok(())
/// # }
/// ```
pub const fn transport_fn<F, Fut>(respond: F) -> TransportFn<F>
where
    F: Fn(Request) -> Fut + Send + Sync + 'static,
    Fut: Future<Output = Result<Response, TransportError>> + Send + 'static,
{
    TransportFn(respond)
}

/// What [`transport_fn`] makes.
pub struct TransportFn<F>(F);

impl<F> fmt::Debug for TransportFn<F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("TransportFn")
    }
}

impl<F, Fut> Transport for TransportFn<F>
where
    F: Fn(Request) -> Fut + Send + Sync + 'static,
    Fut: Future<Output = Result<Response, TransportError>> + Send + 'static,
{
    fn send<'a>(&'a self, request: Request) -> BoxFuture<'a, Result<Response, TransportError>> {
        Box::pin((self.0)(request))
    }
}
