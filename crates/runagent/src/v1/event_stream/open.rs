//! The start of a stream: the request, and the head of its answer.

use std::{sync::Arc, time::Instant};

use http::Response;
use runagent_transport::{
    ApiKey, ApiRequest, Progress, TransportErrorKind,
    sse::{EventSource, EventSourceError, EventSourceErrorKind},
};
use runagent_types::{ApiError, ErrorCode, v1::InvokeOutput};
use serde::de::IgnoredAny;
use tracing::Span;

use super::{EventStream, subject};
use crate::{
    RunAgentError, RunAgentResult, RunOptions, config,
    stream::{Idle, Limits, silent},
};

/// Sends the request; done when the server has answered with a stream.
pub(crate) async fn open(
    defaults: &config::Limits,
    agent_id: Arc<str>,
    request: ApiRequest,
    options: RunOptions,
    span: Span,
) -> RunAgentResult<EventStream> {
    let started = Instant::now();
    let first = options.first_frame_timeout.unwrap_or(defaults.first_frame);
    let idle = options.idle_timeout.unwrap_or(defaults.stream_idle);
    let mut limits = Limits::of(&options);
    // The server may say nothing at all until the agent does.
    let request = options.apply(request).attempt_timeout(first);
    let source = request.events().max_reconnects(0).idle_timeout(idle).max_event_bytes(defaults.frame_bytes);
    let mut source = Box::new(source.build());
    let connecting = async {
        let connected = source.connect().await;
        connected.map_err(|error| refused(error, &agent_id, first.min(idle)))
    };
    Limits::opening(&mut limits, connecting).await?;
    let head = Box::new(head(&source)?);
    Ok(EventStream {
        agent_id,
        source: Some(source),
        head,
        first: Some(Idle::new(first)),
        idle,
        limits,
        received: 0,
        session_id: None,
        usage: None,
        execution_time: None,
        span,
        started: Some(started),
    })
}

/// The head of an answer that is a stream. There is none for 204.
fn head(source: &EventSource) -> RunAgentResult<Response<()>> {
    source.response().cloned().ok_or_else(|| {
        let message = "the server answered 204 No Content, where a stream of events was expected";
        RunAgentError::new(ErrorCode::DECODE_ERROR, message)
    })
}

/// Why there is no stream.
fn refused(error: EventSourceError, agent_id: &str, limit: std::time::Duration) -> RunAgentError {
    if let Some(transport) = error.transport() {
        let silence = transport.kind() == TransportErrorKind::Timeout && transport.progress() != Progress::NotSent;
        if silence {
            return silent(limit, 0).with_source(error);
        }
        return RunAgentError::of_transport(transport, subject(agent_id)).with_source(error);
    }
    match error.response() {
        Some(response) if error.kind() == EventSourceErrorKind::ContentType => no_stream(&error, response),
        Some(response) => RunAgentError::from_response(response, subject(agent_id)),
        None => RunAgentError::new(ErrorCode::DECODE_ERROR, error.to_string()).with_source(error),
    }
}

/// An answer of success that is no stream may tell of an error.
fn no_stream(error: &EventSourceError, response: &Response<bytes::Bytes>) -> RunAgentError {
    let body = response.body();
    if let Ok(Err(_)) = InvokeOutput::<IgnoredAny>::decode(body) {
        let api = match response.extensions().get::<ApiKey>() {
            Some(key) => ApiError::from_body(&key.redact(body)),
            None => ApiError::from_body(body),
        };
        return RunAgentError::from_agent(api, response);
    }
    RunAgentError::new(ErrorCode::DECODE_ERROR, error.to_string()).with_answer(response)
}
