//! Any transport, over HTTP.

use std::{
    net::Ipv4Addr,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll, ready},
};

use bytes::Bytes;
use http::{Uri, header::HOST};
use http_body::{Body as HttpBody, Frame, SizeHint};
use hyper::{body::Incoming, server::conn::http1, service::service_fn};
use hyper_util::rt::TokioIo;
use runagent_transport::{Body, Progress, Transport, TransportError, TransportErrorKind};
use tokio::{
    net::{TcpListener, TcpStream},
    task::{AbortHandle, JoinSet},
};

/// What a transport answers, on a free port of 127.0.0.1, by HTTP/1.1: a fake that lives in memory can be reached by real
/// sockets and by other processes. Bodies are streamed in both directions. An error of the transport closes the connection.
/// WebSockets are not served. Dropping it ends it, and every connection.
///
/// ```
/// use runagent_testkit::HttpServer;
/// use runagent_transport::{Body, HttpTransport, Transport, transport_fn};
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let echo = transport_fn(|request| async move { Ok(http::Response::new(request.into_body())) });
/// let server = HttpServer::start(echo).await;
///
/// let request = http::Request::post(format!("{}/echo", server.url())).body(Body::from("hello"))?;
/// let response = HttpTransport::new().send(request).await?;
/// assert_eq!(response.into_body().collect(1024).await?, "hello");
/// # Ok(())
/// # }
/// ```
#[derive(Debug)]
pub struct HttpServer {
    url: String,
    accepting: AbortHandle,
}

impl HttpServer {
    /// Serves a transport.
    ///
    /// # Panics
    ///
    /// When loopback has no free port, and outside a Tokio runtime with I/O.
    ///
    /// # Cancel safety
    ///
    /// Cancel safe: nothing is left behind.
    pub async fn start(transport: impl Transport) -> Self {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.expect("a free port on loopback");
        let url = format!("http://{}", listener.local_addr().expect("a bound address"));
        Self { url, accepting: tokio::spawn(accept(listener, Arc::new(transport))).abort_handle() }
    }

    /// Where it is, without a slash at the end.
    #[must_use]
    pub fn url(&self) -> &str {
        &self.url
    }
}

impl Drop for HttpServer {
    fn drop(&mut self) {
        self.accepting.abort();
    }
}

/// Accepts until it is aborted, which drops the set and with it every connection.
async fn accept(listener: TcpListener, transport: Arc<dyn Transport>) {
    let mut serving = JoinSet::new();
    loop {
        let (stream, _) = listener.accept().await.expect("a loopback listener accepts");
        serving.spawn(serve(stream, transport.clone()));
        while serving.try_join_next().is_some() {}
    }
}

async fn serve(stream: TcpStream, transport: Arc<dyn Transport>) {
    // Each write leaves at once.
    drop(stream.set_nodelay(true));
    let service = service_fn(|request| answer(&*transport, request));
    // It fails when the client leaves, or the transport does not answer: either way the connection is over.
    drop(http1::Builder::new().serve_connection(TokioIo::new(stream), service).await);
}

async fn answer(
    transport: &dyn Transport,
    request: http::Request<Incoming>,
) -> Result<http::Response<Sent>, TransportError> {
    let (mut head, body) = request.into_parts();
    // Transports are asked for absolute URIs.
    let host = head.headers.remove(HOST).and_then(|host| host.to_str().map(str::to_owned).ok());
    let path = head.uri.path_and_query().map_or("/", |path| path.as_str());
    let uri = format!("http://{}{path}", host.as_deref().unwrap_or("localhost"));
    head.uri = uri.parse::<Uri>().expect("a host and a path make a URI");
    let response = transport.send(http::Request::from_parts(head, Body::stream(Received(body)))).await?;
    Ok(response.map(|body| Sent { body, error: None }))
}

/// The body of an answer. What came before an error leaves before the connection breaks.
struct Sent {
    body: Body,
    error: Option<TransportError>,
}

impl HttpBody for Sent {
    type Data = Bytes;
    type Error = TransportError;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, TransportError>>> {
        if let Some(error) = self.error.take() {
            return Poll::Ready(Some(Err(error)));
        }
        match ready!(Pin::new(&mut self.body).poll_frame(cx)) {
            Some(Err(error)) => {
                self.error = Some(error);
                cx.waker().wake_by_ref();
                Poll::Pending
            }
            frame => Poll::Ready(frame),
        }
    }

    fn is_end_stream(&self) -> bool {
        self.error.is_none() && self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

/// The body of a request.
struct Received(Incoming);

impl HttpBody for Received {
    type Data = Bytes;
    type Error = TransportError;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, TransportError>>> {
        Pin::new(&mut self.0).poll_frame(cx).map_err(|error| {
            let message = "the client left before the end of its request";
            TransportError::new(TransportErrorKind::Closed, Progress::MaybeSent, message).with_source(error)
        })
    }

    fn is_end_stream(&self) -> bool {
        self.0.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.0.size_hint()
    }
}
