//! The id that each answer has in a header.

use http::Method;
use runagent_server::{Agent, AgentError, InProcess, Input, Server};
use serde_json::{Value, json};

use crate::v1::{Answer, get, post, request, send};

fn agent() -> Agent {
    Agent::new("a")
        .entrypoint("echo", async |input: Input| Ok(input.kwargs().clone()))
        .entrypoint("fail", async |_: Input| Err::<(), _>(AgentError::new("boom")))
        .stream_entrypoint("count_stream", async |_: Input| Ok(futures_util::stream::iter([Ok(0), Ok(1)])))
        .v1_entrypoint("echo")
}

fn id(answer: &Answer) -> String {
    let id = answer.header("x-request-id").unwrap_or_else(|| panic!("no id: {}", answer.text)).to_owned();
    assert!(id.len() == 36 && id.bytes().all(|byte| byte == b'-' || byte.is_ascii_hexdigit()), "{id}");
    id
}

#[tokio::test]
async fn the_header_is_the_id_in_the_body() {
    let server = InProcess::new(agent()).unwrap();
    for (path, body, pointer) in [
        ("/api/v1/agents/a/run", r#"{"entrypoint_tag":"echo"}"#, "/request_id"),
        ("/api/v1/agents/a/run", r#"{"entrypoint_tag":"fail"}"#, "/request_id"),
        ("/api/v1/agents/a/run", r#"{"entrypoint_tag":"nope"}"#, "/request_id"),
        ("/v1/agents/a/invoke", "{}", "/data/metadata/request_id"),
    ] {
        let answer = post(&server, path, body).await;
        assert_eq!(answer.json().pointer(pointer), Some(&Value::from(id(&answer))), "{path} {body}");
    }
    let answer = get(&server, "/api/v1/agents/a/architecture").await;
    assert_eq!(answer.json()["request_id"], id(&answer));
}

#[tokio::test]
async fn the_header_of_a_call_is_the_id_under_which_it_is_recorded() {
    let server = InProcess::new(agent()).unwrap();
    let events = [("accept", "text/event-stream")];
    let later = [("prefer", "respond-async")];
    for (path, headers, body, status) in [
        ("/api/v1/agents/a/run", &[][..], r#"{"entrypoint_tag":"echo"}"#, 200),
        ("/api/v1/agents/a/run-stream", &events, r#"{"entrypoint_tag":"count_stream"}"#, 200),
        ("/v1/agents/a/stream", &[], "{}", 200),
        ("/v1/agents/a/invoke", &later, "{}", 202),
    ] {
        let answer = send(&server, request(&Method::POST, path, headers, body)).await;
        assert_eq!(answer.status, status, "{path}");
        let recorded = get(&server, &format!("/api/v1/invocations/{}", id(&answer))).await;
        assert_eq!(recorded.status, 200, "{path}");
    }
}

#[tokio::test]
async fn an_answer_about_no_call_has_an_id_of_its_own() {
    let server = Server::builder(agent()).token("s3cret").in_process().unwrap();
    let shown = [("authorization", "Bearer s3cret")];
    let mut ids = Vec::new();
    for (headers, method, path, status) in [
        (&[][..], Method::GET, "/app.js", 200),
        (&[], Method::GET, "/app.js", 200),
        (&[], Method::GET, "/api/v1/health", 200),
        (&[], Method::POST, "/api/v1/agents/a/run", 401),
        (&[], Method::POST, "/v1/agents/a/invoke", 401),
        (&shown, Method::GET, "/nowhere", 404),
        (&shown, Method::GET, "/v1/nowhere", 404),
        (&shown, Method::DELETE, "/api/v1/agents/a/run", 405),
        (&shown, Method::POST, "/api/v1/agents/a/run", 422),
    ] {
        let answer = send(&server, request(&method, path, headers, "")).await;
        assert_eq!(answer.status, status, "{path}");
        ids.push(id(&answer));
    }
    let all = ids.len();
    ids.sort();
    ids.dedup();
    assert_eq!(ids.len(), all);
}

#[tokio::test]
async fn an_answer_that_is_given_again_has_the_same_id() {
    let server = InProcess::new(agent()).unwrap();
    let body = json!({"entrypoint_tag": "echo"}).to_string();
    let headers = [("idempotency-key", "k")];
    let ask = || send(&server, request(&Method::POST, "/api/v1/agents/a/run", &headers, &body));
    let (first, again) = (ask().await, ask().await);
    assert_eq!((id(&first), again.header("idempotency-replayed")), (id(&again), Some("true")));
}
