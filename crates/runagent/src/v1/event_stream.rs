//! What an agent says while it works.

mod open;
mod text;

use std::{
    fmt,
    future::poll_fn,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll, ready},
    time::{Duration, Instant, SystemTime},
};

use futures_core::Stream;
use runagent_transport::{
    RateLimit, TransportErrorKind,
    sse::{EventSource, EventSourceError, EventSourceErrorKind, EventSourceItem, OwnedEvent},
};
use runagent_types::{
    ApiError, ErrorCode,
    v1::{StreamEvent, Usage},
};
use serde_json::json;
use tracing::Span;

pub(super) use self::open::open;
pub use self::text::TextStream;
use crate::{
    RunAgentError, RunAgentResult,
    decode::undecodable,
    error::{Action, Subject, request_id},
    stream::{Idle, Limits, silent},
    telemetry,
};

/// What an agent says while it works, as it arrives: from [`AgentClient::stream`](super::AgentClient::stream).
///
/// The events are [`StreamEvent`]s, of which those that mean nothing here come as `Unknown`. The last is `Done`; `None`
/// comes after it, and only then. Everything else is an error, and the last item: `STREAM_TRUNCATED` when the stream broke
/// off (its details say after how many chunks), `STREAM_IDLE` when the server fell silent, `STREAM_ERROR` or the server's
/// own code when the agent failed, `RESPONSE_TOO_LARGE`, `DECODE_ERROR`, `TIMEOUT_ERROR` and `CANCELLED` where the call has
/// a time limit or a token. What a server sends after `Done` is not read.
///
/// The first event must come within 60 s
/// ([`with_first_frame_timeout`](crate::ClientOptions::with_first_frame_timeout)). No silence may last longer than 120 s
/// ([`with_stream_idle_timeout`](crate::ClientOptions::with_stream_idle_timeout)), where any byte counts, those of comments
/// too; time that the caller spends between two events does not. The stream as a whole has no limit but that of
/// [`RunOptions::with_timeout`](crate::RunOptions::with_timeout).
///
/// Nothing runs in the background: a slow reader holds the server back. Dropping the stream closes its connection, which is
/// how a server learns that nobody listens any more.
///
/// ```
/// use runagent::{ApiConfig, testing::FakeV1, v1};
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> runagent::RunAgentResult<()> {
/// # let options = FakeV1::new("agent-123").on_stream(|_| Ok(vec!["Once ".into(), "upon".into()])).into_options();
/// # let agent = v1::AgentClient::new("agent-123", ApiConfig::new().with_api_key("key").with_options(options))?;
/// let mut stream = agent.stream(v1::Invoke::new("Tell a story")).await?;
/// let mut story = String::new();
/// while let Some(event) = stream.next().await {
///     match event? {
///         v1::StreamEvent::Start { session_id, .. } => println!("session {session_id:?}"),
///         v1::StreamEvent::Chunk { content, .. } => story.push_str(&content),
///         v1::StreamEvent::Done { usage, .. } => println!("\n{usage:?}"),
///         _ => {}
///     }
/// }
/// assert_eq!((story.as_str(), stream.received()), ("Once upon", 2));
/// # Ok(())
/// # }
/// ```
pub struct EventStream {
    agent_id: Arc<str>,
    /// `None` once the stream has ended.
    source: Option<Box<EventSource>>,
    /// The head of the answer.
    head: Box<http::Response<()>>,
    /// Until the first event has come.
    first: Option<Idle>,
    idle: Duration,
    /// What ends the stream from this side: seldom set.
    limits: Option<Box<Limits>>,
    received: u64,
    session_id: Option<String>,
    usage: Option<Usage>,
    execution_time: Option<f64>,
    /// Open until the stream has ended.
    span: Span,
    /// When the call was made, until its first chunk has come.
    started: Option<Instant>,
}

impl EventStream {
    /// The next event; `None` when the stream is complete.
    ///
    /// # Errors
    ///
    /// See [`EventStream`]. An error is the last item.
    ///
    /// # Cancel safety
    ///
    /// Cancel safe: an event is either returned or still there.
    pub async fn next(&mut self) -> Option<RunAgentResult<StreamEvent>> {
        poll_fn(|cx| self.poll_event(cx)).await
    }

    /// Reads the stream to its end and appends the text of its chunks. Returns how many bytes were appended.
    ///
    /// # Errors
    ///
    /// See [`EventStream`]. What came before the error is in `text`.
    ///
    /// # Cancel safety
    ///
    /// Cancel safe: what came is in `text`, and the stream goes on where it was left.
    pub async fn read_to_string(&mut self, text: &mut String) -> RunAgentResult<usize> {
        let before = text.len();
        while let Some(event) = self.next().await {
            if let StreamEvent::Chunk { content, .. } = event? {
                text.push_str(&content);
            }
        }
        Ok(text.len() - before)
    }

    /// The text of its chunks alone, as a stream of its own.
    #[must_use]
    pub const fn into_text(self) -> TextStream {
        TextStream(self)
    }

    /// Closes the stream. Dropping it does the same; a server learns of it when it sends the next event, and the agent may
    /// go on until then.
    pub fn cancel(self) {}

    /// How many chunks were returned so far.
    #[must_use]
    pub const fn received(&self) -> u64 {
        self.received
    }

    /// The conversation, once the server has told it, which it does at the start.
    #[must_use]
    pub fn session_id(&self) -> Option<&str> {
        self.session_id.as_deref()
    }

    /// How many tokens it took, once the stream is complete.
    #[must_use]
    pub const fn usage(&self) -> Option<Usage> {
        self.usage
    }

    /// How long the agent ran, once the stream is complete.
    #[must_use]
    pub fn execution_time(&self) -> Option<Duration> {
        self.execution_time.and_then(|seconds| Duration::try_from_secs_f64(seconds).ok())
    }

    /// The rate limit that the server told with its answer.
    #[must_use]
    pub fn rate_limit(&self) -> RateLimit {
        RateLimit::of(self.head.headers(), SystemTime::now())
    }

    /// The server's id of the request, to quote in a question to its operator.
    #[must_use]
    pub fn request_id(&self) -> Option<String> {
        request_id(self.head.headers())
    }

    fn poll_event(&mut self, cx: &mut Context<'_>) -> Poll<Option<RunAgentResult<StreamEvent>>> {
        let Some(source) = &mut self.source else { return Poll::Ready(None) };
        if let Some(limits) = &mut self.limits
            && let Poll::Ready(error) = limits.poll(cx, self.received)
        {
            return self.fail(error);
        }
        loop {
            let item = match Pin::new(&mut **source).poll_next(cx) {
                Poll::Ready(item) => item,
                Poll::Pending => {
                    let Some(first) = &mut self.first else { return Poll::Pending };
                    let silence = ready!(first.poll_waiting(cx));
                    return self.fail(silent(silence, self.received));
                }
            };
            let outcome = match item {
                Some(Ok(EventSourceItem::Event(event))) => self.event(&event),
                // Comments and reconnections are not asked for.
                Some(Ok(_)) => continue,
                Some(Err(error)) => Err(self.lost(error)),
                None => Err(truncated("the stream ended", self.received)),
            };
            return match outcome {
                Ok(event) => Poll::Ready(Some(Ok(event))),
                Err(error) => self.fail(error),
            };
        }
    }

    /// What an event says. After the last one the connection is closed.
    fn event(&mut self, event: &OwnedEvent) -> RunAgentResult<StreamEvent> {
        self.first = None;
        let decoded = StreamEvent::decode(&event.kind, &event.data)
            .map_err(|error| undecodable::<()>(error, || Ok(())).with_details(json!({ "received": self.received })))?;
        match &decoded {
            StreamEvent::Start { session_id, .. } => self.session_id.clone_from(session_id),
            StreamEvent::Chunk { .. } => {
                self.received += 1;
                if let Some(started) = self.started.take() {
                    telemetry::first_chunk(&self.span, started.elapsed());
                }
            }
            StreamEvent::Error(error) => return Err(failure(error.clone())),
            StreamEvent::Done { usage, execution_time, .. } => {
                self.usage = *usage;
                self.execution_time = *execution_time;
                self.source = None;
                self.span = Span::none();
            }
            _ => {}
        }
        Ok(decoded)
    }

    /// Why nothing more comes.
    fn lost(&self, error: EventSourceError) -> RunAgentError {
        let received = self.received;
        match error.kind() {
            EventSourceErrorKind::Ended => truncated("the server ended the stream", received),
            EventSourceErrorKind::Idle => silent(self.idle, received),
            EventSourceErrorKind::TooLarge => RunAgentError::new(ErrorCode::RESPONSE_TOO_LARGE, error.to_string())
                .with_details(json!({ "received": received })),
            _ => match error.transport() {
                Some(transport) if transport.kind() != TransportErrorKind::Closed => {
                    let result = RunAgentError::of_transport(transport, subject(&self.agent_id));
                    result.with_details(json!({ "received": received })).with_source(error)
                }
                _ => truncated("the connection broke", received).with_source(error),
            },
        }
    }

    fn fail(&mut self, error: RunAgentError) -> Poll<Option<RunAgentResult<StreamEvent>>> {
        let error = error.with_answer(&self.head);
        self.source = None;
        telemetry::failed(&self.span, &error);
        self.span = Span::none();
        Poll::Ready(Some(Err(error)))
    }
}

fn subject(agent_id: &str) -> Subject<'_> {
    Subject { agent_id: Some(agent_id), local: false, action: Action::Invoke }
}

/// An error that the server reports in the stream: the agent had started.
fn failure(api: ApiError) -> RunAgentError {
    let code = api.code.clone().unwrap_or(ErrorCode::STREAM_ERROR);
    let mut error = RunAgentError::from_api(code, api);
    error.details_mut().retryable = Some(false);
    error
}

fn truncated(how: &str, received: u64) -> RunAgentError {
    let message = format!("{how} after {received} chunks, before it was complete");
    RunAgentError::new(ErrorCode::STREAM_TRUNCATED, message).with_details(json!({ "received": received }))
}

impl Stream for EventStream {
    type Item = RunAgentResult<StreamEvent>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        self.poll_event(cx)
    }
}

impl fmt::Debug for EventStream {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("EventStream")
            .field("session_id", &self.session_id)
            .field("received", &self.received)
            .field("ended", &self.source.is_none())
            .finish_non_exhaustive()
    }
}
