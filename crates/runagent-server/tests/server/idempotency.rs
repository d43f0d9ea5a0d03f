//! Requests that are sent twice.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use http::Method;
use runagent_server::{Agent, AgentError, InProcess, Input, Server};
use runagent_transport::Transport;
use serde_json::json;
use tokio::sync::{Semaphore, mpsc};

use crate::v1::{Answer, request, send};

/// Numbers its runs.
fn counting() -> Agent {
    let count = Arc::new(AtomicUsize::new(0));
    Agent::new("a").entrypoint("count", move |input: Input| {
        let run = count.fetch_add(1, Ordering::SeqCst) + 1;
        async move {
            match input.kwarg_or("how", String::new())?.as_str() {
                "fail" => Err(AgentError::new(format!("failed in run {run}"))),
                "large" => Ok(format!("{run}{}", "x".repeat(64 * 1024))),
                _ => Ok(format!("run {run}")),
            }
        }
    })
}

async fn keyed(server: &InProcess, path: &str, key: &str, body: &str) -> Answer {
    send(server, request(&Method::POST, path, &[("idempotency-key", key)], body)).await
}

const RUN: &str = "/api/v1/agents/a/run";
const INVOKE: &str = "/v1/agents/a/invoke";
const BATCH: &str = "/v1/agents/a/batch";

#[tokio::test]
async fn the_same_request_has_the_same_answer() {
    let server = InProcess::new(counting()).unwrap();
    for (path, body, status) in [
        (RUN, r#"{"entrypoint_tag":"count"}"#, 200),
        (RUN, r#"{"entrypoint_tag":"count","input_kwargs":{"how":"fail"}}"#, 200),
        (RUN, r#"{"entrypoint_tag":"nope"}"#, 404),
        (RUN, "{", 422),
        (INVOKE, "{}", 200),
        (INVOKE, r#"{"how":"fail"}"#, 500),
        (INVOKE, r#"{"query":1}"#, 400),
        (BATCH, r#"{"batch":[{},{"how":"fail"}]}"#, 200),
        (BATCH, "{}", 400),
    ] {
        let key = format!("{path}{}", body.len());
        let first = keyed(&server, path, &key, body).await;
        assert_eq!((first.status, first.header("idempotency-replayed")), (status, None), "{path} {body}");
        assert_eq!(first.header("idempotency-key"), Some("supported"), "{path} {body}");
        let again = keyed(&server, path, &key, body).await;
        assert_eq!((again.status, again.header("idempotency-replayed")), (status, Some("true")), "{path} {body}");
        assert_eq!(again.header("idempotency-key"), Some("supported"), "{path} {body}");
        assert_eq!((&first.text, first.header("content-type")), (&again.text, again.header("content-type")));
        // Without the key it is another run.
        let other = send(&server, request(&Method::POST, path, &[], body)).await;
        assert_eq!((other.header("idempotency-replayed"), other.header("idempotency-key")), (None, Some("supported")));
    }
}

/// Who is refused learns as well whether a call can be repeated.
#[tokio::test]
async fn that_keys_are_taken_is_told_whatever_becomes_of_the_call() {
    let server = Server::builder(counting()).token("s3cret").in_process().unwrap();
    let shown = [("authorization", "Bearer s3cret")];
    let foreign = [("authorization", "Bearer s3cret"), ("origin", "http://evil.example")];
    for path in [RUN, INVOKE, BATCH] {
        let of_another = path.replace("/a/", "/b/");
        for (path, headers, status) in
            [(path, &[][..], 401), (path, &foreign, 403), (&*of_another, &shown, 404), (path, &shown, 422)]
        {
            // Nothing at all is no JSON, and no batch.
            let answer = send(&server, request(&Method::POST, path, headers, "")).await;
            let status = if status == 422 && path != RUN { 400 } else { status };
            assert_eq!((answer.status, answer.header("idempotency-key")), (status, Some("supported")), "{path}");
        }
    }
    for (method, path) in [
        (Method::GET, RUN),
        (Method::POST, "/api/v1/agents/a/run-stream"),
        (Method::POST, "/v1/agents/a/stream"),
        (Method::POST, "/v1/agents/run"),
        (Method::POST, "/run"),
        (Method::GET, "/api/v1/health"),
    ] {
        let answer = send(&server, request(&method, path, &shown, "{}")).await;
        assert_eq!(answer.header("idempotency-key"), None, "{method} {path}");
    }
}

#[tokio::test]
async fn an_operation_is_started_once() {
    let server = InProcess::new(counting()).unwrap();
    let headers = [("idempotency-key", "k"), ("prefer", "respond-async")];
    let [first, again] = [(); 2].map(|()| send(&server, request(&Method::POST, INVOKE, &headers, "{}")));
    let (first, again) = (first.await, again.await);
    assert_eq!((first.status, &first.text), (202, &again.text));
}

#[tokio::test]
async fn keys_that_are_none() {
    let server = InProcess::new(counting()).unwrap();
    let long = "k".repeat(256);
    for key in ["", " ", "a b", "a\tb", &long] {
        for (path, body) in [(RUN, r#"{"entrypoint_tag":"count"}"#), (INVOKE, "{}")] {
            let answer = keyed(&server, path, key, body).await;
            assert_eq!((answer.status, answer.header("idempotency-key")), (400, Some("supported")), "{path} {key:?}");
        }
    }
    for key in [&long[1..], "!~"] {
        assert_eq!(keyed(&server, INVOKE, key, "{}").await.status, 200, "{key:?}");
    }
    let twice = request(&Method::POST, INVOKE, &[("idempotency-key", "a"), ("idempotency-key", "a")], "{}");
    let twice = send(&server, twice).await;
    assert_eq!((twice.status, &twice.json()["error"]["details"]["field"]), (400, &json!("Idempotency-Key")));
}

#[tokio::test]
async fn a_key_belongs_to_one_request() {
    let server = InProcess::new(counting()).unwrap();
    assert_eq!(keyed(&server, INVOKE, "k", "{}").await.status, 200);
    for (path, body) in [(INVOKE, "{ }"), (INVOKE, r#"{"how":"x"}"#), (BATCH, "{}"), (RUN, "{}")] {
        let answer = keyed(&server, path, "k", body).await;
        assert_eq!(
            (answer.status, &answer.json()["error"]["code"]),
            (422, &json!("IDEMPOTENCY_KEY_REUSED")),
            "{path} {body}"
        );
    }
    assert_eq!(keyed(&server, INVOKE, "k", "{}").await.header("idempotency-replayed"), Some("true"));
}

#[tokio::test]
async fn an_answer_too_large_to_keep_is_not_computed_again() {
    let server = InProcess::new(counting()).unwrap();
    assert_eq!(keyed(&server, INVOKE, "k", r#"{"how":"large"}"#).await.status, 200);
    let again = keyed(&server, INVOKE, "k", r#"{"how":"large"}"#).await;
    assert_eq!((again.status, &again.json()["error"]["code"]), (409, &json!("IDEMPOTENCY_CONFLICT")));
    assert!(keyed(&server, INVOKE, "other", "{}").await.text.contains("run 2"));
}

#[tokio::test(start_paused = true)]
async fn an_answer_is_kept_for_10_minutes() {
    let server = InProcess::new(counting()).unwrap();
    assert!(keyed(&server, INVOKE, "k", "{}").await.text.contains("run 1"));
    tokio::time::advance(Duration::from_secs(599)).await;
    assert!(keyed(&server, INVOKE, "k", "{}").await.text.contains("run 1"));
    tokio::time::advance(Duration::from_secs(2)).await;
    assert!(keyed(&server, INVOKE, "k", "{}").await.text.contains("run 2"));
}

#[tokio::test(start_paused = true)]
async fn the_oldest_of_1024_keys_makes_room() {
    let server = InProcess::new(counting()).unwrap();
    for key in 0..1025 {
        keyed(&server, INVOKE, &key.to_string(), "{}").await;
        tokio::time::advance(Duration::from_millis(1)).await;
    }
    assert_eq!(keyed(&server, INVOKE, "1", "{}").await.header("idempotency-replayed"), Some("true"));
    assert_eq!(keyed(&server, INVOKE, "0", "{}").await.header("idempotency-replayed"), None);
}

/// Runs that say that they have begun, and wait for a permit.
fn gated() -> (Agent, Arc<Semaphore>, mpsc::UnboundedReceiver<()>) {
    let gate = Arc::new(Semaphore::new(0));
    let (begun, seen) = mpsc::unbounded_channel();
    let held = Arc::clone(&gate);
    let agent = Agent::new("a").entrypoint("wait", move |_: Input| {
        let (gate, begun) = (Arc::clone(&held), begun.clone());
        async move {
            begun.send(())?;
            gate.acquire().await?.forget();
            Ok(())
        }
    });
    (agent, gate, seen)
}

#[tokio::test]
async fn while_the_first_request_runs_the_second_is_refused() {
    let (agent, gate, mut seen) = gated();
    let server = Server::builder(agent).max_concurrent_calls(1).in_process().unwrap();
    let second = async {
        seen.recv().await.unwrap();
        let conflict = keyed(&server, INVOKE, "k", "{}").await;
        let busy = keyed(&server, INVOKE, "busy", "{}").await;
        gate.add_permits(1);
        (conflict, busy)
    };
    let (first, (conflict, busy)) = tokio::join!(keyed(&server, INVOKE, "k", "{}"), second);
    assert_eq!((first.status, conflict.status, busy.status), (200, 409, 429));
    assert_eq!(conflict.json()["error"]["code"], "IDEMPOTENCY_CONFLICT");
    assert_eq!(busy.header("idempotency-key"), Some("supported"));
    // What was refused before it ran is not kept.
    gate.add_permits(1);
    let busy = keyed(&server, INVOKE, "busy", "{}").await;
    assert_eq!((busy.status, busy.header("idempotency-replayed")), (200, None));
}

#[tokio::test]
async fn a_client_that_leaves_frees_its_key() {
    let (agent, gate, mut seen) = gated();
    let server = InProcess::new(agent).unwrap();
    {
        let first = server.send(request(&Method::POST, INVOKE, &[("idempotency-key", "k")], "{}"));
        tokio::select! {
            answer = first => panic!("{answer:?}"),
            begun = seen.recv() => begun.unwrap(),
        }
    }
    gate.add_permits(1);
    let again = async {
        loop {
            let answer = keyed(&server, INVOKE, "k", "{}").await;
            if answer.status != 409 {
                return answer;
            }
        }
    };
    let again = tokio::time::timeout(crate::client::PATIENCE, again).await.unwrap();
    assert_eq!((again.status, again.header("idempotency-replayed")), (200, None));
}
