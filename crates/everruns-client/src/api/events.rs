//! What happens in a session.

use std::{
    fmt,
    pin::Pin,
    task::{Context, Poll},
    time::Duration,
};

use bytes::Bytes;
use http::Response;
use runagent_transport::BoxFuture;

use crate::{
    Event, Result,
    call::{Call, json},
    list::{Listing, Page},
    stream::{Route, Subscribe, Surface},
    types::EventsSummary,
};

resource! {
    /// What happens in a session: [`Client::events`](crate::Client::events).
    pub struct Events;
}

impl Events {
    /// The events as they happen: `GET /v1/sessions/{id}/sse`. See [`EventStream`](crate::EventStream).
    pub fn stream(&self, session_id: &str) -> Subscribe {
        Subscribe::new(self.route(session_id))
    }

    /// The events that the server has kept: `GET /v1/sessions/{id}/events`.
    pub fn list(&self, session_id: &str) -> EventList {
        EventList::new(self.route(session_id))
    }

    /// How many events of each type there are: `GET /v1/sessions/{id}/events/summary`.
    pub fn summary(&self, session_id: &str) -> Call<EventsSummary> {
        self.service.get(&["sessions", session_id, "events", "summary"], "events_summary")
    }

    fn route(&self, session_id: &str) -> Route {
        Route { service: self.service.clone(), session_id: session_id.to_owned(), api: Surface::Management }
    }
}

/// The events that the server has kept, before they are asked for: a future of one [`Page`], or with
/// [`stream`](Self::stream) all of them, in the order of their sequence.
///
/// ```
/// use everruns_sdk::{Client, testing::FakeEverruns};
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> everruns_sdk::Result<()> {
/// # let client = Client::builder().api_key("key").transport(FakeEverruns::new()).build();
/// # let session = client.sessions().create(Default::default()).await?;
/// let last_ten = client.events().list(&session.id).limit(10).await?;
/// let mut all = client.events().list(&session.id).exclude("llm.generation").stream();
/// while let Some(event) = all.next().await {
///     println!("{}", event?);
/// }
/// # Ok(())
/// # }
/// ```
///
/// # Errors
///
/// Those of a [`Call`].
///
/// # Cancel safety
///
/// That of a [`Call`].
#[must_use = "events are not asked for until the list is awaited or streamed"]
pub struct EventList {
    route: Route,
    query: Vec<(&'static str, String)>,
    after: Option<i64>,
    timeout: Option<Duration>,
    running: Option<BoxFuture<'static, Result<Page<Event>>>>,
}

impl EventList {
    pub(crate) const fn new(route: Route) -> Self {
        Self { route, query: Vec::new(), after: None, timeout: None, running: None }
    }

    /// Only events after the one with this sequence.
    pub const fn after_sequence(mut self, sequence: i64) -> Self {
        self.after = Some(sequence);
        self
    }

    /// Only events before the one with this sequence.
    pub fn before_sequence(self, sequence: i64) -> Self {
        self.filter("before_sequence", sequence.to_string())
    }

    /// The last so many events, from 1 to 1,000, and those before them of the turn in which the first of them is. In the
    /// API of an agent it is the first so many, up to 500.
    pub fn limit(self, events: u64) -> Self {
        self.filter("limit", events.to_string())
    }

    /// Events of this type; more than one can be set.
    pub fn kind(mut self, kind: impl Into<String>) -> Self {
        self.query.push(("types", kind.into()));
        self
    }

    /// No events of this type; more than one can be set.
    pub fn exclude(mut self, kind: impl Into<String>) -> Self {
        self.query.push(("exclude", kind.into()));
        self
    }

    /// Sets any other parameter that the server takes: `turn_id`, `exec_id`, `trace_id`, `tool_name`, `q`, `from_ts`,
    /// `to_ts`, `around` with `window`, `order_desc`, `since_id`.
    pub fn filter(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.query.retain(|(known, _)| *known != name);
        self.query.push((name, value.into()));
        self
    }

    /// Limits the call for each page. The default is that of the client.
    pub const fn timeout(mut self, timeout: Duration) -> Self {
        self.timeout = Some(timeout);
        self
    }

    /// All events from the start of the session or [after](Self::after_sequence) one, page after page, up to the last that
    /// there is.
    pub fn stream(mut self) -> Listing<Event> {
        let first = self.after.take().unwrap_or(0);
        if self.route.api == Surface::Management {
            // There it would mean the last ones.
            self.query.retain(|(name, _)| *name != "limit");
        }
        Listing::new(Some(first), move |after| {
            let page = self.page(after);
            Box::pin(async move {
                let mut events = page.await?.data;
                // Old servers take no sequence, and give everything again.
                events.retain(|event| event.sequence() > after);
                events.sort_by_key(Event::sequence);
                let last = events.last().and_then(Event::sequence);
                let next = last.filter(|last| after.is_none_or(|after| *last > after));
                Ok((events, next))
            })
        })
    }

    fn page(&self, after: Option<i64>) -> Call<Page<Event>> {
        let request = self.route.request("events", "list_events").map(|request| {
            let after = after.map(|after| ("after_sequence", after.to_string()));
            self.query.iter().chain(&after).fold(request, |request, (name, value)| request.query(name, value))
        });
        Call::new(request, "list_events", self.timeout.unwrap_or(self.route.service.timeout()), read_page)
    }
}

/// The total is in the head.
fn read_page(operation: &'static str, response: Response<Bytes>) -> Result<Page<Event>> {
    let total = response.headers().get("x-total-count").and_then(|value| value.to_str().ok()?.parse().ok());
    let page: Page<Event> = json(operation, response)?;
    Ok(Page { total: total.or(page.total), ..page })
}

impl Future for EventList {
    type Output = Result<Page<Event>>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Result<Page<Event>>> {
        if self.running.is_none() {
            let page = self.page(self.after);
            self.running = Some(Box::pin(page));
        }
        self.running.as_mut().map_or(Poll::Pending, |running| running.as_mut().poll(cx))
    }
}

impl fmt::Debug for EventList {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("EventList").field("session_id", &self.route.session_id).finish_non_exhaustive()
    }
}
