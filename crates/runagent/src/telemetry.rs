//! The span of a call, by the names of OpenTelemetry's semantic conventions for agents.
//!
//! One span a call, at the level `INFO`, around all its attempts; that of a stream lasts until the stream ends or is
//! dropped. What is sent and what comes back are not in it.

use std::time::Duration;

use tracing::{Span, field::Empty};

use crate::{RunAgentError, client::Inner};

/// The span of a run, or of a stream.
pub(crate) fn invoke_agent(client: &Inner, streams: bool) -> Span {
    tracing::info_span!(
        "invoke_agent",
        otel.name = "invoke_agent",
        otel.kind = "client",
        gen_ai.operation.name = "invoke_agent",
        gen_ai.provider.name = "runagent",
        gen_ai.agent.id = client.resolved.agent_id,
        gen_ai.request.stream = streams,
        gen_ai.response.time_to_first_chunk = Empty,
        runagent.entrypoint.tag = client.entrypoint_tag,
        otel.status_code = Empty,
        error.type = Empty,
    )
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
