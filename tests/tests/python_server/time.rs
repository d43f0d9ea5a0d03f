//! Slow agents, and connections that the server closes while nobody uses them.

use std::time::Duration;

use futures_util::future::join_all;
use runagent::RunAgentClient;
use serde_json::json;
use tokio::time::sleep;

use crate::server::{client, config, executed, options, shared};

#[tokio::test]
async fn a_pause_as_long_as_the_servers_keep_alive_costs_no_run() {
    let server = shared().await;
    // The server closes an idle connection after 5.0 s: a run just then must not be lost, or made twice.
    let pauses = [3.9, 4.5, 4.9, 4.95, 5.0, 5.05, 5.1, 6.0];
    join_all(pauses.map(async |pause| {
        let client = client(server, "count_run");
        let label = format!("after {pause} s");
        let label_argument = [("label", json!(label))];
        assert_eq!(client.run(&label_argument).await.unwrap(), label);
        sleep(Duration::from_secs_f64(pause)).await;
        assert_eq!(client.run(&label_argument).await.unwrap(), label);
        assert_eq!(server.executions(&label), 2);
    }))
    .await;
}

#[tokio::test]
async fn a_run_that_takes_too_long_is_given_up_and_not_repeated() {
    let server = shared().await;
    let impatient = options(server).with_run_timeout(Duration::from_millis(600));
    let impatient = RunAgentClient::connect_lazy(config(server, "count_run").with_options(impatient)).unwrap();
    let error = impatient.run(&[("label", json!("slow")), ("s", json!(2.0))]).await.unwrap_err();
    assert_eq!(error.code(), "TIMEOUT_ERROR");
    assert!(!error.is_retryable());
    assert!(error.suggestion().is_some_and(|text| text.contains("may have run")), "{error:?}");
    // The server never learns of it, and the next run has a connection of its own.
    executed(server, "slow", 1).await;
    assert_eq!(client(server, "count_run").run(&[("label", json!("next"))]).await.unwrap(), "next");
    assert_eq!(server.executions("slow"), 1);
}

#[tokio::test]
async fn silence_between_two_chunks_has_a_limit_of_its_own() {
    let server = shared().await;
    let impatient = options(server).with_stream_idle_timeout(Duration::from_millis(500));
    let impatient = RunAgentClient::connect_lazy(config(server, "aslow_stream").with_options(impatient)).unwrap();
    let mut stream = impatient.run_stream(&[("n", json!(3)), ("delay", json!(30))]).await.unwrap();
    assert_eq!(stream.next().await.expect("a chunk").unwrap(), json!({"i": 0}));
    let error = stream.next().await.expect("an error").unwrap_err();
    assert_eq!(error.code(), "STREAM_IDLE");
    assert!(stream.next().await.is_none());
}
