//! A transport over real sockets.

#![allow(clippy::expect_used, reason = "tests")]

use std::{
    future::poll_fn,
    pin::Pin,
    sync::{Arc, Mutex},
};

use http_body::Body as _;
use runagent_testkit::HttpServer;
use runagent_transport::{
    Body, HttpTransport, Progress, Transport, TransportError, TransportErrorKind,
    testing::{cut_off, unending},
    transport_fn,
};

fn get(server: &HttpServer, path: &str) -> http::Request<Body> {
    http::Request::get(format!("{}{path}", server.url())).body(Body::empty()).expect("a request")
}

#[tokio::test]
async fn requests_arrive_whole_and_answers_go_out_as_they_come() {
    let seen = Arc::new(Mutex::new(Vec::new()));
    let server = HttpServer::start(transport_fn({
        let seen = seen.clone();
        move |request| {
            seen.lock().expect("no panic").push((request.method().clone(), request.uri().clone()));
            async {
                Ok(http::Response::builder()
                    .status(201)
                    .header("x-a", "b")
                    .body(unending("first"))
                    .expect("a response"))
            }
        }
    }))
    .await;

    let response = HttpTransport::new().send(get(&server, "/a%20b?c=d")).await.expect("an answer");
    assert_eq!((response.status().as_u16(), &response.headers()["x-a"]), (201, &"b".parse().expect("a value")));
    let mut body = response.into_body();
    let piece = poll_fn(|cx| Pin::new(&mut body).poll_frame(cx)).await.expect("a piece").expect("no error");
    assert_eq!(piece.into_data().expect("data"), "first");
    let seen = seen.lock().expect("no panic");
    assert_eq!(seen[0].1.to_string(), format!("{}/a%20b?c=d", server.url()));
}

#[tokio::test]
async fn what_breaks_below_breaks_above() {
    let server = HttpServer::start(transport_fn(|request| async move {
        match request.uri().path() {
            "/head" => Err(TransportError::new(TransportErrorKind::Connect, Progress::NotSent, "no answer")),
            _ => Ok(http::Response::new(cut_off("half"))),
        }
    }))
    .await;
    let client = HttpTransport::new();
    let error = client.send(get(&server, "/head")).await.expect_err("a closed connection");
    assert_eq!(error.kind(), TransportErrorKind::Closed);
    let response = client.send(get(&server, "/body")).await.expect("a head");
    assert!(response.into_body().collect(1024).await.is_err());
}

#[tokio::test]
async fn it_ends_when_it_is_dropped() {
    let server = HttpServer::start(transport_fn(|_| async { Ok(http::Response::new(unending("first"))) })).await;
    let request = get(&server, "/");
    let client = HttpTransport::new();
    let response = client.send(get(&server, "/")).await.expect("an answer");
    drop(server);
    assert!(response.into_body().collect(1024).await.is_err(), "its connections end");
    assert!(client.send(request).await.is_err(), "nobody listens");
}
