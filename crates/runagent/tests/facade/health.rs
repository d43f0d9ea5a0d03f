//! Whether an agent is there.

use runagent::ErrorCode;
use runagent_transport::testing::wire::refused_port;

use crate::{
    agent::{AGENT, lazy, options, refused, remote},
    memory::Memory,
};

fn local() -> runagent::RunAgentClientConfig {
    runagent::RunAgentClientConfig::new(AGENT, "chat").with_local(true).with_address("127.0.0.1", 8450)
}

#[tokio::test]
async fn healthy_is_what_says_so_and_is_this_agent() {
    for (status, body, healthy) in [
        (200, r#"{"status":"healthy","agent_id":"agent-1","uptime_seconds":38.4}"#, true),
        (200, r#"{"status":"HEALTHY"}"#, true),
        (200, r#"{"status":"degraded"}"#, false),
        (200, r#"{}"#, false),
        (200, r#"{"status":"healthy","agent_id":"other"}"#, false),
        (200, "ok", false),
        (200, "", false),
        (404, r#"{"detail":"Not Found"}"#, false),
        (500, "", false),
        (503, "", false),
    ] {
        // A local 404 is looked into.
        let memory = Memory::default().answer(status, body).answer(404, "");
        let client = lazy(local().with_options(memory.options()));
        assert_eq!(client.health_check().await.expect("an answer"), healthy, "{status} {body}");
        assert_eq!(memory.asked()[0].uri, "http://127.0.0.1:8450/api/v1/health");
    }
}

#[tokio::test]
async fn the_question_itself_may_be_refused() {
    for (status, code) in [(401, ErrorCode::AUTHENTICATION_ERROR), (403, ErrorCode::PERMISSION_ERROR)] {
        let memory = Memory::default().answer(status, "");
        let client = lazy(remote("chat").with_options(memory.options()));
        assert_eq!(*refused(client.health_check().await).code(), code);
    }
}

#[tokio::test]
async fn nobody_there_is_false_and_health_says_why() {
    let config = local().with_address("127.0.0.1", refused_port()).with_options(options());
    let client = lazy(config);
    assert!(!client.health_check().await.expect("an answer"));
    let error = refused(client.health().await);
    assert_eq!(*error.code(), ErrorCode::CONNECTION_ERROR);
    assert!(error.is_retryable());
}

#[tokio::test]
async fn another_agent_at_the_address_is_named() {
    let memory = Memory::default().answer(200, r#"{"status":"healthy","agent_id":"other"}"#);
    let error = refused(lazy(local().with_options(memory.options())).health().await);
    assert_eq!(*error.code(), ErrorCode::AGENT_NOT_FOUND_LOCAL);
    assert!(error.message().contains("other"), "{error}");

    // The platform's health is that of the platform, whatever it says of itself.
    let memory = Memory::default().answer(200, r#"{"status":"healthy","agent_id":"other","version":"1.0.0"}"#);
    let health = lazy(remote("chat").with_options(memory.options())).health().await.expect("health");
    assert_eq!(health.version.as_deref(), Some("1.0.0"));
}
