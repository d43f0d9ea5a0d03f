//! What a client hands on to the transport layer: credentials, interceptors, limits of all its calls.

use std::time::Duration;

use runagent::{
    ErrorCode, RunAgentClientConfig,
    transport::{ApiKey, Progress, TransportError, TransportErrorKind, credentials_fn},
};

use crate::{
    agent::{AGENT, KEY, architecture, lazy, refused, remote, result},
    memory::Memory,
};

/// A remote agent in memory, without a key.
fn keyless() -> RunAgentClientConfig {
    RunAgentClientConfig::new(AGENT, "chat")
}

#[tokio::test]
async fn a_key_that_expired_is_renewed() {
    let credentials = credentials_fn(|refused: Option<ApiKey>| async move {
        Ok(ApiKey::new(if refused.is_some() { "fresh" } else { "stale" }).expect("a key"))
    });
    let memory = Memory::default().answer(401, r#"{"detail":"expired"}"#).answer(200, result(7));
    let client = lazy(keyless().with_options(memory.options().with_credentials(credentials)));
    assert_eq!(client.run(&[]).await.expect("an answer"), 7);
    let keys: Vec<_> = memory.asked().into_iter().filter_map(|asked| asked.authorization).collect();
    assert_eq!(keys, ["Bearer stale", "Bearer fresh"]);
}

#[tokio::test]
async fn credentials_that_give_none_are_an_authentication_error() {
    let credentials = credentials_fn(|_| async {
        Err(TransportError::new(TransportErrorKind::Credentials, Progress::NotSent, "the vault is sealed"))
    });
    let memory = Memory::default();
    let client = lazy(keyless().with_options(memory.options().with_credentials(credentials)));
    let error = refused(client.run(&[]).await);
    assert_eq!((error.code(), error.is_retryable()), (&ErrorCode::AUTHENTICATION_ERROR, false));
    assert!(error.to_string().contains("the vault is sealed") && memory.asked().is_empty());
}

#[tokio::test]
async fn a_page_that_shows_a_key_of_the_provider_is_redacted() {
    let credentials = credentials_fn(|_| async { Ok(ApiKey::new("rk_CANARY").expect("a key")) });
    let page = "<title>502</title> GET /agents?token=rk_CANARY";
    let memory = Memory::default().answer(502, page);
    let client = lazy(keyless().with_options(memory.options().with_credentials(credentials)));
    let error = refused(client.run(&[]).await);
    assert!(!format!("{error} {error:?} {}", error.report()).contains("CANARY"), "{error:?}");
}

#[test]
fn a_key_beside_credentials_is_refused() {
    let credentials = credentials_fn(|_| async { Ok(ApiKey::new("key").expect("a key")) });
    let config = keyless().with_api_key(KEY).with_options(Memory::default().options().with_credentials(credentials));
    let error = refused(runagent::RunAgentClient::connect_lazy(config));
    assert_eq!(error.code(), &ErrorCode::CONFIG_ERROR);
    assert!(!error.report().to_string().contains(KEY));
}

#[tokio::test]
async fn the_operations_of_a_client_have_names() {
    let memory = Memory::default()
        .answer(200, architecture(&["chat"]))
        .answer(200, result(1))
        .answer(200, r#"{"status":"healthy"}"#)
        .rejection(500);
    let client = lazy(remote("chat").with_options(memory.options()));
    client.get_agent_architecture().await.expect("an answer");
    client.run(&[]).await.expect("an answer");
    client.health().await.expect("an answer");
    refused(lazy(remote("chat_stream").with_options(memory.options())).run_stream(&[]).await);
    let names: Vec<_> = memory.asked().into_iter().map(|asked| asked.operation).collect();
    assert_eq!(names, ["architecture", "run", "health", "run_stream"]);
}

#[tokio::test(start_paused = true)]
async fn a_rate_limit_that_is_used_up_is_told_with_its_end() {
    let used_up = [("x-ratelimit-remaining", "0"), ("x-ratelimit-reset-after", "3600")];
    let memory = Memory::default().answer_with(200, &used_up, result(1));
    let client = lazy(remote("chat").with_options(memory.options().with_api(|api| api.pacing(true))));
    client.run(&[]).await.expect("an answer");
    let error = refused(client.run(&[]).await);
    assert_eq!((error.code(), error.is_retryable()), (&ErrorCode::RATE_LIMIT_ERROR, true));
    assert!(error.retry_after().is_some_and(|time| time > Duration::from_secs(3590)));
    assert_eq!(memory.asked().len(), 1);
}
