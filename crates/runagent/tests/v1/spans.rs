//! The span of a call.

use runagent::{RunAgentError, testing::FakeV1, v1::Invoke};
use tracing::Level;

use crate::{
    api::{AGENT, agent_with, refused},
    log::Log,
};

#[tokio::test]
async fn an_invocation_is_a_span_with_its_agent_and_its_error() {
    let log = Log::start(Level::INFO);
    let api = FakeV1::new(AGENT).on_invoke(|_| Err(RunAgentError::new("NO_CREDIT", "nothing left")));
    let agent = agent_with(api.into_options().with_max_retries(0));
    refused(agent.invoke(Invoke::new("INPUT-CANARY")).await);
    let closed = log.closed_calls();
    assert_eq!(closed.len(), 1, "{closed:?}");
    for field in [
        "invoke_agent{",
        "gen_ai.agent.id=\"agent-123\"",
        "gen_ai.request.stream=false",
        "otel.status_code=\"ERROR\"",
        "error.type=\"NO_CREDIT\"",
    ] {
        assert!(closed[0].contains(field), "{field}: {closed:?}");
    }
    assert!(!closed[0].contains("entrypoint") && !closed[0].contains("CANARY"), "{closed:?}");
}

#[tokio::test]
async fn the_span_of_a_stream_lasts_until_its_end() {
    let log = Log::start(Level::INFO);
    let agent = agent_with(FakeV1::new(AGENT).into_options());
    let mut stream = agent.stream(Invoke::new("CHUNK-CANARY")).await.expect("a stream").into_text();
    assert!(stream.next().await.expect("a chunk").is_ok());
    assert_eq!(log.closed_calls().len(), 0);
    assert!(stream.next().await.is_none());
    let closed = log.closed_calls();
    assert_eq!(closed.len(), 1, "{closed:?}");
    assert!(closed[0].contains("gen_ai.response.time_to_first_chunk="), "{closed:?}");
    assert!(!closed[0].contains("error.type") && !closed[0].contains("CANARY"), "{closed:?}");
}
