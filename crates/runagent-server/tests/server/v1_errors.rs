//! Every way in which the documented API says no.

use std::time::Duration;

use http::Method;
use runagent_server::{Agent, AgentError, InProcess, Input, Server};
use serde_json::{Value, json};

use crate::v1::{ask, get, post, request, send};

fn agent() -> Agent {
    let chunks = async |_: Input| Ok(futures_util::stream::empty::<Result<(), AgentError>>());
    Agent::new("a").entrypoint("ask", ask).stream_entrypoint("ask_stream", chunks)
}

#[tokio::test]
async fn paths_and_methods() {
    let server = InProcess::new(agent()).unwrap();
    for (method, path, status, code) in [
        ("GET", "/v1", 404, "NOT_FOUND"),
        ("GET", "/v1/", 404, "NOT_FOUND"),
        ("GET", "/v1/nope", 404, "NOT_FOUND"),
        ("POST", "/v1/agents/a/nope", 404, "NOT_FOUND"),
        ("GET", "/v1/agents/", 404, "NOT_FOUND"),
        ("GET", "/v1/agents/a/", 404, "NOT_FOUND"),
        ("GET", "/v1/agents/b", 404, "AGENT_NOT_FOUND"),
        ("GET", "/v1/agents/A", 404, "AGENT_NOT_FOUND"),
        ("GET", "/v1/agents/b/health", 404, "AGENT_NOT_FOUND"),
        ("POST", "/v1/agents/b/invoke", 404, "AGENT_NOT_FOUND"),
        ("POST", "/v1/agents/b/batch", 404, "AGENT_NOT_FOUND"),
        ("POST", "/v1/agents/b/stream", 404, "AGENT_NOT_FOUND"),
        ("GET", "/v1/agents/b/stream", 404, "AGENT_NOT_FOUND"),
        ("GET", "/v1/agents/%ff", 404, "AGENT_NOT_FOUND"),
        ("GET", "/v1/operations/op_1", 404, "OPERATION_NOT_FOUND"),
        ("GET", "/v1/operations", 404, "NOT_FOUND"),
        ("POST", "/v1/agents", 405, "METHOD_NOT_ALLOWED"),
        ("DELETE", "/v1/agents/a", 405, "METHOD_NOT_ALLOWED"),
        ("GET", "/v1/agents/a/invoke", 405, "METHOD_NOT_ALLOWED"),
        ("GET", "/v1/agents/a/batch", 405, "METHOD_NOT_ALLOWED"),
        ("PUT", "/v1/agents/a/stream", 405, "METHOD_NOT_ALLOWED"),
        ("DELETE", "/v1/operations/op_1", 405, "METHOD_NOT_ALLOWED"),
        ("OPTIONS", "/v1/agents", 405, "METHOD_NOT_ALLOWED"),
    ] {
        let method: Method = method.parse().unwrap();
        let answer = send(&server, request(&method, path, &[], "")).await;
        let body = answer.json();
        assert_eq!((answer.status, &body["error"]["code"]), (status, &json!(code)), "{method} {path}");
        assert_eq!(body["status"], "error", "{method} {path}");
        assert_eq!(answer.header("content-type"), Some("application/json"), "{method} {path}");
    }
}

#[tokio::test]
async fn bodies() {
    let server = InProcess::new(agent()).unwrap();
    let invoke = "/v1/agents/a/invoke";
    let batch = "/v1/agents/a/batch";
    let field = |name: &str, reason: &str| json!({"field": name, "reason": reason});
    let too_many = format!(r#"{{"batch":[{}{{}}]}}"#, "{},".repeat(100));
    for (path, body, code, details) in [
        (invoke, "", "INVALID_INPUT", Value::Null),
        (invoke, "{", "INVALID_INPUT", Value::Null),
        (invoke, "nope", "INVALID_INPUT", Value::Null),
        (invoke, "[]", "INVALID_INPUT", Value::Null),
        (invoke, "null", "INVALID_INPUT", Value::Null),
        (invoke, "{} {}", "INVALID_INPUT", Value::Null),
        (invoke, "{}", "INVALID_INPUT", field("query", "missing")),
        (invoke, r#"{"query":null}"#, "INVALID_INPUT", field("query", "missing")),
        (invoke, r#"{"query":5}"#, "INVALID_FIELD_TYPE", field("query", "type")),
        (invoke, r#"{"query":["q"]}"#, "INVALID_FIELD_TYPE", field("query", "type")),
        (invoke, r#"{"query":"q","parameters":[]}"#, "INVALID_FIELD_TYPE", field("parameters", "type")),
        (invoke, r#"{"query":"q","parameters":"x"}"#, "INVALID_FIELD_TYPE", field("parameters", "type")),
        (invoke, r#"{"query":"q","session_id":7}"#, "INVALID_FIELD_TYPE", field("session_id", "type")),
        (invoke, r#"{"query":"q","parameters":{"query":"q"}}"#, "INVALID_INPUT", field("query", "duplicate")),
        (invoke, r#"{"query":"q","parameters":{"nope":1}}"#, "INVALID_INPUT", Value::Null),
        (invoke, r#"{"query":"q","nope":1}"#, "INVALID_INPUT", Value::Null),
        (invoke, r#"{"query":"q","parameters":{"loudly":"yes"}}"#, "INVALID_INPUT", Value::Null),
        (batch, "", "INVALID_INPUT", Value::Null),
        (batch, "[]", "INVALID_INPUT", Value::Null),
        (batch, "{}", "INVALID_INPUT", field("batch", "missing")),
        (batch, r#"{"batch":null}"#, "INVALID_FIELD_TYPE", field("batch", "type")),
        (batch, r#"{"batch":{}}"#, "INVALID_FIELD_TYPE", field("batch", "type")),
        (batch, &too_many, "INVALID_INPUT", field("batch", "too_long")),
        ("/v1/agents/a/stream", "x", "INVALID_INPUT", Value::Null),
        ("/v1/agents/a/stream", r#"{"query":1}"#, "INVALID_FIELD_TYPE", field("query", "type")),
    ] {
        let answer = post(&server, path, body).await;
        let error = &answer.json()["error"];
        assert_eq!((answer.status, &error["code"], &error["details"]), (400, &json!(code), &details), "{path} {body}");
    }
    let missing = post(&server, invoke, "{}").await;
    assert_eq!(
        missing.text,
        r#"{"status":"error","error":{"code":"INVALID_INPUT","message":"Query parameter is required","details":{"field":"query","reason":"missing"}}}"#
    );
    for query in ["page=0", "page=x", "limit=0", "limit=-1", "limit="] {
        let answer = get(&server, &format!("/v1/agents?{query}")).await;
        let name = query.split('=').next().unwrap();
        assert_eq!((answer.status, &answer.json()["error"]["details"]), (400, &field(name, "type")), "{query}");
    }
}

#[tokio::test]
async fn a_failure_of_the_agent_is_an_internal_error() {
    let server = InProcess::new(agent()).unwrap();
    for (query, error) in [
        ("fail", json!({"code": "INTERNAL_ERROR", "message": "boom"})),
        ("quota", json!({"code": "QUOTA", "message": "no more", "suggestion": "Pay.", "details": [1]})),
        ("panic", json!({"code": "INTERNAL_ERROR", "message": "the entrypoint panicked: kaboom"})),
    ] {
        let answer = post(&server, "/v1/agents/a/invoke", &json!({"query": query}).to_string()).await;
        let mut body = answer.json();
        assert!(body["error"].as_object_mut().unwrap().remove("request_id").is_some());
        assert_eq!((answer.status, body), (500, json!({"status": "error", "error": error})));
    }
}

#[tokio::test]
async fn the_guard_and_the_limits_hold_here_too() {
    let body = r#"{"query":"q"}"#;
    let post = |headers: &[(&str, &str)]| request(&Method::POST, "/v1/agents/a/invoke", headers, body);
    let open = || InProcess::new(agent()).unwrap();
    let token = || Server::builder(agent()).token("s3cret").in_process().unwrap();
    let full = || Server::builder(agent()).max_concurrent_calls(0).in_process().unwrap();
    let waits = || {
        let builder = Server::builder(agent()).max_concurrent_calls(0);
        builder.max_waiting_calls(1, Duration::from_millis(1)).in_process().unwrap()
    };
    let small = || Server::builder(agent()).max_request_bytes(5).in_process().unwrap();
    for (server, headers, status, code, header) in [
        (open(), &[("origin", "https://evil.example")][..], 403, "PERMISSION_ERROR", None),
        (open(), &[("sec-fetch-site", "cross-site")], 403, "PERMISSION_ERROR", None),
        (open(), &[("content-type", "text/plain")], 415, "INVALID_INPUT", None),
        (open(), &[("content-type", "text/plain; application/json")], 415, "INVALID_INPUT", None),
        (token(), &[], 401, "INVALID_API_KEY", Some(("www-authenticate", "Bearer"))),
        (token(), &[("authorization", "Bearer wrong")], 401, "INVALID_API_KEY", None),
        (full(), &[], 429, "CAPACITY_ERROR", Some(("retry-after", "1"))),
        (waits(), &[], 503, "CAPACITY_ERROR", Some(("retry-after", "1"))),
        (small(), &[], 413, "INVALID_INPUT", Some(("connection", "close"))),
    ] {
        let answer = send(&server, post(headers)).await;
        let code = json!({"status": "error", "code": code});
        let body = answer.json();
        assert_eq!((answer.status, json!({"status": body["status"], "code": body["error"]["code"]})), (status, code));
        if let Some((name, value)) = header {
            assert_eq!(answer.header(name), Some(value), "{status}");
        }
    }
    assert_eq!(send(&token(), post(&[("authorization", "Bearer s3cret")])).await.status, 200);
    assert_eq!(send(&open(), post(&[("content-type", "Application/JSON; charset=utf-8")])).await.status, 200);
    // Elsewhere they are told as before.
    let old = request(&Method::POST, "/api/v1/agents/a/run", &[], "{}");
    assert_eq!(send(&token(), old).await.json()["error"]["code"], "AUTHENTICATION_ERROR");
}

#[tokio::test]
async fn it_must_be_clear_which_entrypoint_is_meant() {
    let several = InProcess::new(Agent::new("a").entrypoint("x", ask).entrypoint("y", ask)).unwrap();
    for path in ["invoke", "stream"] {
        let answer = post(&several, &format!("/v1/agents/a/{path}"), r#"{"query":"q"}"#).await;
        assert_eq!((answer.status, &answer.json()["error"]["code"]), (404, &json!("ENTRYPOINT_NOT_FOUND")), "{path}");
    }
    let batch = post(&several, "/v1/agents/a/batch", r#"{"batch":[{"query":"q"}]}"#).await.json();
    assert_eq!(batch["data"]["results"][0]["error"]["code"], "ENTRYPOINT_NOT_FOUND");
}

#[tokio::test(start_paused = true)]
async fn a_run_that_takes_too_long_is_given_up() {
    let agent = Agent::new("a").entrypoint("hang", async |_: Input| {
        std::future::pending::<()>().await;
        Ok(())
    });
    let server = Server::builder(agent).max_run_time(Duration::from_secs(5)).in_process().unwrap();
    let answer = post(&server, "/v1/agents/a/invoke", "{}").await;
    assert_eq!((answer.status, &answer.json()["error"]["code"]), (504, &json!("TIMEOUT_ERROR")));
}
