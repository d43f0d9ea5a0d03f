//! What else can be asked of an agent, and many calls at once.

use std::collections::BTreeSet;

use futures_util::future::{join, join_all};
use runagent::{Entrypoint, RunAgentClient};
use serde_json::{Value, json};

use crate::server::{client, collect, config, invocation_ends, shared};

#[tokio::test]
async fn the_architecture_lists_the_entrypoints_of_the_project() {
    let server = shared().await;
    let project = std::fs::read(server.agent_folder().join("runagent.config.json")).unwrap();
    let project: Value = serde_json::from_slice(&project).unwrap();
    let expected = project["agent_architecture"]["entrypoints"].as_array().expect("entrypoints");

    let architecture = client(server, "echo").get_agent_architecture().await.unwrap();
    assert_eq!(architecture.agent_id, server.agent_id());
    assert_eq!(architecture.entrypoints.len(), expected.len());
    for (ours, expected) in architecture.entrypoints.iter().zip(expected) {
        assert_eq!(json!(ours), *expected);
        assert_eq!(Entrypoint::is_stream(ours), ours.tag.ends_with("_stream"));
    }
}

#[tokio::test]
async fn the_health_tells_which_agent_is_served() {
    let server = shared().await;
    let client = RunAgentClient::new(config(server, "echo")).await.unwrap();
    assert!(client.health_check().await.unwrap());
    let health = client.health().await.unwrap();
    assert_eq!(health.agent_id.as_deref(), Some(server.agent_id()));
    assert_eq!(health.framework.as_deref(), Some("default"));
    assert!(health.uptime_seconds.is_some());
}

#[tokio::test]
async fn two_clients_run_and_stream_at_once_and_nothing_is_mixed_up() {
    let server = shared().await;
    let (one, other) = (client(server, "echo"), client(server, "async_echo"));
    let runs = join_all((0..8).map(|n| {
        let client = if n % 2 == 0 { &one } else { &other };
        client.run_with_args(&[json!(n)], &[("double", json!(n * 2))])
    }));
    let streams = join_all([("count_stream", 200), ("acount_stream", 300)].map(async |(tag, n)| {
        let stream = client(server, tag).run_stream(&[("n", json!(n))]).await.unwrap();
        (n, collect(stream).await)
    }));
    let (runs, streams) = join(runs, streams).await;
    for (n, result) in runs.into_iter().enumerate() {
        assert_eq!(result.unwrap(), json!({"args": [n], "kwargs": {"double": n * 2}}));
    }
    for (n, (chunks, error)) in streams {
        assert!(error.is_none(), "{error:?}");
        assert_eq!(chunks, (0..n).map(|i| json!({"i": i})).collect::<Vec<_>>());
    }
}

#[tokio::test]
async fn a_stream_that_is_given_up_does_not_stay_pending_on_the_server() {
    let server = shared().await;
    let client = client(server, "counted_stream");
    let kwargs = [("label", json!("given up")), ("n", json!(100_000)), ("delay", json!(0.01))];
    let mut ids = BTreeSet::new();
    for cancels in [true, false] {
        let mut stream = client.run_stream(&kwargs).await.unwrap();
        stream.next().await.expect("a chunk").unwrap();
        ids.insert(stream.invocation_id().expect("an id").to_owned());
        if cancels { stream.cancel().await } else { drop(stream) }
    }
    for id in ids {
        invocation_ends(server, &id, "failed").await;
    }
}
