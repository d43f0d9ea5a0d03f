//! The reference service on loopback.

use std::{
    convert::Infallible,
    net::Ipv4Addr,
    pin::Pin,
    task::{Context, Poll},
};

use bytes::Bytes;
use http::StatusCode;
use http_body::{Body as HttpBody, Frame, SizeHint};
use hyper::{body::Incoming, server::conn::http1, service::service_fn};
use hyper_util::rt::TokioIo;
use tokio::{
    net::{TcpListener, TcpStream},
    task::{AbortHandle, JoinSet},
};

use super::{converse, respond};
use crate::{
    BaseUrl, Body, Progress, Response, Socket, TransportError, TransportErrorKind,
    socket::{SocketConfig, handshake},
};

/// The reference service on a free port of 127.0.0.1, by HTTP/1.1. Dropping it ends it.
///
/// ```
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() {
/// let server = runagent_transport::conformance::Server::start().await;
/// assert!(server.base_url().is_loopback());
/// # }
/// ```
#[derive(Debug)]
pub struct Server {
    base_url: BaseUrl,
    accepting: AbortHandle,
}

impl Server {
    /// Starts the service.
    ///
    /// # Panics
    ///
    /// When loopback has no free port, and outside a Tokio runtime with I/O.
    ///
    /// # Cancel safety
    ///
    /// Cancel safe: nothing is left behind.
    pub async fn start() -> Self {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.expect("a free port on loopback");
        let address = listener.local_addr().expect("a bound address");
        let base_url = BaseUrl::http(&address.ip().to_string(), address.port()).expect("an address");
        Self { base_url, accepting: tokio::spawn(accept(listener)).abort_handle() }
    }

    /// Where it is.
    #[must_use]
    pub const fn base_url(&self) -> &BaseUrl {
        &self.base_url
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.accepting.abort();
    }
}

/// Accepts until it is aborted, which drops the set and with it every connection.
async fn accept(listener: TcpListener) {
    let mut serving = JoinSet::new();
    loop {
        let (stream, _) = listener.accept().await.expect("a loopback listener accepts");
        serving.spawn(serve(stream));
        while serving.try_join_next().is_some() {}
    }
}

async fn serve(stream: TcpStream) {
    // Each write leaves at once.
    drop(stream.set_nodelay(true));
    let service = service_fn(|request| async { Ok::<_, Infallible>(answer(request).await) });
    // It fails when the client leaves, which is no failure of the service.
    drop(http1::Builder::new().serve_connection(TokioIo::new(stream), service).with_upgrades().await);
}

async fn answer(mut request: http::Request<Incoming>) -> Response {
    let upgrade = hyper::upgrade::on(&mut request);
    let handshake = handshake::answer(request.method(), request.headers());
    let response = respond(request.map(|body| Body::stream(Received(body)))).await;
    if response.status() != StatusCode::SWITCHING_PROTOCOLS {
        return response;
    }
    if handshake.status() == StatusCode::SWITCHING_PROTOCOLS {
        tokio::spawn(async {
            if let Ok(io) = upgrade.await {
                converse(Socket::server(TokioIo::new(io), SocketConfig::new())).await;
            }
        });
    }
    handshake.map(|()| Body::empty())
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
