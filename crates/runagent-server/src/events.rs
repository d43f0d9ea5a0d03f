//! An agent's stream as server-sent events.

use std::convert::Infallible;
use std::time::Duration;

use axum::body::Body;
use axum::response::Response;
use bytes::Bytes;
use futures_core::stream::BoxStream;
use futures_util::{StreamExt, stream};
use http::HeaderValue;
use http::header::{CACHE_CONTROL, CONTENT_TYPE};
use runagent_transport::sse::{Event, Item};
use runagent_types::ErrorCode;
use tokio::select;
use tokio::sync::mpsc;
use tokio::time::{sleep, timeout};
use tracing::Instrument;

use crate::agent::Open;
use crate::invocation::{Invocation, Outcome};
use crate::places::Place;
use crate::recording::Summary;
use crate::shutdown::Participant;
use crate::{AgentError, Input, request_id};

/// How long the stream is silent before a comment says that the server is still there.
const KEEP_ALIVE: Duration = Duration::from_secs(15);
/// How long a client may take nothing of what is sent to it.
const STALL_TIME: Duration = Duration::from_secs(600);

/// What there is to say of a stream.
pub(crate) enum Moment<'a> {
    Started,
    /// A chunk, as JSON; the first has the index 0.
    Chunk {
        json: &'a str,
        index: u64,
    },
    Failed(AgentError),
    Completed {
        chunks: u64,
        seconds: f64,
    },
}

/// A stream that goes on.
struct Running {
    chunks: BoxStream<'static, Result<String, AgentError>>,
    summary: Summary,
    invocation: Invocation,
    shutdown: Participant,
    _place: Place,
}

/// Answers with the events of a stream, in the words of `tell`. When the client goes away hyper drops the body, and with
/// it the agent's stream. No more than one event waits for a client that reads slowly.
pub(crate) fn answer<T>(
    open: &Open,
    (invocation, input): (Invocation, Input),
    place: Place,
    shutdown: Participant,
    tell: T,
) -> Response
where
    T: Fn(Moment<'_>) -> Event<'static> + Send + Sync + 'static,
{
    let summary = Summary::default();
    let context = invocation.context().clone();
    let running = Running { chunks: open(input), summary, invocation, shutdown, _place: place };
    let (sender, mut receiver) = mpsc::channel(1);
    // A task, since nobody polls the body for a client that does not read, and such a one must be given up some day.
    tokio::spawn(async move {
        select! {
            () = running.send(&tell, &sender) => {}
            () = sender.closed() => {}
        }
    });
    let events = stream::poll_fn(move |cx| receiver.poll_recv(cx));
    let mut response = Response::new(Body::from_stream(events.map(Ok::<_, Infallible>)));
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("text/event-stream"));
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-cache"));
    // What nginx buffers otherwise.
    headers.insert("x-accel-buffering", HeaderValue::from_static("no"));
    request_id::with_id(response, context.invocation_id())
}

impl Running {
    /// Sends everything, unless the client takes nothing for too long.
    async fn send(self, tell: &(impl Fn(Moment<'_>) -> Event<'static> + Send + Sync), sender: &mpsc::Sender<Bytes>) {
        let (mut bytes, mut running) = (encode(tell(Moment::Started)), Some(self));
        while let Ok(Ok(())) = timeout(STALL_TIME, sender.send(bytes)).await {
            let Some(stream) = running else { return };
            (bytes, running) = stream.next(tell).await;
        }
    }

    /// The next bytes, and the stream if it goes on after them.
    async fn next(mut self, tell: &(impl Fn(Moment<'_>) -> Event<'static> + Send + Sync)) -> (Bytes, Option<Self>) {
        let span = self.invocation.context().span().clone();
        let chunk = select! {
            chunk = self.chunks.next().instrument(span) => chunk,
            () = self.shutdown.begun() => {
                let error = AgentError::new("the server shuts down").with_code(ErrorCode::STREAM_ERROR);
                return (encode(tell(Moment::Failed(error))), None);
            }
            () = sleep(KEEP_ALIVE) => return (Bytes::from_static(b": keep-alive\n\n"), Some(self)),
        };
        match chunk {
            Some(Ok(json)) => {
                let bytes = encode(tell(Moment::Chunk { json: &json, index: self.summary.total() }));
                self.summary.add(&json);
                (bytes, Some(self))
            }
            Some(Err(error)) => {
                self.invocation.end(Outcome::Failed(&error));
                (encode(tell(Moment::Failed(error))), None)
            }
            None => {
                let (chunks, seconds) = (self.summary.total(), self.invocation.elapsed().as_secs_f64());
                self.invocation.end(Outcome::Streamed(&self.summary));
                (encode(tell(Moment::Completed { chunks, seconds })), None)
            }
        }
    }
}

fn encode(event: Event<'static>) -> Bytes {
    let mut bytes = Vec::new();
    // Only names with line breaks are refused, and these are words of ours.
    let _ = Item::Event(event).encode(&mut bytes);
    bytes.into()
}
