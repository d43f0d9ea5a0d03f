//! Questions about the account.

use std::time::Duration;

use runagent::{
    ApiConfig, CancelToken, ErrorCode, ErrorKind, RunOptions,
    platform::{AgentLimit, Client},
    transport::testing::{Reply, ScriptedTransport},
};
use serde_json::json;
use tokio::time::Instant;

use crate::cloud::{AGENT, client, config, only, refused, scripted};

#[tokio::test]
async fn the_limits_come_without_an_envelope() {
    for (body, expected) in [
        (r#"{"max_agents":5,"tier_info":{},"features":[],"expires_at":null}"#, Some(AgentLimit::AtMost(5))),
        (r#"{"max_agents":-1,"tier_info":{"name":"pro"},"features":["x"]}"#, Some(AgentLimit::Unlimited)),
        (r#"{"max_agents":0}"#, Some(AgentLimit::AtMost(0))),
        (r#"{"success":true,"data":{"max_agents":7}}"#, Some(AgentLimit::AtMost(7))),
        (r#"{"max_agents":-2}"#, None),
        ("{}", None),
    ] {
        let cloud = scripted([(200, body)]);
        assert_eq!(client(&cloud).limits().await.expect(body).max_agents, expected, "{body}");
        assert_eq!(only(&cloud), "GET /api/v1/limits/agents -");
    }
}

#[tokio::test]
async fn what_no_document_describes_is_passed_through() {
    let profile = r#"{"success":true,"data":{"email":"ada@example.com","plan":{"name":"pro"}}}"#;
    let cloud = scripted([(200, profile)]);
    let expected = json!({"email": "ada@example.com", "plan": {"name": "pro"}});
    assert_eq!(client(&cloud).profile().await.expect("a profile"), expected);
    assert_eq!(only(&cloud), "GET /api/v1/users/profile -");

    for (body, expected) in [
        (r#"{"status":"deployed","agent_id":"a"}"#, json!({"status": "deployed", "agent_id": "a"})),
        // An agent that is in error is no error of the call.
        (r#"{"status":"error","error":"out of memory"}"#, json!({"status": "error", "error": "out of memory"})),
        (r#"{"success":true,"data":{"status":"error"}}"#, json!({"status": "error"})),
        (r#"{"success":true}"#, json!({"success": true})),
        (r#"["a"]"#, json!(["a"])),
    ] {
        let cloud = scripted([(200, body)]);
        assert_eq!(client(&cloud).agent_status(AGENT).await.expect(body), expected, "{body}");
        assert_eq!(only(&cloud), format!("GET /api/v1/agents/{AGENT}/status -"));
    }
}

#[tokio::test]
async fn the_health_is_that_of_the_platform() {
    let cloud = scripted([(200, r#"{"status":"healthy","version":"2.1"}"#)]);
    let health = client(&cloud).health().await.expect("health");
    assert_eq!((health.status.as_str(), health.version.as_deref()), ("healthy", Some("2.1")));
    assert_eq!(only(&cloud), "GET /api/v1/health -");
}

#[tokio::test]
async fn each_refusal_has_its_code() {
    for (status, body, code, kind) in [
        (401, r#"{"detail":"Invalid key"}"#, "AUTHENTICATION_ERROR", ErrorKind::Authentication),
        (403, r#"{"detail":"no"}"#, "PERMISSION_ERROR", ErrorKind::Permission),
        (404, r#"{"detail":"Not Found"}"#, "VALIDATION_ERROR", ErrorKind::Validation),
        (422, r#"{"detail":[{"loc":["query","page"],"msg":"no"}]}"#, "VALIDATION_ERROR", ErrorKind::Validation),
        (429, "", "RATE_LIMIT_ERROR", ErrorKind::RateLimit),
        (500, "<html>", "SERVER_ERROR", ErrorKind::Server),
        (200, "<html>", "DECODE_ERROR", ErrorKind::Decode),
        (200, "[]", "DECODE_ERROR", ErrorKind::Decode),
        (200, r#"{"success":false,"error":"[NO_SUCH] no"}"#, "NO_SUCH", ErrorKind::Unknown),
        (200, r#"{"success":false,"error":"no"}"#, "SERVER_ERROR", ErrorKind::Server),
        (307, "", "CONFIG_ERROR", ErrorKind::Config),
    ] {
        let error = refused(client(&scripted([(status, body)])).limits().await);
        assert_eq!((error.code().as_str(), error.kind()), (code, kind), "{status} {body}: {error}");
        assert_eq!(error.attempts(), 1, "{status} {body}");
    }
    let error = refused(client(&scripted([(404, r#"{"detail":"Not Found"}"#)])).profile().await);
    assert!(error.suggestion().is_some_and(|text| text.contains("https://backend.run-agent.ai/api/v1")), "{error:?}");
    let error = refused(client(&scripted([(404, r#"{"detail":"Not Found"}"#)])).agent_status(AGENT).await);
    assert_eq!(*error.code(), ErrorCode::AGENT_NOT_FOUND_REMOTE);
    assert!(error.message().contains(AGENT), "{error}");
}

#[tokio::test]
async fn an_answer_of_no_json_is_told_as_such() {
    for body in ["", "<html>", "{"] {
        for error in [
            refused(client(&scripted([(200, body)])).profile().await),
            refused(client(&scripted([(200, body)])).agent_status(AGENT).await),
        ] {
            assert_eq!(*error.code(), ErrorCode::DECODE_ERROR, "{body:?}");
        }
    }
}

#[test]
fn a_platform_that_is_not_on_this_machine_needs_a_key() {
    let cloud = scripted([]);
    let keyless = || ApiConfig::new().with_options(crate::cloud::options(&cloud));
    assert_eq!(*refused(Client::new(keyless())).code(), ErrorCode::AUTHENTICATION_ERROR);
    assert!(Client::new(keyless().with_base_url("http://127.0.0.1:18600")).is_ok());
    let shown = format!("{:?}", client(&cloud));
    assert!(shown.contains("https://backend.run-agent.ai/api/v1") && !shown.contains("rau_"), "{shown}");
}

#[test]
fn a_client_tells_what_it_is_set_to() {
    let explanation = client(&scripted([])).explain();
    let base = explanation.get("base_url").map(|setting| setting.value().to_owned());
    assert_eq!(base.as_deref(), Some("https://backend.run-agent.ai/api/v1"));
}

#[tokio::test(start_paused = true)]
async fn every_call_has_a_limit_of_time_and_a_call_may_have_its_own() {
    let metadata = runagent::platform::MetadataUpload::new(AGENT, serde_json::Map::new());
    let no_metadata = serde_json::Map::new();
    type Call<'a> = std::pin::Pin<Box<dyn Future<Output = runagent::RunAgentResult<()>> + 'a>>;
    let calls = |client: &'static Client| -> Vec<(u64, Call<'_>)> {
        vec![
            (10, Box::pin(async { client.limits().await.map(drop) })),
            (10, Box::pin(async { client.validate_token().await.map(drop) })),
            (30, Box::pin(async { client.health().await.map(drop) })),
            (30, Box::pin(async { client.profile().await.map(drop) })),
            (30, Box::pin(async { client.projects(runagent::platform::ProjectQuery::new()).await.map(drop) })),
            (30, Box::pin(async { client.agent_status(AGENT).await.map(drop) })),
            (60, Box::pin(async { client.upload_metadata(&metadata).await.map(drop) })),
            (300, Box::pin(async { client.start(AGENT, &no_metadata).await.map(drop) })),
        ]
    };
    // One silence a call.
    let silences = || ScriptedTransport::new((0..8).map(|_| Reply::silence()));
    let plain: &'static Client = Box::leak(Box::new(client(&silences())));
    for (seconds, call) in calls(plain) {
        let start = Instant::now();
        let error = refused(call.await);
        assert_eq!(*error.code(), ErrorCode::TIMEOUT_ERROR);
        assert_eq!(start.elapsed().as_secs(), seconds, "{error}");
        // Nobody knows whether it was done.
        assert_eq!(error.is_retryable(), seconds < 60, "{error}");
    }
    let hasty = client(&silences()).with_options(RunOptions::new().with_timeout(Duration::from_secs(2)));
    let hasty: &'static Client = Box::leak(Box::new(hasty));
    for (_, call) in calls(hasty) {
        let start = Instant::now();
        assert_eq!(*refused(call.await).code(), ErrorCode::TIMEOUT_ERROR);
        assert_eq!(start.elapsed().as_secs(), 2);
    }
}

#[tokio::test]
async fn calls_can_have_headers_and_a_token_that_ends_them() {
    let cloud = scripted([(200, "{}")]);
    let client = client(&cloud);
    client.with_options(RunOptions::new().with_header("x-tenant", "acme")).limits().await.expect("limits");
    assert_eq!(cloud.requests()[0].headers()["x-tenant"], "acme");

    let bad = client.with_options(RunOptions::new().with_header("authorization", "Bearer other"));
    assert_eq!(*refused(bad.limits().await).code(), ErrorCode::VALIDATION_ERROR);

    let token = CancelToken::new();
    token.cancel();
    let error = refused(client.with_options(RunOptions::new().with_cancel(&token)).limits().await);
    assert_eq!(*error.code(), ErrorCode::CANCELLED);
    assert_eq!(cloud.requests().len(), 1, "neither of them was sent");
}

#[tokio::test]
async fn a_refusal_that_repeats_the_key_is_shown_without_it() {
    for status in [401, 403, 404, 500] {
        let body = format!(r#"{{"detail":"bad key {} or {}"}}"#, crate::cloud::KEY, crate::cloud::KEY_IN_QUERY);
        let cloud = scripted([(status, &body)]);
        let error = refused(client(&cloud).profile().await);
        let text = crate::shown::everything(&error);
        assert!(text.contains("[redacted]") && !text.contains("rau_"), "{text}");
    }
    assert!(!format!("{:?}", config(&scripted([]))).contains("rau_"));
}
