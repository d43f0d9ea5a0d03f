//! The HTTP transport against scripted sockets.
#![allow(clippy::expect_used, reason = "a test fails by panicking")]
#![cfg(feature = "http")]

use std::{error::Error as _, time::Duration};

use runagent_transport::{
    Body, CallOptions, HttpTransport, Progress, Request, Transport, TransportErrorKind,
    testing::wire::{BlackHole, Event, Gate, Script, WireServer, refused_port},
};
use static_assertions::{assert_impl_all, const_assert_eq};

const OK: &str = "HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok";

assert_impl_all!(HttpTransport: Clone, Send, Sync);
assert_impl_all!(runagent_transport::TransportError: Send, Sync);
const_assert_eq!(size_of::<runagent_transport::TransportError>(), size_of::<usize>());

fn get(url: &str) -> Request {
    http::Request::get(url).body(Body::empty()).expect("a request")
}

fn post(url: &str) -> Request {
    http::Request::post(url).body(Body::from("{}")).expect("a request")
}

async fn text(transport: &HttpTransport, request: Request) -> String {
    let body = transport.send(request).await.expect("a response").into_body();
    let bytes = body.collect(1024).await.expect("a body");
    String::from_utf8(bytes.into()).expect("text")
}

/// An answer to each of `n` requests on one connection.
fn answers(n: usize) -> Script {
    (0..n).fold(Script::new(), |script, _| script.read_request().send(OK))
}

#[tokio::test]
async fn requests_arrive_in_origin_form() {
    let server = WireServer::start([answers(1)]).await;
    let transport = HttpTransport::new();
    assert_eq!(text(&transport, post(&server.url("/a%20b?c=d"))).await, "ok");

    let request = &server.requests()[0];
    assert_eq!(request.method, "POST");
    assert_eq!(request.target, "/a%20b?c=d");
    assert_eq!(request.header("host"), Some(server.addr().to_string().as_str()));
    assert_eq!(request.header("content-length"), Some("2"));
    assert_eq!(request.header("authorization"), None);
    assert_eq!(request.header("accept-encoding"), cfg!(feature = "gzip").then_some("gzip"));
    assert_eq!(request.body, b"{}");
}

#[tokio::test]
async fn a_connection_serves_the_next_request_once_its_response_was_read() {
    let server = WireServer::start([answers(3)]).await;
    let transport = HttpTransport::new();
    for _ in 0..3 {
        assert_eq!(text(&transport, get(&server.url("/"))).await, "ok");
    }
    assert_eq!(server.connections(), 1);
}

#[tokio::test]
async fn a_connection_that_does_not_get_ready_is_replaced() {
    // The server answers before it has read the upload, and never reads the rest.
    let gate = Gate::new();
    let early = Script::new().read_head().send(OK).wait(&gate);
    let server = WireServer::start([early, answers(1)]).await;
    let transport = HttpTransport::new();
    let upload = http::Request::post(server.url("/")).body(Body::from(vec![0; 20 << 20])).expect("a request");
    assert_eq!(text(&transport, upload).await, "ok");
    assert_eq!(text(&transport, get(&server.url("/"))).await, "ok");
    gate.open();
}

#[test]
fn a_connection_of_a_runtime_that_rests_is_not_used_by_another() {
    let transport = HttpTransport::new();
    let runtime = || tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    let serving =
        tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().expect("a runtime");
    let server = serving.block_on(WireServer::start([answers(2), answers(2)]));
    let (first, second) = (runtime(), runtime());
    assert_eq!(first.block_on(text(&transport, get(&server.url("/")))), "ok");
    assert_eq!(second.block_on(text(&transport, get(&server.url("/")))), "ok");
    assert_eq!(first.block_on(text(&transport, get(&server.url("/")))), "ok");
    assert_eq!(server.connections(), 2);
    drop(server);
}

#[tokio::test]
async fn a_connection_is_not_used_again_after_a_server_error() {
    let trouble = "HTTP/1.1 503 Service Unavailable\r\ncontent-length: 2\r\n\r\nno";
    let server = WireServer::start([Script::new().read_request().send(trouble), answers(1)]).await;
    let transport = HttpTransport::new();
    assert_eq!(text(&transport, get(&server.url("/"))).await, "no");
    assert_eq!(text(&transport, get(&server.url("/"))).await, "ok");
    server.wait_for(|events| events.contains(&Event::ClientClosed { connection: 0 })).await;
}

#[tokio::test]
async fn an_unread_response_is_no_reason_to_wait() {
    let server = WireServer::start([answers(1), answers(1)]).await;
    let transport = HttpTransport::new();
    let unread = transport.send(get(&server.url("/"))).await.expect("a response");
    assert_eq!(text(&transport, get(&server.url("/"))).await, "ok");
    assert_eq!(server.connections(), 2);
    drop(unread);
    server.wait_for(|events| events.contains(&Event::ClientClosed { connection: 0 })).await;
}

#[tokio::test]
async fn a_connection_that_the_server_closed_is_replaced_without_a_trace() {
    // Each connection answers once and closes: the next request meets the close.
    let scripts: Vec<_> = (0..20).map(|_| answers(1).close()).collect();
    let server = WireServer::start(scripts).await;
    let transport = HttpTransport::new();
    for n in 0..20 {
        assert_eq!(text(&transport, post(&server.url("/"))).await, "ok");
        server.wait_for(|events| events.contains(&Event::Closed { connection: n })).await;
    }
    assert_eq!(server.requests().len(), 20, "a request was sent twice");
}

#[tokio::test]
async fn refused_connections_are_told_apart() {
    let url = format!("http://127.0.0.1:{}/", refused_port());
    let error = HttpTransport::new().send(get(&url)).await.expect_err("nothing listens");
    assert_eq!((error.kind(), error.progress()), (TransportErrorKind::Refused, Progress::NotSent));
    assert!(error.source().is_some());
}

#[tokio::test]
async fn a_host_without_an_address_is_a_connect_error() {
    let error = HttpTransport::builder()
        .no_proxy()
        .build()
        .send(get("http://no-such-host.invalid/"))
        .await
        .expect_err("no address");
    assert_eq!((error.kind(), error.progress()), (TransportErrorKind::Connect, Progress::NotSent));
}

#[tokio::test]
async fn a_connection_that_never_comes_is_given_up() {
    let hole = BlackHole::start().await;
    let transport = HttpTransport::builder().connect_timeout(Duration::from_millis(50)).build();
    let error = transport.send(get(&hole.url("/"))).await.expect_err("no connection");
    assert_eq!((error.kind(), error.progress()), (TransportErrorKind::Timeout, Progress::NotSent));

    // A call may set its own limit; the largest one is no limit and no overflow.
    let mut request = get(&hole.url("/"));
    request.extensions_mut().insert(CallOptions::new().with_connect_timeout(Duration::MAX));
    let transport = HttpTransport::builder().connect_timeout(Duration::ZERO).build();
    let waited = tokio::time::timeout(Duration::from_millis(50), transport.send(request)).await;
    assert!(waited.is_err(), "it must still be waiting");
}

#[tokio::test]
async fn an_answer_that_breaks_off_says_how_far_it_got() {
    let cases: [(Script, TransportErrorKind, Progress); 4] = [
        (Script::new().read_request().close(), TransportErrorKind::Closed, Progress::MaybeSent),
        (Script::new().read_request().reset(), TransportErrorKind::Closed, Progress::MaybeSent),
        (Script::new().read_request().send("HTTP/1.1 200 O").close(), TransportErrorKind::Closed, Progress::MaybeSent),
        (
            Script::new().read_request().send("SSH-2.0-OpenSSH_9.9\r\n\r\n").close(),
            TransportErrorKind::Protocol,
            Progress::ResponseStarted,
        ),
    ];
    for (script, kind, progress) in cases {
        let server = WireServer::start([script]).await;
        let error = HttpTransport::new().send(post(&server.url("/"))).await.expect_err("no answer");
        assert_eq!((error.kind(), error.progress()), (kind, progress), "{error:?}");
        assert_eq!(server.requests().len(), 1);
    }
}

#[tokio::test]
async fn a_body_that_breaks_off_is_an_error() {
    for head in ["content-length: 10\r\n\r\nhello", "transfer-encoding: chunked\r\n\r\n5\r\nhello\r\n"] {
        for script in [
            Script::new().read_request().send(format!("HTTP/1.1 200 OK\r\n{head}")).close(),
            Script::new().read_request().send(format!("HTTP/1.1 200 OK\r\n{head}")).reset(),
        ] {
            let server = WireServer::start([script, answers(1)]).await;
            let transport = HttpTransport::new();
            let response = transport.send(get(&server.url("/"))).await.expect("a head");
            let error = response.into_body().collect(1024).await.expect_err("half a body");
            assert_eq!((error.kind(), error.progress()), (TransportErrorKind::Closed, Progress::ResponseStarted));
            // The broken connection is not used again.
            assert_eq!(text(&transport, get(&server.url("/"))).await, "ok");
            assert_eq!(server.connections(), 2);
        }
    }
}

#[tokio::test]
async fn large_bodies_are_refused_with_bounded_memory() {
    let announced = Script::new().read_request().send("HTTP/1.1 200 OK\r\ncontent-length: 2000\r\n\r\n").stall();
    let chunks = "3e8\r\n".to_owned() + &"x".repeat(1000) + "\r\n";
    let chunked = Script::new()
        .read_request()
        .send("HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n".to_owned() + &chunks + &chunks)
        .stall();
    for script in [announced, chunked] {
        let server = WireServer::start([script]).await;
        let response = HttpTransport::new().send(get(&server.url("/"))).await.expect("a head");
        let error = response.into_body().collect(1024).await.expect_err("too large");
        assert_eq!(error.kind(), TransportErrorKind::TooLarge);
        server.wait_for(|events| events.contains(&Event::ClientClosed { connection: 0 })).await;
    }
}

#[tokio::test]
async fn pieces_of_a_body_are_put_together() {
    let server = WireServer::start([Script::new()
        .read_request()
        .send("HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n")
        .send_slowly("2\r\nhe\r\n3\r\nllo\r\n0\r\n\r\n", 1)])
    .await;
    assert_eq!(text(&HttpTransport::new(), get(&server.url("/"))).await, "hello");
}

#[tokio::test]
async fn dropping_a_call_closes_its_connection() {
    let server = WireServer::start([Script::new().read_request().stall()]).await;
    let transport = HttpTransport::new();
    let request = get(&server.url("/"));
    let call = tokio::spawn(async move { transport.send(request).await.map(drop) });
    server.wait_for(|events| events.contains(&Event::RequestRead { connection: 0 })).await;
    call.abort();
    server.wait_for(|events| events.contains(&Event::ClientClosed { connection: 0 })).await;
}

#[tokio::test]
async fn redirects_are_answers_like_others() {
    let script = Script::new().read_request().send("HTTP/1.1 302 Found\r\nlocation: /x\r\ncontent-length: 0\r\n\r\n");
    let server = WireServer::start([script]).await;
    let response = HttpTransport::new().send(get(&server.url("/"))).await.expect("a response");
    assert_eq!(response.status(), 302);
    assert_eq!(server.requests().len(), 1);
}

#[tokio::test]
async fn many_calls_at_once_do_not_wait_for_each_other() {
    let gate = Gate::new();
    let scripts: Vec<_> = (0..50).map(|_| Script::new().read_request().wait(&gate).send(OK)).collect();
    let server = WireServer::start(scripts).await;
    let transport = HttpTransport::new();
    let calls: Vec<_> = (0..50)
        .map(|_| {
            let (transport, request) = (transport.clone(), get(&server.url("/")));
            tokio::spawn(async move { text(&transport, request).await })
        })
        .collect();
    let arrived = |events: &[Event]| events.iter().filter(|e| matches!(e, Event::RequestRead { .. })).count() == 50;
    server.wait_for(arrived).await;
    gate.open();
    for call in calls {
        assert_eq!(call.await.expect("no panic"), "ok");
    }
}

#[test]
fn outside_a_runtime_a_call_is_an_error() {
    let transport = HttpTransport::new();
    let error = futures_util::FutureExt::now_or_never(transport.send(get("http://127.0.0.1:1/")))
        .expect("at once")
        .expect_err("no runtime");
    assert_eq!((error.kind(), error.progress()), (TransportErrorKind::Unsupported, Progress::NotSent));
}

#[test]
fn a_transport_outlives_the_runtime_it_was_used_in() {
    let transport = HttpTransport::new();
    let runtime = || tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    let (server, url) = {
        let server = runtime();
        let wire = server.block_on(WireServer::start([answers(1), answers(1)]));
        let url = wire.url("/");
        ((server, wire), url)
    };
    let (stop, stopped) = tokio::sync::oneshot::channel::<()>();
    let serving = std::thread::spawn(move || {
        let (runtime, wire) = server;
        runtime.block_on(async { drop(stopped.await) });
        drop(wire);
    });
    for _ in 0..2 {
        assert_eq!(runtime().block_on(text(&transport, get(&url))), "ok");
    }
    stop.send(()).expect("still serving");
    serving.join().expect("no panic");
}

#[tokio::test]
async fn requests_that_are_none_are_refused_before_a_byte_is_sent() {
    for url in ["/relative", "ftp://127.0.0.1/", "http://user:SECRET@127.0.0.1/"] {
        let error = HttpTransport::new().send(get(url)).await.expect_err(url);
        assert_eq!((error.kind(), error.progress()), (TransportErrorKind::Request, Progress::NotSent), "{url}");
        assert!(!format!("{error} {error:?}").contains("SECRET"));
    }
}

#[cfg(not(any(feature = "tls", feature = "tls-aws-lc")))]
#[tokio::test]
async fn https_names_the_features() {
    let server = WireServer::start([Script::new().read_request()]).await;
    let url = format!("https://{}/", server.addr());
    let error = HttpTransport::new().send(get(&url)).await.expect_err("no TLS");
    assert_eq!(error.kind(), TransportErrorKind::Unsupported);
    assert_eq!(error.progress(), Progress::NotSent);
    assert!(error.to_string().contains("`tls` or `tls-aws-lc`"), "{error}");
}
