//! What a run returns, from every shape of answer.

use runagent::{ErrorCode, ErrorKind, RunAgentResult};
use serde_json::{Value, json};

use crate::{
    agent::{details, lazy, refused, remote},
    memory::Memory,
};

async fn run(body: &str) -> RunAgentResult<Value> {
    let memory = Memory::default().answer(200, body);
    lazy(remote("chat").with_options(memory.options())).run(&[]).await
}

/// What a server answers whose agent returned this structured value.
fn structured(kind: &str, payload: &str) -> String {
    let data = json!({"type": kind, "payload": payload}).to_string();
    json!({"success": true, "data": data, "error": null}).to_string()
}

#[tokio::test]
async fn every_structured_value_is_taken_out_of_one_wrapper() {
    for (kind, payload, expected) in [
        ("string", r#""plain""#, json!("plain")),
        ("string", r#""""#, json!("")),
        ("string", r#""{\"looks\": \"like json\"}""#, json!(r#"{"looks": "like json"}"#)),
        ("string", r#""42""#, json!("42")),
        ("integer", "42", json!(42)),
        ("integer", "0", json!(0)),
        ("integer", "-9223372036854775808", json!(i64::MIN)),
        ("integer", "18446744073709551615", json!(u64::MAX)),
        ("integer", "1180591620717411303424", json!("1180591620717411303424")),
        ("number", "3.5", json!(3.5)),
        ("number", "1e-300", json!(1e-300)),
        ("number", "null", Value::Null),
        ("number", r#""inf""#, json!("inf")),
        ("number", r#""-inf""#, json!("-inf")),
        ("boolean", "false", json!(false)),
        ("null", "null", Value::Null),
        ("array", r#"[1, null, "inf"]"#, json!([1, null, "inf"])),
        ("array", "[]", json!([])),
        ("object", "{}", json!({})),
        ("object", r#"{"type": "x", "payload": "1"}"#, json!({"type": "x", "payload": "1"})),
        ("object", r#"{"content": "c", "strategy": "s"}"#, json!({"content": "c", "strategy": "s"})),
        ("object", r#"{"n": 1180591620717411303424}"#, json!({"n": "1180591620717411303424"})),
        ("object", r#"{"error": "mine", "success": false}"#, json!({"error": "mine", "success": false})),
    ] {
        assert_eq!(run(&structured(kind, payload)).await.expect(payload), expected, "{kind} {payload}");
    }
}

#[tokio::test]
async fn older_places_of_the_result_are_known() {
    let wrapped = json!({"type": "integer", "payload": "7"}).to_string();
    for (body, expected) in [
        (json!({"success": true, "data": {"result_data": {"data": wrapped}}}), json!(7)),
        (json!({"success": true, "data": {"result_data": {"data": {"a": 1}}}}), json!({"a": 1})),
        (json!({"success": true, "data": wrapped, "output_data": "not this"}), json!(7)),
        (json!({"success": true, "data": null, "output_data": wrapped}), json!(7)),
        (json!({"output_data": {"a": 1}}), json!({"a": 1})),
        (json!({"success": true, "data": {"content": "c", "rest": 1}}), json!({"content": "c", "rest": 1})),
        (json!({"success": true, "data": "no JSON at all"}), json!("no JSON at all")),
        (json!({"success": true, "data": "{\"a\": 1}"}), json!({"a": 1})),
        (json!({"status": "success", "data": wrapped}), json!(7)),
        (json!({"success": true, "data": null}), Value::Null),
        (json!({"success": true}), Value::Null),
    ] {
        assert_eq!(run(&body.to_string()).await.expect("a result"), expected, "{body}");
    }
}

#[tokio::test]
async fn an_answer_about_generators_is_an_answer() {
    for text in [
        "A generator object is an iterator",
        "<generator",
        "GENERATOR OBJECT",
        "see <generator object f at 0x7f> there",
        "<generator object f at 0xnothex>",
    ] {
        let body = structured("string", &json!(text).to_string());
        assert_eq!(run(&body).await.expect(text), text);
    }
    for text in
        ["<generator object count.<locals>.g at 0x7fdf90f8b030>", "<async_generator object g at 0x7fdf90f8b030>"]
    {
        let error = refused(run(&structured("string", &json!(text).to_string())).await);
        assert_eq!(*error.code(), ErrorCode::STREAM_ENTRYPOINT, "{text}");
        assert!(error.suggestion().expect("a suggestion").contains("_stream"), "{error:?}");
        assert!(!error.is_retryable());
    }
}

#[tokio::test]
async fn an_agent_that_failed_is_told_in_its_own_words_and_never_called_again() {
    let object = json!({"success": false, "data": null, "error": {"code": "INTERNAL_ERROR",
        "message": "Agent execution failed: boom", "details": {"line": 3}, "suggestion": "Fix it.", "field": null},
        "request_id": "req-9"});
    let error = refused(run(&object.to_string()).await);
    assert_eq!((error.code().as_str(), error.kind()), ("INTERNAL_ERROR", ErrorKind::Server));
    assert_eq!(error.message(), "Agent execution failed: boom");
    assert_eq!((error.suggestion(), error.request_id()), (Some("Fix it."), Some("req-9")));
    assert_eq!(details(&error), json!({"line": 3}));
    assert!(!error.is_retryable());

    for (body, code, message) in [
        (r#"{"success":false,"error":"[TOOL_FAILED] no such file"}"#, "TOOL_FAILED", "no such file"),
        (r#"{"success":false,"error":"[not a code] x"}"#, "SERVER_ERROR", "[not a code] x"),
        (r#"{"success":false,"error":"plain words"}"#, "SERVER_ERROR", "plain words"),
        (r#"{"success":false,"error":null,"message":"only this"}"#, "SERVER_ERROR", "only this"),
        (r#"{"success":false}"#, "SERVER_ERROR", "the server gave no message"),
        (r#"{"status":"error","error":{"code":"CAPACITY_ERROR","message":"full"}}"#, "CAPACITY_ERROR", "full"),
        (r#"{"error":{"code":"RATE_LIMIT_ERROR","message":"agent's own"}}"#, "RATE_LIMIT_ERROR", "agent's own"),
        (
            r#"{"success":false,"error":{"code":"CONNECTION_ERROR","message":"agent's own"}}"#,
            "CONNECTION_ERROR",
            "agent's own",
        ),
    ] {
        let error = refused(run(body).await);
        assert_eq!((error.code().as_str(), error.message()), (code, message), "{body}");
        assert!(!error.is_retryable(), "{body}: the agent ran");
    }
}

#[tokio::test]
async fn an_answer_that_is_none_is_a_decode_error() {
    let deep = format!("{{\"success\":true,\"data\":{}{}}}", "[".repeat(10_000), "]".repeat(10_000));
    let deep_payload = structured("array", &format!("{}{}", "[".repeat(10_000), "]".repeat(10_000)));
    for body in [
        "",
        " ",
        "<!doctype html><title>Welcome</title>",
        "[]",
        "null",
        "\"text\"",
        "{}",
        r#"{"success":true,"data":"#,
        r#"{"success":true,"data":"x"} trailing"#,
        &deep,
        &deep_payload,
        &structured("integer", "not a number"),
    ] {
        let error = refused(run(body).await);
        assert_eq!(*error.code(), ErrorCode::DECODE_ERROR, "{body:.80}: {error}");
        assert!(!error.is_retryable() && !error.message().is_empty(), "{body:.80}");
    }
}

#[tokio::test]
async fn a_result_beyond_the_limit_is_refused() {
    let body = structured("string", &json!("x".repeat(2000)).to_string());
    let memory = Memory::default().answer(200, body);
    let options = memory.options().with_max_response_bytes(1000);
    let error = refused(lazy(remote("chat").with_options(options)).run(&[]).await);
    assert_eq!(*error.code(), ErrorCode::RESPONSE_TOO_LARGE);
    assert_eq!(error.kind(), ErrorKind::Limit);
    assert!(error.message().contains("1000") && !error.is_retryable(), "{error}");
}
