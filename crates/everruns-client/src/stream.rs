//! The events of a session, as they happen.

mod backoff;
mod connect;
mod fault;
mod route;
mod subscribe;
mod text;
mod transcript;

use std::{
    collections::VecDeque,
    fmt,
    pin::Pin,
    task::{Context, Poll, ready},
    time::Duration,
};

use futures_core::Stream;
use runagent_transport::{
    BoxFuture,
    sse::{EventSource, EventSourceItem, OwnedEvent},
};
use serde::Deserialize;
use tokio::{runtime::Handle, time::Sleep};

use self::{backoff::Backoff, fault::Verdict, transcript::Transcript};
pub(crate) use self::{
    route::{Filter, Route, Surface},
    subscribe::position,
};
pub use self::{subscribe::Subscribe, text::TextStream};
use crate::{Error, Event, Result, positions::Position};

/// The events of a session, as they happen: a [`Stream`] that outlives its connections.
///
/// ```
/// use everruns_sdk::{Client, CreateMessageRequest, CreateSessionRequest, Event, testing::FakeEverruns};
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> everruns_sdk::Result<()> {
/// # let fake = FakeEverruns::new().with_agent("assistant", |_| "Hello there!");
/// # let client = Client::builder().api_key("key").transport(fake).build();
/// # let agent = client.agents().list().await?.data.remove(0);
/// let session = client.sessions().create(CreateSessionRequest { agent_id: agent.id, ..Default::default() }).await?;
/// let message = CreateMessageRequest { session_id: session.id.clone(), content: "Hello!".to_owned() };
/// client.messages().create(message).await?;
///
/// // What happened since the message was sent comes first.
/// let mut events = client.events().stream(&session.id).await?;
/// let mut text = String::new();
/// while let Some(event) = events.next().await {
///     match event? {
///         Event::OutputMessageDelta { delta, .. } => text.push_str(&delta),
///         Event::TurnCompleted { .. } => break,
///         _ => {}
///     }
/// }
/// assert_eq!(text, "Hello there!");
/// # Ok(())
/// # }
/// ```
///
/// # What it promises
///
/// - Each event that the server keeps comes once and in the order of its [sequence](Event::sequence), whatever happens to
///   connections: repeated ones are dropped, missing ones are asked for.
/// - The deltas of a message, one after the other, are its text. Servers lose deltas, and send some late: what is missing is
///   [added](crate::EventMeta::is_added) as one more delta before `output.message.completed`, and a delta after it is
///   dropped. While a delta may be missing, those that follow it are held back. When the model was asked again and says
///   something else than what was streamed, the whole text follows that after an empty line.
/// - It ends with `None` only where it was [asked to](Subscribe::until_turn_ends), and after an error.
///
/// | what happens | what follows |
/// |---|---|
/// | the server says `disconnecting` | it connects again when the server says, between 10 ms and 30 s; later, if it says so again and again before any event |
/// | the connection ends, breaks, brings no byte for 45 s, or something that is no event; 408, 429, 5xx | it connects again after a random time of at most 1 s, which doubles with each failure up to 30 s, or when the server says |
/// | any other status | the error of that status, and the end |
/// | more failures in a row than [allowed](Subscribe::max_reconnects) | the last of their errors, and the end |
///
/// Nothing runs in the background: the stream is read while it is polled, and dropping it closes the connection.
#[must_use = "a stream does nothing unless it is polled"]
pub struct EventStream {
    route: Route,
    filter: Filter,
    until_turn_ends: bool,
    state: State,
    /// What was received and is handed out next.
    ready: VecDeque<Event>,
    /// The sequence of the last event that was.
    handed_out: Option<i64>,
    cursor: Cursor,
    transcript: Transcript,
    backoff: Backoff,
    position: Option<Position>,
}

/// How far the stream is.
#[derive(Debug, Default)]
struct Cursor {
    /// The sequence of the last event; `None` while only what happens from now on is wanted, and nothing has happened.
    sequence: Option<i64>,
    /// The id of the last event that has a sequence.
    id: Option<String>,
    /// The server takes no sequences here.
    by_id: bool,
}

enum State {
    Opening(BoxFuture<'static, Result<EventSource>>),
    /// Asks for events that the connection may not bring.
    Paging {
        source: EventSource,
        page: BoxFuture<'static, Result<Vec<Event>>>,
        /// The event that comes after them; without one, all that there are up to now are asked for.
        next: Option<Box<Event>>,
    },
    Open(EventSource),
    Waiting(Pin<Box<Sleep>>),
    Ended,
}

impl EventStream {
    /// The next event.
    ///
    /// # Errors
    ///
    /// Why the stream was lost for good. Nothing follows it.
    ///
    /// # Cancel safety
    ///
    /// Cancel safe: no event is lost.
    pub async fn next(&mut self) -> Option<Result<Event>> {
        std::future::poll_fn(|cx| self.poll_event(cx)).await
    }

    /// The sequence of the last event that was handed out, or that it starts after: where another stream would
    /// [go on](Subscribe::after). `None` before the first event of one that starts with what happens next.
    #[must_use]
    pub const fn sequence(&self) -> Option<i64> {
        self.handed_out
    }

    /// The text of the agent's messages alone, up to the end of the turn.
    pub fn into_text(self) -> TextStream {
        TextStream::of(self)
    }

    /// Ends with the event that ends the turn.
    pub(crate) fn until_turn_ends(mut self) -> Self {
        self.until_turn_ends = true;
        self
    }

    /// Whether there is a connection, and nothing else is asked for.
    pub(crate) const fn is_open(&self) -> bool {
        matches!(self.state, State::Open(_))
    }

    /// Waits for a connection.
    async fn connected(mut self) -> Result<Self> {
        std::future::poll_fn(|cx| {
            while matches!(self.state, State::Opening(_) | State::Waiting(_)) {
                ready!(self.poll_state(cx))?;
            }
            Poll::Ready(Ok(()))
        })
        .await
        .map(|()| self)
    }

    fn poll_event(&mut self, cx: &mut Context<'_>) -> Poll<Option<Result<Event>>> {
        loop {
            if let Some(event) = self.ready.pop_front() {
                self.hand_out(&event);
                return Poll::Ready(Some(Ok(event)));
            }
            if matches!(self.state, State::Ended) {
                return Poll::Ready(None);
            }
            if let Err(error) = ready!(self.poll_state(cx)) {
                self.state = State::Ended;
                return Poll::Ready(Some(Err(error)));
            }
        }
    }

    fn hand_out(&mut self, event: &Event) {
        if let Some(sequence) = event.sequence() {
            self.handed_out = Some(sequence);
            if let Some(position) = &self.position {
                position.advance(sequence);
                if let Event::OutputMessageCompleted { message, .. } = event {
                    position.close(&message.id);
                }
            }
        }
        if self.until_turn_ends && event.ends_turn() {
            self.ready.clear();
            self.state = State::Ended;
        }
    }

    /// Goes one step on.
    fn poll_state(&mut self, cx: &mut Context<'_>) -> Poll<Result<()>> {
        match &mut self.state {
            State::Opening(opening) => match ready!(opening.as_mut().poll(cx)) {
                Ok(source) => {
                    self.backoff.opened();
                    // From here on everything that happens comes by the connection; what happened before may not.
                    self.page(source, None);
                }
                Err(error) => return Poll::Ready(self.lost(error, None)),
            },
            State::Paging { page, .. } => {
                let page = ready!(page.as_mut().poll(cx));
                return Poll::Ready(self.turn_page(page));
            }
            State::Open(source) => match ready!(Pin::new(&mut *source).poll_next(cx)) {
                Some(Ok(EventSourceItem::Event(frame))) => return Poll::Ready(self.receive(frame)),
                Some(Ok(_)) => {}
                Some(Err(error)) => {
                    let hint = source.reconnection_time();
                    return Poll::Ready(self.lost(fault::of_source(error), hint));
                }
                None => {
                    let error = Error::Stream("the server has closed the events of the session".to_owned());
                    return Poll::Ready(self.lost(error, None));
                }
            },
            State::Waiting(sleep) => {
                ready!(sleep.as_mut().poll(cx));
                self.open();
            }
            State::Ended => {}
        }
        Poll::Ready(Ok(()))
    }

    /// Makes a connection.
    fn open(&mut self) {
        self.transcript.interrupted();
        self.state = State::Opening(connect::open(&self.route, &self.filter, &self.cursor));
    }

    /// Asks for the events after the cursor, up to `next`.
    fn page(&mut self, source: EventSource, next: Option<Box<Event>>) {
        let Some(after) = self.cursor.sequence else {
            // Nothing of the past comes.
            self.transcript.caught_up(Some(i64::MIN));
            self.state = State::Open(source);
            return;
        };
        let before = next.as_ref().and_then(|next| next.sequence());
        let page = connect::page(&self.route, &self.filter, after, before);
        self.state = State::Paging { source, page, next };
    }

    fn turn_page(&mut self, page: Result<Vec<Event>>) -> Result<()> {
        let State::Paging { source, next, .. } = std::mem::replace(&mut self.state, State::Ended) else {
            return Ok(());
        };
        match page {
            Ok(events) if events.is_empty() => self.paged(source, next),
            Ok(events) => {
                for event in events {
                    self.accept(event);
                }
                let before = next.as_ref().and_then(|next| next.sequence());
                if before.is_some_and(|before| self.cursor.sequence >= Some(before - 1)) {
                    self.paged(source, next);
                } else {
                    self.page(source, next);
                }
            }
            // What comes by the connection is all there is.
            Err(error) if fault::is_unlisted(&error) => {
                tracing::debug!(%error, "the events of the session are not listed");
                self.state = State::Open(source);
                if let Some(next) = next {
                    self.accept(*next);
                }
            }
            Err(error) => return self.lost(error, None),
        }
        Ok(())
    }

    /// There are no more.
    fn paged(&mut self, source: EventSource, next: Option<Box<Event>>) {
        self.state = State::Open(source);
        match next {
            Some(next) => self.accept(*next),
            None => self.transcript.caught_up(self.cursor.sequence),
        }
    }

    fn receive(&mut self, frame: OwnedEvent) -> Result<()> {
        match frame.kind.as_ref() {
            "connected" => self.backoff.connected(),
            "disconnecting" => {
                let delay = self.backoff.disconnected(asked_wait(&frame.data));
                return self.wait(delay);
            }
            _ => match Event::read(frame.data) {
                Ok(event) => {
                    self.backoff.received();
                    self.order(event);
                }
                // JSON that is no event: something that this version does not know.
                Err(error) if error.is_data() => {
                    tracing::debug!(%error, kind = %frame.kind, "a frame that is no event")
                }
                Err(error) => {
                    let error = Error::Stream(format!("the server sent an event that is no JSON: {error}"));
                    return if self.backoff.unreadable(self.cursor.sequence) {
                        Err(error)
                    } else {
                        self.lost(error, None)
                    };
                }
            },
        }
        Ok(())
    }

    /// Drops an event that was there before, and asks for those that are missing before it.
    fn order(&mut self, event: Event) {
        match (event.sequence(), self.cursor.sequence) {
            (Some(sequence), Some(last)) if sequence <= last => {}
            (Some(sequence), Some(last)) if sequence > last.saturating_add(1) => {
                if let State::Open(source) = std::mem::replace(&mut self.state, State::Ended) {
                    self.page(source, Some(Box::new(event)));
                }
            }
            _ => self.accept(event),
        }
    }

    /// Takes an event that is next.
    fn accept(&mut self, event: Event) {
        if let Some(sequence) = event.sequence() {
            if self.cursor.sequence.is_some_and(|last| sequence <= last) {
                return;
            }
            self.cursor.sequence = Some(sequence);
            self.cursor.id = Some(event.id().to_owned());
        }
        self.transcript.follow(event, &mut self.ready);
    }

    /// Connects again, if that makes sense.
    fn lost(&mut self, error: Error, hint: Option<Duration>) -> Result<()> {
        match fault::judge(&error) {
            Verdict::End => return Err(error),
            Verdict::Cursor if self.cursor.sequence.is_some() && !self.cursor.by_id => {
                self.cursor.by_id = true;
                self.open();
            }
            Verdict::Cursor => return Err(error),
            Verdict::Again => match self.backoff.failed(error.retry_after(), hint) {
                Some(delay) => {
                    tracing::debug!(%error, ?delay, "the events of the session are lost, and asked for again");
                    return self.wait(delay);
                }
                None => return Err(error),
            },
        }
        Ok(())
    }

    fn wait(&mut self, delay: Duration) -> Result<()> {
        if Handle::try_current().is_err() {
            return Err(Error::Config("no Tokio runtime here: an event stream needs its timer".to_owned()));
        }
        self.state = State::Waiting(Box::pin(tokio::time::sleep(delay)));
        Ok(())
    }
}

/// How long a server that is about to hang up asks to wait.
fn asked_wait(data: &str) -> Duration {
    #[derive(Default, Deserialize)]
    #[serde(default)]
    struct Disconnecting {
        retry_ms: Option<u64>,
    }

    let Disconnecting { retry_ms } = serde_json::from_str(data).unwrap_or_default();
    Duration::from_millis(retry_ms.unwrap_or(100).clamp(10, 30_000))
}

impl Stream for EventStream {
    type Item = Result<Event>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        self.poll_event(cx)
    }
}

impl fmt::Debug for EventStream {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let state = match self.state {
            State::Opening(_) => "opening",
            State::Paging { .. } => "paging",
            State::Open(_) => "open",
            State::Waiting(_) => "waiting",
            State::Ended => "ended",
        };
        f.debug_struct("EventStream").field("state", &state).field("cursor", &self.cursor).finish_non_exhaustive()
    }
}
