//! Code as the documentation of the platform shows it: it compiles as it stands and does what it says.
#![allow(clippy::expect_used, reason = "a test fails by panicking")]

extern crate futures_util as futures;

use std::collections::HashMap;

use runagent::{Architecture, ClientOptions, RunAgentClientConfig, RunAgentError, RunAgentResult, testing::FakeAgent};
use serde_json::{Value, json};

/// The agent of the examples.
fn agent() -> ClientOptions {
    FakeAgent::new("agent-id")
        .on_run("minimal", |args, kwargs| Ok(json!({"args": args, "kwargs": kwargs})))
        .on_run("failing", |_, _| Err(RunAgentError::new("NO_CREDIT", "nothing left").with_suggestion("Pay.")))
        .on_stream("minimal_stream", |args, kwargs| vec![json!(args), json!(kwargs)])
        .into_options()
        .with_environment(|name| (name == "RUNAGENT_API_KEY").then(|| "rau_0123".into()))
}

#[tokio::test]
async fn a_literal_a_client_and_a_run() -> RunAgentResult<()> {
    use runagent::{RunAgentClient, RunAgentClientConfig};

    let client = RunAgentClient::new(RunAgentClientConfig {
        agent_id: "agent-id".to_string(),
        entrypoint_tag: "minimal".to_string(),
        local: None,
        host: None,
        port: None,
        api_key: Some("rau_0123".to_string()),
        base_url: Some("https://backend.run-agent.ai".to_string()),
        enable_registry: None,
        user_id: Some("user-1".to_string()),
        persistent_memory: Some(true),
        extra_params: None,
        options: agent(),
    })
    .await?;
    let output = client.run(&[("role", json!("user")), ("message", json!("Hi"))]).await?;
    assert_eq!(output, json!({"args": [], "kwargs": {"role": "user", "message": "Hi"}}));
    let output = client.run_with_args(&[json!(1)], &[("a", json!(2))]).await?;
    assert_eq!(output, json!({"args": [1], "kwargs": {"a": 2}}));

    assert!(client.health_check().await?);
    let architecture: Architecture = client.get_agent_architecture().await?;
    assert_eq!(architecture.agent_id, "agent-id");
    assert_eq!(architecture.tags().collect::<Vec<_>>(), ["failing", "minimal", "minimal_stream"]);
    assert_eq!((client.agent_id(), client.entrypoint_tag()), ("agent-id", "minimal"));
    assert_eq!((client.user_id(), client.persistent_memory()), (Some("user-1"), true));
    assert!(client.extra_params().is_none() && !client.is_local());
    Ok(())
}

#[tokio::test]
async fn a_stream_with_the_traits_of_futures() -> RunAgentResult<()> {
    use futures::StreamExt;
    use runagent::{RunAgentClient, RunAgentClientConfig};

    let client = RunAgentClient::new(RunAgentClientConfig {
        agent_id: "agent-id".to_string(),
        entrypoint_tag: "minimal_stream".to_string(),
        api_key: std::env::var("RUNAGENT_API_KEY_THAT_NOBODY_SETS").ok(),
        base_url: None,
        options: agent(),
        ..RunAgentClientConfig::default()
    })
    .await?;
    let mut stream = client.run_stream(&[("n", json!(1))]).await?;
    let mut chunks = Vec::new();
    while let Some(chunk) = stream.next().await {
        chunks.push(chunk?);
    }
    assert_eq!(chunks, [json!([]), json!({"n": 1})]);

    let stream = client.run_stream_with_args(&[json!("x")], &[]).await?;
    let chunks: Vec<Value> = stream.filter_map(|chunk| async { chunk.ok() }).collect().await;
    assert_eq!(chunks, [json!(["x"]), json!({})]);
    Ok(())
}

#[tokio::test]
async fn every_builder_fills_its_field() -> RunAgentResult<()> {
    use runagent::RunAgentClient;

    let params = HashMap::from([("later".to_string(), json!({"deep": [1]}))]);
    let config = RunAgentClientConfig::new("agent-id", "minimal")
        .with_local(true)
        .with_address("127.0.0.1", 8450)
        .with_api_key("rau_0123")
        .with_base_url("https://staging.example.com")
        .with_enable_registry(false)
        .with_user_id("user-1")
        .with_persistent_memory(true)
        .with_extra_params(params.clone())
        .with_options(agent());
    assert_eq!((config.local, config.host.as_deref(), config.port), (Some(true), Some("127.0.0.1"), Some(8450)));
    assert_eq!(config.api_key.as_deref(), Some("rau_0123"));
    assert_eq!(config.base_url.as_deref(), Some("https://staging.example.com"));
    assert_eq!((config.enable_registry, config.persistent_memory), (Some(false), Some(true)));
    assert_eq!((config.user_id.as_deref(), config.extra_params.as_ref()), (Some("user-1"), Some(&params)));

    let client = RunAgentClient::new(config).await?;
    assert!(client.is_local());
    assert_eq!(client.extra_params(), Some(&params));
    Ok(())
}

#[tokio::test]
async fn an_error_is_matched_by_its_four_fields() {
    use runagent::RunAgentClient;

    let config = RunAgentClientConfig::new("agent-id", "failing").with_options(agent());
    let client = RunAgentClient::new(config).await.expect("a client");
    match client.run(&[]).await {
        Err(RunAgentError::Execution { code, message, suggestion, details }) => {
            assert_eq!(code, "NO_CREDIT");
            assert_eq!(message, "nothing left");
            assert_eq!(suggestion.as_deref(), Some("Pay."));
            assert!(details.is_none_or(|details| details.is_null()));
        }
        other => panic!("{other:?}"),
    }
    let stream = client.run_stream(&[]).await;
    match stream {
        Err(RunAgentError::Execution { code, suggestion: Some(suggestion), .. }) => {
            assert_eq!(code.as_str(), "NON_STREAM_ENTRYPOINT");
            assert_eq!(suggestion, "Call run* or deploy a _stream entrypoint.");
        }
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_default_configuration_is_all_none() {
    let RunAgentClientConfig {
        agent_id,
        entrypoint_tag,
        local: None,
        host: None,
        port: None,
        api_key: None,
        base_url: None,
        enable_registry: None,
        user_id: None,
        persistent_memory: None,
        extra_params: None,
        ..
    } = RunAgentClientConfig::default()
    else {
        panic!("a default that is set")
    };
    assert!(agent_id.is_empty() && entrypoint_tag.is_empty());
}

#[cfg(feature = "blocking")]
mod blocking {
    use runagent::{
        RunAgentResult,
        blocking::{RunAgentClient, RunAgentClientConfig},
    };
    use serde_json::json;

    use super::agent;

    #[test]
    fn a_run_without_async() -> RunAgentResult<()> {
        let client = RunAgentClient::new(RunAgentClientConfig {
            agent_id: "agent-id".to_string(),
            entrypoint_tag: "minimal".to_string(),
            options: agent(),
            ..RunAgentClientConfig::default()
        })?;
        assert_eq!(client.run(&[("role", json!("user"))])?, json!({"args": [], "kwargs": {"role": "user"}}));
        assert_eq!(client.run_with_args(&[json!(1)], &[])?, json!({"args": [1], "kwargs": {}}));
        assert!(client.health_check()?);
        assert_eq!(client.health()?.status, "healthy");
        assert_eq!(client.get_agent_architecture()?.entrypoints.len(), 3);
        assert_eq!((client.agent_id(), client.entrypoint_tag()), ("agent-id", "minimal"));
        assert_eq!((client.user_id(), client.persistent_memory()), (None, false));
        assert!(client.extra_params().is_none() && !client.is_local());
        Ok(())
    }

    #[test]
    fn a_stream_without_async() -> RunAgentResult<()> {
        let config = RunAgentClientConfig::new("agent-id", "minimal_stream").with_options(agent());
        let client = RunAgentClient::new(config)?;
        let mut chunks = Vec::new();
        for chunk in client.run_stream(&[("n", json!(1))])? {
            chunks.push(chunk?);
        }
        assert_eq!(chunks, [json!([]), json!({"n": 1})]);
        let chunks: RunAgentResult<Vec<_>> = client.run_stream_with_args(&[json!("x")], &[])?.collect();
        assert_eq!(chunks?, [json!(["x"]), json!({})]);
        Ok(())
    }
}

/// The whole of a program, up to its `main`.
#[test]
fn a_main_function_returns_the_result_of_the_crate() {
    #[tokio::main]
    async fn main() -> RunAgentResult<()> {
        let config = RunAgentClientConfig::new("agent-id", "minimal").with_options(agent());
        let client = runagent::RunAgentClient::new(config).await?;
        let output = client.run(&[]).await?;
        assert_eq!(output["args"], json!([]));
        Ok(())
    }
    main().expect("a program that works");
}
