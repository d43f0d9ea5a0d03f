//! What each failure is called.

use runagent::{
    ErrorKind, RunAgentError,
    transport::{
        Progress, TransportError, TransportErrorKind,
        testing::{Reply, cut_off},
    },
    v1::{AgentQuery, Invoke},
};
use runagent_transport::testing::wire::refused_port;
use serde_json::json;

use crate::api::{AGENT, agent, agent_with, client, config, details, options, refused, reply};

/// A status, the documented code that goes with it, and what an answer without a code is called: for an agent, and for
/// what is no agent.
const STATUSES: &[(u16, &str, &str, &str, ErrorKind)] = &[
    (400, "INVALID_INPUT", "VALIDATION_ERROR", "VALIDATION_ERROR", ErrorKind::Validation),
    (401, "INVALID_API_KEY", "AUTHENTICATION_ERROR", "AUTHENTICATION_ERROR", ErrorKind::Authentication),
    (403, "INSUFFICIENT_PERMISSIONS", "PERMISSION_ERROR", "PERMISSION_ERROR", ErrorKind::Permission),
    (404, "AGENT_NOT_FOUND", "AGENT_NOT_FOUND_REMOTE", "VALIDATION_ERROR", ErrorKind::AgentNotFound),
    (409, "INVALID_INPUT", "VALIDATION_ERROR", "VALIDATION_ERROR", ErrorKind::Validation),
    (422, "INVALID_FIELD_TYPE", "VALIDATION_ERROR", "VALIDATION_ERROR", ErrorKind::Validation),
    (429, "RATE_LIMITED", "RATE_LIMIT_ERROR", "RATE_LIMIT_ERROR", ErrorKind::RateLimit),
    (500, "INTERNAL_ERROR", "SERVER_ERROR", "SERVER_ERROR", ErrorKind::Server),
    (503, "CAPACITY_ERROR", "SERVER_ERROR", "SERVER_ERROR", ErrorKind::Server),
];

const HTML: &str = "<html><head><title>Somebody on the way</title></head></html>";

/// Bodies without a code, and what their message has.
const BARE: [(&str, &str); 5] = [
    (r#"{"error":{"message":"no"}}"#, "no"),
    (r#"{"detail":"no"}"#, "no"),
    (r#"{"status":"error"}"#, "the server gave no message"),
    (HTML, "Somebody on the way"),
    ("", "empty response body"),
];

fn check(error: &RunAgentError, status: u16, code: &str, kind: ErrorKind, message: &str) {
    let what = format!("{status}: {error:?}");
    assert_eq!((error.code().as_str(), error.kind()), (code, kind), "{what}");
    assert_eq!((error.status(), error.attempts()), (Some(status), 1), "{what}");
    assert!(error.message().contains(message), "{what}");
}

#[tokio::test]
async fn every_status_has_its_code_and_kind() {
    for &(status, documented, bare, bare_list, kind) in STATUSES {
        let told =
            json!({"status": "error", "error": {"code": documented, "message": "no", "details": {"field": "f"}}});
        let wrapped = json!({"error": {"code": documented, "message": "no", "status": status, "request_id": "r-1"}});
        for body in [told.to_string(), wrapped.to_string()] {
            let (_, agent) = agent([Reply::json(status, body.clone()), Reply::json(status, body)]);
            let error = refused(agent.invoke(Invoke::new("q")).await);
            check(&error, status, documented, kind, "no");
            // A refusal for the rate is one before anything ran.
            assert_eq!(error.is_retryable(), status == 429);
            check(&refused(agent.get().await), status, documented, kind, "no");
        }
        for (body, message) in BARE {
            let (_, agent) = agent([Reply::json(status, body), Reply::json(status, body)]);
            let error = refused(agent.invoke(Invoke::new("q")).await);
            check(&error, status, bare, kind, message);
            assert_eq!(error.suggestion(), error.code().default_suggestion());
            let error = refused(agent.health().await);
            check(&error, status, bare, kind, message);
            assert_eq!(error.is_retryable(), status == 429 || status >= 500);

            let (_, client) = client([Reply::json(status, body)]);
            let error = refused(client.agents(AgentQuery::new()).await);
            check(&error, status, bare_list, error.code().kind(), message);
        }
    }
}

#[tokio::test]
async fn a_success_that_tells_of_an_error_is_one_and_is_not_repeated() {
    for (status, body, code) in [
        (
            200,
            r#"{"status":"error","error":{"code":"CONNECTION_ERROR","message":"its own","details":{"a":1}}}"#,
            "CONNECTION_ERROR",
        ),
        (200, r#"{"status":"error","error":{"message":"its own"}}"#, "SERVER_ERROR"),
        (201, r#"{"status":"error","error":"its own"}"#, "SERVER_ERROR"),
        (200, r#"{"error":{"code":"RATE_LIMITED","message":"its own"}}"#, "RATE_LIMITED"),
        (200, r#"{"success":false,"error":{"code":"X","message":"its own"}}"#, "X"),
    ] {
        let headers = &[("x-request-id", "r-1")][..];
        let (transport, agent) = agent([reply(status, headers, body), reply(status, headers, body)]);
        for error in [refused(agent.invoke(Invoke::new("q")).await), refused(agent.get().await)] {
            assert_eq!((error.code().as_str(), error.message()), (code, "its own"), "{body}");
            assert_eq!((error.status(), error.is_retryable()), (Some(status), false), "{body}");
            assert_eq!((error.request_id(), error.attempts()), (Some("r-1"), 1));
        }
        assert_eq!(transport.requests().len(), 2);
    }
}

#[tokio::test]
async fn an_error_keeps_what_the_server_says() {
    let body = r#"{"status":"error","error":{"code":"INVALID_INPUT","message":"Query parameter is required","details":{"field":"query","reason":"missing"}}}"#;
    let (_, agent) = agent([Reply::json(400, body)]);
    let error = refused(agent.invoke(Invoke::default()).await);
    assert_eq!(error.to_string(), "INVALID_INPUT: Query parameter is required");
    assert_eq!(details(&error), json!({"field": "query", "reason": "missing"}));
}

#[tokio::test]
async fn a_missing_agent_is_named() {
    let (_, agent) = agent([Reply::json(404, "")]);
    let error = refused(agent.invoke(Invoke::new("q")).await);
    assert!(error.message().starts_with(&format!("agent {AGENT}: ")), "{error}");
    // This API has no entrypoints, whatever the code of the other one means there.
    let (_, agent) = self::agent([Reply::json(404, r#"{"error":{"code":"NOT_FOUND","message":"no"}}"#)]);
    assert_eq!(refused(agent.invoke(Invoke::new("q")).await).code(), "NOT_FOUND");
}

#[tokio::test]
async fn what_happens_on_the_way_is_told_apart() {
    let broken = |kind, progress| TransportError::new(kind, progress, "it broke");
    for (reply, code, kind, retryable) in [
        (broken(TransportErrorKind::Connect, Progress::NotSent).into(), "CONNECTION_ERROR", ErrorKind::Network, true),
        (broken(TransportErrorKind::Closed, Progress::MaybeSent).into(), "CONNECTION_ERROR", ErrorKind::Network, false),
        (broken(TransportErrorKind::Timeout, Progress::MaybeSent).into(), "TIMEOUT_ERROR", ErrorKind::Timeout, false),
        (
            broken(TransportErrorKind::TooLarge, Progress::ResponseStarted).into(),
            "RESPONSE_TOO_LARGE",
            ErrorKind::Limit,
            false,
        ),
        (
            broken(TransportErrorKind::Protocol, Progress::ResponseStarted).into(),
            "DECODE_ERROR",
            ErrorKind::Decode,
            false,
        ),
        (reply(200, &[], cut_off(r#"{"result":"#)), "CONNECTION_ERROR", ErrorKind::Network, false),
    ] {
        let (_, agent) = agent::<Reply>([reply]);
        let error = refused(agent.invoke(Invoke::new("q")).await);
        assert_eq!((error.code().as_str(), error.kind(), error.is_retryable()), (code, kind, retryable), "{error:?}");
    }
    let config = config(options()).with_base_url(format!("http://127.0.0.1:{}", refused_port()));
    let agent = runagent::v1::AgentClient::new(AGENT, config).expect("a client");
    let error = refused(agent.invoke(Invoke::new("q")).await);
    assert_eq!((error.kind(), error.is_retryable()), (ErrorKind::Network, true));
}

#[tokio::test]
async fn an_answer_above_the_limit_is_refused() {
    let transport = runagent::transport::testing::ScriptedTransport::new([Reply::json(200, "x".repeat(2000))]);
    let agent = agent_with(options().with_max_response_bytes(1000).with_transport(transport));
    assert_eq!(refused(agent.invoke(Invoke::new("q")).await).code(), "RESPONSE_TOO_LARGE");
}

#[test]
fn outside_a_runtime_a_call_is_an_error() {
    let agent =
        runagent::v1::AgentClient::new(AGENT, config(options()).with_base_url("http://127.0.0.1:9")).expect("a client");
    let outcome = futures_util::FutureExt::now_or_never(agent.invoke(Invoke::new("q")));
    assert_eq!(refused(outcome.expect("at once")).kind(), ErrorKind::Config);
    let outcome = futures_util::FutureExt::now_or_never(agent.stream(Invoke::new("q")));
    assert_eq!(refused(outcome.expect("at once")).kind(), ErrorKind::Config);
    let client = runagent::v1::Client::new(config(options())).expect("a client");
    let operation = client.operation("op_1").expect("an id");
    let outcome = futures_util::FutureExt::now_or_never(operation.wait());
    assert_eq!(refused(outcome.expect("at once")).kind(), ErrorKind::Config);
}
