//! The client of the documented API against our own server in the same process.

#![allow(clippy::expect_used, reason = "a test fails by panicking")]

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use futures_util::{Stream, TryStreamExt as _, stream};
use runagent::{ApiConfig, ClientOptions, ErrorKind, RunAgentError, RunOptions, v1};
use runagent_server::schemars::{self, JsonSchema};
use runagent_server::{Agent, AgentError, InProcess, Server};
use serde::Deserialize;
use serde_json::json;
use tokio::time::sleep;

#[derive(Deserialize, JsonSchema)]
struct Ask {
    query: String,
    #[serde(default)]
    temperature: f64,
    session_id: Option<String>,
}

async fn ask(ask: Ask) -> Result<serde_json::Value, AgentError> {
    if ask.query == "fail" {
        return Err(AgentError::new("no credit").with_code("QUOTA_EXCEEDED").with_suggestion("Pay."));
    }
    if ask.query == "slow" {
        sleep(Duration::from_secs(20)).await;
    }
    Ok(json!({"answer": ask.query, "temperature": ask.temperature, "session": ask.session_id}))
}

fn words(ask: Ask) -> impl Stream<Item = Result<String, AgentError>> {
    let words: Vec<_> = ask.query.split_inclusive(' ').map(str::to_owned).collect();
    stream::iter(words.into_iter().map(|word| if word == "fail" { Err(AgentError::new("no words")) } else { Ok(word) }))
}

fn agent(id: &str) -> Agent {
    Agent::new(id).with_version("1.2").entrypoint("ask", ask).stream_entrypoint("words_stream", words)
}

fn config(server: &InProcess) -> ApiConfig {
    let options = ClientOptions::new().with_environment(|_| None).with_transport(server.clone());
    ApiConfig::new().with_api_key("key").with_options(options)
}

fn agents() -> (InProcess, v1::Client) {
    let mut builder = Server::builder(agent("a")).token("key").rate_limit(100, Duration::from_secs(3600));
    for id in 1..25 {
        builder = builder.agent(Agent::new(format!("other {id}")));
    }
    let server = builder.in_process().expect("a server");
    let client = v1::Client::new(config(&server)).expect("a client");
    (server, client)
}

#[tokio::test]
async fn agents_are_listed_and_told_of() {
    let (_, client) = agents();
    let page = client.agents(v1::AgentQuery::new().with_page(2).with_limit(10)).await.expect("a page");
    assert_eq!((page.agents.len(), page.agents[0].id.as_str(), page.next_page()), (10, "other 10", Some(3)));
    assert_eq!((page.rate_limit.limit, page.rate_limit.remaining), (Some(100), Some(99)));
    let all: Vec<_> = client.all_agents().try_collect().await.expect("all agents");
    assert_eq!((all.len(), all[24].id.as_str()), (25, "other 24"));

    let agent = client.agent("a").expect("an agent");
    let info = agent.get().await.expect("an agent").value;
    assert_eq!((info.id.as_str(), info.entrypoints.len()), ("a", 2));
    assert!(agent.health().await.expect("its health").value.is_healthy());
    let other = client.agent("other 3").expect("an agent").get().await.expect("an agent").value;
    assert_eq!(other.id, "other 3");
    let gone = client.agent("gone").expect("an agent").get().await.expect_err("no agent");
    assert_eq!((gone.code().as_str(), gone.status()), ("AGENT_NOT_FOUND", Some(404)));
}

#[tokio::test]
async fn an_agent_is_invoked() {
    let (_, client) = agents();
    let agent = client.agent("a").expect("an agent");
    let invoke = v1::Invoke::new("Hi").with_parameter("temperature", 0.5).with_session_id("s");
    let invocation = agent.invoke(invoke).await.expect("an answer");
    assert_eq!(invocation.result, json!({"answer": "Hi", "temperature": 0.5, "session": "s"}));
    assert_eq!(invocation.metadata.agent_version.as_deref(), Some("1.2"));
    assert!(invocation.metadata.execution_time.is_some() && invocation.metadata.request_id.is_some());

    let failure = agent.invoke(v1::Invoke::new("fail")).await.expect_err("a failure");
    assert_eq!((failure.code().as_str(), failure.message(), failure.attempts()), ("QUOTA_EXCEEDED", "no credit", 1));
    assert_eq!(failure.suggestion(), Some("Pay."));
    let wrong = agent.invoke(v1::Invoke::new("Hi").with_parameter("nope", 1)).await.expect_err("a failure");
    assert_eq!((wrong.code().as_str(), wrong.status()), ("INVALID_INPUT", Some(400)));

    let map = agent.run_generic(json!({"query": "Hi"})).await.expect("an answer");
    assert_eq!(map["answer"], "Hi");
    let text: Vec<_> =
        agent.run_generic_stream(json!({"query": "a b"})).await.expect("a stream").try_collect().await.expect("text");
    assert_eq!(text, ["a ", "b"]);
}

#[tokio::test]
async fn an_agent_streams() {
    let (_, client) = agents();
    let agent = client.agent("a").expect("an agent");
    let invoke = || v1::Invoke::new("Once upon a time").with_session_id("s");
    for stream in [agent.stream(invoke()).await, agent.stream_get(invoke()).await] {
        let mut stream = stream.expect("a stream");
        let mut text = String::new();
        stream.read_to_string(&mut text).await.expect("the whole");
        assert_eq!((text.as_str(), stream.received(), stream.session_id()), ("Once upon a time", 4, Some("s")));
        assert!(stream.execution_time().is_some());
        assert_eq!(stream.rate_limit().limit, Some(100));
    }
    let mut stream = agent.stream(v1::Invoke::new("one fail")).await.expect("a stream");
    let mut text = String::new();
    let error = stream.read_to_string(&mut text).await.expect_err("a failure");
    assert_eq!((text.as_str(), error.code().as_str(), error.message()), ("one ", "STREAM_ERROR", "no words"));
}

#[tokio::test]
async fn a_batch_has_a_result_for_each() {
    let (_, client) = agents();
    let agent = client.agent("a").expect("an agent");
    let results = agent.batch(["one", "fail", "two"].map(v1::Invoke::new)).await.expect("results");
    let of = |result: Result<v1::Invocation, RunAgentError>| match result {
        Ok(invocation) => invocation.result["answer"].as_str().unwrap_or_default().to_owned(),
        Err(error) => error.code().as_str().to_owned(),
    };
    assert_eq!(results.into_iter().map(of).collect::<Vec<_>>(), ["one", "QUOTA_EXCEEDED", "two"]);
}

#[tokio::test(start_paused = true)]
async fn an_operation_is_started_and_waited_for() {
    let (_, client) = agents();
    let agent = client.agent("a").expect("an agent");
    let operation = agent.start(v1::Invoke::new("slow")).await.expect("an operation");
    assert_eq!(operation.status().await.expect("its status").status.as_str(), "running");
    let same = client.operation(operation.id()).expect("the operation");
    assert_eq!(same.wait().await.expect("its result").result["answer"], "slow");
    assert_eq!(operation.status().await.expect("its status").status.as_str(), "completed");

    let failed = agent.start(v1::Invoke::new("fail")).await.expect("an operation").wait().await.expect_err("a failure");
    assert_eq!((failed.code().as_str(), failed.message()), ("QUOTA_EXCEEDED", "no credit"));
    let gone = client.operation("op_1").expect("a handle").status().await.expect_err("no operation");
    assert_eq!((gone.code().as_str(), gone.status()), ("OPERATION_NOT_FOUND", Some(404)));
}

#[tokio::test]
async fn a_wrong_key_and_a_used_up_limit_are_told() {
    let server = Server::builder(agent("a")).token("other").in_process().expect("a server");
    let client = v1::Client::new(config(&server)).expect("a client");
    let error = client.agents(v1::AgentQuery::new()).await.expect_err("no key");
    assert_eq!((error.kind(), error.code().as_str()), (ErrorKind::Authentication, "INVALID_API_KEY"));

    let server = Server::builder(agent("a")).rate_limit(1, Duration::from_secs(3600)).in_process().expect("a server");
    let agent = v1::AgentClient::new("a", config(&server)).expect("a client");
    agent.invoke(v1::Invoke::new("Hi")).await.expect("an answer");
    let error = agent.invoke(v1::Invoke::new("Hi")).await.expect_err("a limit");
    assert_eq!((error.kind(), error.code().as_str(), error.attempts()), (ErrorKind::RateLimit, "RATE_LIMITED", 1));
    assert_eq!(error.retry_after(), Some(Duration::from_secs(3600)));
}

#[tokio::test]
async fn a_call_with_a_key_runs_once() {
    let count = Arc::new(AtomicU32::new(0));
    let runs = Arc::clone(&count);
    let counting = Agent::new("a").entrypoint("count", move || {
        let run = runs.fetch_add(1, Ordering::SeqCst);
        async move { run }
    });
    let agent = v1::AgentClient::new("a", config(&InProcess::new(counting).expect("a server"))).expect("a client");
    let keyed = || RunOptions::new().with_idempotency_key("order-4711");
    for _ in 0..2 {
        let invoke = v1::Invoke::from(v1::InvokeRequest::default()).with_options(keyed());
        assert_eq!(agent.invoke(invoke).await.expect("an answer").result, 0);
    }
    let other = agent.invoke(v1::Invoke::new("x").with_options(keyed())).await.expect_err("another request");
    assert_eq!((other.code().as_str(), other.status()), ("IDEMPOTENCY_KEY_REUSED", Some(422)));
    assert_eq!(count.load(Ordering::SeqCst), 1);
}
