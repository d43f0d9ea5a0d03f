//! The chunks of a streaming entrypoint.

mod event;
mod idle;
mod limits;
mod open;
mod read;

use std::{
    fmt,
    future::poll_fn,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll, ready},
    time::Duration,
};

use futures_core::Stream;
use runagent_transport::{CloseFrame, Message, Socket, TransportError, TransportErrorKind};
use runagent_types::{ErrorCode, Frame};
use serde::de::DeserializeOwned;
use serde_json::{Value, json};
use tokio::time::Instant;
use tracing::Span;

pub use self::event::{RunEvent, RunEvents};
pub(crate) use self::{idle::Idle, limits::Limits, open::open};
use crate::{
    RunAgentError, RunAgentResult,
    client::Inner,
    decode::{Located, undecodable},
    error::{Action, ErrorDetails},
    telemetry,
};

/// How long [`RunStream::cancel`] waits for the server to say goodbye.
const CANCEL_TIME: Duration = Duration::from_secs(2);

/// The chunks of a streaming entrypoint, as they arrive.
///
/// It ends with `None` only after the server said that the stream is complete. Everything else is an error, and the last
/// item: `STREAM_TRUNCATED` when the stream broke off (its details say after how many chunks), `STREAM_IDLE` when the
/// server fell silent, `STREAM_ERROR` or the server's own code when the agent failed, `RESPONSE_TOO_LARGE`,
/// `DECODE_ERROR` (of a chunk that is no `T`, too), `TIMEOUT_ERROR` and `CANCELLED` where the call has a time limit or a
/// token.
///
/// A consumer may take its time: the connection is kept alive while nothing is read, some 4 MiB are kept, and from then on
/// the server is held back. Dropping the stream closes the connection, which is how a server learns that nobody listens
/// any more; [`cancel`](Self::cancel) waits for it to say goodbye.
///
/// It is a [`Stream`] too, for `futures::StreamExt` and its kin. All of it at once is
/// [`read_to_end`](Self::read_to_end), with what happens between the chunks [`into_events`](Self::into_events). See
/// [`RunAgentClient::run_stream`](crate::RunAgentClient::run_stream) for an example.
pub struct RunStream<T = Value> {
    client: Arc<Inner>,
    /// `None` once the stream has ended.
    socket: Option<Socket>,
    /// The server has said so.
    complete: bool,
    /// The first chunk, if it came before the server said that the stream has started.
    first: Option<T>,
    idle: Idle,
    /// What ends the stream from this side: seldom set.
    limits: Option<Box<Limits>>,
    received: u64,
    invocation_id: Option<String>,
    total_chunks: Option<u64>,
    execution_time: Option<f64>,
    /// Open until the stream is dropped.
    span: Span,
    /// When the call was made, until its first chunk has come.
    started: Option<Instant>,
}

impl<T: DeserializeOwned> RunStream<T> {
    /// The next chunk; `None` when the stream is complete.
    ///
    /// # Errors
    ///
    /// See [`RunStream`]. An error is the last item.
    ///
    /// # Cancel safety
    ///
    /// Cancel safe: a chunk is either returned or still there.
    pub async fn next(&mut self) -> Option<RunAgentResult<T>> {
        poll_fn(|cx| self.poll_chunk(cx)).await
    }
}

impl<T> RunStream<T> {
    /// How many chunks were returned so far.
    #[must_use]
    pub const fn received(&self) -> u64 {
        self.received
    }

    /// The server's id of this invocation.
    #[must_use]
    pub fn invocation_id(&self) -> Option<&str> {
        self.invocation_id.as_deref()
    }

    /// How many chunks the agent yielded, once the stream is complete.
    #[must_use]
    pub const fn total_chunks(&self) -> Option<u64> {
        self.total_chunks
    }

    /// How long the agent ran, once the stream is complete.
    #[must_use]
    pub fn execution_time(&self) -> Option<Duration> {
        self.execution_time.and_then(|seconds| Duration::try_from_secs_f64(seconds).ok())
    }

    /// Closes the stream and waits, two seconds at most, until the server has noticed. A server learns of it when it sends
    /// the next chunk; the agent may go on until then.
    ///
    /// # Cancel safety
    ///
    /// Dropping the future closes the stream without waiting.
    pub async fn cancel(mut self) {
        let Some(socket) = self.socket.take() else { return };
        if tokio::runtime::Handle::try_current().is_ok() {
            // However it ends, the connection is closed.
            drop(tokio::time::timeout(CANCEL_TIME, socket.close(CloseFrame::NORMAL)).await);
        }
    }

    fn fail(&mut self, error: RunAgentError) -> Poll<Option<RunAgentResult<T>>> {
        self.socket = None;
        // Nothing follows an error.
        self.first = None;
        telemetry::failed(&self.span, &error);
        self.span = Span::none();
        Poll::Ready(Some(Err(error)))
    }
}

impl<T: DeserializeOwned> RunStream<T> {
    pub(crate) fn poll_chunk(&mut self, cx: &mut Context<'_>) -> Poll<Option<RunAgentResult<T>>> {
        if let Some(limits) = &mut self.limits
            && self.socket.is_some()
            && let Poll::Ready(error) = limits.poll(cx, self.received)
        {
            return self.fail(error);
        }
        if let Some(chunk) = self.first.take() {
            return self.chunk(chunk);
        }
        loop {
            let Some(socket) = &mut self.socket else { return Poll::Ready(None) };
            let message = match socket.poll_recv(cx) {
                Poll::Ready(message) => message,
                Poll::Pending => {
                    let silence = ready!(self.idle.poll_waiting(cx));
                    return self.fail(silent(silence, self.received));
                }
            };
            self.idle.disarm();
            match self.client.frame(message, self.received) {
                Ok(Frame::Data(chunk)) => return self.chunk(chunk),
                Ok(Frame::Completed { total_chunks, execution_time, invocation_id }) => {
                    if total_chunks.is_some_and(|total| total != self.received) {
                        let received = self.received;
                        tracing::warn!(received, ?total_chunks, "the server counts other chunks than it sent");
                    }
                    self.total_chunks = total_chunks;
                    self.execution_time = execution_time;
                    self.invocation_id = invocation_id.or(self.invocation_id.take());
                    self.complete = true;
                    self.socket = None;
                    self.span = Span::none();
                    return Poll::Ready(None);
                }
                Ok(Frame::Started { invocation_id }) => self.invocation_id = invocation_id,
                Ok(Frame::Error(error)) => {
                    let error = self.client.stream_error(error);
                    return self.fail(error);
                }
                Ok(Frame::Unknown { kind }) => tracing::debug!(kind, "a frame of no known kind is skipped"),
                Ok(_) => tracing::debug!("a frame of no known kind is skipped"),
                Err(error) => return self.fail(error),
            }
        }
    }

    fn chunk(&mut self, chunk: T) -> Poll<Option<RunAgentResult<T>>> {
        self.received += 1;
        if let Some(started) = self.started.take() {
            telemetry::first_chunk(&self.span, started.elapsed());
        }
        Poll::Ready(Some(Ok(chunk)))
    }
}

/// Nothing in it is pinned in its place.
impl<T> Unpin for RunStream<T> {}

impl<T: DeserializeOwned> Stream for RunStream<T> {
    type Item = RunAgentResult<T>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        self.poll_chunk(cx)
    }
}

impl Inner {
    /// The frame in what the socket gave; an error when it gave none.
    fn frame<T: DeserializeOwned>(
        &self,
        message: Option<Result<Message, TransportError>>,
        received: u64,
    ) -> RunAgentResult<Frame<T>> {
        match message {
            Some(Ok(Message::Text(text))) => {
                Frame::decode(&text).map_err(|error| undecodable(error, || Frame::<Located<T>>::decode(&text)))
            }
            Some(Ok(Message::Close(close))) => Err(closed(close.as_ref(), received)),
            Some(Ok(_)) => Ok(Frame::Unknown { kind: "binary".to_owned() }),
            Some(Err(error)) => Err(match error.kind() {
                TransportErrorKind::Closed => truncated("the connection broke", None, received).with_source(error),
                _ => RunAgentError::from_transport(error, self.subject(Action::Run))
                    .with_details(json!({ "received": received })),
            }),
            None => Err(truncated("the connection ended", None, received)),
        }
    }

    /// An error that the server reports in the stream.
    fn stream_error(&self, api: runagent_types::ApiError) -> RunAgentError {
        let code = match &api.code {
            Some(code) => code.clone(),
            None => self.code_of_refusal(&api.message).unwrap_or(ErrorCode::STREAM_ERROR),
        };
        let mut error = RunAgentError::from_api(code, api);
        // The agent had started, or the request can't be started as it is.
        error.details_mut().retryable = Some(false);
        error
    }

    /// The local server refuses a stream in these sentences, without a code.
    fn code_of_refusal(&self, message: &str) -> Option<ErrorCode> {
        let tag = &self.entrypoint_tag;
        if message == format!("Entrypoint {tag} not found") {
            Some(ErrorCode::ENTRYPOINT_NOT_FOUND)
        } else if message.starts_with(&format!("Entrypoint `{tag}` is not a streaming entrypoint")) {
            Some(ErrorCode::NON_STREAM_ENTRYPOINT)
        } else {
            None
        }
    }
}

/// The server closed before it said that the stream is complete.
fn closed(close: Option<&CloseFrame>, received: u64) -> RunAgentError {
    match close {
        Some(close) if close.code == 1009 && received == 0 => {
            RunAgentError::new(ErrorCode::VALIDATION_ERROR, "the request is larger than the server takes (close 1009)")
                .with_suggestion("Send less: smaller arguments, or a reference to the data.")
        }
        Some(close) => truncated(&format!("the server closed the stream ({close})"), Some(close.code), received),
        None => truncated("the server closed the stream", None, received),
    }
}

fn truncated(how: &str, close_code: Option<u16>, received: u64) -> RunAgentError {
    let message = format!("{how} after {received} chunks, before it was complete");
    RunAgentError::new(ErrorCode::STREAM_TRUNCATED, message)
        .with_context(ErrorDetails { attempts: 1, ..ErrorDetails::default() })
        .with_details(json!({ "received": received, "close_code": close_code }))
}

/// The server fell silent.
pub(crate) fn silent(silence: Duration, received: u64) -> RunAgentError {
    let message = format!("the server said nothing for {silence:?}, after {received} chunks");
    RunAgentError::new(ErrorCode::STREAM_IDLE, message)
        .with_context(ErrorDetails { attempts: 1, ..ErrorDetails::default() })
        .with_details(json!({ "received": received }))
}

impl<T> fmt::Debug for RunStream<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RunStream")
            .field("invocation_id", &self.invocation_id)
            .field("received", &self.received)
            .field("ended", &self.socket.is_none())
            .finish_non_exhaustive()
    }
}
