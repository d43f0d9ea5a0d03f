//! The test kit's Python server starts, restarts, counts, and leaves nothing behind.

#![cfg(unix)]
#![allow(clippy::unwrap_used, reason = "test support")]

use runagent_testkit::python_server::PythonServer;
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

/// Sends one request and returns the whole answer, or nothing when nobody listens.
async fn exchange(port: u16, request: String) -> Option<String> {
    let mut stream = TcpStream::connect(("127.0.0.1", port)).await.ok()?;
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut response = String::new();
    stream.read_to_string(&mut response).await.unwrap();
    Some(response)
}

async fn health(port: u16) -> Option<String> {
    let request = "GET /api/v1/health HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n";
    exchange(port, request.to_owned()).await
}

async fn run(server: &PythonServer, body: &str) -> String {
    let request = format!(
        "POST /api/v1/agents/{}/run HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\
         Content-Type: application/json\r\nContent-Length: {}\r\n\r\n{body}",
        server.agent_id(),
        body.len(),
    );
    exchange(server.port(), request).await.unwrap()
}

#[tokio::test]
async fn a_server_restarts_on_another_port_and_ends_when_told() {
    let mut server = PythonServer::start_as("restarted").await;
    let first = server.port();
    let answer = health(first).await.unwrap();
    assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
    assert!(answer.contains(r#""agent_id":"restarted""#), "{answer}");
    assert!(server.registry_folder().join("runagent_local.db").is_file());

    server.restart_on_other_port().await;
    assert_ne!(server.port(), first);
    assert!(health(first).await.is_none());
    assert!(health(server.port()).await.is_some());

    server.terminate().await;
    assert!(health(server.port()).await.is_none());
    server.terminate().await;

    server.restart_on_other_port().await;
    server.kill().await;
    assert!(health(server.port()).await.is_none());
}

#[tokio::test]
async fn executions_are_counted_by_label_and_over_restarts() {
    let mut server = PythonServer::start().await;
    let body = r#"{"entrypoint_tag":"count_run","input_kwargs":{"label":"one"}}"#;
    assert!(run(&server, body).await.contains(r#""success":true"#));
    assert_eq!(server.executions("one"), 1);
    assert_eq!(server.executions("other"), 0);
    assert_eq!(server.invocation_stats().await["completed_invocations"], 1);

    server.restart_on_other_port().await;
    run(&server, body).await;
    assert_eq!(server.executions("one"), 2);
}

#[tokio::test]
async fn dropping_one_of_two_servers_ends_only_that_one() {
    let (one, other) = tokio::join!(PythonServer::start(), PythonServer::start());
    assert_ne!(one.agent_id(), other.agent_id());
    let (port, home) = (one.port(), one.home());
    drop(one);
    assert!(health(port).await.is_none());
    assert!(!home.exists());
    assert!(health(other.port()).await.is_some());
}

#[tokio::test]
async fn the_official_client_tells_what_it_received() {
    let server = PythonServer::start().await;
    let expected = server.expect().await;
    let exact = json!({"t": "int", "v": "1180591620717411303424"});
    assert_eq!(expected["run"]["bigint"], exact);
    assert_eq!(expected["run"]["float_int"], json!({"t": "float", "v": "3.0"}));
    assert_eq!(expected["stream"]["count_stream"]["error"], Value::Null);
    assert_eq!(expected["stream"]["midfail_stream"]["error"]["code"], "STREAM_ERROR");
    assert_eq!(expected["errors"]["fail"]["error"]["code"], "INTERNAL_ERROR");
}
