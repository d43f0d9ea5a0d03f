//! The conformance suite by https: requests by HTTP/2, WebSockets by HTTP/1.1.

use std::{
    convert::Infallible,
    pin::Pin,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    task::{Context, Poll},
};

use bytes::Bytes;
use http::Version;
use http_body::Frame;
use hyper::{
    body::Incoming,
    server::conn::{http1, http2},
    service::service_fn,
};
use hyper_util::rt::{TokioExecutor, TokioIo};
use runagent_transport::{
    BaseUrl, Body, Progress, Response, Socket, TransportError, TransportErrorKind,
    conformance::{self, Outcome},
    socket::{SocketConfig, handshake},
};
use tokio::net::TcpStream;
use tokio_rustls::TlsAcceptor;

use crate::{authority::Authority, builder, server};

/// Hosts the reference service; `by_http2` counts requests.
async fn serve(acceptor: TlsAcceptor, tcp: TcpStream, by_http2: Arc<AtomicUsize>) {
    let Ok(tls) = acceptor.accept(tcp).await else { return };
    let is_http2 = tls.get_ref().1.alpn_protocol() == Some(b"h2");
    let service = service_fn(move |request| {
        if request.version() == Version::HTTP_2 {
            by_http2.fetch_add(1, Ordering::Relaxed);
        }
        async { Ok::<_, Infallible>(answer(request).await) }
    });
    if is_http2 {
        drop(http2::Builder::new(TokioExecutor::new()).serve_connection(TokioIo::new(tls), service).await);
    } else {
        drop(http1::Builder::new().serve_connection(TokioIo::new(tls), service).with_upgrades().await);
    }
}

async fn answer(mut request: http::Request<Incoming>) -> Response {
    let upgrade = hyper::upgrade::on(&mut request);
    let handshake = handshake::answer(request.method(), request.headers());
    let response = conformance::respond(request.map(|body| Body::stream(Received(body)))).await;
    if response.status() != 101 {
        return response;
    }
    tokio::spawn(async {
        if let Ok(io) = upgrade.await {
            conformance::converse(Socket::server(TokioIo::new(io), SocketConfig::new())).await;
        }
    });
    handshake.map(|()| Body::empty())
}

struct Received(Incoming);

impl http_body::Body for Received {
    type Data = Bytes;
    type Error = TransportError;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, TransportError>>> {
        let lost =
            |error| TransportError::new(TransportErrorKind::Closed, Progress::MaybeSent, "lost").with_source(error);
        Pin::new(&mut self.0).poll_frame(cx).map_err(lost)
    }
}

#[tokio::test]
async fn the_http_transport_keeps_its_contract_by_https_and_http2() {
    let authority = Authority::new();
    let mut config = authority.sign("localhost").config(None);
    config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
    let acceptor = TlsAcceptor::from(Arc::new(config));
    let by_http2 = Arc::new(AtomicUsize::new(0));
    let counter = by_http2.clone();
    let port = server::listen(move |tcp| {
        tokio::spawn(serve(acceptor.clone(), tcp, counter.clone()));
        async {}
    })
    .await;

    let transport = builder().extra_root_certificate(authority.der().to_vec()).build();
    let base_url = BaseUrl::parse(&format!("https://localhost:{port}")).expect("a URL");
    let report = conformance::contract(&transport, &base_url).await;
    report.assert_passed();
    assert!(report.cases().iter().all(|case| case.outcome == Outcome::Passed), "{report}");
    assert!(by_http2.load(Ordering::Relaxed) > report.cases().len(), "HTTP/2 was hardly used");
}
