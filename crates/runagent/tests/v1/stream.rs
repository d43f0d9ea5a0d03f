//! Streams that come to their end.

use std::time::Duration;

use futures_util::TryStreamExt;
use runagent::{
    RunOptions,
    transport::{
        Body,
        testing::{Reply, unending},
    },
    v1::{Invoke, StreamEvent},
};
use runagent_transport::testing::wire::Event;
use serde_json::json;

use crate::api::{DONE, agent, agent_on, chunk, drain, events, head, json_of, refused, reply, targets};

const START: &str = "event: start\ndata: {\"message\":\"go\",\"session_id\":\"s-9\"}\n\n";

fn text(events: &[StreamEvent]) -> Vec<&str> {
    let chunks = events.iter().filter_map(|event| match event {
        StreamEvent::Chunk { content, .. } => Some(content.as_str()),
        _ => None,
    });
    chunks.collect()
}

#[tokio::test]
async fn the_documented_events_come_as_they_are() {
    let done = "event: done\ndata: {\"message\":\"ok\",\"usage\":{\"total_tokens\":7},\"execution_time\":0.25}\n\n";
    let body = format!("{START}{}{}{done}", chunk("Once ", 0), chunk("upon\na \u{1f680}", 1));
    let headers = &[("content-type", "text/event-stream"), ("x-ratelimit-remaining", "9"), ("x-request-id", "r-1")];
    let (transport, agent) = agent([reply(200, headers, body)]);
    let invoke = Invoke::new("Tell a story").with_parameter("temperature", 0.7).with_session_id("s-9");
    let mut stream = agent.stream(invoke).await.expect("a stream");
    assert_eq!((stream.rate_limit().remaining, stream.request_id().as_deref()), (Some(9), Some("r-1")));
    assert_eq!((stream.usage(), stream.execution_time(), stream.session_id()), (None, None, None));
    let (events, error) = drain(&mut stream).await;
    assert!(error.is_none(), "{error:?}");
    assert!(matches!(&events[0], StreamEvent::Start { message: Some(message), .. } if message == "go"));
    assert_eq!(text(&events), ["Once ", "upon\na \u{1f680}"]);
    assert!(matches!(events.last(), Some(StreamEvent::Done { .. })));
    assert_eq!((stream.received(), stream.session_id()), (2, Some("s-9")));
    assert_eq!(stream.usage().expect("usage").total_tokens, Some(7));
    assert_eq!(stream.execution_time(), Some(Duration::from_millis(250)));

    assert_eq!(targets(&transport), ["POST /v1/agents/agent-123/stream"]);
    let request = &transport.requests()[0];
    for (name, value) in [("accept", "text/event-stream"), ("content-type", "application/json")] {
        assert_eq!(request.headers()[name], value);
    }
    assert!(request.headers().contains_key("authorization"));
    let body = json!({"query": "Tell a story", "parameters": {"temperature": 0.7}, "session_id": "s-9"});
    assert_eq!(json_of(request), body);
}

#[tokio::test]
async fn the_get_form_has_a_query_and_a_session() {
    let (transport, agent) = agent([events(DONE), events(DONE)]);
    let mut stream = agent.stream_get(Invoke::new("a & b").with_session_id("s 1")).await.expect("a stream");
    assert!(drain(&mut stream).await.1.is_none());
    agent.stream_get(Invoke::default()).await.expect("a stream");
    let path = "GET /v1/agents/agent-123/stream";
    assert_eq!(targets(&transport), [format!("{path}?query=a%20%26%20b&session_id=s%201"), path.to_owned()]);
    let request = &transport.requests()[0];
    assert_eq!(request.headers()["accept"], "text/event-stream");
    assert_eq!(request.headers()["content-type"], "application/json");
    assert!(request.body().is_empty());

    let error = refused(agent.stream_get(Invoke::new("q").with_parameter("temperature", 0.7)).await);
    assert_eq!((error.code().as_str(), error.attempts()), ("VALIDATION_ERROR", 0));
    let unusable = Invoke::new("q").with_options(RunOptions::new().with_header("a b", "1"));
    assert_eq!(refused(agent.stream_get(unusable).await).code(), "VALIDATION_ERROR");
    assert_eq!(transport.requests().len(), 2);
}

#[tokio::test]
async fn events_that_mean_nothing_are_kept_and_have_no_text() {
    let body = format!(
        ": hello\n\nevent: ping\ndata: x\n\ndata: {{\"type\":\"chunk\",\"content\":\"a\"}}\n\nretry: 5\n\ndata: odd\n\n{}{DONE}",
        chunk("b", 1)
    );
    let (_, agent) = agent([events(body.clone()), events(body)]);
    let (events, error) = drain(&mut agent.stream(Invoke::new("q")).await.expect("a stream")).await;
    assert!(error.is_none(), "{error:?}");
    let names: Vec<_> = events.iter().map(StreamEvent::event_name).collect();
    assert_eq!(names, ["ping", "chunk", "message", "chunk", "done"]);
    let mut story = "> ".to_owned();
    let read = agent.stream(Invoke::new("q")).await.expect("a stream").read_to_string(&mut story).await.expect("text");
    assert_eq!((read, story.as_str()), (2, "> ab"));
}

#[tokio::test]
async fn it_is_a_stream_and_its_text_another() {
    let body = format!("{START}{}{}{DONE}", chunk("a", 0), chunk("b", 1));
    let (_, agent) = agent([events(body.clone()), events(body)]);
    let events: Vec<StreamEvent> =
        agent.stream(Invoke::new("q")).await.expect("a stream").try_collect().await.expect("events");
    assert_eq!(events.len(), 4);
    let text = agent.stream(Invoke::new("q")).await.expect("a stream").into_text();
    assert_eq!(text.try_collect::<String>().await.expect("text"), "ab");
}

#[tokio::test]
async fn what_follows_the_last_event_is_not_waited_for() {
    let (_, agent) = agent([events(unending(format!("{}{DONE}{}", chunk("a", 0), chunk("never", 1))))]);
    let mut stream = agent.stream(Invoke::new("q")).await.expect("a stream");
    let (events, error) = drain(&mut stream).await;
    assert!(error.is_none(), "{error:?}");
    assert_eq!(text(&events), ["a"]);
}

#[tokio::test]
async fn the_connection_is_closed_after_the_last_event() {
    let (server, agent) = agent_on([head().send(chunk("a", 0)).send(DONE).stall()]).await;
    let mut stream = agent.stream(Invoke::new("q")).await.expect("a stream");
    assert!(drain(&mut stream).await.1.is_none());
    server.wait_for(|events| events.contains(&Event::ClientClosed { connection: 0 })).await;
    drop(stream);
}

#[tokio::test]
async fn a_stream_that_nobody_wants_is_closed() {
    for cancel in [true, false] {
        let (server, agent) = agent_on([head().send(chunk("a", 0)).stall()]).await;
        let mut stream = agent.stream(Invoke::new("q")).await.expect("a stream");
        assert!(stream.next().await.expect("an event").is_ok());
        if cancel {
            stream.cancel();
        } else {
            drop(stream);
        }
        server.wait_for(|events| events.contains(&Event::ClientClosed { connection: 0 })).await;
    }
}

#[tokio::test]
async fn events_may_come_in_any_pieces() {
    let body = format!("\u{feff}{START}{}{}{DONE}", chunk("na\u{ef}ve \u{2028}", 0), chunk("\u{1f680}", 1));
    let (_server, agent) = agent_on([head().send_slowly(body.replace('\n', "\r\n"), 1).stall()]).await;
    let mut stream = agent.stream(Invoke::new("q")).await.expect("a stream");
    let (events, error) = drain(&mut stream).await;
    assert!(error.is_none(), "{error:?}");
    assert_eq!(text(&events), ["na\u{ef}ve \u{2028}", "\u{1f680}"]);
}

#[tokio::test]
async fn a_large_event_is_one_event() {
    let large = "x".repeat(8 * 1024 * 1024);
    let (_, agent) = agent([events(Body::from(format!("{}{DONE}", chunk(&large, 0))))]);
    let mut story = String::new();
    agent.stream(Invoke::new("q")).await.expect("a stream").read_to_string(&mut story).await.expect("text");
    assert_eq!(story.len(), large.len());
}

#[tokio::test]
async fn an_answer_that_is_no_stream_is_an_error() {
    for (answer, code, status) in [
        (Reply::json(200, r#"{"result":"Hi"}"#), "DECODE_ERROR", 200),
        (reply(200, &[("content-type", "text/html")], "<html>"), "DECODE_ERROR", 200),
        (reply(200, &[], DONE), "DECODE_ERROR", 200),
        (Reply::json(200, r#"{"status":"error","error":{"code":"NO_CREDIT","message":"x"}}"#), "NO_CREDIT", 200),
        (
            Reply::json(404, r#"{"status":"error","error":{"code":"AGENT_NOT_FOUND","message":"x"}}"#),
            "AGENT_NOT_FOUND",
            404,
        ),
        (Reply::json(404, ""), "AGENT_NOT_FOUND_REMOTE", 404),
        (Reply::json(401, ""), "AUTHENTICATION_ERROR", 401),
        (Reply::json(500, ""), "SERVER_ERROR", 500),
        (reply(302, &[("location", "https://evil.example.com/")], ""), "CONFIG_ERROR", 302),
    ] {
        let (transport, agent) = agent([answer]);
        let error = refused(agent.stream(Invoke::new("q")).await);
        assert_eq!((error.code().as_str(), error.status()), (code, Some(status)), "{error:?}");
        assert!(!error.is_retryable() && error.attempts() == 1, "{error:?}");
        assert_eq!(transport.requests().len(), 1);
    }
    let (_, agent) = agent([reply(204, &[], "")]);
    assert_eq!(refused(agent.stream(Invoke::new("q")).await).code(), "DECODE_ERROR");
}
