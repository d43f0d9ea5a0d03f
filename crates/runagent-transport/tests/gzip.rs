//! Compressed responses.
#![allow(clippy::expect_used, reason = "a test fails by panicking")]
#![cfg(feature = "gzip")]

use std::{future::poll_fn, io::Write as _, pin::Pin};

use flate2::{Compression, write::GzEncoder};
use http::{
    HeaderValue,
    header::{ACCEPT, ACCEPT_ENCODING, CONTENT_ENCODING, CONTENT_LENGTH, RANGE},
};
use http_body::Body as _;
use runagent_transport::testing::wire::{Gate, Script, WireServer};
use runagent_transport::{Body, HttpTransport, Request, Response, Transport as _, TransportErrorKind};

fn get(url: &str) -> Request {
    http::Request::get(url).body(Body::empty()).expect("a request")
}

fn gzip(content: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
    encoder.write_all(content).expect("written");
    encoder.finish().expect("compressed")
}

fn response(headers: &str, body: &[u8]) -> Vec<u8> {
    let head = format!("HTTP/1.1 200 OK\r\n{headers}content-length: {}\r\n\r\n", body.len());
    [head.as_bytes(), body].concat()
}

fn compressed(content: &[u8]) -> Vec<u8> {
    response("content-encoding: gzip\r\n", &gzip(content))
}

async fn collected(response: Response) -> Vec<u8> {
    response.into_body().collect(1 << 20).await.expect("a body").into()
}

#[tokio::test]
async fn it_is_asked_for_and_decoded() {
    let second = response("Content-Encoding: X-GZip\r\n", &gzip(b"again"));
    let server =
        WireServer::start([Script::new().read_request().send(compressed(b"hello")).read_request().send(second)]).await;
    let transport = HttpTransport::new();
    let first = transport.send(get(&server.url("/"))).await.expect("a response");
    assert!(!first.headers().contains_key(CONTENT_ENCODING) && !first.headers().contains_key(CONTENT_LENGTH));
    assert_eq!(collected(first).await, b"hello");
    // On the same connection: the first was read to its end.
    assert_eq!(collected(transport.send(get(&server.url("/"))).await.expect("a response")).await, b"again");
    assert_eq!(server.connections(), 1);
    assert!(server.requests().iter().all(|request| request.header("accept-encoding") == Some("gzip")));
}

#[tokio::test]
async fn an_event_is_there_before_the_next_is_sent() {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
    let mut event = |text: &[u8]| {
        encoder.write_all(text).expect("written");
        encoder.flush().expect("compressed");
        std::mem::take(encoder.get_mut())
    };
    let (first, second) = (event(b"data: 1\n\n"), event(b"data: 2\n\n"));
    let rest = encoder.finish().expect("compressed");
    let gate = Gate::new();
    let script = Script::new()
        .read_request()
        .send("HTTP/1.1 200 OK\r\ncontent-encoding: gzip\r\n\r\n")
        .send(first)
        .wait(&gate)
        .send(second)
        .send(rest)
        .close();
    let server = WireServer::start([script]).await;
    // Not asked for: servers that compress may hold events back.
    let mut request = get(&server.url("/"));
    request.headers_mut().insert(ACCEPT, HeaderValue::from_static("text/event-stream"));
    let mut body = HttpTransport::new().send(request).await.expect("a response").into_body();
    assert_eq!(server.requests()[0].header("accept-encoding"), None);
    let frame = poll_fn(|cx| Pin::new(&mut body).poll_frame(cx)).await.expect("an event").expect("no error");
    assert_eq!(frame.into_data().expect("data"), "data: 1\n\n");
    gate.open();
    assert_eq!(body.collect(64).await.expect("the rest"), "data: 2\n\n");
}

#[tokio::test]
async fn the_decoded_size_counts() {
    let bomb = gzip(&vec![0; 40 << 20]);
    assert!(bomb.len() < (40 << 20) / 1000);
    let script = || Script::new().read_request().send(response("content-encoding: gzip\r\n", &bomb));
    let server = WireServer::start([script(), script()]).await;
    let transport = HttpTransport::new();
    for limit in [1 << 20, usize::MAX] {
        let response = transport.send(get(&server.url("/"))).await.expect("a response");
        let error = response.into_body().collect(limit).await.expect_err("too large");
        assert_eq!(error.kind(), TransportErrorKind::TooLarge, "{error:?}");
    }
    // A connection with the rest of a bomb in it is not used again.
    assert_eq!(server.connections(), 2);
}

#[tokio::test]
async fn a_response_that_breaks_off_is_an_error() {
    let whole = gzip(b"hello");
    let cut = response("content-encoding: gzip\r\n", &whole[..whole.len() - 1]);
    let garbage = response("content-encoding: gzip\r\n", &[&whole, b"garbage".as_slice()].concat());
    for (answer, expected) in [(cut, TransportErrorKind::Closed), (garbage, TransportErrorKind::Protocol)] {
        let server = WireServer::start([Script::new().read_request().send(answer)]).await;
        let response = HttpTransport::new().send(get(&server.url("/"))).await.expect("a response");
        let error = response.into_body().collect(1 << 20).await.expect_err("broken");
        assert_eq!(error.kind(), expected, "{error:?}");
    }
}

#[tokio::test]
async fn what_was_not_asked_for_is_handed_on_as_it_is() {
    let raw = gzip(b"hello");
    for (set, encoding, asked) in [
        (Some((ACCEPT_ENCODING, "gzip, br")), "gzip", Some("gzip, br")),
        (Some((ACCEPT_ENCODING, "identity")), "gzip", Some("identity")),
        (Some((RANGE, "bytes=0-99")), "gzip", None),
        (None, "br", Some("gzip")),
        (None, "gzip, gzip", Some("gzip")),
    ] {
        let answer = response(&format!("content-encoding: {encoding}\r\n"), &raw);
        let server = WireServer::start([Script::new().read_request().send(answer)]).await;
        let mut request = get(&server.url("/"));
        request.headers_mut().extend(set.map(|(name, value)| (name, HeaderValue::from_static(value))));
        let response = HttpTransport::new().send(request).await.expect("a response");
        assert_eq!(response.headers()[CONTENT_ENCODING], encoding);
        assert_eq!(response.headers()[CONTENT_LENGTH], raw.len().to_string());
        assert_eq!(collected(response).await, raw);
        assert_eq!(server.requests()[0].header("accept-encoding"), asked, "{encoding}");
    }
}

#[tokio::test]
async fn responses_without_a_body_stay_as_they_are() {
    for (method, status, more) in [
        ("HEAD", "200 OK", "content-length: 25\r\n"),
        ("GET", "204 No Content", ""),
        ("GET", "304 Not Modified", "content-length: 25\r\n"),
        ("GET", "200 OK", "content-length: 0\r\n"),
    ] {
        let answer = format!("HTTP/1.1 {status}\r\ncontent-encoding: gzip\r\n{more}\r\n");
        let server = WireServer::start([Script::new().read_request().send(answer)]).await;
        let request = http::Request::builder().method(method).uri(server.url("/")).body(Body::empty());
        let response = HttpTransport::new().send(request.expect("a request")).await.expect("a response");
        assert_eq!(response.headers()[CONTENT_ENCODING], "gzip", "{method} {status}");
        assert_eq!(response.headers().contains_key(CONTENT_LENGTH), !more.is_empty(), "{method} {status}");
        assert_eq!(collected(response).await, b"");
    }
}
