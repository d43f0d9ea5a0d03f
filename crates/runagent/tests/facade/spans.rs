//! The span of a call.

use runagent::testing::FakeAgent;
use serde_json::json;
use tracing::Level;

use crate::{
    agent::{AGENT, lazy, refused, remote},
    log::Log,
};

fn agent() -> runagent::ClientOptions {
    FakeAgent::new(AGENT)
        .on_run("chat", |_, _| Err(runagent::RunAgentError::new("NO_CREDIT", "nothing left")))
        .on_stream("count_stream", |_, _| vec![json!("CHUNK-CANARY")])
        .into_options()
}

#[tokio::test]
async fn a_run_is_a_span_with_its_agent_and_its_error() {
    let log = Log::start(Level::INFO);
    let client = lazy(remote("chat").with_options(agent()));
    refused(client.run(&[("q", json!("INPUT-CANARY"))]).await);
    let closed = log.closed_calls();
    assert_eq!(closed.len(), 1, "{closed:?}");
    for field in [
        "invoke_agent{",
        "otel.kind=\"client\"",
        "gen_ai.operation.name=\"invoke_agent\"",
        "gen_ai.provider.name=\"runagent\"",
        "gen_ai.agent.id=\"agent-1\"",
        "runagent.entrypoint.tag=\"chat\"",
        "otel.status_code=\"ERROR\"",
        "error.type=\"NO_CREDIT\"",
    ] {
        assert!(closed[0].contains(field), "{field}: {closed:?}");
    }
    assert!(!closed[0].contains("CANARY"), "{closed:?}");
}

#[tokio::test]
async fn what_is_refused_before_it_is_sent_is_an_error_of_its_span() {
    let log = Log::start(Level::INFO);
    refused(lazy(remote("count_stream").with_options(agent())).run(&[]).await);
    refused(lazy(remote("chat").with_options(agent())).run_stream(&[]).await);
    let closed = log.closed_calls();
    assert_eq!(closed.len(), 2, "{closed:?}");
    for (line, code) in closed.iter().zip(["STREAM_ENTRYPOINT", "NON_STREAM_ENTRYPOINT"]) {
        assert!(line.contains(&format!("error.type=\"{code}\"")), "{line}");
    }
}

#[tokio::test]
async fn the_span_of_a_stream_lasts_until_its_end() {
    let log = Log::start(Level::INFO);
    let client = lazy(remote("count_stream").with_options(agent()));
    let mut stream = client.run_stream(&[]).await.expect("a stream");
    assert!(stream.next().await.expect("a chunk").is_ok());
    assert_eq!(log.closed_calls().len(), 0);
    assert!(stream.next().await.is_none());
    let closed = log.closed_calls();
    assert_eq!(closed.len(), 1, "{closed:?}");
    assert!(closed[0].contains("gen_ai.response.time_to_first_chunk="), "{closed:?}");
    assert!(!closed[0].contains("error.type") && !closed[0].contains("CANARY"), "{closed:?}");
}
