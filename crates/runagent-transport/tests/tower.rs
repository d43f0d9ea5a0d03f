//! Tower's layers around a transport, and its services as one.
#![allow(clippy::expect_used, reason = "a test fails by panicking")]
#![cfg(feature = "tower")]

use std::{
    convert::Infallible,
    error::Error as _,
    future::pending,
    io,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll},
    time::Duration,
};

use bytes::Bytes;
use http_body::{Body as HttpBody, Frame};
use runagent_transport::testing::wire::{Script, WireServer};
use runagent_transport::{
    Body, HttpTransport, Progress, Request, Response, Socket, TowerTransport, Transport, TransportError,
    TransportErrorKind, TransportService, transport_fn,
};
use static_assertions::assert_impl_all;
use tokio::sync::{Semaphore, mpsc};
use tower::{BoxError, Service, ServiceBuilder, service_fn};

assert_impl_all!(TowerTransport<TransportService>: Clone, Send, Sync);
assert_impl_all!(TransportService: Clone, Send, Sync);

fn get(url: &str) -> Request {
    http::Request::get(url).body(Body::empty()).expect("a request")
}

async fn failure(transport: &impl Transport) -> TransportError {
    transport.send(get("http://localhost/")).await.expect_err("no response")
}

#[tokio::test]
async fn layers_around_the_network_make_a_transport_again() {
    let answer = Script::new().read_request().send("HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok");
    let server = WireServer::start([answer]).await;
    let service = ServiceBuilder::new()
        .concurrency_limit(4)
        .timeout(Duration::from_secs(20))
        .map_request(|mut request: Request| {
            request.headers_mut().insert("x-layer", "was here".parse().expect("a value"));
            request
        })
        .service(TransportService::new(HttpTransport::new()));
    let response = TowerTransport::new(service).send(get(&server.url("/a?b"))).await.expect("a response");
    assert_eq!(response.into_body().collect(64).await.expect("a body"), "ok");
    let request = &server.requests()[0];
    assert_eq!((request.target.as_str(), request.header("x-layer")), ("/a?b", Some("was here")));
}

#[tokio::test]
async fn a_limit_of_calls_holds_for_all_clones() {
    let (begun, mut seen) = mpsc::unbounded_channel();
    let gate = Arc::new(Semaphore::new(0));
    let held = gate.clone();
    let inner = transport_fn(move |_| {
        let (begun, gate) = (begun.clone(), held.clone());
        async move {
            begun.send(()).expect("the test waits");
            gate.acquire().await.expect("open").forget();
            Ok(Response::new(Body::empty()))
        }
    });
    let service = ServiceBuilder::new().concurrency_limit(2).service(TransportService::new(inner));
    let transport = TowerTransport::new(service);
    let mut calls = tokio::task::JoinSet::new();
    for _ in 0..3 {
        let transport = transport.clone();
        calls.spawn(async move { transport.send(get("http://localhost/")).await.expect("a response") });
    }
    seen.recv().await.expect("a call");
    seen.recv().await.expect("a call");
    // The third would have come by now.
    for _ in 0..100 {
        tokio::task::yield_now().await;
    }
    assert!(seen.try_recv().is_err());
    gate.add_permits(1);
    seen.recv().await.expect("a call");
    gate.add_permits(2);
    assert_eq!(calls.join_all().await.len(), 3);
}

#[tokio::test]
async fn the_error_of_a_transport_passes_through_layers_as_it_is() {
    let refused = || TransportError::new(TransportErrorKind::Refused, Progress::NotSent, "nothing listens");
    let inner = transport_fn(move |_| async move { Err(refused()) });
    // The timeout boxes the errors of what it is around.
    let service = ServiceBuilder::new().timeout(Duration::from_secs(20)).service(TransportService::new(inner));
    let error = failure(&TowerTransport::new(service)).await;
    assert_eq!((error.kind(), error.progress()), (TransportErrorKind::Refused, Progress::NotSent));
    assert_eq!(error.to_string(), "nothing listens");
}

#[tokio::test(start_paused = true)]
async fn another_error_leaves_open_what_the_server_did() {
    let inner = transport_fn(|_| pending());
    let service = ServiceBuilder::new().timeout(Duration::from_secs(5)).service(TransportService::new(inner));
    let error = failure(&TowerTransport::new(service)).await;
    assert_eq!((error.kind(), error.progress()), (TransportErrorKind::Closed, Progress::MaybeSent));
    assert_eq!(error.source().expect("a cause").to_string(), "request timed out");
}

#[tokio::test]
async fn a_service_that_is_not_ready_is_sent_nothing() {
    #[derive(Clone)]
    struct Unready(bool);
    impl Service<Request> for Unready {
        type Response = Response;
        type Error = BoxError;
        type Future = std::future::Ready<Result<Response, BoxError>>;

        fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), BoxError>> {
            if self.0 {
                return Poll::Ready(Err("out of order".into()));
            }
            // Polled again before it is called.
            self.0 = true;
            cx.waker().wake_by_ref();
            Poll::Pending
        }

        fn call(&mut self, _: Request) -> Self::Future {
            panic!("it was not ready");
        }
    }
    let error = failure(&TowerTransport::new(Unready(false))).await;
    assert_eq!((error.kind(), error.progress()), (TransportErrorKind::Connect, Progress::NotSent));
    assert_eq!(error.source().expect("a cause").to_string(), "out of order");
}

#[tokio::test]
async fn any_body_of_bytes_is_one_and_its_failure_an_error() {
    /// Two pieces, and then what is left.
    struct Pieces(u8, Option<io::Error>);
    impl HttpBody for Pieces {
        type Data = Bytes;
        type Error = io::Error;

        fn poll_frame(mut self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, io::Error>>> {
            if self.0 < 2 {
                self.0 += 1;
                return Poll::Ready(Some(Ok(Frame::data(Bytes::from_static(b"ab")))));
            }
            Poll::Ready(self.1.take().map(Err))
        }
    }
    let service = service_fn(|request: Request| async move {
        let broken = (request.uri().path() == "/broken").then(|| io::Error::from(io::ErrorKind::BrokenPipe));
        Ok::<_, Infallible>(http::Response::new(Pieces(0, broken)))
    });
    let transport = TowerTransport::new(service);
    let body = |response: Response| response.into_body().collect(64);
    let whole = transport.send(get("http://localhost/")).await.expect("a response");
    assert_eq!(body(whole).await.expect("a body"), "abab");
    let broken = transport.send(get("http://localhost/broken")).await.expect("a response");
    let error = body(broken).await.expect_err("a broken body");
    assert_eq!((error.kind(), error.progress()), (TransportErrorKind::Closed, Progress::ResponseStarted));
}

#[tokio::test]
async fn sockets_go_past_the_service() {
    #[derive(Debug)]
    struct Sockets;
    impl Transport for Sockets {
        fn send<'a>(&'a self, _: Request) -> runagent_transport::BoxFuture<'a, Result<Response, TransportError>> {
            Box::pin(async { panic!("requests go by the service") })
        }

        fn connect<'a>(
            &'a self,
            _: http::Request<()>,
        ) -> runagent_transport::BoxFuture<'a, Result<Socket, TransportError>> {
            Box::pin(async { Ok(Socket::scripted([])) })
        }
    }
    let service = TransportService::new(transport_fn(|_| async { Ok(Response::new(Body::empty())) }));
    let transport = TowerTransport::new(service);
    let request = || http::Request::get("ws://localhost/").body(()).expect("a request");
    let error = transport.connect(request()).await.expect_err("no sockets");
    assert_eq!((error.kind(), error.progress()), (TransportErrorKind::Unsupported, Progress::NotSent));

    let transport = transport.with_sockets(Sockets);
    transport.connect(request()).await.expect("a socket");
    transport.send(get("http://localhost/")).await.expect("a response");
}
