//! Streams that come to their end.

use std::time::Duration;

use futures_util::{FutureExt, StreamExt, TryStreamExt};
use runagent::{ErrorCode, RunAgentResult};
use runagent_transport::testing::wire::{Event, Gate, Script, WireServer, encode_frame};
use serde_json::{Value, json};

use crate::{
    agent::{
        COMPLETED, STARTED, architecture, chunk, details, drain, lazy, local_on, opened, refused, remote, remote_on,
        stream_of, text_chunk,
    },
    memory::{Memory, Peer},
};

const TEXT: u8 = 1;
const BINARY: u8 = 2;

fn closed_normally(events: &[Event]) -> bool {
    events.iter().any(|event| matches!(event, Event::WsClose { code: Some(1000), .. }))
}

#[tokio::test]
async fn the_client_closes_when_the_server_says_that_it_is_complete() {
    // The server of the protocol never closes by itself.
    let script = opened().ws_text(chunk(1)).ws_text(chunk(2)).ws_text(COMPLETED).expect_ws_close();
    let (server, mut stream) = stream_of(script).await;
    assert_eq!((stream.invocation_id(), stream.total_chunks(), stream.execution_time()), (Some("inv-1"), None, None));
    assert_eq!(stream.next().await.expect("a chunk").expect("no error"), 1);
    assert_eq!(stream.received(), 1);
    assert_eq!(stream.next().await.expect("a chunk").expect("no error"), 2);
    assert!(stream.next().await.is_none() && stream.next().await.is_none());
    server.wait_for(closed_normally).await;
    assert_eq!((stream.received(), stream.total_chunks()), (2, Some(2)));
    assert_eq!(stream.execution_time(), Some(Duration::from_millis(250)));
    assert_eq!(stream.invocation_id(), Some("inv-1"));
}

#[tokio::test]
async fn the_first_message_is_what_the_protocol_asks_for() {
    let server = WireServer::start([opened().ws_text(COMPLETED)]).await;
    let config = remote_on(&server, "count_stream").with_user_id("u-1").with_persistent_memory(true);
    let mut stream = lazy(config).run_stream_with_args(&[json!(1)], &[("n", json!(2))]).await.expect("a stream");
    assert!(stream.next().await.is_none());
    let texts = server.events().into_iter().filter_map(|event| match event {
        Event::WsText { text, .. } => Some(text),
        _ => None,
    });
    let texts: Vec<String> = texts.collect();
    assert_eq!(
        texts,
        [
            r#"{"entrypoint_tag":"count_stream","input_args":[1],"input_kwargs":{"n":2},"timeout_seconds":600,"async_execution":false,"user_id":"u-1","persistent_memory":true}"#
        ]
    );
    assert_eq!(server.requests()[0].target, "/api/v1/agents/agent-1/run-stream");
    assert_eq!(server.requests()[0].header("sec-websocket-protocol"), None);
}

#[tokio::test]
async fn an_empty_stream_is_complete() {
    let completed = r#"{"type":"status","status":"stream_completed","total_chunks":0}"#;
    for script in [opened().ws_text(completed), Script::new().upgrade().expect_ws_text().ws_text(completed)] {
        let (_server, mut stream) = stream_of(script).await;
        let (chunks, error) = drain(&mut stream).await;
        assert!(chunks.is_empty() && error.is_none(), "{error:?}");
        assert_eq!(stream.total_chunks(), Some(0));
    }
}

#[tokio::test]
async fn chunks_before_the_start_are_not_lost() {
    let script = Script::new()
        .upgrade()
        .expect_ws_text()
        .ws_text(chunk(1))
        .ws_text(STARTED)
        .ws_text(chunk(2))
        .ws_text(COMPLETED);
    let (_server, mut stream) = stream_of(script).await;
    assert_eq!(stream.received(), 0);
    let (chunks, error) = drain(&mut stream).await;
    assert!(error.is_none(), "{error:?}");
    assert_eq!(chunks, [1, 2]);
    assert_eq!(stream.invocation_id(), Some("inv-1"));
}

#[tokio::test]
async fn frames_that_mean_nothing_are_skipped() {
    let script = Script::new()
        .upgrade()
        .expect_ws_text()
        .ws_text(r#"{"type":"hello"}"#)
        .ws_text(STARTED)
        .ws_frame(BINARY, true, [0, 159, 146])
        .ws_text(r#"{"type":"status","status":"stream_progress","content":"not a chunk"}"#)
        .ws_text(chunk(1))
        .ws_text(r#"{"type":"keepalive"}"#)
        .ws_text(r#"{"status":"stream_completed"}"#)
        .ws_text("{}")
        .ws_text(chunk(2))
        .ws_text(COMPLETED);
    let (_server, mut stream) = stream_of(script).await;
    let (chunks, error) = drain(&mut stream).await;
    assert!(error.is_none(), "{error:?}");
    assert_eq!(chunks, [1, 2]);
}

#[tokio::test]
async fn a_chunk_is_whatever_the_agent_yielded() {
    let chunks = [
        (
            text_chunk("A generator object is <generator object f at 0x7f>"),
            json!("A generator object is <generator object f at 0x7f>"),
        ),
        (text_chunk("<generator object f at 0x7fdf90f8b030>"), json!("<generator object f at 0x7fdf90f8b030>")),
        (text_chunk("na\u{ef}ve \u{2028} \u{1f680}"), json!("na\u{ef}ve \u{2028} \u{1f680}")),
        (
            r#"{"type":"data","content":"{\"type\": \"integer\", \"payload\": \"1180591620717411303424\"}"}"#
                .to_owned(),
            json!("1180591620717411303424"),
        ),
        (
            r#"{"type":"data","content":"{\"type\": \"object\", \"payload\": \"{\\\"error\\\": \\\"mine\\\"}\"}"}"#
                .to_owned(),
            json!({"error": "mine"}),
        ),
        (r#"{"type":"data","content":"{\"type\": \"null\", \"payload\": \"null\"}"}"#.to_owned(), Value::Null),
        (r#"{"type":"data","content":"plain"}"#.to_owned(), json!("plain")),
        (r#"{"type":"data","content":{"type":"error"}}"#.to_owned(), json!({"type": "error"})),
    ];
    let script = chunks.iter().fold(opened(), |script, (frame, _)| script.ws_text(frame)).ws_text(COMPLETED);
    let (_server, mut stream) = stream_of(script).await;
    let (got, error) = drain(&mut stream).await;
    assert!(error.is_none(), "{error:?}");
    assert_eq!(got, chunks.map(|(_, chunk)| chunk));
}

#[tokio::test]
async fn an_error_frame_ends_the_stream_with_the_agents_words() {
    for (frame, code, message) in [
        (
            r#"{"type": "error", "error": "Streaming error: stream exploded midway"}"#,
            "STREAM_ERROR",
            "stream exploded midway",
        ),
        (r#"{"type":"error","error":"Streaming error: "}"#, "STREAM_ERROR", "the server gave no message"),
        (
            r#"{"type":"error","detail":"Missing required field: input_args"}"#,
            "STREAM_ERROR",
            "Missing required field: input_args",
        ),
        (r#"{"type":"error","error":"[TOOL_FAILED] no such file"}"#, "TOOL_FAILED", "no such file"),
        (
            r#"{"type":"error","error":{"code":"RATE_LIMIT_ERROR","message":"agent's own"}}"#,
            "RATE_LIMIT_ERROR",
            "agent's own",
        ),
        (r#"{"type":"status","status":"stream_failed","error":"boom"}"#, "STREAM_ERROR", "boom"),
        (r#"{"type":"status","status":"stream_interrupted"}"#, "STREAM_ERROR", "the stream was interrupted"),
        (r#"{"type":"status","status":"stream_retry","message":"later"}"#, "STREAM_RETRY", "later"),
        (
            "{\"type\":\"error\",\"error\":\"Entrypoint other_stream not found\"}",
            "STREAM_ERROR",
            "Entrypoint other_stream not found",
        ),
    ] {
        // After chunks, and in the place of the first frame.
        let (server, mut stream) = stream_of(opened().ws_text(chunk(1)).ws_text(frame).expect_ws_close()).await;
        let (chunks, error) = drain(&mut stream).await;
        let error = error.expect(frame);
        assert_eq!(chunks, [1]);
        assert_eq!((error.code().as_str(), error.message()), (code, message), "{frame}");
        assert!(!error.is_retryable(), "{frame}: the agent ran");
        server.wait_for(closed_normally).await;

        let server =
            WireServer::start([Script::new().upgrade().expect_ws_text().ws_text(frame).expect_ws_close()]).await;
        let error = refused(lazy(remote_on(&server, "count_stream")).run_stream(&[]).await);
        assert_eq!((error.code().as_str(), error.message()), (code, message), "{frame}");
        assert!(!error.is_retryable(), "{frame}");
        server.wait_for(closed_normally).await;
    }
}

#[tokio::test]
async fn a_tag_that_the_server_refuses_has_the_code_of_our_own() {
    let refusal = |text: &str| {
        let frame = json!({"type": "error", "detail": text}).to_string();
        Script::new().upgrade().expect_ws_text().ws_text(frame).ws_close(1003, "")
    };
    let answer = crate::agent::ok(&architecture(&["chat", "other_stream"]));
    let unknown = refusal("Entrypoint count_stream not found");
    let server = WireServer::start([unknown, Script::new().read_request().send(answer)]).await;
    let error = refused(lazy(local_on(&server, "count_stream")).run_stream(&[]).await);
    assert_eq!(*error.code(), ErrorCode::ENTRYPOINT_NOT_FOUND);
    assert_eq!(details(&error)["available_tags"], json!(["chat", "other_stream"]));
    assert!(error.suggestion().expect("a suggestion").contains("`other_stream`"));

    let text =
        "Entrypoint `count_stream` is not a streaming entrypoint. Use a streaming entrypoint (ending with '_stream').";
    let server = WireServer::start([refusal(text)]).await;
    let error = refused(lazy(local_on(&server, "count_stream")).run_stream(&[]).await);
    assert_eq!(*error.code(), ErrorCode::NON_STREAM_ENTRYPOINT);
    assert_eq!(error.suggestion(), ErrorCode::NON_STREAM_ENTRYPOINT.default_suggestion());
}

#[tokio::test]
async fn one_write_may_hold_ten_thousand_frames() {
    let frames = (0..10_000).flat_map(|n| encode_frame(TEXT, true, chunk(n)));
    let bytes: Vec<u8> = frames.chain(encode_frame(TEXT, true, COMPLETED)).collect();
    let (_server, stream) = stream_of(opened().send(bytes)).await;
    let chunks: Vec<Value> = stream.try_collect().await.expect("no error");
    assert!(chunks.iter().zip(0i64..).all(|(chunk, n)| *chunk == n) && chunks.len() == 10_000);
}

#[tokio::test]
async fn a_frame_may_come_in_fragments_and_single_bytes() {
    let text = chunk(7);
    let (head, tail) = text.split_at(20);
    let bytes = [encode_frame(TEXT, false, head), encode_frame(0, true, tail), encode_frame(TEXT, true, COMPLETED)];
    let (_server, mut stream) = stream_of(opened().send_slowly(bytes.concat(), 1)).await;
    let (chunks, error) = drain(&mut stream).await;
    assert!(error.is_none(), "{error:?}");
    assert_eq!(chunks, [7]);
}

#[tokio::test]
async fn a_chunk_of_eleven_megabytes_is_a_chunk() {
    let text = "x".repeat(11 * 1024 * 1024);
    let (_server, mut stream) = stream_of(opened().ws_text(text_chunk(&text)).ws_text(COMPLETED)).await;
    let got = stream.next().await.expect("a chunk").expect("no error");
    assert!(got.as_str() == Some(&text), "another text");
    assert!(stream.next().await.is_none());
}

#[tokio::test]
async fn it_is_a_stream_of_the_futures_crate_and_fused() {
    let (_server, stream) = stream_of(opened().ws_text(chunk(1)).ws_text(chunk(2)).ws_text(COMPLETED)).await;
    let mut stream = Box::pin(stream.map(|item: RunAgentResult<Value>| item.expect("no error")));
    assert_eq!(StreamExt::next(&mut stream).await, Some(json!(1)));
    assert_eq!(StreamExt::next(&mut stream).await, Some(json!(2)));
    for _ in 0..3 {
        assert_eq!(StreamExt::next(&mut stream).await, None);
    }
}

#[tokio::test]
async fn a_next_that_is_dropped_loses_nothing() {
    let (socket, peer) = Peer::new();
    peer.say(STARTED);
    let memory = Memory::default().socket(socket);
    let client = lazy(remote("count_stream").with_options(memory.options()));
    let mut stream = client.run_stream(&[]).await.expect("a stream");
    for n in 0..50 {
        // Polled once, and dropped.
        assert!(stream.next().now_or_never().is_none());
        peer.say(chunk(n));
        let item = tokio::select! {
            biased;
            () = std::future::ready(()), if n % 2 == 0 => None,
            item = stream.next() => item,
        };
        let item = match item {
            Some(item) => item,
            None => stream.next().await.expect("a chunk"),
        };
        assert_eq!(item.expect("no error"), n);
    }
    peer.say(COMPLETED);
    assert!(stream.next().await.is_none());
}

#[tokio::test]
async fn clones_stream_side_by_side() {
    let gate = Gate::new();
    let held = opened().ws_text(chunk(1)).wait(&gate).ws_text(COMPLETED);
    let quick = opened().ws_text(chunk(2)).ws_text(COMPLETED);
    let server = WireServer::start([held, quick]).await;
    let client = lazy(remote_on(&server, "count_stream"));
    let mut first = client.run_stream(&[]).await.expect("a stream");
    let mut second = client.clone().run_stream(&[]).await.expect("a stream");
    drop(client);
    assert_eq!(drain(&mut second).await.0, [2]);
    assert_eq!(first.next().await.expect("a chunk").expect("no error"), 1);
    gate.open();
    assert!(first.next().await.is_none());
}
