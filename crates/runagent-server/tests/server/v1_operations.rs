//! Runs that go on after the answer.

use std::sync::Arc;

use http::Method;
use runagent_server::{Agent, InProcess, Input, Server};
use serde_json::{Value, json};
use tokio::sync::Semaphore;

use crate::v1::{Answer, ask, get, request, send};

async fn start(server: &InProcess, prefer: &str, body: &str) -> Answer {
    send(server, request(&Method::POST, "/v1/agents/a/invoke", &[("prefer", prefer)], body)).await
}

/// Asks until it is no longer running.
async fn end(server: &InProcess, url: &str) -> Value {
    loop {
        let operation = get(server, url).await.json();
        if operation["status"] != "running" {
            return operation;
        }
        tokio::task::yield_now().await;
    }
}

#[tokio::test]
async fn an_operation_goes_on_to_its_end() {
    let gate = Arc::new(Semaphore::new(0));
    let held = Arc::clone(&gate);
    let agent = Agent::new("a").with_version("1").entrypoint("wait", move |input: Input| {
        let gate = Arc::clone(&held);
        async move {
            gate.acquire().await?.forget();
            Ok(json!({"n": input.kwarg::<u64>("n")?}))
        }
    });
    let server = Server::builder(agent).max_concurrent_calls(1).in_process().unwrap();
    let started = start(&server, "wait=10, Respond-Async", r#"{"n":7}"#).await;
    assert_eq!((started.status, started.header("preference-applied")), (202, Some("respond-async")));
    let body = started.json();
    let (id, url) = (body["operation_id"].as_str().unwrap(), body["check_url"].as_str().unwrap());
    assert_eq!(url, format!("/v1/operations/{id}"));
    assert_eq!(body, json!({"operation_id": id, "status": "pending", "check_url": url}));
    let running = get(&server, url).await;
    assert_eq!(running.json(), json!({"operation_id": id, "status": "running", "check_url": url}));
    // It has the only place.
    assert_eq!(start(&server, "respond-async", "{}").await.status, 429);
    gate.add_permits(1);
    let done = end(&server, url).await;
    assert_eq!(
        (&done["status"], &done["operation_id"], &done["check_url"]),
        (&json!("completed"), &json!(id), &json!(url))
    );
    assert_eq!(
        (&done["result"]["result"], &done["result"]["metadata"]["agent_version"]),
        (&json!({"n": 7}), &json!("1"))
    );
    gate.add_permits(1);
    assert_eq!(start(&server, "respond-async", r#"{"n":8}"#).await.status, 202);
}

#[tokio::test]
async fn what_fails_is_told_with_its_error() {
    let server = InProcess::new(Agent::new("a").entrypoint("ask", ask)).unwrap();
    let started = start(&server, "respond-async", r#"{"query":"quota"}"#).await.json();
    let failed = end(&server, started["check_url"].as_str().unwrap()).await;
    assert_eq!((&failed["status"], &failed["error"]["code"]), (&json!("failed"), &json!("QUOTA")));
    assert_eq!(failed["error"]["suggestion"], "Pay.");
    // What cannot even begin is no operation.
    assert_eq!(start(&server, "respond-async", "{}").await.status, 400);
    assert_eq!(start(&server, "wait=10", r#"{"query":"q"}"#).await.status, 200);
}
