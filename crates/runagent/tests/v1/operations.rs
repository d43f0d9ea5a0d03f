//! Runs that go on while nobody waits for them.

use std::time::Duration;

use runagent::{
    CancelToken, RunOptions,
    transport::testing::Reply,
    v1::{Invoke, OperationStatus},
};
use serde_json::{Value, json};
use tokio::time::Instant;

use crate::api::{ANSWER, agent, client, refused, reply, targets};

const PENDING: &str = r#"{"operation_id":"op_123abc","status":"pending","check_url":"/v1/operations/op_123abc"}"#;

fn operation(status: &str, rest: &str) -> Reply {
    Reply::json(200, format!(r#"{{"operation_id":"op_123abc","status":"{status}"{rest}}}"#))
}

#[tokio::test(start_paused = true)]
async fn an_operation_is_started_asked_and_waited_for() {
    let (transport, agent) = agent([
        reply(202, &[("x-ratelimit-remaining", "5")], PENDING),
        operation("running", ""),
        operation("running", ""),
        operation("completed", r#","result":{"result":{"answer":42},"usage":{"total_tokens":9},"metadata":{}}"#),
    ]);
    let operation = agent.start(Invoke::new("long")).await.expect("an operation");
    assert_eq!((operation.id(), operation.rate_limit().remaining), ("op_123abc", Some(5)));
    assert_eq!(transport.requests()[0].headers()["prefer"], "respond-async");

    let status = operation.status().await.expect("a status");
    assert_eq!((&status.status, status.attempts), (&OperationStatus::Running, 1));
    let answer = operation.wait().await.expect("an answer");
    assert_eq!(answer.result["answer"], 42);
    assert_eq!(answer.usage.expect("usage").total_tokens, Some(9));
    assert_eq!(targets(&transport)[0], "POST /v1/agents/agent-123/invoke");
    assert_eq!(targets(&transport)[1..], ["GET /v1/operations/op_123abc"; 3]);
    assert_eq!(transport.requests()[1].headers()["content-type"], "application/json");
}

#[tokio::test(start_paused = true)]
async fn the_server_is_asked_less_and_less_often() {
    let replies = (0..8).map(|_| operation("running", "")).chain([operation("completed", r#","result":1"#)]);
    let (transport, client) = client(replies);
    let patient = RunOptions::new().with_timeout(Duration::from_secs(600));
    let operation = client.operation("op_123abc").expect("an id").with_options(patient);
    let begun = Instant::now();
    assert_eq!(operation.wait().await.expect("an answer").result, 1);
    assert_eq!(transport.requests().len(), 9);
    // 0.5 + 1 + 2 + 4 + 8 + 10 + 10 + 10 s, each between a half of it and the whole.
    let waited = begun.elapsed().as_secs_f64();
    assert!((22.75..=45.5).contains(&waited), "{waited}");
}

#[tokio::test(start_paused = true)]
async fn the_server_may_say_when_to_ask_again() {
    let (_, agent) = agent([
        reply(202, &[("retry-after", "3")], PENDING),
        reply(200, &[("retry-after", "7")], PENDING),
        operation("completed", r#","result":1"#),
    ]);
    let operation = agent.start(Invoke::new("long")).await.expect("an operation");
    let begun = Instant::now();
    operation.wait().await.expect("an answer");
    assert_eq!(begun.elapsed(), Duration::from_secs(10));
}

#[tokio::test(start_paused = true)]
async fn waiting_has_a_limit_and_can_be_taken_up_again() {
    for (limit, options) in [(30, RunOptions::new()), (3, RunOptions::new().with_timeout(Duration::from_secs(3)))] {
        let running = (0..100).map(|_| operation("running", ""));
        let (_, agent) = agent([Reply::json(202, PENDING)].into_iter().chain(running));
        let operation = agent.start(Invoke::new("long").with_options(options)).await.expect("an operation");
        let begun = Instant::now();
        let error = refused(operation.wait().await);
        assert_eq!(begun.elapsed(), Duration::from_secs(limit));
        assert_eq!((error.code().as_str(), error.is_retryable()), ("TIMEOUT_ERROR", true));
        assert!(error.message().contains("op_123abc"), "{error}");
        assert!(error.suggestion().expect("a suggestion").contains("wait again"));
    }
}

#[tokio::test(start_paused = true)]
async fn a_token_ends_the_waiting_and_not_the_operation() {
    let (_, agent) = agent([Reply::json(202, PENDING), operation("completed", r#","result":1"#)]);
    let token = CancelToken::new();
    let options = RunOptions::new().with_cancel(&token);
    let operation = agent.start(Invoke::new("long").with_options(options)).await.expect("an operation");
    token.cancel();
    assert_eq!(refused(operation.wait().await).code(), "CANCELLED");
    assert_eq!(refused(operation.status().await).code(), "CANCELLED");
    assert_eq!(operation.with_options(RunOptions::new()).wait().await.expect("an answer").result, 1);
}

/// How an operation ends, and the code of its error.
#[tokio::test(start_paused = true)]
async fn an_operation_that_has_failed_tells_why() {
    for (status, rest, code, message) in [
        ("failed", r#","error":{"code":"NO_CREDIT","message":"nothing left"}"#, "NO_CREDIT", "nothing left"),
        ("failed", r#","error":{"message":"nothing left"}"#, "SERVER_ERROR", "nothing left"),
        ("failed", r#","error":"nothing left""#, "SERVER_ERROR", "nothing left"),
        ("failed", r#","error":null"#, "SERVER_ERROR", "operation op_123abc has failed"),
        ("failed", r#","result":"partial""#, "SERVER_ERROR", "operation op_123abc has failed"),
        ("cancelled", "", "CANCELLED", "operation op_123abc was broken off on the server"),
        ("cancelled", r#","error":{"code":"QUOTA","message":"too long"}"#, "QUOTA", "too long"),
    ] {
        let (_, client) = client([operation(status, rest), operation(status, rest)]);
        let operation = client.operation("op_123abc").expect("an id");
        assert!(operation.status().await.expect("a status").status.is_terminal());
        let error = refused(operation.wait().await);
        assert_eq!((error.code().as_str(), error.is_retryable()), (code, false), "{status} {rest}");
        assert!(error.message().contains(message), "{error}");
        assert_eq!(error.status(), Some(200));
    }
}

#[tokio::test(start_paused = true)]
async fn a_result_may_be_anything_and_of_any_type() {
    for (rest, expected) in [
        (r#","result":"Hi""#, json!("Hi")),
        (r#","result":{"answer":42}"#, json!({"answer": 42})),
        (r#","result":null"#, Value::Null),
        ("", Value::Null),
    ] {
        let (_, client) = client([operation("completed", rest)]);
        let answer = client.operation("op_123abc").expect("an id").wait().await.expect("an answer");
        assert_eq!(answer.result, expected, "{rest}");
    }
    let (_, client) = client([
        operation("completed", r#","result":{"result":[1,2],"metadata":{}}"#),
        operation("completed", r#","result":{"result":[1,"two"],"metadata":{}}"#),
        operation("completed", ""),
    ]);
    let operation = client.operation("op_123abc").expect("an id");
    assert_eq!(operation.wait_as::<Vec<u8>>().await.expect("an answer").result, [1, 2]);
    let error = refused(operation.wait_as::<Vec<u8>>().await);
    assert!(error.code() == "DECODE_ERROR" && error.message().ends_with("in `[1]`"), "{error}");
    assert_eq!(refused(operation.wait_as::<Vec<u8>>().await).code(), "DECODE_ERROR");
}

#[tokio::test]
async fn a_server_that_answers_at_once_has_answered() {
    let (transport, agent) = agent([Reply::json(200, ANSWER)]);
    let operation = agent.start(Invoke::new("short")).await.expect("an operation");
    assert_eq!(operation.id(), "");
    let status = operation.status().await.expect("a status");
    assert_eq!(status.status, OperationStatus::Completed);
    assert_eq!(operation.wait().await.expect("an answer").result, "Hi");
    assert_eq!(operation.wait_as::<String>().await.expect("an answer").result, "Hi");
    assert_eq!(transport.requests().len(), 1);
}

#[tokio::test]
async fn what_is_no_operation_is_an_error() {
    for (status, body) in [
        (202, ""),
        (202, "{}"),
        (202, ANSWER),
        (202, r#"{"operation_id":"","status":"pending"}"#),
        (202, r#"{"operation_id":7}"#),
        (200, "{}"),
        (200, "<html>"),
    ] {
        let (_, agent) = agent([Reply::json(status, body)]);
        let error = refused(agent.start(Invoke::new("long")).await);
        assert!(["DECODE_ERROR", "VALIDATION_ERROR"].contains(&error.code().as_str()), "{body}: {error}");
    }
    let (_, agent) = agent([Reply::json(200, r#"{"status":"error","error":{"code":"NO_CREDIT","message":"x"}}"#)]);
    assert_eq!(refused(agent.start(Invoke::new("long")).await).code(), "NO_CREDIT");
}

#[tokio::test]
async fn the_key_goes_to_the_servers_own_origin_only() {
    for (url, target) in [
        ("/v1/operations/op_1?wait=5", Some("https://api.run-agent.ai/v1/operations/op_1?wait=5")),
        ("https://api.run-agent.ai/v1/operations/op_1", Some("https://api.run-agent.ai/v1/operations/op_1")),
        ("operations/op_1", Some("https://api.run-agent.ai/v1/operations/op_1")),
        ("https://evil.example.com/v1/operations/op_1", None),
        ("//evil.example.com/v1/operations/op_1", None),
        ("http://api.run-agent.ai/v1/operations/op_1", None),
        ("https://api.run-agent.ai:8443/v1/operations/op_1", None),
        ("https://api.run-agent.ai@evil.example.com/", None),
        ("file:///etc/passwd", None),
        ("/\\evil.example.com/", None),
        ("", None),
    ] {
        let started = json!({"operation_id": "op_1", "status": "pending", "check_url": url}).to_string();
        let (transport, agent) = agent([Reply::json(202, started), operation("running", "")]);
        let operation = agent.start(Invoke::new("long")).await.expect("an operation");
        let outcome = operation.status().await;
        let asked = transport.requests().get(1).map(|request| request.uri().to_string());
        assert_eq!(asked.as_deref(), target, "{url:?}");
        if target.is_none() {
            assert_eq!(refused(outcome).code(), "VALIDATION_ERROR", "{url:?}");
        }
    }
}

#[tokio::test]
async fn an_operation_that_nobody_knows_is_no_missing_agent() {
    for (body, code) in [
        ("", "VALIDATION_ERROR"),
        (r#"{"detail":"Not Found"}"#, "VALIDATION_ERROR"),
        (r#"{"status":"error","error":{"code":"OPERATION_NOT_FOUND","message":"gone"}}"#, "OPERATION_NOT_FOUND"),
    ] {
        let (_, client) = client([Reply::json(404, body)]);
        let error = refused(client.operation("op_9").expect("an id").status().await);
        assert_eq!((error.code().as_str(), error.kind()), (code, runagent::ErrorKind::Validation), "{body}");
        assert!(error.message().starts_with("operation op_9: "), "{error}");
    }
}
