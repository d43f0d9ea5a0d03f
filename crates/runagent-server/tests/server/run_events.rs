//! The frames of `run-stream` without a WebSocket.

use futures_util::stream;
use http::Method;
use runagent_server::{Agent, AgentError, InProcess, Input};
use serde_json::{Value, json};

use crate::v1::{Answer, request, send};

async fn open(body: &str, headers: &[(&str, &str)]) -> Answer {
    let agent = Agent::new("a")
        .entrypoint("run", async || 1)
        .stream_entrypoint("count_stream", async |input: Input| {
            Ok(stream::iter((0..input.arg::<u64>(0)?).map(Ok::<_, AgentError>)))
        })
        .stream_entrypoint("fail_stream", async |_: Input| {
            Ok(stream::iter([Ok(1), Err(AgentError::new("boom").with_code("QUOTA"))]))
        });
    let server = InProcess::new(agent).unwrap();
    send(&server, request(&Method::POST, "/api/v1/agents/a/run-stream", headers, body)).await
}

const EVENTS: &[(&str, &str)] = &[("accept", "text/html, Text/Event-Stream;q=0.9")];

fn frames(text: &str) -> Vec<Value> {
    let events = text.strip_suffix("\n\n").unwrap().split("\n\n");
    events.map(|event| serde_json::from_str(event.strip_prefix("data: ").unwrap()).unwrap()).collect()
}

#[tokio::test]
async fn each_event_is_a_frame_of_the_websocket() {
    let answer = open(r#"{"entrypoint_tag":"count_stream","input_args":[2]}"#, EVENTS).await;
    assert_eq!((answer.status, answer.header("content-type")), (200, Some("text/event-stream")));
    let mut frames = frames(&answer.text);
    let id = frames[0]["invocation_id"].take();
    assert_eq!(id.as_str().unwrap().len(), 36);
    assert_eq!(frames[3]["invocation_id"].take(), id);
    assert!(frames[3]["execution_time"].take().is_f64());
    let data = |n: u8| json!({"type": "data", "content": format!(r#"{{"type": "integer", "payload": "{n}"}}"#)});
    assert_eq!(frames[1..3], [data(0), data(1)]);
    assert_eq!((&frames[0]["type"], &frames[0]["status"]), (&json!("status"), &json!("stream_started")));
    assert_eq!((&frames[3]["status"], &frames[3]["total_chunks"]), (&json!("stream_completed"), &json!(2)));
    assert_eq!(frames.len(), 4);
}

#[tokio::test]
async fn a_failure_is_a_frame_too() {
    let frames = frames(&open(r#"{"entrypoint_tag":"fail_stream"}"#, EVENTS).await.text);
    assert_eq!(frames.len(), 3);
    assert_eq!((&frames[2]["type"], &frames[2]["code"]), (&json!("error"), &json!("QUOTA")));
}

#[tokio::test]
async fn what_cannot_be_streamed_has_a_status() {
    let plain = &[("accept", "text/event-stream"), ("content-type", "text/plain")][..];
    let fine = r#"{"entrypoint_tag":"count_stream","input_args":[1]}"#;
    for (body, headers, status) in [
        (fine, &[][..], 404),
        (fine, &[("accept", "application/json")], 404),
        (fine, plain, 415),
        ("", EVENTS, 422),
        ("[]", EVENTS, 422),
        ("{", EVENTS, 422),
        ("{}", EVENTS, 422),
        (r#"{"entrypoint_tag":"run"}"#, EVENTS, 400),
        (r#"{"entrypoint_tag":"nope_stream"}"#, EVENTS, 404),
    ] {
        assert_eq!(open(body, headers).await.status, status, "{body} {headers:?}");
    }
}
