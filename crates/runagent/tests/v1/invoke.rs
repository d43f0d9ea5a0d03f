//! Invocations that go well, and what is sent for them.

use std::time::Duration;

use runagent::{
    CancelToken, RunOptions,
    transport::testing::Reply,
    v1::{Invoke, InvokeRequest},
};
use serde::Deserialize;
use serde_json::{Map, Value, json};

use crate::api::{ANSWER, agent, agent_with, json_of, options, refused, reply, targets};

#[tokio::test]
async fn a_request_is_what_the_documents_show() {
    let (transport, agent) = agent([Reply::json(200, ANSWER)]);
    let invoke = Invoke::new("Hello").with_parameter("temperature", 0.7).with_parameter("max_tokens", 150);
    let answer = agent.invoke(invoke.with_session_id("s1")).await.expect("an answer");
    assert_eq!(answer.result, "Hi");
    assert_eq!((answer.metadata.execution_time, answer.metadata.tokens_used), (Some(1.23), Some(150)));
    assert_eq!((answer.usage, answer.attempts), (None, 1));
    assert_eq!(targets(&transport), ["POST /v1/agents/agent-123/invoke"]);
    let request = &transport.requests()[0];
    let body = json!({"query": "Hello", "parameters": {"temperature": 0.7, "max_tokens": 150}, "session_id": "s1"});
    assert_eq!(json_of(request), body);
    assert_eq!(request.headers()["content-type"], "application/json");
    assert_eq!(request.headers()["accept"], "application/json");
}

#[tokio::test]
async fn both_documented_answers_are_read() {
    let body = r#"{"result":{"text":"Hi"},"usage":{"prompt_tokens":3,"completion_tokens":4,"total_tokens":7},
        "metadata":{"execution_time":0.5,"agent_version":"2","request_id":"from-metadata"}}"#;
    let headers = &[("x-request-id", "from-header"), ("x-ratelimit-limit", "1000")][..];
    let (_, agent) = agent([reply(200, headers, body), reply(201, headers, ANSWER)]);
    let answer = agent.invoke(Invoke::new("Hello")).await.expect("an answer");
    assert_eq!(answer.result["text"], "Hi");
    assert_eq!(answer.usage.expect("usage").total_tokens, Some(7));
    assert_eq!(answer.request_id.as_deref(), Some("from-metadata"));
    assert_eq!(answer.rate_limit.limit, Some(1000));

    let answer = agent.invoke(Invoke::new("Hello")).await.expect("an answer");
    assert_eq!((answer.result, answer.request_id.as_deref()), (json!("Hi"), Some("from-header")));
}

#[derive(Debug, Deserialize, PartialEq)]
struct Summary {
    title: String,
    scores: Vec<u8>,
}

#[tokio::test]
async fn a_typed_result_says_where_it_differs() {
    let answer = |result: &str| Reply::json(200, format!(r#"{{"status":"success","data":{{"result":{result}}}}}"#));
    let (_, agent) = agent([
        answer(r#"{"title":"Rain","scores":[1,2]}"#),
        answer(r#"{"title":"Rain","scores":[1,"CANARY"]}"#),
        answer(r#""CANARY""#),
        answer("340282366920938463463374607431768211455"),
    ]);
    let summary = agent.invoke_as::<Summary>(Invoke::new("q")).await.expect("a summary").result;
    assert_eq!(summary, Summary { title: "Rain".to_owned(), scores: vec![1, 2] });

    let error = refused(agent.invoke_as::<Summary>(Invoke::new("q")).await);
    assert_eq!((error.code().as_str(), error.status(), error.is_retryable()), ("DECODE_ERROR", Some(200), false));
    assert!(error.message().ends_with("in `scores[1]`"), "{error}");
    let error = refused(agent.invoke_as::<Summary>(Invoke::new("q")).await);
    assert!(!error.message().contains("CANARY") && !error.message().contains(" in `"), "{error}");

    let large = agent.invoke_as::<u128>(Invoke::new("q")).await.expect("a number").result;
    assert_eq!(large, u128::MAX);
}

#[tokio::test]
async fn a_result_may_be_any_json() {
    for (json, expected) in [
        ("null", Value::Null),
        ("false", json!(false)),
        ("0", json!(0)),
        (r#""""#, json!("")),
        ("[]", json!([])),
        (r#"{"status":"error","error":"its own"}"#, json!({"status": "error", "error": "its own"})),
        ("18446744073709551616", json!("18446744073709551616")),
    ] {
        let (_, agent) = agent([Reply::json(200, format!(r#"{{"status":"success","data":{{"result":{json}}}}}"#))]);
        assert_eq!(agent.invoke(Invoke::new("q")).await.expect("an answer").result, expected, "{json}");
    }
}

#[tokio::test]
async fn a_body_that_is_no_answer_is_an_error() {
    let deep = format!(r#"{{"result":{}1{}}}"#, "[".repeat(200), "]".repeat(200));
    for body in ["", " ", "<html>", "[]", "{}", "null", r#"{"status":"success"}"#, r#"{"result":"#, "\u{feff}", &deep] {
        let (_, agent) = agent([Reply::json(200, body.to_owned())]);
        let error = refused(agent.invoke(Invoke::new("q")).await);
        assert_eq!((error.code().as_str(), error.attempts()), ("DECODE_ERROR", 1), "{body}: {error}");
    }
    let (_, agent) = agent([Reply::json(200, b"{\"result\":\"\xff\"}".to_vec())]);
    assert_eq!(refused(agent.invoke(Invoke::new("q")).await).code(), "DECODE_ERROR");
}

#[tokio::test]
async fn options_of_a_call_are_its_own() {
    let (transport, agent) = agent([Reply::json(200, ANSWER)]);
    let options = RunOptions::new().with_header("x-tenant", "acme").with_idempotency_key("order-1");
    agent.invoke(Invoke::new("q").with_options(options)).await.expect("an answer");
    let headers = transport.requests()[0].headers().clone();
    assert_eq!(
        (&headers["x-tenant"], &headers["idempotency-key"]),
        (&"acme".parse().unwrap(), &"order-1".parse().unwrap())
    );

    let error = refused(agent.invoke(Invoke::new("q").with_options(RunOptions::new().with_header("a b", "1"))).await);
    assert_eq!((error.code().as_str(), error.attempts()), ("VALIDATION_ERROR", 0));
    assert_eq!(transport.requests().len(), 1);
}

#[tokio::test(start_paused = true)]
async fn a_call_has_thirty_seconds_unless_it_is_told_otherwise() {
    for (options, call, limit) in [
        (options(), RunOptions::new(), 30),
        (options().with_run_timeout(Duration::from_secs(5)), RunOptions::new(), 5),
        (options().with_run_timeout(Duration::from_secs(5)), RunOptions::new().with_timeout(Duration::from_secs(7)), 7),
    ] {
        let transport = runagent::transport::testing::ScriptedTransport::new([Reply::silence()]);
        let agent = agent_with(options.with_transport(transport));
        let begun = tokio::time::Instant::now();
        let error = refused(agent.invoke(Invoke::new("q").with_options(call)).await);
        assert_eq!((error.code().as_str(), error.is_retryable()), ("TIMEOUT_ERROR", false));
        assert_eq!(begun.elapsed().as_secs(), limit);
        assert!(error.suggestion().expect("a suggestion").contains("may have run"));
    }
}

#[tokio::test]
async fn a_token_ends_a_call() {
    let (_, agent) = agent([Reply::silence()]);
    let token = CancelToken::new();
    let call = agent.invoke(Invoke::new("q").with_options(RunOptions::new().with_cancel(&token)));
    let (outcome, ()) = tokio::join!(call, async { token.cancel() });
    assert_eq!(refused(outcome).code(), "CANCELLED");
}

#[tokio::test]
async fn futures_own_what_they_send() {
    let (transport, agent) = agent((0..5).map(|_| Reply::json(200, ANSWER)));
    let tasks: Vec<_> = (0..5).map(|i| tokio::spawn(agent.invoke(Invoke::new(format!("Question {i}"))))).collect();
    drop(agent);
    for task in tasks {
        task.await.expect("no panic").expect("an answer");
    }
    let mut queries: Vec<_> = transport.requests().iter().map(|request| json_of(request)["query"].clone()).collect();
    queries.sort_by_key(Value::to_string);
    assert_eq!(queries, ["Question 0", "Question 1", "Question 2", "Question 3", "Question 4"]);
}

#[tokio::test]
async fn a_request_of_another_form_goes_as_it_is() {
    let members = json!({"query": ["not", "text"], "user": {"id": 7}, "parameters": {"a": null}});
    let Value::Object(members) = members else { unreachable!() };
    let (transport, agent) = agent([Reply::json(200, ANSWER)]);
    agent.invoke(Invoke::from(InvokeRequest::from(Map::clone(&members)))).await.expect("an answer");
    assert_eq!(json_of(&transport.requests()[0]), Value::Object(members));
}

#[tokio::test(start_paused = true)]
async fn a_server_that_makes_an_operation_of_it_is_waited_for() {
    let pending = r#"{"operation_id":"op_1","status":"pending","check_url":"/v1/operations/op_1"}"#;
    let done = r#"{"operation_id":"op_1","status":"completed","result":{"result":"Hi","metadata":{"tokens_used":5}}}"#;
    let (transport, agent) = agent([Reply::json(202, pending), Reply::json(200, pending), Reply::json(200, done)]);
    let answer = agent.invoke(Invoke::new("q")).await.expect("an answer");
    assert_eq!((answer.result, answer.metadata.tokens_used), (json!("Hi"), Some(5)));
    assert_eq!(targets(&transport)[1..], ["GET /v1/operations/op_1", "GET /v1/operations/op_1"]);

    // Both together take no longer than one call.
    let replies = [Reply::json(202, pending)].into_iter().chain((0..100).map(|_| Reply::json(200, pending)));
    let (_, agent) = self::agent(replies);
    let begun = tokio::time::Instant::now();
    assert_eq!(refused(agent.invoke(Invoke::new("q")).await).code(), "TIMEOUT_ERROR");
    assert_eq!(begun.elapsed().as_secs(), 30);
}
