//! HTTP/2 by ALPN.

use std::{
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use bytes::Bytes;
use http::{StatusCode, Version};
use hyper::{body::Incoming, server::conn::http2, service::service_fn};
use hyper_util::rt::{TokioExecutor, TokioIo};
use runagent_transport::{
    Body, HttpTransport, HttpTransportBuilder, Request, Response, Transport as _, testing::cut_off,
};
use tokio::{
    io::{AsyncRead, AsyncWrite, duplex},
    net::TcpListener,
    sync::{Barrier, Notify},
    time::{Instant, advance},
};
use tokio_rustls::TlsAcceptor;

use crate::{authority::Authority, builder, get};

/// A server of HTTP/2.
struct Server {
    port: u16,
    authority: Authority,
    acceptor: TlsAcceptor,
    state: Arc<State>,
}

struct State {
    connections: AtomicUsize,
    /// Two requests to `/meet` are answered once both have come.
    meeting: Barrier,
    /// Ends the connections.
    end: Notify,
    /// A client has ended its connection.
    ended: Notify,
    max_streams: u32,
}

impl Server {
    async fn start(max_streams: u32) -> Self {
        let authority = Authority::new();
        let mut config = authority.sign("localhost").config(None);
        config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
        let acceptor = TlsAcceptor::from(Arc::new(config));
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a listener");
        let port = listener.local_addr().expect("an address").port();
        let (connections, meeting) = (AtomicUsize::new(0), Barrier::new(2));
        let (end, ended) = (Notify::new(), Notify::new());
        let state = Arc::new(State { connections, meeting, end, ended, max_streams });
        let shared = state.clone();
        let tcp_acceptor = acceptor.clone();
        tokio::spawn(async move {
            while let Ok((tcp, _)) = listener.accept().await {
                tokio::spawn(shared.clone().serve(tcp_acceptor.clone(), tcp));
            }
        });
        Self { port, authority, acceptor, state }
    }

    fn builder(&self) -> HttpTransportBuilder {
        builder().extra_root_certificate(self.authority.der().to_vec())
    }

    /// Settings of a transport whose connections are made over memory: for paused time.
    fn in_memory(&self) -> HttpTransportBuilder {
        let (acceptor, state) = (self.acceptor.clone(), self.state.clone());
        self.builder().dial_with(move |_| {
            let (client, server) = duplex(64 * 1024);
            tokio::spawn(state.clone().serve(acceptor.clone(), server));
            async { Ok(client) }
        })
    }

    fn connections(&self) -> usize {
        self.state.connections.load(Ordering::Relaxed)
    }

    fn get(&self, path: &str) -> Request {
        get(&format!("https://localhost:{}{path}", self.port))
    }

    async fn text(&self, transport: &HttpTransport, path: &str) -> Bytes {
        let response = transport.send(self.get(path)).await.expect("an answer");
        assert_eq!(response.version(), Version::HTTP_2);
        response.into_body().collect(1 << 20).await.expect("a body")
    }
}

impl State {
    async fn serve<T>(self: Arc<Self>, acceptor: TlsAcceptor, io: T)
    where
        T: AsyncRead + AsyncWrite + Send + Unpin + 'static,
    {
        self.connections.fetch_add(1, Ordering::Relaxed);
        let Ok(tls) = acceptor.accept(io).await else { return };
        if tls.get_ref().1.alpn_protocol() != Some(b"h2") {
            let answer = service_fn(|_| async { Ok::<_, hyper::Error>(status(StatusCode::IM_A_TEAPOT)) });
            let connection = hyper::server::conn::http1::Builder::new().serve_connection(TokioIo::new(tls), answer);
            return drop(connection.await);
        }
        let state = self.clone();
        let service = service_fn(move |request| state.clone().answer(request));
        let mut builder = http2::Builder::new(TokioExecutor::new());
        let connection = builder.max_concurrent_streams(self.max_streams).serve_connection(TokioIo::new(tls), service);
        tokio::select! {
            _ = connection => self.ended.notify_one(),
            () = self.end.notified() => (),
        }
    }

    async fn answer(self: Arc<Self>, request: http::Request<Incoming>) -> Result<Response, hyper::Error> {
        let body = match request.uri().path() {
            "/meet" => {
                self.meeting.wait().await;
                Body::from("met")
            }
            // More than the windows of HTTP/2 let through unread.
            "/large" => Body::from(vec![b'.'; 16 << 20]),
            path => {
                let host = request.headers().get("host").is_some();
                Body::from(format!("{} {path} {:?} {host}", request.method(), request.uri().authority()))
            }
        };
        Ok(Response::new(body))
    }
}

fn status(status: StatusCode) -> Response {
    let mut response = Response::new(Body::empty());
    *response.status_mut() = status;
    response
}

#[tokio::test]
async fn a_server_that_speaks_it_is_spoken_to_in_http2_on_one_connection() {
    let server = Server::start(100).await;
    let transport = server.builder().build();
    let expected = format!("GET /a%20b Some(localhost:{}) false", server.port);
    for _ in 0..3 {
        assert_eq!(server.text(&transport, "/a%20b?c").await, expected);
    }
    // Two at once.
    let met = tokio::join!(server.text(&transport, "/meet"), server.text(&transport, "/meet"));
    assert_eq!((&met.0[..], &met.1[..]), (&b"met"[..], &b"met"[..]));
    assert_eq!(server.connections(), 1);
}

#[tokio::test]
async fn calls_that_start_together_end_up_on_one_connection() {
    let server = Server::start(100).await;
    let transport = server.builder().build();
    let calls = || futures_util::future::join_all((0..16).map(|_| server.text(&transport, "/")));
    calls().await;
    let cold = server.connections();
    for _ in 0..4 {
        calls().await;
    }
    assert_eq!(server.connections(), cold);
}

#[tokio::test]
async fn a_full_connection_is_no_reason_to_wait() {
    let server = Server::start(1).await;
    let transport = server.builder().build();
    // The server has said how many requests it takes when it answers one, and it is seen when the next one starts.
    server.text(&transport, "/").await;
    server.text(&transport, "/").await;
    let both = async { tokio::join!(server.text(&transport, "/meet"), server.text(&transport, "/meet")) };
    tokio::time::timeout(Duration::from_secs(5), both).await.expect("neither waits for the other");
    assert_eq!(server.connections(), 2);
}

#[tokio::test]
async fn an_idle_connection_has_its_time_and_one_in_use_has_no_limit() {
    let server = Server::start(100).await;
    let transport = server.builder().idle_timeout(Duration::ZERO).build();
    server.text(&transport, "/").await;
    server.text(&transport, "/").await;
    assert_eq!(server.connections(), 2);

    let response = transport.send(server.get("/large")).await.expect("an answer");
    server.text(&transport, "/").await;
    assert_eq!(server.connections(), 3);
    drop(response);
}

#[tokio::test(start_paused = true)]
async fn an_idle_connection_goes_when_its_time_is_over() {
    let server = Server::start(100).await;
    let transport = server.in_memory().idle_timeout(Duration::from_secs(4)).build();
    server.text(&transport, "/").await;
    let start = Instant::now();
    // Nobody asks for a connection any more.
    server.state.ended.notified().await;
    assert!((4..8).contains(&start.elapsed().as_secs()), "{:?}", start.elapsed());
}

#[tokio::test(start_paused = true)]
async fn the_time_of_a_connection_begins_with_the_end_of_its_last_response() {
    let server = Server::start(100).await;
    let transport = server.in_memory().idle_timeout(Duration::from_secs(4)).build();
    let response = transport.send(server.get("/large")).await.expect("an answer");
    advance(Duration::from_secs(60)).await;
    response.into_body().collect(usize::MAX).await.expect("a body");
    advance(Duration::from_secs(3)).await;
    server.text(&transport, "/").await;
    assert_eq!(server.connections(), 1);
    advance(Duration::from_secs(5)).await;
    server.text(&transport, "/").await;
    assert_eq!(server.connections(), 2);
}

#[tokio::test]
async fn a_response_that_is_given_up_takes_no_other_with_it() {
    let server = Server::start(100).await;
    let transport = server.builder().build();
    let given_up = transport.send(server.get("/large")).await.expect("an answer");
    let first = tokio::spawn({
        let (transport, request) = (transport.clone(), server.get("/meet"));
        async move { transport.send(request).await.map(|response| response.status()) }
    });
    drop(given_up);
    // So does a call that is dropped while it waits.
    let waiting = tokio::time::timeout(Duration::ZERO, transport.send(server.get("/large"))).await;
    drop(waiting);
    assert_eq!(server.text(&transport, "/meet").await, "met");
    assert_eq!(first.await.expect("no panic").expect("an answer"), StatusCode::OK);
    assert_eq!(server.connections(), 1);
}

#[tokio::test]
async fn a_connection_that_the_server_ended_is_replaced() {
    let server = Server::start(100).await;
    let transport = server.builder().build();
    server.text(&transport, "/").await;
    server.state.end.notify_waiters();
    // A call may meet the end of the connection; then it fails, since it may have been received.
    let replaced = async {
        while transport.send(server.get("/")).await.is_err() || server.connections() < 2 {
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(Duration::from_secs(5), replaced).await.expect("a new connection");
    assert_eq!(server.connections(), 2);
}

#[cfg(feature = "ws")]
#[tokio::test]
async fn sockets_are_an_upgrade_of_http1() {
    let server = Server::start(100).await;
    let transport = server.builder().build();
    server.text(&transport, "/").await;
    let request = http::Request::get(format!("wss://localhost:{}/", server.port)).body(()).expect("a request");
    let error = transport.connect(request).await.expect_err("no WebSocket there");
    let answer = error.response().expect("an answer");
    assert_eq!((answer.status(), answer.version()), (StatusCode::IM_A_TEAPOT, Version::HTTP_11));
}

#[tokio::test]
async fn a_request_whose_body_breaks_off_says_what_broke_it() {
    let server = Server::start(100).await;
    let mut request = server.get("/");
    *request.method_mut() = http::Method::PUT;
    *request.body_mut() = cut_off("half");
    let error = server.builder().build().send(request).await.expect_err("half a request");
    assert_eq!(error.to_string(), "the connection broke in the middle of the body, as the script says");
}
