//! An event stream that reconnects.

mod backoff;
mod builder;
mod connect;
mod error;
mod item;
mod target;
mod timer;

use std::{
    fmt,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll, ready},
    time::Duration,
};

use bytes::Bytes;
use futures_core::Stream;
use http_body::Body as _;
use tokio::{runtime::Handle, task::coop};

use self::{backoff::Backoff, connect::Connector, timer::Timer};
pub use self::{
    builder::EventSourceBuilder,
    error::{EventSourceError, EventSourceErrorKind},
    item::{EventSourceItem, OwnedEvent},
};
use super::{Decoder, Item};
use crate::{Body, BoxFuture, Response, Transport, TransportError};

/// An event stream that comes back: a [`Stream`] of events which outlives its connections.
///
/// It connects when it is first polled. When a connection breaks, ends or falls silent, it waits, connects again and
/// asks for what comes after the last event id, so that a server that keeps its events loses none. The request, with its
/// body, is sent again each time. An event that was only half received is dropped, as the
/// [standard](https://html.spec.whatwg.org/multipage/server-sent-events.html#the-eventsource-interface) says.
///
/// | what happens | what follows |
/// |---|---|
/// | the stream ends, breaks, or brings no byte for 120 s; no connection; 408, 429, 5xx | it reconnects |
/// | 204 | the end: `None` |
/// | any other status, a redirect included | the [error](EventSourceErrorKind::Status), with the answer |
/// | 200 that is no `text/event-stream` | the [error](EventSourceErrorKind::ContentType), with the answer |
/// | an event above the limit | the [error](EventSourceErrorKind::TooLarge) |
///
/// After an error, and after the end, comes `None` for ever.
///
/// [`new`](Self::new) makes one whose requests are sent as they are; each connection of one that
/// [`ApiRequest::events`](crate::ApiRequest::events) makes is a call of an API, with its credentials and retries.
///
/// Before it connects again it waits the reconnection time (1 s, or what the server's `retry:` says, between 100 ms and
/// 30 s) and on top of it a random part of at most that time, which doubles with each failure in a row, up to 30 s.
/// `Retry-After` up to 60 s takes the place of both; a server that asks for longer is not asked again. An event, or bytes
/// a minute after the connection was made, end the row. After 10 in a row the last of their errors ends the stream.
///
/// Nothing runs in the background: the stream is read while it is polled, and a slow reader is back-pressure. Dropping it
/// closes the connection. It must be polled inside a Tokio runtime with its timer on; outside it ends with an
/// [`Unsupported`](crate::TransportErrorKind::Unsupported) error.
///
/// ```
/// use runagent_transport::{Body, sse::{EventSource, EventSourceItem}, transport_fn};
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let transport = transport_fn(|request| async move {
///     assert_eq!(request.headers()["accept"], "text/event-stream");
///     let response = http::Response::builder().header("content-type", "text/event-stream");
///     Ok(response.body(Body::from("id: 7\ndata: hello\n\n")).expect("a response"))
/// });
/// let mut source = EventSource::new(transport, http::Request::get("http://localhost/events").body("")?);
///
/// if let Some(EventSourceItem::Event(event)) = source.next().await.transpose()? {
///     assert_eq!(event.data, "hello");
/// }
/// assert_eq!(source.last_event_id(), "7");
/// # Ok(())
/// # }
/// ```
#[must_use = "a stream does nothing unless it is polled"]
pub struct EventSource {
    connector: Arc<Connector>,
    decoding: Decoding,
    decoder: Decoder,
    backoff: Backoff,
    max_reconnects: u32,
    report_reconnects: bool,
    idle_timeout: Duration,
    timer: Timer,
    /// The head of the latest answer.
    response: Option<http::Response<()>>,
    state: State,
}

/// What every new decoder is told.
#[derive(Clone, Copy)]
struct Decoding {
    max_event_bytes: usize,
    comments: bool,
}

enum State {
    Disconnected,
    Connecting(BoxFuture<'static, Result<Option<Response>, EventSourceError>>),
    Open(Body),
    /// Until the timer says so, which is armed at the first poll.
    Waiting(Duration),
    Ended,
}

impl EventSource {
    /// A stream with the default settings. The request is sent as it is, with `Accept` and `Cache-Control` added.
    pub fn new(transport: impl Transport, request: http::Request<impl Into<Bytes>>) -> Self {
        Self::builder(transport, request).build()
    }

    /// Settings to change.
    pub fn builder(transport: impl Transport, request: http::Request<impl Into<Bytes>>) -> EventSourceBuilder {
        EventSourceBuilder::new(Arc::new(transport), request.map(Into::into))
    }

    /// Waits until there is a connection, unless there is one: until then [`next`](Self::next) has nothing to give. So what
    /// keeps the stream from opening is the error of this call and not of the first event. Losses on the way are not
    /// reported here.
    ///
    /// It does nothing once the stream has ended, as it has when the server answers with 204.
    ///
    /// # Errors
    ///
    /// [`EventSourceError`] when trying again would not help, or has not helped so often. Nothing follows it.
    ///
    /// # Cancel safety
    ///
    /// Cancel safe: the next call goes on where this one was.
    pub async fn connect(&mut self) -> Result<(), EventSourceError> {
        std::future::poll_fn(|cx| {
            loop {
                match ready!(self.poll_connect(cx)) {
                    None => return Poll::Ready(Ok(())),
                    Some(Ok(_)) => {}
                    Some(Err(error)) => return Poll::Ready(Err(error)),
                }
            }
        })
        .await
    }

    /// The head of the latest answer that was an event stream, for what its headers say. Over [a request of an
    /// API](crate::ApiRequest::events) its extensions have the number of [`Attempts`](crate::Attempts).
    #[must_use]
    pub const fn response(&self) -> Option<&http::Response<()>> {
        self.response.as_ref()
    }

    /// The next item; `None` when the server has said by a 204 that there is no more, and after an error.
    ///
    /// # Errors
    ///
    /// [`EventSourceError`] when connecting again would not help, or has not helped so often. Nothing follows it.
    ///
    /// # Cancel safety
    ///
    /// Cancel safe: nothing is lost when the future is dropped, and the connection stays open.
    pub async fn next(&mut self) -> Option<Result<EventSourceItem, EventSourceError>> {
        std::future::poll_fn(|cx| self.poll_item(cx)).await
    }

    /// The id that the next connection starts after: that of the last event, or what was set at first. Empty when there is
    /// none.
    #[must_use]
    pub fn last_event_id(&self) -> &str {
        self.decoder.last_event_id()
    }

    /// The reconnection time that the server has told by `retry:`, between 100 ms and 30 s, for a caller who connects again by
    /// themselves.
    #[must_use]
    pub const fn reconnection_time(&self) -> Option<Duration> {
        self.backoff.told()
    }

    /// Closes the connection and makes another, after the usual wait. What was received and not read yet is dropped, and
    /// asked for again. Nothing happens once the stream has ended.
    pub fn reconnect(&mut self) {
        if !matches!(self.state, State::Ended) {
            let delay = self.backoff.delay();
            self.disconnect(State::Waiting(delay));
        }
    }

    fn poll_item(&mut self, cx: &mut Context<'_>) -> Poll<Option<Result<EventSourceItem, EventSourceError>>> {
        loop {
            let item = match self.state {
                State::Ended => return Poll::Ready(None),
                State::Open(_) => match ready!(self.poll_open(cx)) {
                    Ok(item) => return Poll::Ready(Some(Ok(item))),
                    Err(error) => self.recover(error),
                },
                _ => ready!(self.poll_connect(cx)),
            };
            if item.is_some() {
                return Poll::Ready(item);
            }
        }
    }

    /// Ready with `None` when there is a connection, or none any more, and before that with what is to be said on the way.
    fn poll_connect(&mut self, cx: &mut Context<'_>) -> Poll<Option<Result<EventSourceItem, EventSourceError>>> {
        if matches!(self.state, State::Open(_) | State::Ended) {
            return Poll::Ready(None);
        }
        if Handle::try_current().is_err() {
            let error = TransportError::unsupported("no Tokio runtime here: an event stream needs its timer");
            return Poll::Ready(Some(Err(self.fail(error.into()))));
        }
        self.timer.prepare();
        loop {
            match &mut self.state {
                State::Open(_) | State::Ended => return Poll::Ready(None),
                State::Waiting(delay) => {
                    ready!(self.timer.poll_after(*delay, cx));
                    self.state = State::Disconnected;
                }
                State::Disconnected => {
                    let id = self.decoder.last_event_id().to_owned();
                    self.state = State::Connecting(Box::pin(Arc::clone(&self.connector).connect(id)));
                }
                State::Connecting(connecting) => match ready!(connecting.as_mut().poll(cx)) {
                    Ok(Some(response)) => {
                        let (head, body) = response.into_parts();
                        self.backoff.opened();
                        self.response = Some(http::Response::from_parts(head, ()));
                        self.state = State::Open(body);
                    }
                    Ok(None) => self.disconnect(State::Ended),
                    Err(error) => {
                        if let Some(item) = self.recover(error) {
                            return Poll::Ready(Some(item));
                        }
                    }
                },
            }
        }
    }

    /// The next item of the connection, or why there is none.
    fn poll_open(&mut self, cx: &mut Context<'_>) -> Poll<Result<EventSourceItem, EventSourceError>> {
        loop {
            while let Some(item) = self.decoder.next_item() {
                match item {
                    Ok(Item::Event(event)) => {
                        self.backoff.succeeded();
                        return Poll::Ready(Ok(EventSourceItem::Event(event.into())));
                    }
                    Ok(Item::Comment(text)) => return Poll::Ready(Ok(EventSourceItem::Comment(text.into()))),
                    Ok(Item::Retry(time)) => self.backoff.set_reconnection_time(time),
                    Err(error) => return Poll::Ready(Err(error.into())),
                }
            }
            let State::Open(body) = &mut self.state else {
                return Poll::Pending;
            };
            // A server that sends comments without a pause must not keep the task from everybody else.
            let coop = ready!(coop::poll_proceed(cx));
            match Pin::new(body).poll_frame(cx) {
                Poll::Ready(Some(Ok(frame))) => {
                    coop.made_progress();
                    self.timer.disarm();
                    self.backoff.received();
                    self.decoder.push(frame.into_data().unwrap_or_default());
                }
                Poll::Ready(Some(Err(error))) => return Poll::Ready(Err(error.into())),
                Poll::Ready(None) => return Poll::Ready(Err(EventSourceError::ended())),
                Poll::Pending => {
                    // Armed only now, so that the time a slow reader takes is not the server's.
                    ready!(self.timer.poll_after(self.idle_timeout, cx));
                    return Poll::Ready(Err(EventSourceError::idle(self.idle_timeout)));
                }
            }
        }
    }

    /// Goes on after a failure, when that makes sense, or ends.
    fn recover(&mut self, error: EventSourceError) -> Option<Result<EventSourceItem, EventSourceError>> {
        if error.is_final() || self.backoff.failures() >= self.max_reconnects {
            return Some(Err(self.fail(error)));
        }
        let backoff = self.backoff.failed();
        let after = error.retry_after().unwrap_or(backoff);
        self.disconnect(State::Waiting(after));
        self.report_reconnects.then_some(Ok(EventSourceItem::Reconnecting { error, after }))
    }

    fn fail(&mut self, error: EventSourceError) -> EventSourceError {
        self.disconnect(State::Ended);
        error
    }

    /// Drops the connection, and with it what was half received.
    fn disconnect(&mut self, next: State) {
        self.timer.disarm();
        self.state = next;
        self.decoder = self.decoding.decoder(self.decoder.last_event_id());
    }
}

impl Decoding {
    fn decoder(self, last_event_id: &str) -> Decoder {
        Decoder::new()
            .with_max_event_bytes(self.max_event_bytes)
            .with_comments(self.comments)
            .with_last_event_id(last_event_id)
    }
}

impl Stream for EventSource {
    type Item = Result<EventSourceItem, EventSourceError>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        self.poll_item(cx)
    }
}

impl fmt::Debug for EventSource {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let state = match self.state {
            State::Disconnected => "disconnected",
            State::Connecting(_) => "connecting",
            State::Open(_) => "open",
            State::Waiting(_) => "waiting",
            State::Ended => "ended",
        };
        // The request may hold secrets in its headers and its query.
        f.debug_struct("EventSource").field("state", &state).field("backoff", &self.backoff).finish_non_exhaustive()
    }
}
