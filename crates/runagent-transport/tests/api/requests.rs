//! Requests of an API: what they carry, and their limits.

use std::time::Duration;

use http::{HeaderValue, header::USER_AGENT};
use runagent_transport::{
    Api, ApiKey, BaseUrl, HttpTransport, Progress, TransportErrorKind,
    testing::wire::{BlackHole, Script, WireServer},
    transport_fn,
};

fn api(url: &str) -> Api {
    let key = ApiKey::new("rk_CANARY").expect("a key");
    Api::builder(BaseUrl::parse(url).expect("a URL"), HttpTransport::new())
        .api_key(key)
        .header(USER_AGENT, HeaderValue::from_static("test/1"))
        .max_response_bytes(64)
        .build()
}

#[tokio::test]
async fn requests_carry_key_and_headers() {
    let script = Script::new().read_request().send("HTTP/1.1 404 Not Found\r\nx-a: b\r\ncontent-length: 2\r\n\r\nno");
    let server = WireServer::start([script]).await;
    let response =
        api(&server.url("/base/")).post_json(&["a/b", "run"], r#"{"x":1}"#).send().await.expect("any status");
    assert_eq!(
        (response.status().as_u16(), &response.headers()["x-a"], &response.body()[..]),
        (404, &"b".parse().expect("value"), &b"no"[..])
    );

    let request = &server.requests()[0];
    assert_eq!((request.method.as_str(), request.target.as_str()), ("POST", "/base/a%2Fb/run"));
    assert_eq!(request.header("authorization"), Some("Bearer rk_CANARY"));
    assert_eq!(request.header("content-type"), Some("application/json"));
    assert_eq!(request.header("accept"), Some("application/json"));
    assert_eq!(request.header("user-agent"), Some("test/1"));
    assert_eq!(request.body, br#"{"x":1}"#);
}

#[tokio::test]
async fn unusable_segments_send_nothing() {
    let server = WireServer::start([Script::new().read_request()]).await;
    for segment in ["", "..", "a\0b", "a\r\nb"] {
        let error = api(&server.url("")).get(&["agents", segment]).send().await.expect_err(segment);
        assert_eq!((error.kind(), error.progress()), (TransportErrorKind::Request, Progress::NotSent));
    }
    assert_eq!(server.connections(), 0);
}

#[tokio::test]
async fn the_time_limit_covers_head_and_body() {
    let silent = Script::new().read_request().stall();
    let half = Script::new().read_request().send("HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\nhalf").stall();
    for script in [silent, half] {
        let server = WireServer::start([script]).await;
        let call = api(&server.url("")).get(&["x"]).timeout(Duration::from_millis(50));
        let error = call.send().await.expect_err("no answer");
        assert_eq!((error.kind(), error.progress()), (TransportErrorKind::Timeout, Progress::MaybeSent));
    }
}

#[tokio::test]
async fn a_time_limit_that_passes_before_the_connection_is_there_sends_nothing() {
    let hole = BlackHole::start().await;
    let call = api(&hole.url("")).get(&["x"]).timeout(Duration::from_millis(50));
    let error = call.send().await.expect_err("no connection");
    assert_eq!((error.kind(), error.progress()), (TransportErrorKind::Timeout, Progress::NotSent));
}

#[tokio::test]
async fn no_limit_is_no_overflow() {
    let server = WireServer::start([Script::new().read_request().send("HTTP/1.1 204 No Content\r\n\r\n")]).await;
    let response = api(&server.url("")).get(&["x"]).timeout(Duration::MAX).send().await.expect("an answer");
    assert_eq!(response.status(), 204);
}

#[tokio::test]
async fn responses_over_the_limit_are_refused() {
    let server =
        WireServer::start([Script::new().read_request().send("HTTP/1.1 200 OK\r\ncontent-length: 65\r\n\r\n")]).await;
    let error = api(&server.url("")).get(&["x"]).send().await.expect_err("too large");
    assert_eq!(error.kind(), TransportErrorKind::TooLarge);
}

#[test]
fn nothing_shows_the_key() {
    let api = api("https://example.com");
    let request = api.post_json(&["x"], "rk_CANARY");
    assert!(!format!("{api:?} {request:?}").contains("CANARY"));
}

#[test]
fn a_mock_transport_needs_no_runtime() {
    let transport = transport_fn(|request| async move { Ok(http::Response::new(request.into_body())) });
    let api = Api::builder(BaseUrl::parse("http://localhost").expect("a URL"), transport).build();
    let call = api.post_json(&["x"], "echo").timeout(Duration::from_secs(1)).send();
    let response = futures_util::FutureExt::now_or_never(call).expect("at once").expect("an answer");
    assert_eq!(response.body(), "echo");
}

#[tokio::test]
async fn a_document_of_another_type_is_sent_as_it_is() {
    let script = Script::new().read_request().send("HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n");
    let server = WireServer::start([script]).await;
    let request = api(&server.url("")).request(http::Method::PUT, &["page"]);
    request.content(HeaderValue::from_static("text/markdown"), "# Bees").send().await.expect("an answer");
    let request = &server.requests()[0];
    assert_eq!(request.header("content-type"), Some("text/markdown"));
    assert_eq!(request.body, b"# Bees");
}
