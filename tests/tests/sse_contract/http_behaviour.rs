//! Requests and answers.

use std::time::Duration;

use runagent_transport::testing::wire::Event;
use serde_json::json;
use tokio::time::timeout;

use crate::service::{PATIENCE, Service};
use crate::stream::{Stream, answer, message, pieces};

/// How long a request that must not come would have come within: the wait before it is 200 ms at most.
const WOULD_HAVE_COME: Duration = Duration::from_millis(500);

/// Runs all cases and counts them.
pub(crate) async fn run(service: &Service) -> usize {
    default_headers(service).await;
    no_content_is_the_end(service).await;
    for status in ["301 Moved Permanently", "307 Temporary Redirect"] {
        redirect(service, status).await;
        redirect_to_nowhere(service, status, "").await;
        redirect_to_nowhere(service, status, "location: \r\n").await;
    }
    custom_headers(service).await;
    for method in ["POST", "REPORT"] {
        body(service, method).await;
    }
    first_id(service).await;
    1 + 1 + 2 * 3 + 1 + 2 + 1
}

async fn default_headers(service: &Service) {
    let stream = Stream::open(service, json!({}), [pieces(["data: Hello\n\n"])]).await;
    let request = &stream.requests(1).await[0];
    assert_eq!((request.method.as_str(), request.target.as_str()), ("GET", "/endpoints/1"));
    assert_eq!(request.header("accept"), Some("text/event-stream"));
    assert_eq!(request.header("cache-control"), Some("no-cache"));
    assert_eq!(request.header("last-event-id"), None);
    assert_eq!(stream.messages(1).await, [message("Hello")]);
    stream.close().await;
}

async fn no_content_is_the_end(service: &Service) {
    let end = answer("204 No Content", "");
    let stream = Stream::open(service, json!({ "initialDelayMs": 0 }), [end]).await;
    stream.requests(1).await;
    let second = |events: &[Event]| events.iter().any(|event| matches!(event, Event::Accepted { connection: 1 }));
    let again = timeout(WOULD_HAVE_COME, stream.server.wait_for_within(PATIENCE, second)).await;
    assert!(again.is_err(), "a request after a 204");
    stream.close().await;
}

async fn redirect(service: &Service, status: &str) {
    let moved = Stream::open(service, json!({}), [pieces([""; 0]), pieces(["data: Hello\n\n"])]).await;
    moved.requests(1).await;
    let location = format!("location: {}\r\n", moved.server.url("/moved"));
    let stream = Stream::open(service, json!({}), [answer(status, &location)]).await;
    assert_eq!(stream.messages(1).await, [message("Hello")]);
    assert_eq!(moved.requests(2).await[1].target, "/moved");
    stream.close().await;
    moved.close().await;
}

async fn redirect_to_nowhere(service: &Service, status: &str, header: &str) {
    let stream = Stream::open(service, json!({ "initialDelayMs": 0 }), [answer(status, header)]).await;
    let messages = stream.messages(1).await;
    assert_eq!(messages.len(), 1);
    assert_eq!(messages[0]["kind"], "error");
    assert!(messages[0]["error"].as_str().expect("text").contains("Location"), "{}", messages[0]);
    assert_eq!(stream.server.connections(), 1);
    stream.close().await;
}

async fn custom_headers(service: &Service) {
    let headers = json!({ "headers": { "header-name-1": "value-1", "header-name-2": "value-2" } });
    let stream = Stream::open(service, headers, [pieces(["data: Hello\n\n"])]).await;
    let request = &stream.requests(1).await[0];
    assert_eq!(request.header("header-name-1"), Some("value-1"));
    assert_eq!(request.header("header-name-2"), Some("value-2"));
    stream.close().await;
}

async fn body(service: &Service, method: &str) {
    let content_type = "application/json; charset=utf-8";
    let body = r#"{"hello": "world"}"#;
    let parameters = json!({ "method": method, "body": body, "headers": { "content-type": content_type } });
    let stream = Stream::open(service, parameters, [pieces(["data: Hello\n\n"])]).await;
    let request = &stream.requests(1).await[0];
    assert_eq!((request.method.as_str(), request.header("content-type")), (method, Some(content_type)));
    assert_eq!(request.body, body.as_bytes());
    assert_eq!(stream.messages(1).await, [message("Hello")]);
    stream.close().await;
}

async fn first_id(service: &Service) {
    let stream = Stream::open(service, json!({ "lastEventId": "abc" }), [pieces(["data: Hello\n\n"])]).await;
    assert_eq!(stream.requests(1).await[0].header("last-event-id"), Some("abc"));
    assert_eq!(stream.messages(1).await[0]["event"]["id"], "abc");
    stream.close().await;
}
