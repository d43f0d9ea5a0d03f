//! The facade against our own server: an agent in Rust that is found by the registry, called and stopped.

#![allow(clippy::expect_used, reason = "a test fails by panicking")]

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use futures_util::future::join_all;
use futures_util::stream;
use runagent::{ClientOptions, ErrorKind, RunAgentClient, RunAgentClientConfig, RunAgentError, blocking};
use runagent_registry::Registry;
use runagent_server::schemars::{self, JsonSchema};
use runagent_server::{Agent, AgentError, Input, RunningServer, Server};
use serde::Deserialize;
use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::sync::{Notify, mpsc};
use tokio::task::spawn_blocking;
use tokio::time::timeout;

const AGENT: &str = "rust-agent";
/// Far above what anything takes; a test that hangs fails by it.
const PATIENCE: Duration = Duration::from_secs(20);

/// A registry folder of its own.
struct Home(TempDir);

impl Home {
    fn new() -> Self {
        Self(tempfile::tempdir().expect("a folder"))
    }

    async fn serve(&self, agent: Agent) -> RunningServer {
        let server = Server::builder(agent).registry(Registry::in_folder(self.0.path())).max_concurrent_calls(1000);
        server.bind().await.expect("a server").spawn()
    }

    fn config(&self, tag: &str) -> RunAgentClientConfig {
        let options = ClientOptions::new().with_registry_folder(self.0.path()).with_environment(|_| None);
        RunAgentClientConfig::new(AGENT, tag).with_local(true).with_options(options)
    }

    fn client(&self, tag: &str) -> RunAgentClient {
        RunAgentClient::connect_lazy(self.config(tag)).expect("a usable configuration")
    }
}

/// Entrypoints for everything but what a test watches.
fn agent() -> Agent {
    Agent::new(AGENT)
        .entrypoint("echo", async |input: Input| {
            Ok::<_, AgentError>(json!({"args": input.args(), "kwargs": input.kwargs(), "user": input.user_id()}))
        })
        .entrypoint("fail", async |_: Input| {
            let error = AgentError::new("no credit").with_code("QUOTA_EXCEEDED");
            Err::<(), _>(error.with_suggestion("Buy more.").with_details(json!({"left": 0})))
        })
        .entrypoint("panic", async |_: Input| -> Result<(), AgentError> { panic!("at the disco") })
        .entrypoint("wide", async |_: Input| Ok::<_, AgentError>(json!([u64::MAX, i64::MIN, 0.1, -0.0])))
        .stream_entrypoint("count_stream", async |input: Input| {
            let n: u64 = input.kwarg_or("n", 3)?;
            Ok(stream::iter((0..n).map(Ok::<_, AgentError>)))
        })
        .stream_entrypoint("fail_stream", async |_: Input| {
            let error = AgentError::new("no credit").with_code("QUOTA_EXCEEDED").with_suggestion("Buy more.");
            Ok(stream::iter([Ok(0), Err(error.with_details(json!({"left": 0})))]))
        })
}

fn assert_quota_exceeded(error: &RunAgentError) {
    let RunAgentError::Execution { code, message, suggestion, details } = error else { panic!("{error}") };
    assert_eq!((code.as_str(), &**message, suggestion.as_deref()), ("QUOTA_EXCEEDED", "no credit", Some("Buy more.")));
    assert_eq!(details.as_ref().expect("details")["left"], 0);
    assert!(!error.is_retryable());
}

#[tokio::test]
async fn an_agent_is_found_by_its_id_run_and_streamed() {
    let home = Home::new();
    let server = home.serve(agent()).await;
    let client = RunAgentClient::new(home.config("echo").with_user_id("u1")).await.unwrap();
    let answer = client.run_with_args(&[json!(1)], &[("name", json!("Ada"))]).await.unwrap();
    assert_eq!(answer, json!({"args": [1], "kwargs": {"name": "Ada"}, "user": "u1"}));
    assert!(client.health_check().await.unwrap());
    let architecture = client.get_agent_architecture().await.unwrap();
    assert_eq!(architecture.tags().collect::<Vec<_>>(), agent().tags().collect::<Vec<_>>());

    let mut chunks = RunAgentClient::new(home.config("count_stream")).await.unwrap().run_stream(&[]).await.unwrap();
    for expected in 0..3 {
        assert_eq!(chunks.next().await.expect("a chunk").unwrap(), expected);
    }
    assert!(chunks.next().await.is_none());
    assert_eq!(chunks.total_chunks(), Some(3));

    server.shutdown().await.unwrap();
    let error = RunAgentClient::new(home.config("echo")).await.unwrap_err();
    assert_eq!(error.code(), "AGENT_NOT_FOUND_LOCAL");
    assert!(error.message().contains("not served"), "{error}");
}

#[derive(Deserialize, JsonSchema)]
struct Power {
    base: i128,
    #[serde(default = "two")]
    exponent: u32,
}

fn two() -> u32 {
    2
}

async fn power(args: Power) -> Result<i128, AgentError> {
    args.base.checked_pow(args.exponent).ok_or_else(|| AgentError::new("too large"))
}

#[tokio::test]
async fn typed_arguments_are_passed_by_position_and_by_name() {
    let home = Home::new();
    let agent = Agent::new(AGENT).entrypoint("power", power).describe("power", "Raises a number to a power.");
    let _server = home.serve(agent).await;
    let client = home.client("power");
    assert_eq!(client.run(&[("base", json!(7))]).await.unwrap(), 49);
    assert_eq!(client.run_with_args(&[json!(2)], &[("exponent", json!(5))]).await.unwrap(), 32);
    // Beyond 64 bits a `Value` has the digits.
    assert_eq!(client.run_with_args(&[json!(2), json!(100)], &[]).await.unwrap(), (1_i128 << 100).to_string());
    for (args, kwargs, message) in [
        (vec![], vec![], "power() needs the argument `base`"),
        (vec![json!(1)], vec![("base", json!(1))], "power() got `base` twice, by position and by name"),
        (vec![json!(1)], vec![("exp", json!(1))], "power() has no argument `exp`; it has `base`, `exponent`"),
    ] {
        let error = client.run_with_args(&args, &kwargs).await.unwrap_err();
        assert_eq!((error.code().as_str(), error.message()), ("VALIDATION_ERROR", message));
    }
    let architecture = client.get_agent_architecture().await.unwrap();
    let entrypoint = architecture.find("power").expect("an entrypoint");
    assert_eq!(entrypoint.description.as_deref(), Some("Raises a number to a power."));
    assert_eq!(entrypoint.input_schema.as_ref().expect("a schema")["required"], json!(["base"]));
}

#[tokio::test]
async fn each_of_several_agents_is_found_by_its_own_id() {
    let home = Home::new();
    let other = Agent::new("other").entrypoint("who", async || "other");
    let server = Server::builder(Agent::new(AGENT).entrypoint("who", async || AGENT)).agent(other);
    let server = server.registry(Registry::in_folder(home.0.path())).bind().await.unwrap().spawn();
    for id in [AGENT, "other"] {
        let mut config = home.config("who");
        id.clone_into(&mut config.agent_id);
        let client = RunAgentClient::new(config).await.unwrap();
        assert_eq!(client.run(&[]).await.unwrap(), id);
        assert!(client.health_check().await.unwrap());
    }
    let mut third = home.config("who").with_address("127.0.0.1", server.address().port());
    "third".clone_into(&mut third.agent_id);
    let error = RunAgentClient::connect_lazy(third).unwrap().run(&[]).await.unwrap_err();
    assert_eq!(error.code(), "AGENT_NOT_FOUND_LOCAL");
    server.shutdown().await.unwrap();
}

#[tokio::test]
async fn the_blocking_client_sees_the_same() {
    let home = Home::new();
    let server = home.serve(agent()).await;
    let configs = ["echo", "count_stream", "fail"].map(|tag| home.config(tag));
    spawn_blocking(move || {
        let [echo, count, fail] = configs.map(|config| blocking::RunAgentClient::new(config).unwrap());
        assert_eq!(echo.run(&[("n", json!(7))]).unwrap()["kwargs"]["n"], 7);
        let chunks: Vec<Value> = count.run_stream(&[("n", json!(4))]).unwrap().map(Result::unwrap).collect();
        assert_eq!(chunks, [0, 1, 2, 3]);
        assert_quota_exceeded(&fail.run(&[]).unwrap_err());
    })
    .await
    .unwrap();
    server.shutdown().await.unwrap();
}

#[tokio::test]
async fn an_agents_error_arrives_with_all_four_fields() {
    let home = Home::new();
    let _server = home.serve(agent()).await;
    assert_quota_exceeded(&home.client("fail").run(&[]).await.unwrap_err());
    let mut stream = home.client("fail_stream").run_stream(&[]).await.unwrap();
    assert_eq!(stream.next().await.expect("a chunk").unwrap(), 0);
    assert_quota_exceeded(&stream.next().await.expect("an error").unwrap_err());
    assert!(stream.next().await.is_none());

    let error = home.client("panic").run(&[]).await.unwrap_err();
    assert_eq!(error.code(), "INTERNAL_ERROR");
    assert!(error.message().ends_with("the entrypoint panicked: at the disco"), "{error}");

    let mut stream = home.client("count_stream").run_stream(&[("n", json!("many"))]).await.unwrap();
    let error = stream.next().await.expect("an error").unwrap_err();
    assert_eq!(error.code(), "VALIDATION_ERROR");
    assert!(error.message().contains("keyword argument `n`"), "{error}");
}

#[tokio::test]
async fn unknown_tags_and_agents_are_named() {
    let home = Home::new();
    let server = home.serve(agent()).await;
    for error in [
        RunAgentClient::new(home.config("zzz")).await.unwrap_err(),
        home.client("zzz").run(&[]).await.unwrap_err(),
        home.client("zzz_stream").run_stream(&[]).await.map(drop).unwrap_err(),
    ] {
        assert_eq!(error.code(), "ENTRYPOINT_NOT_FOUND");
        let RunAgentError::Execution { details: Some(details), .. } = &error else { panic!("{error}") };
        assert_eq!(details["available_tags"][0], "echo");
    }
    let mut other = home.config("count_stream").with_address("127.0.0.1", server.address().port());
    "other".clone_into(&mut other.agent_id);
    let error = RunAgentClient::connect_lazy(other).unwrap().run_stream(&[]).await.map(drop).unwrap_err();
    assert_eq!((error.code().as_str(), error.status()), ("AGENT_NOT_FOUND_LOCAL", Some(403)));
    assert!(error.message().contains(AGENT), "{error}");
}

#[tokio::test]
async fn a_call_that_is_given_up_is_dropped_in_the_agent() {
    /// Says so when it is dropped.
    struct Watched(mpsc::UnboundedSender<&'static str>, &'static str);
    impl Drop for Watched {
        fn drop(&mut self) {
            // Nobody may be left to hear it.
            let _ = self.0.send(self.1);
        }
    }
    let started = Arc::new(Notify::new());
    let (sender, mut dropped) = mpsc::unbounded_channel();
    let (run_started, run_sender) = (Arc::clone(&started), sender.clone());
    let agent = Agent::new(AGENT)
        .entrypoint("hang", move |_: Input| {
            let (started, watched) = (Arc::clone(&run_started), Watched(run_sender.clone(), "run"));
            async move {
                let _watched = watched;
                started.notify_one();
                std::future::pending::<Result<(), AgentError>>().await
            }
        })
        .stream_entrypoint("hang_stream", move |_: Input| {
            let watched = Watched(sender.clone(), "stream");
            async move {
                Ok(stream::unfold((watched, 0), async |(watched, n)| {
                    if n > 0 {
                        std::future::pending::<()>().await;
                    }
                    Some((Ok::<_, AgentError>(n), (watched, n + 1)))
                }))
            }
        });
    let home = Home::new();
    let _server = home.serve(agent).await;

    let run = tokio::spawn(home.client("hang").run(&[]));
    timeout(PATIENCE, started.notified()).await.unwrap();
    run.abort();
    assert_eq!(timeout(PATIENCE, dropped.recv()).await.unwrap(), Some("run"));

    for cancels in [true, false] {
        let mut stream = home.client("hang_stream").run_stream(&[]).await.unwrap();
        assert_eq!(stream.next().await.expect("a chunk").unwrap(), 0);
        if cancels {
            stream.cancel().await
        } else {
            drop(stream)
        }
        assert_eq!(timeout(PATIENCE, dropped.recv()).await.unwrap(), Some("stream"));
    }
}

#[tokio::test]
async fn a_client_follows_its_agent_to_another_port() {
    let home = Home::new();
    let runs = Arc::new(AtomicUsize::new(0));
    let counting = || {
        let runs = Arc::clone(&runs);
        Agent::new(AGENT).entrypoint("count", move |_: Input| {
            let number = runs.fetch_add(1, Ordering::Relaxed) + 1;
            async move { Ok::<_, AgentError>(number) }
        })
    };
    let first = home.serve(counting()).await;
    let client = home.client("count");
    assert_eq!(client.run(&[]).await.unwrap(), 1);

    // The second starts before the first ends, so the ports differ; the first must not take the second's row back.
    let second = home.serve(counting()).await;
    assert_ne!(first.address(), second.address());
    first.shutdown().await.unwrap();
    assert_eq!(client.run(&[]).await.unwrap(), 2);

    second.shutdown().await.unwrap();
    let error = client.run(&[]).await.unwrap_err();
    assert_eq!((error.code().as_str(), error.is_retryable()), ("CONNECTION_ERROR", true));
    assert_eq!(runs.load(Ordering::Relaxed), 2);
}

#[tokio::test]
async fn a_server_that_shuts_down_breaks_a_stream_off() {
    let agent = Agent::new(AGENT).stream_entrypoint("endless_stream", async |_: Input| {
        Ok(stream::unfold(0, async |n| {
            if n == 2 {
                std::future::pending::<()>().await;
            }
            Some((Ok::<_, AgentError>(n), n + 1))
        }))
    });
    let home = Home::new();
    let server = home.serve(agent).await;
    let mut stream = home.client("endless_stream").run_stream(&[]).await.unwrap();
    for expected in 0..2 {
        assert_eq!(stream.next().await.expect("a chunk").unwrap(), expected);
    }
    let (end, stopped) = tokio::join!(stream.next(), server.shutdown());
    stopped.unwrap();
    let error = end.expect("an error").unwrap_err();
    assert_eq!((error.code().as_str(), error.kind()), ("STREAM_TRUNCATED", ErrorKind::Stream));
    let RunAgentError::Execution { details: Some(details), .. } = &error else { panic!("{error}") };
    assert_eq!(***details, json!({"received": 2, "close_code": 1012}));
    assert!(stream.next().await.is_none());
}

#[tokio::test]
async fn numbers_keep_their_value_both_ways() {
    let home = Home::new();
    let _server = home.serve(agent()).await;
    let sent =
        json!([u64::MAX, i64::MIN, 0.1 + 0.2, -0.0, f64::MIN_POSITIVE, "340282366920938463463374607431768211455"]);
    let returned = home.client("echo").run(&[("numbers", sent.clone())]).await.unwrap();
    // The text tells -0.0 from 0.0.
    assert_eq!(returned["kwargs"]["numbers"].to_string(), sent.to_string());
    let wide = home.client("wide").run(&[]).await.unwrap();
    assert_eq!(wide.to_string(), "[18446744073709551615,-9223372036854775808,0.1,-0.0]");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_thousand_runs_at_once_get_each_its_own_answer() {
    let home = Home::new();
    let server = home.serve(agent()).await;
    let client = home.client("echo");
    let answers = join_all((0..1000).map(|n| tokio::spawn(client.run_with_args(&[json!(n)], &[])))).await;
    for (n, answer) in answers.into_iter().enumerate() {
        assert_eq!(answer.unwrap().unwrap()["args"], json!([n]));
    }
    server.shutdown().await.unwrap();
}

#[tokio::test]
async fn a_call_too_many_is_refused_and_may_be_made_again() {
    let home = Home::new();
    let agent = Agent::new(AGENT)
        .stream_entrypoint("hang_stream", async |_: Input| Ok(stream::pending::<Result<(), AgentError>>()));
    let server = Server::builder(agent).registry(Registry::in_folder(home.0.path())).max_concurrent_calls(1);
    let _server = server.bind().await.unwrap().spawn();
    let client = home.client("hang_stream");
    let open = client.run_stream(&[]).await.unwrap();
    let error = client.run_stream(&[]).await.map(drop).unwrap_err();
    assert_eq!((error.code().as_str(), error.status()), ("RATE_LIMIT_ERROR", Some(429)));
    assert!(error.is_retryable());
    open.cancel().await;
}
