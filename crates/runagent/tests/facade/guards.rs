//! What is refused before a byte is sent.

use runagent::{ErrorCode, RunAgentClient, RunAgentClientConfig};
use runagent_transport::testing::wire::WireServer;
use serde_json::json;

use crate::{
    agent::{AGENT, KEY, lazy, local_on, options, refused, remote, result},
    memory::Memory,
};

#[tokio::test]
async fn the_tag_decides_between_a_run_and_a_stream() {
    let memory = Memory::default();
    let streams = lazy(remote("chat_stream").with_options(memory.options()));
    let runs = lazy(remote("chat").with_options(memory.options()));
    for (error, code, suggestion) in [
        (refused(streams.run(&[]).await), "STREAM_ENTRYPOINT", "run_stream"),
        (refused(streams.run_with_args(&[], &[]).await), "STREAM_ENTRYPOINT", "run_stream"),
        (refused(runs.run_stream(&[]).await), "NON_STREAM_ENTRYPOINT", "Call run*"),
        (refused(runs.run_stream_with_args(&[], &[]).await), "NON_STREAM_ENTRYPOINT", "Call run*"),
    ] {
        assert_eq!(error.code(), code);
        assert!(error.message().contains("`chat"), "{error}");
        assert!(error.suggestion().expect(code).contains(suggestion), "{error:?}");
        assert!(!error.is_retryable() && error.attempts() == 0 && error.status().is_none());
    }
    assert!(memory.asked().is_empty());
}

#[tokio::test]
async fn only_the_end_of_a_tag_makes_it_stream() {
    for tag in ["stream", "_streamer", "chat_stream2", "chat_STREAM", "chat-stream"] {
        let memory = Memory::default().answer(200, result(1));
        let client = lazy(remote(tag).with_options(memory.options()));
        assert_eq!(client.run(&[]).await.expect(tag), 1);
    }
}

#[tokio::test]
async fn a_remote_agent_needs_a_key_that_a_header_can_carry() {
    let memory = Memory::default();
    for (key, says) in [
        (None, "there is none"),
        (Some(""), "empty"),
        (Some("\n"), "empty"),
        (Some("CANARY\nx-evil: 1"), "line break"),
        (Some("CANARY key"), "space"),
        (Some("CANARY\u{e9}"), "another character"),
        (Some("CANARY\0"), "another character"),
    ] {
        let mut config = RunAgentClientConfig::new(AGENT, "chat").with_options(memory.options());
        config.api_key = key.map(str::to_owned);
        let error = refused(RunAgentClient::new(config).await);
        assert_eq!(*error.code(), ErrorCode::AUTHENTICATION_ERROR, "{key:?}");
        assert!(error.message().contains(says), "{key:?}: {error}");
        assert!(error.suggestion().expect("a suggestion").contains("RUNAGENT_API_KEY"));
        assert!(!format!("{error:?}{}", error.report()).contains("CANARY"), "{error:?}");
    }
    for key in ["CANARY\nx", "CANARY x", "CANARY\u{e9}"] {
        let options = memory.options().with_environment(move |name| (name == "RUNAGENT_API_KEY").then(|| key.into()));
        let config = RunAgentClientConfig::new(AGENT, "chat").with_options(options);
        let error = refused(RunAgentClient::new(config).await);
        assert_eq!(*error.code(), ErrorCode::AUTHENTICATION_ERROR, "{key:?}");
        assert!(error.message().contains("RUNAGENT_API_KEY") && !format!("{error:?}").contains("CANARY"), "{error:?}");
    }
    assert!(memory.asked().is_empty());
}

#[tokio::test]
async fn a_configuration_that_contradicts_itself_is_refused() {
    let memory = Memory::default();
    let local = || RunAgentClientConfig::new(AGENT, "chat").with_local(true).with_options(memory.options());
    let host_only = RunAgentClientConfig { host: Some("127.0.0.1".into()), ..local() };
    let port_only = RunAgentClientConfig { port: Some(8450), ..local() };
    for (config, suggestion) in [
        (host_only.clone(), "with_address"),
        (port_only, "with_address"),
        (host_only.with_enable_registry(false), "with_address"),
        (local().with_enable_registry(false), "with_address"),
        (remote("chat").with_address("127.0.0.1", 8450), "with_local(true)"),
        (local().with_address("", 8450), ""),
        (local().with_address("127.0.0.1", 0), ""),
        (local().with_address("http://127.0.0.1", 8450), ""),
        (local().with_address("a/b", 8450), ""),
        (local().with_address("user@host", 8450), ""),
        (remote("chat").with_base_url("http://agents.example.com"), "https"),
        (remote("chat").with_base_url("http://10.0.0.1:8450/api/v1"), "https"),
        (remote("chat").with_base_url(""), ""),
        (remote("chat").with_base_url("ftp://agents.example.com"), ""),
        (remote("chat").with_base_url("https://user:CANARY@agents.example.com"), ""),
        (remote("chat").with_base_url("https://agents.example.com/?token=CANARY"), ""),
        (remote("chat").with_base_url("https://agents.example.com/#CANARY"), ""),
        (remote("chat").with_base_url("https://agents.example.com:99999"), ""),
        (remote("chat").with_base_url("https://"), ""),
    ] {
        let shown = format!("{config:?}");
        let error = refused(RunAgentClient::new(config).await);
        assert_eq!(*error.code(), ErrorCode::CONFIG_ERROR, "{shown}: {error}");
        assert!(error.suggestion().expect("a suggestion").contains(suggestion), "{shown}: {error:?}");
        assert!(!format!("{shown}{error:?}").contains("CANARY"), "{shown}: {error:?}");
    }
    assert!(memory.asked().is_empty());
}

#[tokio::test]
async fn a_keyword_argument_given_twice_is_refused() {
    let memory = Memory::default();
    let kwargs = [("query", json!("SECRET-1")), ("query", json!("SECRET-2"))];
    let run = lazy(remote("chat").with_options(memory.options()));
    let stream = lazy(remote("chat_stream").with_options(memory.options()));
    for error in [refused(run.run(&kwargs).await), refused(stream.run_stream(&kwargs).await)] {
        assert_eq!(*error.code(), ErrorCode::VALIDATION_ERROR);
        assert!(error.message().contains("`query`") && !error.is_retryable(), "{error}");
        assert!(!format!("{error:?}").contains("SECRET"), "{error:?}");
    }
    assert!(memory.asked().is_empty());
}

#[tokio::test]
async fn a_prefix_that_is_there_is_not_added_again() {
    for (base, expected) in [
        ("https://agents.example.com", "https://agents.example.com/api/v1/agents/agent-1/run"),
        ("https://agents.example.com/", "https://agents.example.com/api/v1/agents/agent-1/run"),
        ("https://agents.example.com/api/v1", "https://agents.example.com/api/v1/agents/agent-1/run"),
        ("https://agents.example.com/api/v1/", "https://agents.example.com/api/v1/agents/agent-1/run"),
        ("https://example.com/proxy", "https://example.com/proxy/api/v1/agents/agent-1/run"),
        ("agents.example.com", "https://agents.example.com/api/v1/agents/agent-1/run"),
        ("localhost:8333", "http://localhost:8333/api/v1/agents/agent-1/run"),
        ("http://[::1]:8450", "http://[::1]:8450/api/v1/agents/agent-1/run"),
    ] {
        let memory = Memory::default().answer(200, result(1));
        let client = lazy(remote("chat").with_base_url(base).with_options(memory.options()));
        client.run(&[]).await.expect(base);
        assert_eq!(memory.asked()[0].uri, expected);
    }
}

#[tokio::test]
async fn the_key_stays_here_when_a_local_agent_is_on_another_machine() {
    for (host, sent) in [("127.0.0.1", true), ("localhost", true), ("::1", true), ("10.0.0.7", false)] {
        let memory = Memory::default().answer(200, result(1));
        let config = RunAgentClientConfig::new(AGENT, "chat").with_local(true).with_address(host, 8450);
        let client = lazy(config.with_api_key(KEY).with_options(memory.options()));
        client.run(&[]).await.expect(host);
        let authorization = sent.then(|| format!("Bearer {KEY}"));
        assert_eq!(memory.asked()[0].authorization, authorization, "{host}");
    }
}

#[tokio::test]
async fn plain_http_to_a_remote_agent_is_for_those_who_ask_for_it() {
    let memory = Memory::default().answer(200, result(1));
    let config = remote("chat").with_base_url("http://10.0.0.1:8450");
    let client = lazy(config.with_options(memory.options().with_plaintext_key(true)));
    client.run(&[]).await.expect("an answer");
    assert_eq!(memory.asked()[0].uri, "http://10.0.0.1:8450/api/v1/agents/agent-1/run");
    assert_eq!(memory.asked()[0].authorization.as_deref(), Some("Bearer rau_k+e/y=1&x"));
}

#[cfg(not(feature = "db"))]
#[tokio::test]
async fn a_build_without_the_registry_says_which_feature_it_lacks() {
    let error = refused(
        RunAgentClient::new(RunAgentClientConfig::new(AGENT, "chat").with_local(true).with_options(options())).await,
    );
    assert_eq!(*error.code(), ErrorCode::AGENT_NOT_FOUND_LOCAL);
    assert!(error.message().contains("`db`"), "{error}");
    let suggestion = error.suggestion().expect("a suggestion");
    assert!(suggestion.contains("`db`") && suggestion.contains("with_address"), "{suggestion}");
}

#[tokio::test]
async fn making_a_client_lazily_touches_nothing() {
    let server = WireServer::start([]).await;
    let client = lazy(local_on(&server, "chat"));
    let memory = Memory::default();
    let in_memory = lazy(remote("chat").with_options(memory.options()));
    drop((client, in_memory, options()));
    assert_eq!(server.connections(), 0);
    assert!(memory.asked().is_empty());
}
