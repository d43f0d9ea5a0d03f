//! Several requests in one.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use runagent_server::{Agent, AgentError, InProcess, Input, Server};
use serde_json::{Value, json};
use tokio::time::sleep;

use crate::v1::{ask, post};

fn results(answer: &Value) -> Vec<Value> {
    let of = |result: &Value| match result["status"].as_str() {
        Some("success") => result["data"]["result"].clone(),
        _ => result["error"]["code"].clone(),
    };
    answer["data"]["results"].as_array().unwrap().iter().map(of).collect()
}

#[tokio::test]
async fn each_request_has_its_own_result_in_its_place() {
    let server = InProcess::new(Agent::new("a").entrypoint("ask", ask)).unwrap();
    let batch = json!({"batch": [
        {"query": "one"}, {"query": "fail"}, {}, {"query": "quota"}, {"query": 5}, "nope",
        {"query": "two", "parameters": {"loudly": true}},
    ]});
    let answer = post(&server, "/v1/agents/a/batch", &batch.to_string()).await;
    assert_eq!(answer.status, 200);
    let expected = ["one.", "INTERNAL_ERROR", "INVALID_INPUT", "QUOTA", "INVALID_FIELD_TYPE", "INVALID_INPUT", "two!"];
    assert_eq!(results(&answer.json()), expected);
    let empty = post(&server, "/v1/agents/a/batch", r#"{"batch":[]}"#).await;
    assert_eq!(empty.text, r#"{"status":"success","data":{"results":[]}}"#);
}

/// An agent that takes longest for the first request, and the most that it ran at the same time.
fn slow() -> (Agent, Arc<AtomicUsize>) {
    let (running, most) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicUsize::new(0)));
    let peak = Arc::clone(&most);
    let agent = Agent::new("a").entrypoint("slow", move |input: Input| {
        let (running, most) = (Arc::clone(&running), Arc::clone(&peak));
        async move {
            most.fetch_max(running.fetch_add(1, Ordering::SeqCst) + 1, Ordering::SeqCst);
            let n: u64 = input.kwarg("n")?;
            sleep(Duration::from_secs(100 - n)).await;
            running.fetch_sub(1, Ordering::SeqCst);
            Ok::<_, AgentError>(n)
        }
    });
    (agent, most)
}

#[tokio::test(start_paused = true)]
async fn no_more_run_at_the_same_time_than_there_are_places() {
    let batch = json!({"batch": (0..100).map(|n| json!({"n": n})).collect::<Vec<_>>()}).to_string();
    for (places, at_once) in [(1, 1), (3, 3), (64, 8)] {
        let (agent, most) = slow();
        let server = Server::builder(agent).max_concurrent_calls(places).in_process().unwrap();
        let answer = post(&server, "/v1/agents/a/batch", &batch).await;
        assert_eq!(results(&answer.json()), (0..100).map(Value::from).collect::<Vec<_>>(), "{places}");
        assert_eq!(most.load(Ordering::SeqCst), at_once, "{places}");
        // The places are free again.
        assert_eq!(post(&server, "/v1/agents/a/invoke", r#"{"n":100}"#).await.status, 200);
    }
}
