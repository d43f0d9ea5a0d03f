//! The transport that answers from a list.
#![allow(clippy::expect_used, reason = "a test fails by panicking")]
#![cfg(feature = "test-util")]

use std::time::Duration;

use futures_util::FutureExt as _;
use runagent_transport::{
    Api, ApiKey, BaseUrl, Body, CallOptions, Message, Progress, Socket, SocketCredentials, Transport, TransportError,
    TransportErrorKind,
    testing::{Reply, ScriptedTransport, cut_off, unending},
};

const NO_REPLIES: [Reply; 0] = [];

fn get(url: &str) -> http::Request<Body> {
    http::Request::get(url).body(Body::empty()).expect("a request")
}

fn handshake(url: &str) -> http::Request<()> {
    http::Request::get(url).body(()).expect("a request")
}

#[test]
fn replies_come_in_order_and_without_a_runtime() {
    let transport = ScriptedTransport::new([
        Reply::json(201, r#"{"n":1}"#),
        http::Response::builder().status(404).body("two").expect("a response").into(),
        TransportError::new(TransportErrorKind::Refused, Progress::NotSent, "three").into(),
    ]);
    let send = || transport.send(get("http://host/")).now_or_never().expect("at once");
    let response = send().expect("one");
    assert_eq!(
        (response.status().as_u16(), &response.headers()["content-type"]),
        (201, &"application/json".parse().expect("a value"))
    );
    assert_eq!(response.into_body().as_bytes(), Some(&br#"{"n":1}"#[..]));
    assert_eq!(send().expect("two").status(), 404);
    assert_eq!(send().expect_err("three").kind(), TransportErrorKind::Refused);
}

#[tokio::test]
async fn requests_are_recorded_as_they_were() {
    let transport = ScriptedTransport::new([http::Response::new(""), http::Response::new("")]);
    let options = CallOptions::new().with_connect_timeout(Duration::from_secs(2));
    let mut request =
        http::Request::put("https://host/a%20b?c=d").header("x-a", "1").header("x-a", "2").extension(options);
    transport.clone().send(request.body(Body::from("body")).expect("a request")).await.expect("a response");
    request = http::Request::post("https://host/stream");
    let streamed = Body::stream(Body::from("piece by piece"));
    transport.send(request.body(streamed).expect("a request")).await.expect("a response");

    let requests = transport.requests();
    assert_eq!(
        (requests[0].method().as_str(), requests[0].uri().to_string().as_str()),
        ("PUT", "https://host/a%20b?c=d")
    );
    assert!(requests[0].headers().get_all("x-a").iter().eq(["1", "2"]));
    assert_eq!(requests[0].extensions().get(), Some(&options));
    assert_eq!(requests[0].body(), "body");
    assert_eq!(requests[1].body(), "piece by piece");
}

#[tokio::test]
async fn the_record_shows_no_credentials() {
    let transport = ScriptedTransport::new([Reply::json(200, "{}"), Reply::json(200, "{}")]);
    let base = BaseUrl::parse("https://host").expect("a URL");
    let key = ApiKey::new("CANARY").expect("a key");
    Api::builder(base, transport.clone()).api_key(key).build().get(&["x"]).send().await.expect("a response");
    let by_hand =
        http::Request::get("https://host/").header("Authorization", "Basic CANARY").header("cookie", "CANARY");
    transport.send(by_hand.body(Body::empty()).expect("a request")).await.expect("a response");

    assert_eq!(transport.requests()[0].headers()["authorization"], "Bearer CANARY");
    assert_eq!(transport.requests()[1].headers()["cookie"], "CANARY");
    let shown = format!("{transport:?} {:?}", transport.requests());
    assert!(!shown.contains("CANARY"), "{shown}");
}

#[tokio::test]
async fn a_request_beyond_the_script_says_what_came_before() {
    let transport = ScriptedTransport::new([Reply::json(200, "{}"), Reply::json(200, "{}")]);
    for path in ["/a?token=CANARY", "/b"] {
        transport.send(get(&format!("http://host{path}"))).await.expect("a response");
    }
    let error = transport.send(get("http://host/c?token=CANARY")).await.expect_err("no reply");
    assert_eq!((error.kind(), error.progress()), (TransportErrorKind::Unsupported, Progress::NotSent));
    assert_eq!(
        error.to_string(),
        "the script has no reply number 3, for GET /c; before it, the last first, came GET /b, GET /a"
    );
    assert_eq!(transport.requests().len(), 3);

    // Nothing tries again what a test did not write down.
    let empty = ScriptedTransport::new(NO_REPLIES);
    let api = Api::builder(BaseUrl::parse("https://host").expect("a URL"), empty.clone()).build();
    let error = api.get(&["x"]).send().await.expect_err("no reply");
    assert_eq!(error.to_string(), "the script has no reply number 1, for GET /x");
    assert_eq!(empty.requests().len(), 1);
}

#[tokio::test]
async fn sockets_are_for_handshakes() {
    let socket = || Reply::from(Socket::scripted([Ok(Message::text("hello"))]));
    let transport = ScriptedTransport::new([socket(), Reply::json(401, r#"{"detail":"no"}"#), socket()]);
    let base = BaseUrl::parse("https://host").expect("a URL");
    let api = Api::builder(base, transport.clone()).build();
    let mut socket = api.get(&["chat"]).connect(SocketCredentials::Header).await.expect("a socket");
    assert_eq!(socket.recv().await.expect("not ended").expect("a message").as_text(), Some("hello"));

    let error = transport.connect(handshake("https://host/chat")).await.expect_err("refused");
    assert_eq!(error.kind(), TransportErrorKind::Rejected);
    let response = error.response().expect("an answer");
    assert_eq!((response.status().as_u16(), &response.body()[..]), (401, &br#"{"detail":"no"}"#[..]));

    let error = transport.send(get("https://host/plain")).await.expect_err("a socket");
    assert_eq!(error.to_string(), "the script has a socket for the request of /plain, which is no handshake");
    let paths: Vec<_> = transport.requests().iter().map(|request| request.uri().path().to_owned()).collect();
    assert_eq!(paths, ["/chat", "/chat", "/plain"]);
}

#[tokio::test(start_paused = true)]
async fn answers_that_never_come_or_never_end() {
    let transport = ScriptedTransport::new([
        Reply::silence(),
        Reply::silence(),
        http::Response::new(unending("start")).into(),
        http::Response::new(cut_off("start")).into(),
    ]);
    let hour = Duration::from_secs(3600);
    assert!(tokio::time::timeout(hour, transport.send(get("http://host/"))).await.is_err());
    assert!(tokio::time::timeout(hour, transport.connect(handshake("http://host/"))).await.is_err());
    for ends in [false, true] {
        let mut body = transport.send(get("http://host/")).await.expect("a head").into_body();
        let mut next =
            async || std::future::poll_fn(|cx| http_body::Body::poll_frame(std::pin::Pin::new(&mut body), cx)).await;
        let first = next().await.expect("a piece").expect("no error").into_data().expect("data");
        assert_eq!(first, "start");
        let rest = tokio::time::timeout(hour, next()).await;
        match rest {
            Ok(Some(Err(error))) if ends => assert_eq!(error.kind(), TransportErrorKind::Closed),
            Err(_) if !ends => {}
            other => panic!("{other:?}"),
        }
    }
}
