//! Every code that the toolkit has is one that the client gives: each is produced here by the real client.
#![allow(clippy::expect_used, reason = "a test fails by panicking")]

use std::{collections::BTreeSet, pin::Pin};

use runagent::{
    Call, CancelToken, ClientOptions, ErrorCode, RunAgentClient, RunAgentClientConfig, RunAgentError, RunAgentResult,
    RunOptions, RunStream,
    testing::{Expectation, FakeAgent, RunAnswer, StreamAnswer},
    transport::{
        Message, Socket,
        testing::{Reply, ScriptedTransport},
    },
};
use serde_json::json;

const AGENT: &str = "agent-1";

/// Codes that only a build with the registry can give.
const NOT_IN_THIS_BUILD: &[ErrorCode] = if cfg!(feature = "db") { &[] } else { &[ErrorCode::REGISTRY_ERROR] };

type Case = Pin<Box<dyn Future<Output = RunAgentError>>>;

/// What produces each code.
fn cases() -> Vec<(ErrorCode, Case)> {
    vec![
        (ErrorCode::AUTHENTICATION_ERROR, Box::pin(run(|call| call.responds(401, &[], "")))),
        (ErrorCode::PERMISSION_ERROR, Box::pin(run(|call| call.responds(403, &[], "")))),
        (ErrorCode::VALIDATION_ERROR, Box::pin(run(|call| call.responds(422, &[], r#"{"detail":[]}"#)))),
        (ErrorCode::CONNECTION_ERROR, Box::pin(run(Expectation::<RunAnswer>::refuses))),
        (ErrorCode::TIMEOUT_ERROR, Box::pin(paused(run(Expectation::<RunAnswer>::falls_silent)))),
        (ErrorCode::RATE_LIMIT_ERROR, Box::pin(run(|call| call.responds(429, &[], "")))),
        (ErrorCode::SERVER_ERROR, Box::pin(run(|call| call.responds(500, &[], "")))),
        (ErrorCode::AGENT_NOT_FOUND_LOCAL, Box::pin(another_agent(true))),
        (ErrorCode::AGENT_NOT_FOUND_REMOTE, Box::pin(another_agent(false))),
        (ErrorCode::ENTRYPOINT_NOT_FOUND, Box::pin(no_such_entrypoint())),
        (ErrorCode::STREAM_ENTRYPOINT, Box::pin(the_wrong_sort("chat_stream"))),
        (ErrorCode::NON_STREAM_ENTRYPOINT, Box::pin(the_wrong_sort("chat"))),
        (ErrorCode::ARCHITECTURE_MISSING, Box::pin(no_entrypoints())),
        (ErrorCode::STREAM_TRUNCATED, Box::pin(stream(|call| call.chunks([1]).breaks_off()))),
        (ErrorCode::STREAM_IDLE, Box::pin(paused(stream(|call| call.chunks([1]).falls_silent())))),
        (ErrorCode::STREAM_ERROR, Box::pin(a_stream_that_fails())),
        (ErrorCode::RESPONSE_TOO_LARGE, Box::pin(run(|call| call.returns("x".repeat(5000))))),
        (ErrorCode::DECODE_ERROR, Box::pin(run(|call| call.responds(200, &[], "<html>")))),
        (ErrorCode::CONFIG_ERROR, Box::pin(an_address_without_a_port())),
        #[cfg(feature = "db")]
        (ErrorCode::REGISTRY_ERROR, Box::pin(a_registry_that_is_none())),
        (ErrorCode::CANCELLED, Box::pin(a_cancelled_call())),
        (ErrorCode::UNKNOWN_ERROR, Box::pin(run(|call| call.responds(600, &[], "")))),
    ]
}

#[tokio::test]
async fn every_code_is_produced_by_the_client() {
    for (code, case) in cases() {
        let error = case.await;
        assert_eq!(*error.code(), code, "{error:?}");
        assert_eq!(error.kind(), code.kind(), "{error:?}");
        assert!(!error.message().is_empty() && error.suggestion().is_some(), "{error:?}");
    }
}

#[tokio::test]
async fn no_code_is_left_out() {
    let cases = cases();
    let produced = cases.iter().map(|(code, _)| code).chain(NOT_IN_THIS_BUILD);
    let produced: Vec<ErrorCode> = produced.cloned().collect();
    let distinct: BTreeSet<_> = produced.iter().cloned().collect();
    assert_eq!(produced.len(), distinct.len(), "a code is produced twice");
    assert_eq!(distinct, ErrorCode::all().collect());
}

fn config(tag: &str, options: ClientOptions) -> RunAgentClientConfig {
    let options = options.with_environment(|_| None).with_max_retries(0).with_max_response_bytes(2000);
    RunAgentClientConfig::new(AGENT, tag).with_api_key("key").with_options(options)
}

fn client(tag: &str, options: ClientOptions) -> RunAgentClient {
    RunAgentClient::connect_lazy(config(tag, options)).expect("a usable configuration")
}

fn refused<T>(outcome: RunAgentResult<T>) -> RunAgentError {
    match outcome {
        Ok(_) => panic!("it did not fail"),
        Err(error) => error,
    }
}

/// A run with this outcome.
async fn run(answer: fn(Expectation<RunAnswer>) -> Expectation<RunAnswer>) -> RunAgentError {
    let agent = FakeAgent::new(AGENT).expect_run("chat", answer);
    refused(client("chat", agent.into_options()).run(&[]).await)
}

/// A stream with this outcome.
async fn stream(answer: fn(Expectation<StreamAnswer>) -> Expectation<StreamAnswer>) -> RunAgentError {
    let agent = FakeAgent::new(AGENT).expect_stream("chat_stream", answer);
    end_of(client("chat_stream", agent.into_options()).run_stream(&[]).await.expect("a stream")).await
}

/// The error at the end of a stream.
async fn end_of(mut stream: RunStream) -> RunAgentError {
    loop {
        if let Err(error) = stream.next().await.expect("no good end") {
            return error;
        }
    }
}

/// On a clock that runs on by itself.
async fn paused(case: impl Future<Output = RunAgentError>) -> RunAgentError {
    tokio::time::pause();
    let error = case.await;
    tokio::time::resume();
    error
}

async fn a_cancelled_call() -> RunAgentError {
    let token = CancelToken::new();
    token.cancel();
    let call = Call::new().with_options(RunOptions::new().with_cancel(&token));
    refused(client("chat", FakeAgent::new(AGENT).into_options()).call_raw(call).await)
}

async fn another_agent(local: bool) -> RunAgentError {
    let config = config("chat", FakeAgent::new("other-agent").into_options());
    let config = if local { config.with_local(true).with_address("127.0.0.1", 8450) } else { config };
    refused(RunAgentClient::new(config).await)
}

async fn no_such_entrypoint() -> RunAgentError {
    let agent = FakeAgent::new(AGENT).on_run("chat", |_, _| Ok(json!(null)));
    refused(RunAgentClient::new(config("chta", agent.into_options())).await)
}

async fn no_entrypoints() -> RunAgentError {
    refused(RunAgentClient::new(config("chat", FakeAgent::new(AGENT).into_options())).await)
}

/// A streaming tag is run, another one streamed.
async fn the_wrong_sort(tag: &str) -> RunAgentError {
    let client = client(tag, FakeAgent::new(AGENT).into_options());
    if tag.ends_with("_stream") { refused(client.run(&[]).await) } else { refused(client.run_stream(&[]).await) }
}

/// The server of the protocol gives no code with it.
async fn a_stream_that_fails() -> RunAgentError {
    let frames = [
        r#"{"type":"status","status":"stream_started"}"#,
        r#"{"type": "error", "error": "Streaming error: stream exploded midway"}"#,
    ];
    let socket = Socket::scripted(frames.map(|frame| Ok(Message::text(frame))));
    let transport = ScriptedTransport::new([Reply::from(socket)]);
    let options = ClientOptions::new().with_transport(transport);
    end_of(client("chat_stream", options).run_stream(&[]).await.expect("a stream")).await
}

async fn an_address_without_a_port() -> RunAgentError {
    let config = RunAgentClientConfig { host: Some("127.0.0.1".to_owned()), ..config("chat", ClientOptions::new()) };
    refused(RunAgentClient::new(config.with_local(true)).await)
}

#[cfg(feature = "db")]
async fn a_registry_that_is_none() -> RunAgentError {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("runagent_local.db");
    std::fs::write(file, "not a database, and longer than its header would be".repeat(40)).expect("written");
    let config = config("chat", ClientOptions::new().with_registry_folder(folder.path())).with_local(true);
    refused(RunAgentClient::new(config).await)
}
