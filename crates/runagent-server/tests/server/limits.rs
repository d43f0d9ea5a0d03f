use std::sync::Arc;

use runagent_server::{Agent, AgentError, Input, Server};
use runagent_transport::{CallOptions, Message, Transport};
use serde_json::json;
use tokio::sync::{Semaphore, mpsc};
use tokio::task::JoinSet;
use tokio::time::timeout;

use crate::client::{PATIENCE, connect, get, post_head, run, send, serve, start, text};
use crate::in_process::request;

const WAIT: &str = r#"{"entrypoint_tag":"wait"}"#;

/// An agent whose runs report that they have begun and wait for a permit to end.
fn gated() -> (Agent, Arc<Semaphore>, mpsc::UnboundedReceiver<()>) {
    let gate = Arc::new(Semaphore::new(0));
    let (begun, seen) = mpsc::unbounded_channel();
    let held = Arc::clone(&gate);
    let agent = Agent::new("a")
        .entrypoint("wait", move |_: Input| {
            let (gate, begun) = (Arc::clone(&held), begun.clone());
            async move {
                begun.send(())?;
                gate.acquire().await?.forget();
                Ok(())
            }
        })
        .stream_entrypoint("idle_stream", async |_: Input| {
            Ok(futures_util::stream::pending::<Result<(), AgentError>>())
        });
    (agent, gate, seen)
}

#[tokio::test]
async fn the_65th_call_is_told_to_come_back() {
    let (agent, gate, mut seen) = gated();
    let server = serve(agent).await;
    let address = server.address();
    let mut calls = JoinSet::new();
    for _ in 0..64 {
        calls.spawn(async move { run(address, WAIT).await.status });
        timeout(PATIENCE, seen.recv()).await.unwrap().unwrap();
    }
    let refused = run(address, WAIT).await;
    assert_eq!((refused.status, refused.header("retry-after")), (429, Some("1")));
    let error = &refused.json()["error"];
    assert_eq!((&error["code"], &error["retry_after"]), (&json!("RATE_LIMIT_ERROR"), &json!(1.0)));
    let rejected = connect(address, CallOptions::new()).await.unwrap_err();
    assert_eq!(rejected.response().unwrap().status(), 429);
    assert_eq!(get(address, "/api/v1/health").await.status, 200);

    gate.add_permits(65);
    while let Some(status) = calls.join_next().await {
        assert_eq!(status.unwrap(), 200);
    }
    assert_eq!(run(address, WAIT).await.status, 200);
}

#[tokio::test]
async fn a_stream_counts_until_its_client_is_gone() {
    let (agent, gate, _seen) = gated();
    gate.add_permits(100);
    let server = Server::builder(agent).max_concurrent_calls(1).bind().await.unwrap().spawn();
    let address = server.address();
    let mut socket = start(address, "idle_stream").await;
    text(&mut socket).await;
    assert_eq!(run(address, WAIT).await.status, 429);
    drop(socket);
    let freed = async { while run(address, WAIT).await.status == 429 {} };
    timeout(PATIENCE, freed).await.unwrap();
}

#[tokio::test]
async fn a_body_beyond_10_mib_is_refused() {
    const LIMIT: usize = 10 * 1024 * 1024;
    let (agent, ..) = gated();
    let server = serve(agent).await;
    let address = server.address();

    let announced = send(address, &post_head(address, "/api/v1/agents/a/run", LIMIT + 1), "").await;
    assert_eq!(announced.status, 413);
    assert_eq!(announced.json()["error"]["code"], "VALIDATION_ERROR");

    // As many bytes as may be are read, and found to be no JSON.
    let body = "x".repeat(LIMIT);
    assert_eq!(run(address, &body).await.status, 422);

    let head = format!(
        "POST /api/v1/agents/a/run HTTP/1.1\r\nhost: {address}\r\ncontent-type: application/json\r\n\
         transfer-encoding: chunked"
    );
    // The last chunk is one byte too long, and the end is never sent.
    let chunked = format!("{LIMIT:x}\r\n{body}\r\n1\r\nx\r\n");
    assert_eq!(send(address, &head, &chunked).await.status, 413);
}

#[tokio::test(start_paused = true)]
async fn a_call_that_waits_too_long_is_told_to_come_back() {
    let (agent, _gate, mut seen) = gated();
    let wait = std::time::Duration::from_secs(10);
    let agent = Server::builder(agent).max_concurrent_calls(1).max_waiting_calls(1, wait).in_process().unwrap();
    let first = agent.send(request("wait", &json!([])));
    let second = async {
        seen.recv().await.unwrap();
        let started = tokio::time::Instant::now();
        let response = agent.send(request("wait", &json!([]))).await.unwrap();
        (response, started.elapsed())
    };
    let (response, waited) = tokio::select! {
        first = first => panic!("{first:?}"),
        second = second => second,
    };
    assert_eq!((response.status().as_u16(), waited.as_secs()), (503, 10));
    assert_eq!(response.headers()["retry-after"], "1");
    let body = response.into_body().collect(1 << 20).await.unwrap();
    assert!(String::from_utf8_lossy(&body).contains(r#""code":"RATE_LIMIT_ERROR""#), "{body:?}");
}

#[tokio::test]
async fn the_size_of_a_request_can_be_set() {
    let (agent, gate, _seen) = gated();
    gate.add_permits(1);
    let server = Server::builder(agent).max_request_bytes(WAIT.len()).bind().await.unwrap().spawn();
    let address = server.address();
    assert_eq!(run(address, WAIT).await.status, 200);
    assert_eq!(run(address, &format!("{WAIT} ")).await.status, 413);
    let mut socket = start(address, "idle_stream").await;
    match timeout(PATIENCE, socket.recv()).await.unwrap() {
        Some(Ok(Message::Close(frame))) => assert_eq!(frame.unwrap().code, 1009),
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn the_size_of_a_head_can_be_set() {
    let (agent, ..) = gated();
    let server = Server::builder(agent).max_header_bytes(1024).bind().await.unwrap().spawn();
    let address = server.address();
    for (filler, status) in [(500, 200), (1024, 431)] {
        let head = format!("GET /api/v1/health HTTP/1.1\r\nhost: {address}\r\nx-filler: {}", "x".repeat(filler));
        assert_eq!(send(address, &head, "").await.status, status, "{filler}");
    }
    let (agent, ..) = gated();
    let server = serve(agent).await;
    let address = server.address();
    for (filler, status) in [(60 * 1024, 200), (64 * 1024, 431)] {
        let head = format!("GET /api/v1/health HTTP/1.1\r\nhost: {address}\r\nx-filler: {}", "x".repeat(filler));
        assert_eq!(send(address, &head, "").await.status, status, "{filler}");
    }
}

#[tokio::test]
async fn a_head_with_more_than_100_headers_is_refused() {
    let (agent, ..) = gated();
    let server = serve(agent).await;
    let address = server.address();
    let many: String = (0..200).map(|i| format!("\r\nx-{i}: 1")).collect();
    let answer = send(address, &format!("GET /api/v1 HTTP/1.1\r\nhost: {address}{many}"), "").await;
    assert_eq!(answer.status, 431);
}
