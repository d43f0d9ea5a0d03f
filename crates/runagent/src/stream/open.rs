//! The start of a stream: connection, request, first frame.

use std::{sync::Arc, task::Poll};

use http::StatusCode;
use runagent_transport::{Api, Message, Socket, SocketCredentials, Text, TransportError};
use runagent_types::{ErrorCode, Frame};
use serde::de::DeserializeOwned;
use tokio::time::Instant;
use tracing::Span;

use super::{Idle, Limits, RunStream, silent};
use crate::{
    RunAgentError, RunAgentResult, RunOptions,
    client::{Inner, Prepared, is_elsewhere},
    error::{Action, ErrorDetails},
};

/// What the attempt to start a stream came to.
enum Attempt<T> {
    Started(Box<RunStream<T>>),
    /// The server did not take the key from the header.
    Unauthorized(RunAgentError),
}

/// Starts a stream; done when the server has said so.
pub(crate) async fn open<T: DeserializeOwned>(
    client: Arc<Inner>,
    call: Prepared,
    span: &Span,
) -> RunAgentResult<RunStream<T>> {
    let started = Instant::now();
    let mut limits = Limits::of(call.options());
    let mut stream = Limits::opening(&mut limits, Box::pin(find(client, &call))).await?;
    stream.limits = limits;
    stream.span = span.clone();
    stream.started = Some(started);
    Ok(stream)
}

/// Starts it where the agent is by now.
async fn find<T: DeserializeOwned>(client: Arc<Inner>, call: &Prepared) -> RunAgentResult<RunStream<T>> {
    let limit = client.resolved.limits.control;
    let api = client.endpoint.api(&client.resolved).await?;
    let error = match start_authorized(&client, &api, call).await {
        Ok(stream) => return Ok(stream),
        Err(error) => error,
    };
    if is_elsewhere(&error) {
        return match client.endpoint.moved(&api, &client.resolved).await {
            Some(api) => start_authorized(&client, &api, call).await,
            None => Err(client.explain(error, &api, limit).await),
        };
    }
    if *error.code() == ErrorCode::ENTRYPOINT_NOT_FOUND {
        return Err(client.without_entrypoint(error, limit).await);
    }
    Err(error)
}

/// Starts with the key in the header, and if the server does not take it from there, once more with it in the query.
async fn start_authorized<T: DeserializeOwned>(
    client: &Arc<Inner>,
    api: &Api,
    call: &Prepared,
) -> RunAgentResult<RunStream<T>> {
    let may_use_query = api.has_key() && (api.base_url().is_https() || api.base_url().is_loopback());
    let remembered = may_use_query && client.endpoint.wants_token_in_query(api);
    let credentials = if remembered { SocketCredentials::HeaderAndQuery } else { SocketCredentials::Header };
    let refusal = match start(client, api, call, credentials).await? {
        Attempt::Started(stream) => return Ok(*stream),
        Attempt::Unauthorized(error) => error,
    };
    if !may_use_query || remembered {
        return Err(refusal);
    }
    match start(client, api, call, SocketCredentials::HeaderAndQuery).await? {
        Attempt::Started(stream) => {
            client.endpoint.remember_token_in_query(api);
            Ok(*stream)
        }
        Attempt::Unauthorized(error) => Err(error),
    }
}

async fn start<T: DeserializeOwned>(
    client: &Arc<Inner>,
    api: &Api,
    call: &Prepared,
    credentials: SocketCredentials,
) -> RunAgentResult<Attempt<T>> {
    let segments = ["agents", &client.resolved.agent_id, "run-stream"];
    let handshake = api.get(&segments).operation("run_stream").timeout(client.resolved.limits.control);
    let mut socket = match call.options().apply(handshake).connect(credentials).await {
        Ok(socket) => socket,
        Err(error) => {
            let unauthorized = is_unauthorized(&error, client.resolved.place.is_local());
            let error = RunAgentError::from_transport(error, client.subject(Action::OpenStream));
            return if unauthorized { Ok(Attempt::Unauthorized(error)) } else { Err(error) };
        }
    };
    let text = Text::from_utf8(call.body.clone()).map_err(|error| {
        RunAgentError::new(ErrorCode::VALIDATION_ERROR, "the request is not UTF-8").with_source(error)
    })?;
    // A server that closes at once may have done so before this; why it did comes as its first frame all the same.
    let sent = socket.send(Message::Text(text)).await;
    first_frame(client, call.options(), socket, sent).await
}

/// Waits for the first frame: the server sends it as soon as it has taken the request, or refuses.
async fn first_frame<T: DeserializeOwned>(
    client: &Arc<Inner>,
    options: &RunOptions,
    mut socket: Socket,
    sent: Result<(), TransportError>,
) -> RunAgentResult<Attempt<T>> {
    let limits = &client.resolved.limits;
    let mut wait = Idle::new(options.first_frame_timeout.unwrap_or(limits.first_frame));
    let message = std::future::poll_fn(|cx| match socket.poll_recv(cx) {
        Poll::Ready(message) => Poll::Ready(Ok(message)),
        Poll::Pending => wait.poll_waiting(cx).map(Err),
    })
    .await
    .map_err(|silence| {
        silent(silence, 0).with_suggestion("The server took the request and did not answer: look at its logs.")
    })?;
    let unauthorized = matches!(&message, Some(Ok(Message::Close(Some(close)))) if matches!(close.code, 1008 | 4401));
    if unauthorized {
        let error = RunAgentError::new(ErrorCode::AUTHENTICATION_ERROR, "the server closed the stream: not authorized")
            .with_context(ErrorDetails { attempts: 1, ..ErrorDetails::default() });
        return Ok(Attempt::Unauthorized(error));
    }
    sent.map_err(|error| RunAgentError::from_transport(error, client.subject(Action::Run)))?;
    let mut stream = RunStream {
        client: client.clone(),
        socket: Some(socket),
        complete: false,
        first: None,
        idle: Idle::new(options.idle_timeout.unwrap_or(limits.stream_idle)),
        limits: None,
        received: 0,
        invocation_id: None,
        total_chunks: None,
        execution_time: None,
        span: Span::none(),
        started: None,
    };
    match client.frame(message, 0)? {
        Frame::Started { invocation_id } => stream.invocation_id = invocation_id,
        Frame::Error(error) => return Err(client.stream_error(error)),
        Frame::Data(chunk) => stream.first = Some(chunk),
        Frame::Completed { total_chunks, execution_time, invocation_id } => {
            stream.socket = None;
            stream.complete = true;
            stream.total_chunks = total_chunks;
            stream.execution_time = execution_time;
            stream.invocation_id = invocation_id;
        }
        _ => tracing::debug!("a frame of no known kind is skipped"),
    }
    Ok(Attempt::Started(Box::new(stream)))
}

/// Whether the server missed the key. A local server says 403 when it serves another agent, which needs no key.
fn is_unauthorized(error: &TransportError, local: bool) -> bool {
    match error.response().map(http::Response::status) {
        Some(StatusCode::UNAUTHORIZED) => true,
        Some(StatusCode::FORBIDDEN) => !local,
        _ => false,
    }
}
