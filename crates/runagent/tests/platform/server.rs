//! What a server says of itself, and of which agent it is.

use runagent::ErrorCode;
use serde_json::json;

use crate::{
    captured::{HEALTH, INFO},
    cloud::{AGENT, only, refused, scripted},
    invocations::{local, paths, remote},
};

#[tokio::test]
async fn a_server_tells_of_itself_at_the_base_of_its_api() {
    let transport = scripted([(200, INFO)]);
    let info = local(&transport).server_info().await.expect("an answer");
    assert_eq!(
        (info.host.as_deref(), info.port, info.version.as_deref()),
        (Some("127.0.0.1"), Some(18450), Some("1.0.0"))
    );
    assert_eq!(info.config["agent_architecture"]["entrypoints"][1]["tag"], "async_echo");
    assert_eq!(info.endpoints["GET /health"], "Health check");
    assert_eq!(paths(&transport), ["http://127.0.0.1:18450/api/v1"]);

    let cloud = scripted([(200, r#"{"message":"hello"}"#)]);
    assert_eq!(remote(&cloud).server_info().await.expect("an answer").message.as_deref(), Some("hello"));
    assert_eq!(only(&cloud), "GET /api/v1 -");
}

#[tokio::test]
async fn another_agent_at_the_address_is_named() {
    let info = INFO.replace(AGENT, "other");
    let error = refused(local(&scripted([(200, &info), (200, HEALTH)])).server_info().await);
    assert_eq!((error.code(), error.status()), (&ErrorCode::AGENT_NOT_FOUND_LOCAL, Some(200)));
    assert!(error.message().contains("other"), "{error}");
    // The platform serves them all.
    assert!(remote(&scripted([(200, &info)])).server_info().await.is_ok());
}

#[tokio::test]
async fn a_healthy_server_of_another_agent_is_not_a_healthy_agent() {
    assert!(local(&scripted([(200, HEALTH)])).health_check().await.expect("an answer"));
    let other = HEALTH.replace(AGENT, "other");
    assert!(!local(&scripted([(200, &other)])).health_check().await.expect("an answer"));
    assert_eq!(*refused(local(&scripted([(200, &other)])).health().await).code(), ErrorCode::AGENT_NOT_FOUND_LOCAL);
}

#[tokio::test]
async fn the_status_of_a_deployed_agent_is_passed_through() {
    let cloud = scripted([(200, r#"{"success":true,"data":{"status":"deployed","replicas":2}}"#)]);
    let status = remote(&cloud).agent_status().await.expect("an answer");
    assert_eq!(status, json!({"status": "deployed", "replicas": 2}));
    assert_eq!(only(&cloud), format!("GET /api/v1/agents/{AGENT}/status -"));
}
