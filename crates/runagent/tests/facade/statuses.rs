//! What an error status is called.

use std::time::Duration;

use runagent::{ErrorKind, RunAgentClient, RunAgentError};
use runagent_transport::testing::wire::{Script, WireServer};
use serde_json::json;

use crate::{
    agent::{AGENT, answer_with, architecture, details, lazy, refused, remote, remote_on},
    memory::Memory,
};

/// An answer, and what becomes of it: code, kind, whether a read and whether a run may be made again.
struct Row {
    status: u16,
    headers: &'static [(&'static str, &'static str)],
    body: &'static str,
    code: &'static str,
    kind: ErrorKind,
    message: &'static str,
    retry_read: bool,
    retry_run: bool,
}

const BARE: &str = r#"{"detail":"Not Found"}"#;

const fn row(status: u16, body: &'static str, code: &'static str, kind: ErrorKind, message: &'static str) -> Row {
    Row { status, headers: &[], body, code, kind, message, retry_read: false, retry_run: false }
}

impl Row {
    const fn with_headers(mut self, headers: &'static [(&'static str, &'static str)]) -> Self {
        self.headers = headers;
        self
    }

    /// A read may be made again; a run would run the agent twice.
    const fn read_again(mut self) -> Self {
        self.retry_read = true;
        self
    }

    /// Refused before anything ran.
    const fn any_again(mut self) -> Self {
        self.retry_read = true;
        self.retry_run = true;
        self
    }
}

#[rustfmt::skip]
const ROWS: &[Row] = &[
    row(401, r#"{"detail":"Invalid key"}"#, "AUTHENTICATION_ERROR", ErrorKind::Authentication, "Invalid key"),
    row(401, "", "AUTHENTICATION_ERROR", ErrorKind::Authentication, "empty"),
    row(401, r#"{"error":{"code":"EXPIRED_API_KEY","message":"expired"}}"#, "EXPIRED_API_KEY", ErrorKind::Authentication, "expired"),
    row(403, r#"{"detail":"not yours"}"#, "PERMISSION_ERROR", ErrorKind::Permission, "not yours"),
    row(404, BARE, "AGENT_NOT_FOUND_REMOTE", ErrorKind::AgentNotFound, AGENT),
    row(404, r#"{"success":false,"error":{"code":"AGENT_NOT_FOUND","message":"no agent"}}"#, "AGENT_NOT_FOUND", ErrorKind::AgentNotFound, "no agent"),
    row(405, r#"{"detail":"Method Not Allowed"}"#, "VALIDATION_ERROR", ErrorKind::Validation, "Method Not Allowed"),
    row(408, "", "TIMEOUT_ERROR", ErrorKind::Timeout, "").read_again(),
    row(409, r#"{"error":{"code":"CONFLICT","message":"busy"}}"#, "CONFLICT", ErrorKind::Validation, "busy"),
    row(413, "", "VALIDATION_ERROR", ErrorKind::Validation, ""),
    row(422, r#"{"detail":"unprocessable"}"#, "VALIDATION_ERROR", ErrorKind::Validation, "unprocessable"),
    row(429, "slow down", "RATE_LIMIT_ERROR", ErrorKind::RateLimit, "slow down").any_again(),
    row(429, r#"{"error":{"code":"RATE_LIMITED","message":"100/h"}}"#, "RATE_LIMITED", ErrorKind::RateLimit, "100/h")
        .with_headers(&[("retry-after", "7")]).any_again(),
    row(429, r#"{"error":{"code":"RATE_LIMITED","message":"100/h","retry_after":7}}"#, "RATE_LIMITED", ErrorKind::RateLimit, "100/h").any_again(),
    row(500, r#"{"success":false,"error":{"code":"INTERNAL_ERROR","message":"403 permission denied: access denied"}}"#, "INTERNAL_ERROR", ErrorKind::Server, "403 permission denied").read_again(),
    row(500, r#"{"detail":"permission 403"}"#, "SERVER_ERROR", ErrorKind::Server, "permission 403").read_again(),
    row(500, r#"{"error":{"code":"STRANGE","message":"x"}}"#, "STRANGE", ErrorKind::Server, "x").read_again(),
    row(502, "<html><head><title>502 Bad Gateway</title></head></html>", "SERVER_ERROR", ErrorKind::Server, "502 Bad Gateway").read_again(),
    row(503, "", "SERVER_ERROR", ErrorKind::Server, "").read_again(),
    row(503, "", "SERVER_ERROR", ErrorKind::Server, "").with_headers(&[("retry-after", "7")]).any_again(),
    row(504, "upstream timed out", "SERVER_ERROR", ErrorKind::Server, "upstream timed out").read_again(),
    row(600, "", "UNKNOWN_ERROR", ErrorKind::Unknown, ""),
];

fn check(row: &Row, error: &RunAgentError, retryable: bool, action: &str) {
    let what = format!("{action} {} {}: {error:?}", row.status, row.body);
    assert_eq!(error.code(), row.code, "{what}");
    assert_eq!(error.kind(), row.kind, "{what}");
    assert_eq!(error.status(), Some(row.status), "{what}");
    assert!(!error.message().is_empty() && error.message().contains(row.message), "{what}");
    assert_eq!(error.is_retryable(), retryable, "{what}");
    assert_eq!(error.attempts(), 1, "{what}");
    let asks_to_wait = !row.headers.is_empty() || row.body.contains("retry_after");
    assert_eq!(error.retry_after(), asks_to_wait.then_some(Duration::from_secs(7)), "{what}");
    // Every code of ours says what to do.
    assert_eq!(error.suggestion(), error.code().default_suggestion(), "{what}");
}

#[tokio::test]
async fn every_status_has_its_code() {
    for row in ROWS {
        let memory = Memory::default().answer_with(row.status, row.headers, row.body);
        let error = refused(RunAgentClient::new(remote("chat").with_options(memory.options())).await);
        check(row, &error, row.retry_read, "architecture");
        assert_eq!(memory.asked().len(), 1);

        let memory = Memory::default().answer_with(row.status, row.headers, row.body);
        let error = refused(lazy(remote("chat").with_options(memory.options())).run(&[]).await);
        check(row, &error, row.retry_run, "run");
        assert_eq!(memory.asked().len(), 1);
    }
}

#[tokio::test]
async fn a_local_server_that_does_not_know_the_agent_is_asked_which_one_it_serves() {
    for (health, says) in [
        (r#"{"status":"healthy","agent_id":"other-agent"}"#, "http://127.0.0.1:8450/api/v1 serves agent other-agent"),
        (r#"{"status":"healthy","agent_id":"agent-1"}"#, "agent agent-1: Not Found"),
        ("<html>", "agent agent-1: Not Found"),
    ] {
        let memory = Memory::default().answer(404, BARE).answer(200, health);
        let config =
            runagent::RunAgentClientConfig::new(AGENT, "chat").with_local(true).with_address("127.0.0.1", 8450);
        let error = refused(lazy(config.with_options(memory.options())).run(&[]).await);
        assert_eq!(error.code(), "AGENT_NOT_FOUND_LOCAL");
        assert!(error.message().contains(says), "{error}");
        assert_eq!((error.status(), error.is_retryable()), (Some(404), false));
        assert!(error.suggestion().expect("a suggestion").contains("runagent serve"));
        let paths: Vec<_> = memory.asked().iter().map(|asked| asked.uri.path().to_owned()).collect();
        assert_eq!(paths, ["/api/v1/agents/agent-1/run", "/api/v1/health"]);
    }
}

#[tokio::test]
async fn a_tag_that_the_server_no_longer_has_names_those_it_has_by_now() {
    let body =
        r#"{"success":false,"error":{"code":"NOT_FOUND","message":"Entrypoint chat not found"},"request_id":"r-4"}"#;
    let memory = Memory::default().answer(404, body).answer(200, architecture(&["chat2", "x_stream"]));
    let error = refused(lazy(remote("chat").with_options(memory.options())).run(&[]).await);
    assert_eq!(error.code(), "ENTRYPOINT_NOT_FOUND");
    assert_eq!(error.kind(), ErrorKind::Entrypoint);
    assert_eq!(error.message(), "Entrypoint chat not found");
    assert_eq!(details(&error), json!({"entrypoint_tag": "chat", "available_tags": ["chat2", "x_stream"]}));
    assert!(error.suggestion().expect("a suggestion").contains("`chat2`"));
    assert_eq!((error.status(), error.request_id(), error.is_retryable()), (Some(404), Some("r-4"), false));
    assert_eq!(memory.asked().len(), 2, "the architecture is asked for once");

    // When even that fails, the error is the first one.
    let memory = Memory::default().answer(404, body).answer(500, "");
    let error = refused(lazy(remote("chat").with_options(memory.options())).run(&[]).await);
    assert_eq!((error.code().as_str(), error.status()), ("ENTRYPOINT_NOT_FOUND", Some(404)));
    assert_eq!(error.suggestion(), error.code().default_suggestion());
}

#[tokio::test]
async fn the_servers_refusal_of_a_streaming_tag_has_the_code_of_our_own() {
    let body = r#"{"success":false,"data":null,"message":null,"error":{"code":"VALIDATION_ERROR","message":"Can't use Streaming Entrypoint `chat` through non-streaming endpoint.","details":null,"field":null}}"#;
    let memory = Memory::default().answer(400, body);
    let error = refused(lazy(remote("chat").with_options(memory.options())).run(&[]).await);
    assert_eq!(error.code(), "STREAM_ENTRYPOINT");
    assert!(error.suggestion().expect("a suggestion").contains("run_stream"));
    assert_eq!((error.status(), error.is_retryable()), (Some(400), false));
}

#[tokio::test]
async fn refused_fields_stay_in_the_details() {
    let list =
        json!([{"type": "missing", "loc": ["body", "entrypoint_tag"], "msg": "Field required", "input": {"a": 1}}]);
    let memory = Memory::default().answer(422, json!({ "detail": list }).to_string());
    let error = refused(lazy(remote("chat").with_options(memory.options())).run(&[]).await);
    assert_eq!(error.code(), "VALIDATION_ERROR");
    assert_eq!(details(&error), list);
    assert!(error.message().contains("body.entrypoint_tag: Field required"), "{error}");
}

#[tokio::test]
async fn the_id_of_a_request_comes_from_the_body_or_the_header() {
    for (headers, body, expected) in [
        (&[][..], "", None),
        (&[("x-request-id", "from-header")][..], "", Some("from-header")),
        (&[][..], r#"{"success":false,"error":"x","request_id":"from-body"}"#, Some("from-body")),
        (&[("x-request-id", "h")][..], r#"{"success":false,"error":"x","request_id":"from-body"}"#, Some("from-body")),
    ] {
        let memory = Memory::default().answer_with(500, headers, body);
        let error = refused(lazy(remote("chat").with_options(memory.options())).run(&[]).await);
        assert_eq!(error.request_id(), expected, "{body}");
    }
}

#[tokio::test]
async fn a_wait_that_is_none_is_no_wait() {
    for (header, expected) in [
        ("0", None),
        (" 2 ", Some(Duration::from_secs(2))),
        ("1.5", Some(Duration::from_millis(1500))),
        ("-1", None),
        ("inf", None),
        ("NaN", None),
        ("soon", None),
        ("1e300", None),
    ] {
        let memory = Memory::default().answer_with(503, &[("retry-after", header)], "");
        let error = refused(lazy(remote("chat").with_options(memory.options())).run(&[]).await);
        assert_eq!(error.retry_after(), expected, "{header}");
        assert_eq!(error.is_retryable(), expected.is_some(), "{header}");
    }
}

#[tokio::test]
async fn a_redirect_is_not_followed_and_gets_no_key() {
    let target = WireServer::start([]).await;
    for status in ["301 Moved Permanently", "302 Found", "307 Temporary Redirect", "308 Permanent Redirect"] {
        let location = format!("location: http://user:CANARY@{}/login?next=CANARY\r\n", target.addr());
        let script = Script::new().read_request().send(answer_with(status, &location, ""));
        let server = WireServer::start([script]).await;
        let error = refused(lazy(remote_on(&server, "chat")).run(&[]).await);
        assert_eq!(error.code(), "CONFIG_ERROR", "{status}");
        assert_eq!(error.status().map(|status| status.to_string()).as_deref(), Some(&status[..3]));
        assert!(error.message().contains(&format!("`{}/login`", target.addr())), "{error}");
        assert!(error.suggestion().expect("a suggestion").contains("redirects are not followed"));
        assert!(!format!("{error:?}").contains("CANARY") && !error.is_retryable());
        assert_eq!(server.requests().len(), 1);
    }
    assert_eq!(target.connections(), 0);
}

#[tokio::test]
async fn no_error_body_is_too_wild() {
    let deep = "[".repeat(10_000);
    let deep_object = r#"{"error":"#.repeat(10_000);
    let long = "x".repeat(1_000_000);
    for body in [&*deep, &deep_object, &long, "\u{0}\u{1b}[2J", "{\"detail\":\"a\\nb\\u001b[2J\"}", "{\"detail\":"] {
        let memory = Memory::default().answer(500, body);
        let error = refused(lazy(remote("chat").with_options(memory.options())).run(&[]).await);
        assert_eq!(error.code(), "SERVER_ERROR");
        let shown = error.to_string();
        assert!(!shown.contains(char::is_control) && shown.len() < 1000, "{shown:?}");
    }
}
