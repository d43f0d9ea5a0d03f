//! The span of a call, by the names of OpenTelemetry's semantic conventions for agents.
//!
//! One span a call, at the level `INFO`, around all its attempts; that of a stream lasts until the stream ends or is
//! dropped. What is sent and what comes back are not in it.

use std::time::Duration;

use tracing::{Instrument as _, Span, field::Empty};

use crate::{RunAgentError, RunAgentResult};

/// The span of a run, or of a stream. The documented REST API has no entrypoints.
pub(crate) fn invoke_agent(agent_id: &str, entrypoint_tag: Option<&str>, streams: bool) -> Span {
    tracing::info_span!(
        "invoke_agent",
        otel.name = "invoke_agent",
        otel.kind = "client",
        gen_ai.operation.name = "invoke_agent",
        gen_ai.provider.name = "runagent",
        gen_ai.agent.id = agent_id,
        gen_ai.request.stream = streams,
        gen_ai.response.time_to_first_chunk = Empty,
        runagent.entrypoint.tag = entrypoint_tag,
        otel.status_code = Empty,
        error.type = Empty,
    )
}

/// Makes a call within its span.
pub(crate) async fn within<T>(span: Span, call: impl Future<Output = RunAgentResult<T>>) -> RunAgentResult<T> {
    let outcome = call.instrument(span.clone()).await;
    outcome.inspect_err(|error| failed(&span, error))
}

/// Notes that the call has failed.
pub(crate) fn failed(span: &Span, error: &RunAgentError) {
    span.record("otel.status_code", "ERROR");
    span.record("error.type", error.code().as_str());
}

/// Notes how long the first chunk of a stream took.
pub(crate) fn first_chunk(span: &Span, time: Duration) {
    span.record("gen_ai.response.time_to_first_chunk", time.as_secs_f64());
}
