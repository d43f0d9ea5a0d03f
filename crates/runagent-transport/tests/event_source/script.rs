//! A server in memory that gives scripted answers, and what the tests read from a source.

use std::{
    collections::VecDeque,
    pin::Pin,
    sync::{Arc, Mutex},
    task::{Context, Poll},
    time::Duration,
};

use bytes::Bytes;
use http_body::Frame;
use runagent_transport::{
    Body, Progress, Transport, TransportError, TransportErrorKind,
    sse::{EventSource, EventSourceBuilder, EventSourceError, EventSourceItem, OwnedEvent},
    transport_fn,
};
use tokio::{
    sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel},
    time::Instant,
};

/// What the server does with one request.
pub(crate) enum Answer {
    Response(http::Response<Body>),
    Error(TransportError),
    Silence,
}

/// A request, and when it came, counted from the start of the server.
#[derive(Clone, Debug)]
pub(crate) struct Seen {
    pub(crate) request: http::Request<Vec<u8>>,
    pub(crate) at: Duration,
}

impl Seen {
    pub(crate) fn header(&self, name: &str) -> Option<&[u8]> {
        self.request.headers().get(name).map(http::HeaderValue::as_bytes)
    }
}

/// Clones share the script. A request beyond it fails the test.
#[derive(Clone)]
pub(crate) struct Server {
    answers: Arc<Mutex<VecDeque<Answer>>>,
    seen: Arc<Mutex<Vec<Seen>>>,
    started: Instant,
}

impl Server {
    pub(crate) fn new(answers: impl IntoIterator<Item = Answer>) -> Self {
        let answers = Arc::new(Mutex::new(answers.into_iter().collect()));
        Self { answers, seen: Arc::default(), started: Instant::now() }
    }

    pub(crate) fn transport(&self) -> impl Transport {
        let server = self.clone();
        transport_fn(move |request| {
            let server = server.clone();
            async move {
                let at = server.started.elapsed();
                let (head, body) = request.into_parts();
                let body = body.as_bytes().expect("a body that can be sent again").to_vec();
                server.seen.lock().expect("a lock").push(Seen { request: http::Request::from_parts(head, body), at });
                let answer = server.answers.lock().expect("a lock").pop_front();
                match answer.expect("a request beyond the script") {
                    Answer::Response(response) => Ok(response),
                    Answer::Error(error) => Err(error),
                    Answer::Silence => std::future::pending().await,
                }
            }
        })
    }

    pub(crate) fn builder(&self) -> EventSourceBuilder {
        let request = http::Request::get("http://server/events?a=b").body("").expect("a request");
        EventSource::builder(self.transport(), request)
    }

    pub(crate) fn requests(&self) -> Vec<Seen> {
        self.seen.lock().expect("a lock").clone()
    }

    /// The times between one request and the next.
    pub(crate) fn gaps(&self) -> Vec<Duration> {
        self.requests().windows(2).map(|pair| pair[1].at - pair[0].at).collect()
    }
}

/// An answer with a status, a header when there is one, and a body.
pub(crate) fn answer(status: u16, header: Option<(&str, &str)>, body: impl Into<Body>) -> Answer {
    let mut response = http::Response::builder().status(status);
    if let Some((name, value)) = header {
        response = response.header(name, value);
    }
    Answer::Response(response.body(body.into()).expect("a response"))
}

pub(crate) fn status(status: u16) -> Answer {
    answer(status, None, "")
}

pub(crate) fn failure(kind: TransportErrorKind) -> Answer {
    Answer::Error(TransportError::new(kind, Progress::NotSent, "scripted"))
}

/// A stream that ends after this text.
pub(crate) fn stream(text: &'static str) -> Answer {
    answer(200, Some(("content-type", "text/event-stream")), text)
}

/// A stream that the test goes on writing.
pub(crate) fn live() -> (Writer, Answer) {
    let (sender, receiver) = unbounded_channel();
    (Writer(sender), answer(200, Some(("content-type", "text/event-stream")), Body::stream(Received(receiver))))
}

/// Dropping it ends the stream.
pub(crate) struct Writer(UnboundedSender<Result<Bytes, TransportError>>);

impl Writer {
    pub(crate) fn send(&self, bytes: impl AsRef<[u8]>) {
        self.0.send(Ok(Bytes::copy_from_slice(bytes.as_ref()))).expect("somebody reads");
    }

    pub(crate) fn break_off(self) {
        let error = TransportError::new(TransportErrorKind::Closed, Progress::ResponseStarted, "scripted");
        self.0.send(Err(error)).expect("somebody reads");
    }

    pub(crate) fn is_closed(&self) -> bool {
        self.0.is_closed()
    }
}

struct Received(UnboundedReceiver<Result<Bytes, TransportError>>);

impl http_body::Body for Received {
    type Data = Bytes;
    type Error = TransportError;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, TransportError>>> {
        self.0.poll_recv(cx).map(|chunk| chunk.map(|chunk| chunk.map(Frame::data)))
    }
}

pub(crate) fn event(item: Option<Result<EventSourceItem, EventSourceError>>) -> OwnedEvent {
    match item {
        Some(Ok(EventSourceItem::Event(event))) => event,
        other => panic!("no event: {other:?}"),
    }
}

pub(crate) async fn next_data(source: &mut EventSource) -> String {
    event(source.next().await).data
}

/// The error that ends a source. Nothing follows it.
pub(crate) async fn last_error(source: &mut EventSource) -> EventSourceError {
    let error = source.next().await.expect("an error").expect_err("an error");
    for _ in 0..3 {
        assert!(source.next().await.is_none(), "something after the end");
    }
    error
}

/// What is reported of a lost connection.
pub(crate) async fn next_report(source: &mut EventSource) -> (EventSourceError, Duration) {
    match source.next().await {
        Some(Ok(EventSourceItem::Reconnecting { error, after })) => (error, after),
        other => panic!("no report: {other:?}"),
    }
}
