//! Transports as tower services, and the other way round.

use std::{
    error, fmt,
    future::poll_fn,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll, ready},
};

use bytes::Bytes;
use http_body::{Body as HttpBody, Frame, SizeHint};
use tower_service::Service;

use crate::{Body, BoxFuture, Progress, Request, Response, Socket, Transport, TransportError, TransportErrorKind};

type BoxError = Box<dyn error::Error + Send + Sync>;

/// A [`tower::Service`](Service) as a [`Transport`]: a stack of tower's layers, the router of a web framework, a client of
/// another library.
///
/// Each call gets a clone of the service, waits until it is ready, and calls it with the absolute URI of the request.
/// A failure of the service that is a [`TransportError`] is handed on as it is; of another one nothing is known, so the
/// server may have acted on the request ([`MaybeSent`](Progress::MaybeSent)), unless the service was not ready for it
/// ([`NotSent`](Progress::NotSent)).
///
/// A service opens no WebSockets: [`with_sockets`](Self::with_sockets) says who does.
///
/// ```
/// use runagent_transport::{Body, HttpTransport, TowerTransport, Transport, TransportService, transport_fn};
/// use tower::{ServiceBuilder, limit::ConcurrencyLimitLayer};
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let http = HttpTransport::new();
/// # let http = transport_fn(|request| async move { Ok(http::Response::new(request.into_body())) });
/// let service = ServiceBuilder::new().layer(ConcurrencyLimitLayer::new(8)).service(TransportService::new(http));
/// let transport = TowerTransport::new(service).with_sockets(HttpTransport::new());
///
/// let request = http::Request::post("http://localhost/echo").body(Body::from("hello"))?;
/// let response = transport.send(request).await?;
/// assert_eq!(response.into_body().collect(1024).await?, "hello");
/// # Ok(())
/// # }
/// ```
#[derive(Clone)]
pub struct TowerTransport<S> {
    service: S,
    sockets: Option<Arc<dyn Transport>>,
}

impl<S> TowerTransport<S> {
    /// Sends requests by this service.
    #[must_use]
    pub const fn new(service: S) -> Self {
        Self { service, sockets: None }
    }

    /// Opens WebSockets by another transport, past the service. Without it they are an
    /// [`Unsupported`](TransportErrorKind::Unsupported) error.
    #[must_use]
    pub fn with_sockets(mut self, transport: impl Transport) -> Self {
        self.sockets = Some(Arc::new(transport));
        self
    }
}

impl<S, B> Transport for TowerTransport<S>
where
    S: Service<Request, Response = http::Response<B>> + Clone + Send + Sync + 'static,
    S::Future: Send,
    S::Error: Into<BoxError>,
    B: HttpBody<Data = Bytes> + Send + 'static,
    B::Error: Into<BoxError>,
{
    fn send<'a>(&'a self, request: Request) -> BoxFuture<'a, Result<Response, TransportError>> {
        let mut service = self.service.clone();
        Box::pin(async move {
            poll_fn(|cx| service.poll_ready(cx)).await.map_err(|error| {
                failed(error, TransportErrorKind::Connect, Progress::NotSent, "the service is not ready for a request")
            })?;
            let response = service.call(request).await.map_err(|error| {
                failed(error, TransportErrorKind::Closed, Progress::MaybeSent, "the service gave no response")
            })?;
            Ok(response.map(|body| Body::stream(ServiceBody(Box::pin(body)))))
        })
    }

    fn connect<'a>(&'a self, request: http::Request<()>) -> BoxFuture<'a, Result<Socket, TransportError>> {
        if let Some(sockets) = &self.sockets {
            return sockets.connect(request);
        }
        let message = "a service opens no WebSockets: name a transport that does (TowerTransport::with_sockets)";
        Box::pin(async move { Err(TransportError::unsupported(message)) })
    }
}

/// A [`Transport`] as a [`tower::Service`](Service), for tower's layers to be put around. It is always ready; cloning is
/// cheap.
///
/// A response is the head of one: layers that limit the time of a call do not limit that of a stream. Put together with
/// a [`TowerTransport`] the result is a transport again: see there.
///
/// ```
/// use runagent_transport::{Body, TransportService, transport_fn};
/// use tower::{ServiceBuilder, ServiceExt};
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let transport = transport_fn(|request| async move { Ok(http::Response::new(request.into_body())) });
/// let service = ServiceBuilder::new()
///     .map_response(|response: http::Response<Body>| response.status())
///     .service(TransportService::new(transport));
///
/// let request = http::Request::get("http://localhost/").body(Body::empty())?;
/// assert_eq!(service.oneshot(request).await?, 200);
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug)]
pub struct TransportService {
    transport: Arc<dyn Transport>,
}

impl TransportService {
    /// Calls this transport.
    pub fn new(transport: impl Transport) -> Self {
        Self { transport: Arc::new(transport) }
    }
}

impl Service<Request> for TransportService {
    type Response = Response;
    type Error = TransportError;
    type Future = BoxFuture<'static, Result<Response, TransportError>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), TransportError>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Request) -> Self::Future {
        let transport = self.transport.clone();
        Box::pin(async move { transport.send(request).await })
    }
}

/// The body of a service's response.
struct ServiceBody<B>(Pin<Box<B>>);

impl<B> HttpBody for ServiceBody<B>
where
    B: HttpBody<Data = Bytes>,
    B::Error: Into<BoxError>,
{
    type Data = Bytes;
    type Error = TransportError;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, TransportError>>> {
        let frame = ready!(self.0.as_mut().poll_frame(cx));
        Poll::Ready(frame.map(|frame| {
            frame.map_err(|error| {
                let message = "the response of the service broke off";
                failed(error, TransportErrorKind::Closed, Progress::ResponseStarted, message)
            })
        }))
    }

    fn is_end_stream(&self) -> bool {
        self.0.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.0.size_hint()
    }
}

/// What a service says went wrong; a transport in it has said it better.
fn failed(
    error: impl Into<BoxError>,
    kind: TransportErrorKind,
    progress: Progress,
    message: &'static str,
) -> TransportError {
    match error.into().downcast::<TransportError>() {
        Ok(error) => *error,
        Err(error) => TransportError::new(kind, progress, message).with_source(error),
    }
}

impl<S> fmt::Debug for TowerTransport<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Services are seldom `Debug`.
        f.debug_struct("TowerTransport").field("sockets", &self.sockets).finish_non_exhaustive()
    }
}
