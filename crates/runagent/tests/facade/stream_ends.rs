//! Streams that do not come to their end, and those that the caller ends.

use std::time::Duration;

use runagent::{ErrorCode, ErrorKind};
use runagent_transport::testing::wire::{Event, Gate, Script, WireServer};
use serde_json::json;
use tokio::time::Instant;

use crate::{
    agent::{
        COMPLETED, STARTED, chunk, details, drain, lazy, opened, refused, remote, remote_on, stream_of, text_chunk,
    },
    memory::{Memory, Peer},
};

const CLOSE: u8 = 8;

type End = fn(Script) -> Script;

/// How a connection may end, and the close code that the client gets to know.
fn ends() -> Vec<(&'static str, End, Option<u16>)> {
    vec![
        ("close 1000", |script| script.ws_close(1000, ""), Some(1000)),
        ("close 1001", |script| script.ws_close(1001, "going away"), Some(1001)),
        ("close 1003", |script| script.ws_close(1003, ""), Some(1003)),
        ("close 1008", |script| script.ws_close(1008, "policy"), Some(1008)),
        ("close 1009", |script| script.ws_close(1009, "too big"), Some(1009)),
        ("close 1011", |script| script.ws_close(1011, "keepalive ping timeout"), Some(1011)),
        ("close 1012", |script| script.ws_close(1012, "service restart"), Some(1012)),
        ("close 4401", |script| script.ws_close(4401, ""), Some(4401)),
        ("close and hang up", |script| script.ws_close(1012, "").close(), Some(1012)),
        ("close without a code", |script| script.ws_frame(CLOSE, true, ""), None),
        ("end of file", Script::close, None),
        ("half closed", Script::half_close, None),
        ("reset", Script::reset, None),
        ("half a frame", |script| script.send([0x81, 100, b'{']).close(), None),
    ]
}

#[tokio::test]
async fn a_stream_that_breaks_off_is_never_taken_for_one_that_ended() {
    for (name, end, close_code) in ends() {
        let gate = Gate::new();
        let (_server, mut stream) = stream_of(end(opened().ws_text(chunk(1)).ws_text(chunk(2)).wait(&gate))).await;
        for n in [1, 2] {
            assert_eq!(stream.next().await.expect(name).expect(name), n);
        }
        gate.open();
        let error = refused(stream.next().await.expect(name));
        assert_eq!(*error.code(), ErrorCode::STREAM_TRUNCATED, "{name}: {error:?}");
        assert_eq!(error.kind(), ErrorKind::Stream, "{name}");
        assert_eq!(details(&error), json!({"received": 2, "close_code": close_code}), "{name}");
        assert!(error.message().contains("after 2 chunks"), "{name}: {error}");
        assert!(!error.is_retryable(), "{name}: the agent ran");
        for _ in 0..3 {
            assert!(stream.next().await.is_none(), "{name}");
        }
        assert_eq!((stream.received(), stream.total_chunks()), (2, None));
    }
}

#[tokio::test]
async fn a_stream_that_breaks_off_before_it_started_is_an_error_of_the_call() {
    for (name, end, close_code) in ends() {
        if matches!(close_code, Some(1008 | 1009 | 4401)) {
            continue;
        }
        let server = WireServer::start([end(Script::new().upgrade().expect_ws_text())]).await;
        let error = refused(lazy(remote_on(&server, "count_stream")).run_stream(&[]).await);
        assert_eq!(*error.code(), ErrorCode::STREAM_TRUNCATED, "{name}: {error:?}");
        assert_eq!(details(&error), json!({"received": 0, "close_code": close_code}), "{name}");
        assert!(!error.is_retryable(), "{name}: the agent may have run");
    }
}

#[tokio::test]
async fn a_request_that_is_too_large_for_the_server_is_not_one_that_broke_off() {
    let server = WireServer::start([Script::new().upgrade().expect_ws_text().ws_close(1009, "")]).await;
    let error = refused(lazy(remote_on(&server, "count_stream")).run_stream(&[]).await);
    assert_eq!(*error.code(), ErrorCode::VALIDATION_ERROR);
    assert!(error.message().contains("1009") && error.suggestion().expect("a suggestion").contains("Send less"));
    assert!(!error.is_retryable());
}

#[tokio::test]
async fn a_frame_that_can_not_be_read_is_the_last_item() {
    for frame in [
        "not json",
        "",
        "[]",
        "null",
        "{",
        r#"{"type":"data","content":"{\"type\": \"integer\", \"payload\": \"x\"}"}"#,
    ] {
        let (_server, mut stream) = stream_of(opened().ws_text(chunk(1)).ws_text(frame).ws_text(chunk(2))).await;
        let (chunks, error) = drain(&mut stream).await;
        assert_eq!(chunks, [1], "{frame}");
        let error = error.expect(frame);
        assert_eq!(*error.code(), ErrorCode::DECODE_ERROR, "{frame}");
        assert!(!error.is_retryable(), "{frame}");

        let server = WireServer::start([Script::new().upgrade().expect_ws_text().ws_text(frame)]).await;
        let error = refused(lazy(remote_on(&server, "count_stream")).run_stream(&[]).await);
        assert_eq!(*error.code(), ErrorCode::DECODE_ERROR, "{frame}");
    }
    let deep = json!({"type": "data", "content": "[".repeat(10_000) + &"]".repeat(10_000)}).to_string();
    let (_server, mut stream) = stream_of(opened().ws_text(deep)).await;
    assert_eq!(*drain(&mut stream).await.1.expect("an error").code(), ErrorCode::DECODE_ERROR);
}

#[tokio::test]
async fn a_server_that_breaks_the_websocket_protocol_is_a_decode_error() {
    for (name, broken) in [
        ("reserved opcode", vec![0x83, 0]),
        ("reserved bits", vec![0xC1, 0]),
        ("masked", vec![0x81, 0x80, 0, 0, 0, 0]),
        ("not UTF-8", vec![0x81, 2, 0xC3, 0x28]),
        ("close 1006 on the wire", vec![0x88, 2, 0x03, 0xEE]),
    ] {
        let (_server, mut stream) = stream_of(opened().ws_text(chunk(1)).send(&broken)).await;
        let (chunks, error) = drain(&mut stream).await;
        assert_eq!(chunks, [1], "{name}");
        let error = error.expect(name);
        assert_eq!(*error.code(), ErrorCode::DECODE_ERROR, "{name}: {error:?}");
        assert_eq!(details(&error), json!({"received": 1}), "{name}");
        assert!(!error.is_retryable(), "{name}");
    }
}

#[tokio::test]
async fn a_frame_beyond_the_limit_is_refused() {
    let script = opened().ws_text(chunk(1)).ws_text(text_chunk(&"x".repeat(2000)));
    let server = WireServer::start([script]).await;
    let mut config = remote_on(&server, "count_stream");
    config.options = config.options.with_max_frame_bytes(1000);
    let mut stream = lazy(config).run_stream(&[]).await.expect("a stream");
    let (chunks, error) = drain(&mut stream).await;
    assert_eq!(chunks, [1]);
    let error = error.expect("an error");
    assert_eq!((error.code(), error.kind()), (&ErrorCode::RESPONSE_TOO_LARGE, ErrorKind::Limit));
    assert!(error.message().contains("1000") && !error.is_retryable(), "{error}");
    assert_eq!(details(&error), json!({"received": 1}));
}

#[tokio::test]
async fn a_handshake_that_is_no_upgrade_has_the_code_of_its_status() {
    for (status, code) in [
        ("401 Unauthorized", ErrorCode::AUTHENTICATION_ERROR),
        ("403 Forbidden", ErrorCode::PERMISSION_ERROR),
        ("404 Not Found", ErrorCode::AGENT_NOT_FOUND_REMOTE),
        ("302 Found", ErrorCode::CONFIG_ERROR),
        ("429 Too Many Requests", ErrorCode::RATE_LIMIT_ERROR),
        ("500 Internal Server Error", ErrorCode::SERVER_ERROR),
        ("503 Service Unavailable", ErrorCode::SERVER_ERROR),
    ] {
        let script = Script::new().read_request().send(crate::agent::answer(status, ""));
        let server = WireServer::start_repeating(script).await;
        let error = refused(lazy(remote_on(&server, "count_stream")).run_stream(&[]).await);
        assert_eq!(*error.code(), code, "{status}: {error:?}");
        assert_eq!(error.status().map(|status| status.to_string()).as_deref(), Some(&status[..3]));
        // Nothing has run before the upgrade.
        assert_eq!(error.is_retryable(), matches!(&status[..3], "429" | "500" | "503"), "{status}");
    }
    // A 200 is no upgrade either, and no error status.
    let server = WireServer::start([Script::new().read_request().send(crate::agent::ok("{}"))]).await;
    let error = refused(lazy(remote_on(&server, "count_stream")).run_stream(&[]).await);
    assert_eq!(*error.code(), ErrorCode::DECODE_ERROR, "{error:?}");
}

#[tokio::test]
async fn a_connection_that_is_lost_in_the_handshake_ran_nothing() {
    let server = WireServer::start([Script::new().read_request().reset()]).await;
    let error = refused(lazy(remote_on(&server, "count_stream")).run_stream(&[]).await);
    assert_eq!(*error.code(), ErrorCode::CONNECTION_ERROR);
    assert!(error.is_retryable(), "{error:?}");
}

#[tokio::test]
async fn dropping_a_stream_closes_its_connection() {
    let (server, mut stream) = stream_of(opened().ws_text(chunk(1)).expect_ws_close().ws_close(1000, "")).await;
    assert_eq!(stream.next().await.expect("a chunk").expect("no error"), 1);
    drop(stream);
    server.wait_for(|events| events.iter().any(|e| matches!(e, Event::WsClose { code: Some(1000), .. }))).await;
    server.wait_for(|events| events.contains(&Event::ClientClosed { connection: 0 })).await;
}

#[tokio::test]
async fn dropping_the_call_that_opens_a_stream_closes_its_connection() {
    let server = WireServer::start([Script::new().upgrade().expect_ws_text().expect_ws_close()]).await;
    let call = tokio::spawn(lazy(remote_on(&server, "count_stream")).run_stream(&[]));
    server.wait_for(|events| events.iter().any(|event| matches!(event, Event::WsText { .. }))).await;
    call.abort();
    server.wait_for(|events| events.iter().any(|event| matches!(event, Event::WsClose { .. }))).await;
}

#[tokio::test]
async fn cancelling_waits_for_the_goodbye() {
    let (server, stream) = stream_of(opened().ws_text(chunk(1)).expect_ws_close().ws_close(1000, "").close()).await;
    stream.cancel().await;
    // Without waiting for it: the goodbye was there when cancel returned.
    assert!(server.events().iter().any(|event| matches!(event, Event::WsClose { code: Some(1000), .. })));
}

#[tokio::test(start_paused = true)]
async fn cancelling_does_not_wait_for_ever() {
    let (socket, mut peer) = Peer::new();
    peer.say(STARTED);
    let memory = Memory::default().socket(socket);
    let stream = lazy(remote("count_stream").with_options(memory.options())).run_stream(&[]).await.expect("a stream");
    let since = Instant::now();
    stream.cancel().await;
    assert_eq!(since.elapsed(), Duration::from_secs(2));
    assert!(peer.hear().await.is_some_and(|request| request.as_text().is_some()));
    let goodbye = peer.hear().await.expect("a Close frame");
    assert!(format!("{goodbye:?}").contains("1000"), "{goodbye:?}");
    assert!(peer.hear().await.is_none(), "the socket is gone");
}

#[tokio::test(start_paused = true)]
async fn cancelling_what_has_ended_is_over_at_once() {
    let (socket, peer) = Peer::new();
    peer.say(STARTED);
    peer.say(COMPLETED);
    let memory = Memory::default().socket(socket);
    let client = lazy(remote("count_stream").with_options(memory.options()));
    let mut stream = client.run_stream(&[]).await.expect("a stream");
    assert!(stream.next().await.is_none());
    let since = Instant::now();
    stream.cancel().await;
    assert_eq!(since.elapsed(), Duration::ZERO);
}
