//! The start of a stream: connection, request, first frame.

use std::{sync::Arc, time::Instant};

use bytes::Bytes;
use http::StatusCode;
use runagent_transport::{Api, Message, Socket, SocketCredentials, Text, TransportError};
use runagent_types::{ErrorCode, StreamFrame};

use tracing::Span;

use super::{Idle, RunStream, silent};
use crate::{
    RunAgentError, RunAgentResult,
    client::{Inner, is_elsewhere},
    error::{Action, ErrorDetails},
};

/// What the attempt to start a stream came to.
enum Attempt {
    Started(Box<RunStream>),
    /// The server did not take the key from the header.
    Unauthorized(RunAgentError),
}

/// Starts a stream; done when the server has said so.
pub(crate) async fn open(client: Arc<Inner>, request: Bytes, span: &Span) -> RunAgentResult<RunStream> {
    let started = Instant::now();
    let mut stream = find(client, request).await?;
    stream.span = span.clone();
    stream.started = Some(started);
    Ok(stream)
}

/// Starts it where the agent is by now.
async fn find(client: Arc<Inner>, request: Bytes) -> RunAgentResult<RunStream> {
    let api = client.endpoint.api(&client.resolved).await?;
    let error = match start_authorized(&client, &api, &request).await {
        Ok(stream) => return Ok(stream),
        Err(error) => error,
    };
    if is_elsewhere(&error) {
        return match client.endpoint.moved(&api, &client.resolved).await {
            Some(api) => start_authorized(&client, &api, &request).await,
            None => Err(client.explain(error, &api).await),
        };
    }
    if *error.code() == ErrorCode::ENTRYPOINT_NOT_FOUND {
        return Err(client.without_entrypoint(error).await);
    }
    Err(error)
}

/// Starts with the key in the header, and if the server does not take it from there, once more with it in the query.
async fn start_authorized(client: &Arc<Inner>, api: &Api, request: &Bytes) -> RunAgentResult<RunStream> {
    let may_use_query = api.has_key() && (api.base_url().is_https() || api.base_url().is_loopback());
    let remembered = may_use_query && client.endpoint.wants_token_in_query(api);
    let credentials = if remembered { SocketCredentials::HeaderAndQuery } else { SocketCredentials::Header };
    let refusal = match start(client, api, request, credentials).await? {
        Attempt::Started(stream) => return Ok(*stream),
        Attempt::Unauthorized(error) => error,
    };
    if !may_use_query || remembered {
        return Err(refusal);
    }
    match start(client, api, request, SocketCredentials::HeaderAndQuery).await? {
        Attempt::Started(stream) => {
            client.endpoint.remember_token_in_query(api);
            Ok(*stream)
        }
        Attempt::Unauthorized(error) => Err(error),
    }
}

async fn start(
    client: &Arc<Inner>,
    api: &Api,
    request: &Bytes,
    credentials: SocketCredentials,
) -> RunAgentResult<Attempt> {
    let segments = ["agents", &client.resolved.agent_id, "run-stream"];
    let options = &client.resolved.options;
    let handshake = api.get(&segments).operation("run_stream").timeout(options.control_timeout);
    let mut socket = match handshake.connect(credentials).await {
        Ok(socket) => socket,
        Err(error) => {
            let unauthorized = is_unauthorized(&error, client.resolved.place.is_local());
            let error = RunAgentError::from_transport(error, client.subject(Action::OpenStream));
            return if unauthorized { Ok(Attempt::Unauthorized(error)) } else { Err(error) };
        }
    };
    let text = Text::from_utf8(request.clone()).map_err(|error| {
        RunAgentError::new(ErrorCode::VALIDATION_ERROR, "the request is not UTF-8").with_source(error)
    })?;
    // A server that closes at once may have done so before this; why it did comes as its first frame all the same.
    let sent = socket.send(Message::Text(text)).await;
    first_frame(client, socket, sent).await
}

/// Waits for the first frame: the server sends it as soon as it has taken the request, or refuses.
async fn first_frame(
    client: &Arc<Inner>,
    mut socket: Socket,
    sent: Result<(), TransportError>,
) -> RunAgentResult<Attempt> {
    let options = &client.resolved.options;
    let mut wait = Idle::new(options.first_frame_timeout);
    let message = std::future::poll_fn(|cx| match socket.poll_recv(cx) {
        std::task::Poll::Ready(message) => std::task::Poll::Ready(Ok(message)),
        std::task::Poll::Pending => wait.poll_waiting(cx).map(Err),
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
        first: None,
        idle: Idle::new(options.stream_idle_timeout),
        received: 0,
        invocation_id: None,
        total_chunks: None,
        execution_time: None,
        span: Span::none(),
        started: None,
    };
    match client.frame(message, 0)? {
        StreamFrame::Started { invocation_id } => stream.invocation_id = invocation_id,
        StreamFrame::Error(error) => return Err(client.stream_error(error)),
        StreamFrame::Data(chunk) => stream.first = Some(chunk),
        StreamFrame::Completed { total_chunks, execution_time, invocation_id } => {
            stream.socket = None;
            stream.total_chunks = total_chunks;
            stream.execution_time = execution_time;
            stream.invocation_id = invocation_id;
        }
        other => tracing::debug!(frame = ?other, "a frame of no known kind is skipped"),
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
