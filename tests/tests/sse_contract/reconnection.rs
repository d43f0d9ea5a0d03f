//! What follows when a connection is lost.

use runagent_transport::testing::wire::Gate;
use serde_json::{Value, json};

use crate::service::Service;
use crate::stream::{Stream, ended, event, message, pieces};

/// Runs all cases and counts them.
pub(crate) async fn run(service: &Service) -> usize {
    restart_on_command(service).await;
    id_of_the_last_event(service).await;
    id_of_an_earlier_event(service).await;
    id_taken_back(service).await;
    body_sent_again(service).await;
    read_timeout(service).await;
    half_an_event(service).await;
    second_connection(service).await;
    8
}

fn quickly() -> Value {
    json!({ "initialDelayMs": 0 })
}

/// The messages that are no errors: the end of a connection is reported as one.
async fn events(stream: &Stream<'_>, messages: usize) -> Vec<Value> {
    let mut messages = stream.messages(messages).await;
    messages.retain(|message| message["kind"] != "error");
    messages
}

/// The `Last-Event-ID` of the second request, when the first brought this text and was ended.
async fn second_id(service: &Service, text: &str) -> Option<String> {
    let gate = Gate::new();
    let first = ended(pieces([text]).wait(&gate));
    let stream = Stream::open(service, quickly(), [first, pieces(["data: again\n\n"])]).await;
    let count = text.matches("data:").count();
    assert_eq!(stream.messages(count).await.len(), count);
    gate.open();
    let requests = stream.requests(2).await;
    assert_eq!(requests[0].header("last-event-id"), None);
    let id = requests[1].header("last-event-id").map(str::to_owned);
    stream.close().await;
    id
}

async fn restart_on_command(service: &Service) {
    let scripts = [pieces(["data: Hello\n\n"]), pieces(["data: Thanks\n\n"])];
    let stream = Stream::open(service, quickly(), scripts).await;
    assert_eq!(stream.messages(1).await, [message("Hello")]);
    stream.command(&json!({ "command": "restart" })).await;
    assert_eq!(stream.messages(2).await, [message("Hello"), message("Thanks")]);
    assert_eq!(stream.requests(2).await.len(), 2);
    stream.close().await;
}

async fn id_of_the_last_event(service: &Service) {
    assert_eq!(second_id(service, "id: abc\ndata: Hello\n\n").await.as_deref(), Some("abc"));
}

async fn id_of_an_earlier_event(service: &Service) {
    assert_eq!(second_id(service, "id: abc\ndata: Hello\n\ndata: World\n\n").await.as_deref(), Some("abc"));
}

async fn id_taken_back(service: &Service) {
    assert_eq!(second_id(service, "id: abc\ndata: Hello\n\nid: \ndata: World\n\n").await, None);
}

async fn body_sent_again(service: &Service) {
    let body = r#"{"hello": "world"}"#;
    let parameters = json!({
        "initialDelayMs": 0,
        "method": "POST",
        "body": body,
        "headers": { "content-type": "application/json; charset=utf-8" },
    });
    let stream = Stream::open(service, parameters, [ended(pieces([""; 0])), pieces([""; 0])]).await;
    for request in stream.requests(2).await {
        assert_eq!((request.method.as_str(), &request.body[..]), ("POST", body.as_bytes()));
    }
    stream.close().await;
}

async fn read_timeout(service: &Service) {
    let parameters = json!({ "initialDelayMs": 0, "readTimeoutMs": 500 });
    let scripts = [pieces(["data: Hello\n\n"]), pieces(["data: World\n\n"])];
    let stream = Stream::open(service, parameters, scripts).await;
    let messages = stream.messages(3).await;
    assert_eq!(messages[0], message("Hello"));
    assert_eq!(messages[1], json!({ "kind": "error", "error": "the server sent nothing for 500ms" }));
    assert_eq!(messages[2], message("World"));
    // By now the third may have been made, for which there is no script.
    assert!(stream.requests(2).await.len() >= 2);
    stream.close().await;
}

async fn half_an_event(service: &Service) {
    let first = ended(pieces(["id: abc\ndata: Hello\n\nid: def\ndata: Goodbye"]));
    let stream = Stream::open(service, quickly(), [first, pieces(["data: We meet again\n\n"])]).await;
    let expected = [event("message", "Hello", "abc"), event("message", "We meet again", "abc")];
    assert_eq!(events(&stream, 3).await, expected);
    stream.close().await;
}

async fn second_connection(service: &Service) {
    let first = ended(pieces(["id: abc\ndata: Hello\n\n"]));
    let stream = Stream::open(service, quickly(), [first, pieces(["id: def\ndata: World\n\n"])]).await;
    let expected = [event("message", "Hello", "abc"), event("message", "World", "def")];
    assert_eq!(events(&stream, 3).await, expected);
    stream.close().await;
}
