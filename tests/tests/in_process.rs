//! The facade against our own server in the same process: no socket, no registry.

#![allow(clippy::expect_used, reason = "a test fails by panicking")]

use std::time::Duration;

use futures_util::{StreamExt as _, stream};
use runagent::{ClientOptions, RunAgentClient, RunAgentClientConfig, blocking};
use runagent_server::{Agent, AgentError, InProcess, Input};
use serde_json::{Value, json};
use tokio::sync::mpsc;
use tokio::time::sleep;

fn agent() -> Agent {
    Agent::new("a")
        .entrypoint("greet", async |input: Input| Ok(format!("Hello, {}!", input.kwarg::<String>("name")?)))
        .entrypoint("fail", async |_: Input| Err::<(), _>(AgentError::new("no credit").with_code("QUOTA_EXCEEDED")))
        .stream_entrypoint("count_stream", async |_: Input| {
            // Longer than the client waits for a frame, in total.
            Ok(stream::iter(0..30).then(async |i| {
                sleep(Duration::from_secs(59)).await;
                Ok::<_, AgentError>(i)
            }))
        })
}

/// Wherever the configuration says that the agent is, the transport has it.
fn configs(tag: &str, agent: &InProcess) -> [RunAgentClientConfig; 2] {
    let options = ClientOptions::new().with_environment(|_| None).with_transport(agent.clone());
    let config = RunAgentClientConfig::new("a", tag).with_options(options);
    [config.clone().with_local(true).with_address("127.0.0.1", 8450), config.with_api_key("key")]
}

#[tokio::test(start_paused = true)]
async fn an_agent_in_the_same_process_is_run_and_streamed() {
    let agent = InProcess::new(agent()).expect("an agent");
    for config in configs("greet", &agent) {
        let client = RunAgentClient::new(config).await.expect("a client");
        assert_eq!(client.run(&[("name", json!("Ada"))]).await.expect("a greeting"), "Hello, Ada!");
        assert!(client.health_check().await.expect("an answer"));
    }
    for config in configs("fail", &agent) {
        let error = RunAgentClient::new(config).await.expect("a client").run(&[]).await.expect_err("it fails");
        assert_eq!((error.code().as_str(), error.message()), ("QUOTA_EXCEEDED", "no credit"));
    }
    for config in configs("count_stream", &agent) {
        let client = RunAgentClient::new(config).await.expect("a client");
        let chunks: Vec<Value> =
            client.run_stream(&[]).await.expect("a stream").map(|chunk| chunk.expect("a chunk")).collect().await;
        assert_eq!(chunks, (0..30).map(Value::from).collect::<Vec<_>>());
    }
}

#[tokio::test]
async fn a_stream_that_is_dropped_ends_in_the_agent() {
    struct Dropped(mpsc::UnboundedSender<()>);
    impl Drop for Dropped {
        fn drop(&mut self) {
            let _ = self.0.send(());
        }
    }
    let (dropped, mut seen) = mpsc::unbounded_channel();
    let agent = Agent::new("a").stream_entrypoint("wait_stream", move |_: Input| {
        let guard = Dropped(dropped.clone());
        async move {
            // The guard lives as long as the stream.
            Ok(stream::iter([1]).chain(stream::pending()).map(move |chunk| {
                let _ = &guard;
                Ok::<_, AgentError>(chunk)
            }))
        }
    });
    let [config, _] = configs("wait_stream", &InProcess::new(agent).expect("an agent"));
    let client = RunAgentClient::new(config).await.expect("a client");
    let mut chunks = client.run_stream(&[]).await.expect("a stream");
    assert_eq!(chunks.next().await.expect("a chunk").expect("no error"), 1);
    drop(chunks);
    seen.recv().await.expect("dropped");
}

#[test]
fn a_blocking_client_calls_it_too() {
    let agent = InProcess::new(agent()).expect("an agent");
    for config in configs("greet", &agent) {
        let client = blocking::RunAgentClient::new(config).expect("a client");
        assert_eq!(client.run(&[("name", json!("Ada"))]).expect("a greeting"), "Hello, Ada!");
    }
}
