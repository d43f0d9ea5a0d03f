//! `RunAgentClient::new`: the agent is asked what it can do.

use std::{
    io,
    sync::{Arc, Mutex},
};

use runagent::{ErrorCode, ErrorKind, RunAgentClient};
use serde_json::{Value, json};
use tracing::Level;

use crate::{
    agent::{AGENT, KEY, architecture, details, refused, remote},
    memory::Memory,
};

async fn construct(tag: &str, body: &str) -> (Memory, runagent::RunAgentResult<RunAgentClient>) {
    let memory = Memory::default().answer(200, body);
    let client = RunAgentClient::new(remote(tag).with_options(memory.options())).await;
    (memory, client)
}

#[tokio::test]
async fn every_shape_of_an_architecture_will_do() {
    let entrypoints = r#"[{"tag":"chat","file":"main.py","module":"chat","extractor":{}},{"tag":"chat_stream"}]"#;
    for body in [
        format!(r#"{{"success":true,"data":{{"agent_id":"agent-1","entrypoints":{entrypoints}}},"error":null}}"#),
        format!(r#"{{"status":"success","data":{{"agent_id":"agent-1","entrypoints":{entrypoints}}}}}"#),
        format!(r#"{{"agent_id":"agent-1","entrypoints":{entrypoints}}}"#),
        format!(r#"{{"agentId":"agent-1","entrypoints":{entrypoints}}}"#),
        format!("\u{feff}{{\"agent_id\":\"agent-1\",\"entrypoints\":{entrypoints}}}"),
    ] {
        for tag in ["chat", "chat_stream"] {
            let (memory, client) = construct(tag, &body).await;
            client.expect(&body);
            let asked = memory.asked();
            assert_eq!(asked.len(), 1);
            assert_eq!(asked[0].method, http::Method::GET);
            assert_eq!(asked[0].uri, "https://backend.run-agent.ai/api/v1/agents/agent-1/architecture");
            assert_eq!(asked[0].authorization, Some(format!("Bearer {KEY}")));
        }
    }
}

#[tokio::test]
async fn an_agent_without_entrypoints_is_no_typo_of_the_tag() {
    for body in [
        r#"{"success":true,"data":null}"#,
        r#"{"success":true}"#,
        r#"{"success":true,"data":{"agent_id":"agent-1"}}"#,
        r#"{"success":true,"data":{"agent_id":"agent-1","entrypoints":[]}}"#,
        r#"{"success":true,"data":{"agent_id":"agent-1","entrypoints":null}}"#,
        r#"{"success":true,"data":[]}"#,
        r#"{"agent_id":"agent-1","entrypoints":[]}"#,
        r#"{"agent_id":"agent-1"}"#,
    ] {
        let error = refused(construct("chat", body).await.1);
        assert_eq!(*error.code(), ErrorCode::ARCHITECTURE_MISSING, "{body}: {error}");
        assert_eq!(error.suggestion(), ErrorCode::ARCHITECTURE_MISSING.default_suggestion(), "{body}");
        assert!(error.message().contains(AGENT) && !error.is_retryable(), "{body}: {error}");
    }
}

#[tokio::test]
async fn a_tag_that_is_not_there_names_those_that_are() {
    let log = Arc::new(Mutex::new(Vec::new()));
    let subscriber = tracing_subscriber::fmt().with_max_level(Level::WARN).with_ansi(false).with_writer({
        let log = log.clone();
        move || Shared(log.clone())
    });
    let guard = tracing::subscriber::set_default(subscriber.finish());
    let error = refused(construct("chta", &architecture(&["chat", "chat_stream"])).await.1);
    drop(guard);

    assert_eq!(*error.code(), ErrorCode::ENTRYPOINT_NOT_FOUND);
    assert_eq!(error.kind(), ErrorKind::Entrypoint);
    assert!(error.message().contains("`chta`"), "{error}");
    assert_eq!(details(&error), json!({"entrypoint_tag": "chta", "available_tags": ["chat", "chat_stream"]}));
    let suggestion = error.suggestion().expect("a suggestion");
    assert!(suggestion.contains("`chat`, `chat_stream`"), "{suggestion}");
    let log = String::from_utf8(log.lock().expect("no panic").clone()).expect("UTF-8");
    assert!(log.contains("WARN") && log.contains("chta") && log.contains(r#"["chat", "chat_stream"]"#), "{log}");
}

#[tokio::test]
async fn what_the_server_says_of_its_failure_is_handed_on() {
    let body = r#"{"success":false,"data":null,"error":{"code":"AGENT_SUSPENDED","message":"paused by its owner",
        "suggestion":"Ask the owner.","details":{"since":"2026-01-01"}},"request_id":"req-7"}"#;
    let error = refused(construct("chat", body).await.1);
    assert_eq!(error.code(), "AGENT_SUSPENDED");
    assert_eq!(error.message(), "paused by its owner");
    assert_eq!(error.suggestion(), Some("Ask the owner."));
    assert_eq!(details(&error), json!({"since": "2026-01-01"}));
    assert_eq!(error.request_id(), Some("req-7"));
    assert!(!error.is_retryable());

    for (body, code, message) in [
        (r#"{"success":false,"error":"[QUOTA] none left"}"#, "QUOTA", "none left"),
        (r#"{"success":false,"error":"none left"}"#, "SERVER_ERROR", "none left"),
        (
            r#"{"success":false,"error":{"code":"AGENT_NOT_FOUND_REMOTE","message":"gone"}}"#,
            "AGENT_NOT_FOUND_REMOTE",
            "gone",
        ),
    ] {
        let error = refused(construct("chat", body).await.1);
        assert_eq!((error.code().as_str(), error.message()), (code, message), "{body}");
        assert_eq!(details(&error), Value::Null, "{body}");
    }
}

#[tokio::test]
async fn an_answer_that_is_no_architecture_is_a_decode_error() {
    let deep = format!("{{\"success\":true,\"data\":{}", "[".repeat(10_000));
    for body in ["", "<html></html>", "[]", "null", "42", "{", r#"{"success":true,"data":{"entrypoints":"x"}}"#, &deep]
    {
        let error = refused(construct("chat", body).await.1);
        assert_eq!(*error.code(), ErrorCode::DECODE_ERROR, "{body:.60}: {error}");
        assert!(!error.is_retryable());
    }
}

/// A writer that shows what was written.
struct Shared(Arc<Mutex<Vec<u8>>>);

impl io::Write for Shared {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().expect("no panic").extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
