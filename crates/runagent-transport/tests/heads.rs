//! Heads of answers that are too much, or contradict themselves.
#![allow(clippy::expect_used, reason = "a test fails by panicking")]
#![cfg(feature = "http")]

use runagent_transport::{
    Body, HttpTransport, Progress, Response, Transport, TransportError, TransportErrorKind,
    testing::wire::{Event, Script, WireServer},
};

/// The answer to one request, and the server that gave it.
async fn answer(bytes: impl AsRef<[u8]>) -> (Result<Response, TransportError>, WireServer) {
    let server = WireServer::start([Script::new().read_request().send(bytes)]).await;
    let request = http::Request::get(server.url("/")).body(Body::empty()).expect("a request");
    (HttpTransport::new().send(request).await, server)
}

async fn is_refused(head: &str) {
    let (answer, server) = answer(head).await;
    let error = answer.expect_err(head);
    assert_eq!((error.kind(), error.progress()), (TransportErrorKind::Protocol, Progress::ResponseStarted), "{head}");
    server.wait_for(|events| events.contains(&Event::ClientClosed { connection: 0 })).await;
}

#[tokio::test]
async fn a_head_of_a_mebibyte_is_refused() {
    is_refused(&format!("HTTP/1.1 200 OK\r\nx-large: {}\r\n\r\n", "x".repeat(1 << 20))).await;
}

#[tokio::test]
async fn more_than_a_hundred_headers_are_refused() {
    let headers = (0..101).map(|n| format!("x-{n}: 1\r\n")).collect::<String>();
    is_refused(&format!("HTTP/1.1 200 OK\r\n{headers}\r\n")).await;
}

#[tokio::test]
async fn lengths_that_contradict_each_other_are_refused() {
    for lengths in [
        "content-length: 2\r\ncontent-length: 3",
        "content-length: 2, 3",
        "content-length: -2",
        "content-length: 2\r\ntransfer-encoding: chunked",
        "transfer-encoding: chunked\r\ncontent-length: 7",
    ] {
        is_refused(&format!("HTTP/1.1 200 OK\r\n{lengths}\r\n\r\n2\r\nok\r\n0\r\n\r\n")).await;
    }
}

#[tokio::test]
async fn the_same_length_twice_is_one_length() {
    let (answer, _server) = answer("HTTP/1.1 200 OK\r\ncontent-length: 2\r\ncontent-length: 2\r\n\r\nok").await;
    assert_eq!(answer.expect("an answer").into_body().collect(9).await.expect("a body"), "ok");
}

#[tokio::test]
async fn a_flood_of_informational_answers_is_skipped() {
    let flood = "HTTP/1.1 103 Early Hints\r\nlink: </style.css>\r\n\r\n".repeat(20_000);
    let (answer, _server) = answer(flood + "HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok").await;
    assert_eq!(answer.expect("an answer").into_body().collect(9).await.expect("a body"), "ok");
}
