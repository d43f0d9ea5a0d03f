//! How the key of a stream travels.

use std::{
    sync::Mutex,
    task::{Context, Poll},
};

use runagent::{
    ErrorCode, RunAgentClientConfig,
    transport::{CloseFrame, Message, Progress, Socket, SocketIo, TransportError, TransportErrorKind},
};
use runagent_transport::testing::wire::{Event, Script, WireServer};
use serde_json::json;

use crate::{
    agent::{
        AGENT, COMPLETED, KEY, KEY_IN_QUERY, STARTED, answer, chunk, details, drain, lazy, local_on, ok, opened,
        refused, remote, remote_on,
    },
    memory::Memory,
};

const TARGET: &str = "/api/v1/agents/agent-1/run-stream";

fn complete() -> Script {
    opened().ws_text(chunk(1)).ws_text(COMPLETED)
}

fn scripted() -> Socket {
    Socket::scripted([STARTED, COMPLETED].map(|frame| Ok(Message::text(frame))))
}

#[tokio::test]
async fn a_server_that_reads_the_header_gets_no_key_in_the_url() {
    let server = WireServer::start([complete(), complete()]).await;
    let client = lazy(remote_on(&server, "count_stream"));
    for _ in 0..2 {
        let mut stream = client.run_stream(&[]).await.expect("a stream");
        assert_eq!(drain(&mut stream).await.0, [1]);
    }
    for request in server.requests() {
        assert_eq!(request.target, TARGET);
        assert_eq!(request.header("authorization"), Some(format!("Bearer {KEY}").as_str()));
    }
    assert_eq!(server.connections(), 2);
}

#[tokio::test]
async fn a_server_that_reads_the_query_gets_it_there_from_then_on() {
    let refusals = [
        Script::new().read_request().send(answer("401 Unauthorized", "")),
        Script::new().read_request().send(answer("403 Forbidden", "")),
        Script::new().upgrade().expect_ws_text().ws_close(1008, "no token"),
        Script::new().upgrade().expect_ws_text().ws_close(4401, ""),
        Script::new().upgrade().ws_close(1008, "").close(),
    ];
    for refusal in refusals {
        let name = format!("{refusal:?}");
        let server = WireServer::start([refusal, complete(), complete()]).await;
        let client = lazy(remote_on(&server, "count_stream"));
        let mut stream = client.run_stream(&[]).await.expect(&name);
        assert_eq!(drain(&mut stream).await.0, [1], "{name}");
        // A clone knows it too.
        let mut stream = client.clone().run_stream(&[]).await.expect(&name);
        assert_eq!(drain(&mut stream).await.0, [1], "{name}");

        let targets: Vec<_> = server.requests().into_iter().map(|request| request.target).collect();
        let with_token = format!("{TARGET}{KEY_IN_QUERY}");
        assert_eq!(targets, [TARGET, &with_token, &with_token], "{name}");
        let bearer = format!("Bearer {KEY}");
        assert!(server.requests().iter().all(|request| request.header("authorization") == Some(&bearer)), "{name}");
    }
}

#[tokio::test]
async fn a_key_that_is_refused_both_ways_is_refused() {
    for (status, code) in
        [("401 Unauthorized", ErrorCode::AUTHENTICATION_ERROR), ("403 Forbidden", ErrorCode::PERMISSION_ERROR)]
    {
        let server = WireServer::start_repeating(Script::new().read_request().send(answer(status, ""))).await;
        let client = lazy(remote_on(&server, "count_stream"));
        for attempts in [2, 4] {
            let error = refused(client.run_stream(&[]).await);
            assert_eq!(*error.code(), code);
            assert!(!error.is_retryable());
            // What did not help is not remembered.
            assert_eq!(server.connections(), attempts);
            assert_eq!(server.requests()[attempts - 2].target, TARGET);
        }
    }
    let closes = Script::new().upgrade().expect_ws_text().ws_close(1008, "");
    let server = WireServer::start_repeating(closes).await;
    let error = refused(lazy(remote_on(&server, "count_stream")).run_stream(&[]).await);
    assert_eq!(*error.code(), ErrorCode::AUTHENTICATION_ERROR);
    assert_eq!(server.connections(), 2);
}

#[tokio::test]
async fn other_refusals_are_no_reason_for_a_second_try() {
    for status in ["400 Bad Request", "404 Not Found", "429 Too Many Requests", "500 Internal Server Error"] {
        let server = WireServer::start([Script::new().read_request().send(answer(status, ""))]).await;
        refused(lazy(remote_on(&server, "count_stream")).run_stream(&[]).await);
        assert_eq!(server.connections(), 1, "{status}");
    }
    // The agent has started: what closes the stream now is no question of the key.
    let server = WireServer::start([opened().ws_close(1008, "")]).await;
    let mut stream = lazy(remote_on(&server, "count_stream")).run_stream(&[]).await.expect("a stream");
    let error = drain(&mut stream).await.1.expect("an error");
    assert_eq!((error.code(), details(&error)["close_code"].clone()), (&ErrorCode::STREAM_TRUNCATED, json!(1008)));
    assert_eq!(server.connections(), 1);
}

#[tokio::test]
async fn the_key_is_in_a_url_only_where_nobody_can_listen() {
    let local = |host: &str| RunAgentClientConfig::new(AGENT, "count_stream").with_local(true).with_address(host, 8450);
    for (config, second) in [
        (
            remote("count_stream"),
            Some("https://backend.run-agent.ai/api/v1/agents/agent-1/run-stream?token=rau_k%2Be%2Fy%3D1%26x"),
        ),
        (
            remote("count_stream").with_base_url("http://localhost:1"),
            Some("http://localhost:1/api/v1/agents/agent-1/run-stream?token=rau_k%2Be%2Fy%3D1%26x"),
        ),
        (remote("count_stream").with_base_url("http://10.0.0.1:8450"), None),
        (local("10.0.0.1").with_api_key(KEY), None),
        (local("127.0.0.1"), None),
    ] {
        let memory = Memory::default().rejection(401).socket(scripted());
        let shown = format!("{config:?}");
        let client = lazy(config.with_options(memory.options().with_plaintext_key(true)));
        let outcome = client.run_stream(&[]).await;
        let asked = memory.asked();
        assert!(asked[0].uri.query().is_none(), "{shown}");
        match second {
            Some(uri) => {
                assert_eq!(asked[1].uri, uri);
                assert!(outcome.is_ok());
            }
            None => {
                assert_eq!(asked.len(), 1, "{shown}");
                assert_eq!(*refused(outcome).code(), ErrorCode::AUTHENTICATION_ERROR);
            }
        }
    }
}

#[tokio::test]
async fn a_local_server_that_forbids_a_stream_serves_another_agent() {
    let forbidden = || Script::new().read_request().send("HTTP/1.1 403 Forbidden\r\ncontent-length: 0\r\n\r\n");
    let health = Script::new().read_request().send(ok(r#"{"status":"healthy","agent_id":"other-agent"}"#));
    let server = WireServer::start([forbidden(), health.clone()]).await;
    let error = refused(lazy(local_on(&server, "count_stream")).run_stream(&[]).await);
    assert_eq!(*error.code(), ErrorCode::AGENT_NOT_FOUND_LOCAL);
    assert!(error.message().contains("serves agent other-agent"), "{error}");
    assert_eq!((error.status(), error.is_retryable()), (Some(403), false));
    let targets: Vec<_> = server.requests().into_iter().map(|request| request.target).collect();
    assert_eq!(targets, [TARGET, "/api/v1/health"]);

    // A key makes no difference: it would only end up in the log of a server that did not ask for it.
    let server = WireServer::start([forbidden(), health]).await;
    let error = refused(lazy(local_on(&server, "count_stream").with_api_key(KEY)).run_stream(&[]).await);
    assert_eq!(*error.code(), ErrorCode::AGENT_NOT_FOUND_LOCAL);
    let targets: Vec<_> = server.requests().into_iter().map(|request| request.target).collect();
    assert_eq!(targets, [TARGET, "/api/v1/health"]);
}

/// A socket that the server has closed before the request could be sent.
#[derive(Debug)]
struct ClosedAtOnce(Mutex<Option<Message>>);

impl SocketIo for ClosedAtOnce {
    fn poll_recv(&mut self, _: &mut Context<'_>) -> Poll<Option<Result<Message, TransportError>>> {
        Poll::Ready(self.0.lock().expect("no panic").take().map(Ok))
    }

    fn poll_send(&mut self, _: &mut Option<Message>, _: &mut Context<'_>) -> Poll<Result<(), TransportError>> {
        let closed = TransportError::new(TransportErrorKind::Closed, Progress::NotSent, "the socket is closed");
        Poll::Ready(Err(closed))
    }
}

#[tokio::test]
async fn a_server_that_closes_before_it_reads_is_understood_too() {
    let close = |code| Socket::new(ClosedAtOnce(Mutex::new(Some(Message::Close(Some(CloseFrame::new(code, "")))))));
    let memory = Memory::default().socket(close(1008)).socket(scripted());
    let client = lazy(remote("count_stream").with_options(memory.options()));
    let mut stream = client.run_stream(&[]).await.expect("a stream");
    assert!(stream.next().await.is_none());
    assert_eq!(memory.asked()[1].uri.query(), Some(&KEY_IN_QUERY[1..]));

    let memory = Memory::default().socket(close(1012));
    let error = refused(lazy(remote("count_stream").with_options(memory.options())).run_stream(&[]).await);
    assert_eq!(*error.code(), ErrorCode::CONNECTION_ERROR);
    assert!(error.is_retryable(), "nothing was sent: {error:?}");
}

#[tokio::test]
async fn without_a_key_there_is_nothing_to_try_twice() {
    let server = WireServer::start([Script::new().upgrade().expect_ws_text().ws_close(1008, "")]).await;
    let error = refused(lazy(local_on(&server, "count_stream")).run_stream(&[]).await);
    assert_eq!(*error.code(), ErrorCode::AUTHENTICATION_ERROR);
    assert!(error.suggestion().expect("a suggestion").contains("RUNAGENT_API_KEY"));
    server.wait_for(|events| events.iter().any(|event| matches!(event, Event::WsClose { .. }))).await;
    assert_eq!(server.connections(), 1);
}
