//! The settings of an event stream.

use std::{
    collections::VecDeque,
    fmt,
    pin::Pin,
    task::{Context, Poll},
};

use runagent_transport::BoxFuture;

use super::{
    Cursor, EventStream, Filter, Route, State, Surface,
    backoff::Backoff,
    connect::{self, last_sequence},
    fault,
    transcript::Transcript,
};
use crate::{Result, positions::Position};

/// An event stream, before it is opened: a future of an [`EventStream`] that is connected.
///
/// Where it starts:
///
/// | | |
/// |---|---|
/// | by default | where this client was with the session: before the first message that it sent there, or after the last event that it has read; in a session that it knows nothing of, after the last event that there is |
/// | [`after`](Self::after) | after the event with this sequence |
/// | [`from_start`](Self::from_start) | at the first event of the session |
/// | [`live`](Self::live) | at whatever happens next |
///
/// ```
/// use everruns_sdk::{Client, testing::FakeEverruns};
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> everruns_sdk::Result<()> {
/// # let fake = FakeEverruns::new();
/// # let client = Client::builder().api_key("key").transport(fake).build();
/// # let session = client.sessions().create(Default::default()).await?;
/// let events = client
///     .events()
///     .stream(&session.id)
///     .from_start()
///     .types(["output.message.started", "output.message.delta", "output.message.completed", "turn.completed"])
///     .until_turn_ends()
///     .await?;
/// # Ok(())
/// # }
/// ```
///
/// # Errors
///
/// [`Error`](crate::Error): an answer that trying again would not change, such as [`NotFound`](crate::Error::NotFound), or
/// more failures than [allowed](Self::max_reconnects).
///
/// # Cancel safety
///
/// Dropping the future closes the connection; nothing is lost.
#[must_use = "a stream is not opened until it is awaited"]
pub struct Subscribe {
    plan: Option<Plan>,
    opening: Option<BoxFuture<'static, Result<EventStream>>>,
}

#[derive(Debug)]
struct Plan {
    route: Route,
    start: Start,
    filter: Filter,
    max_reconnects: u32,
    until_turn_ends: bool,
}

#[derive(Clone, Copy, Debug)]
enum Start {
    Remembered,
    After(i64),
    Live,
}

impl Subscribe {
    pub(crate) fn new(route: Route) -> Self {
        let filter = match route.api {
            Surface::Management => Filter { types: Vec::new(), exclude: vec!["llm.generation".to_owned()] },
            Surface::Agent => Filter::default(),
        };
        let plan = Plan { route, start: Start::Remembered, filter, max_reconnects: 10, until_turn_ends: false };
        Self { plan: Some(plan), opening: None }
    }

    /// Starts after the event with this [sequence](crate::Event::sequence).
    pub fn after(self, sequence: i64) -> Self {
        self.with(|plan| plan.start = Start::After(sequence))
    }

    /// Starts with the first event of the session.
    pub fn from_start(self) -> Self {
        self.after(0)
    }

    /// Starts with whatever happens next. What happens while it connects may be missed.
    pub fn live(self) -> Self {
        self.with(|plan| plan.start = Start::Live)
    }

    /// Only events of these types. Leave in those that the loop over the stream waits for. Without
    /// `output.message.completed` deltas come as the server sends them, and what it loses of a text is not added; without
    /// `output.message.started` a text may come in one piece.
    ///
    /// An agent's own API takes no such wish: its channel decides what is shown.
    pub fn types(self, types: impl IntoIterator<Item = impl Into<String>>) -> Self {
        self.with(|plan| {
            plan.filter.types = types.into_iter().map(Into::into).collect();
            // Who asks for a type wants it.
            let Filter { types, exclude } = &mut plan.filter;
            exclude.retain(|excluded| !types.contains(excluded));
        })
    }

    /// No events of these types, in the place of the default, which is `llm.generation`: that can be as large as everything
    /// that was said.
    pub fn exclude(self, types: impl IntoIterator<Item = impl Into<String>>) -> Self {
        self.with(|plan| plan.filter.exclude = types.into_iter().map(Into::into).collect())
    }

    /// How many failures in a row are recovered from: 10 by default. An event, or a connection that the server welcomes, ends
    /// the row.
    pub fn max_reconnects(self, reconnects: u32) -> Self {
        self.with(|plan| plan.max_reconnects = reconnects)
    }

    /// Ends the stream after the event that ends a turn.
    pub fn until_turn_ends(self) -> Self {
        self.with(|plan| plan.until_turn_ends = true)
    }

    fn with(mut self, change: impl FnOnce(&mut Plan)) -> Self {
        if let Some(plan) = &mut self.plan {
            change(plan);
        }
        self
    }
}

impl Plan {
    async fn open(self) -> Result<EventStream> {
        let (sequence, position) = match self.start {
            Start::After(sequence) => (Some(sequence), None),
            Start::Live => (None, None),
            Start::Remembered => match position(&self.route).await {
                Ok(position) => (Some(position.sequence()), Some(position)),
                // After the last event that there is comes what happens next.
                Err(error) if fault::is_unlisted(&error) => (None, None),
                Err(error) => return Err(error),
            },
        };
        let cursor = Cursor { sequence, ..Cursor::default() };
        // An agent's channel takes no wishes.
        let tells = self.route.api == Surface::Agent || self.filter.admits("output.message.completed");
        let transcript = if tells { Transcript::default() } else { Transcript::blind() };
        let transcript = transcript.closed(position.as_ref().map(Position::closed).unwrap_or_default());
        let state = State::Opening(connect::open(&self.route, &self.filter, &cursor));
        let stream = EventStream {
            route: self.route,
            filter: self.filter,
            until_turn_ends: self.until_turn_ends,
            state,
            ready: VecDeque::new(),
            handed_out: sequence,
            cursor,
            transcript,
            backoff: Backoff::new(self.max_reconnects),
            position,
        };
        stream.connected().await
    }
}

/// Where this client is with a session.
pub(crate) async fn position(route: &Route) -> Result<Position> {
    let positions = route.service.positions();
    match positions.of(&route.session_id) {
        Some(position) => Ok(position),
        None => {
            let last = last_sequence(route).await?;
            Ok(positions.start(&route.session_id, last))
        }
    }
}

impl Future for Subscribe {
    type Output = Result<EventStream>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Result<EventStream>> {
        if let Some(plan) = self.plan.take() {
            self.opening = Some(Box::pin(plan.open()));
        }
        self.opening.as_mut().map_or(Poll::Pending, |opening| opening.as_mut().poll(cx))
    }
}

impl fmt::Debug for Subscribe {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Subscribe").field(&self.plan).finish()
    }
}
