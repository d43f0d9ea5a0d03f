//! The settings of a source.

use std::{fmt, sync::Arc, time::Duration};

use bytes::Bytes;

use super::{Backoff, Connector, Decoding, EventSource, State, Timer, connect::LAST_EVENT_ID, target::Target};
use crate::{ApiRequest, Transport};

/// Settings of an [`EventSource`], over a transport, or over [a request of an API](ApiRequest::events).
///
/// ```
/// use std::time::Duration;
/// use runagent_transport::{HttpTransport, sse::EventSource};
///
/// let request = http::Request::get("https://api.example.com/events").body("")?;
/// let source = EventSource::builder(HttpTransport::new(), request)
///     .idle_timeout(Duration::from_secs(45))
///     .cursor_parameter("after")
///     .last_event_id("evt_41")
///     .build();
/// assert_eq!(source.last_event_id(), "evt_41");
/// # Ok::<(), http::Error>(())
/// ```
#[must_use]
pub struct EventSourceBuilder {
    connector: Connector,
    decoding: Decoding,
    backoff: Backoff,
    last_event_id: String,
    max_reconnects: u32,
    report_reconnects: bool,
}

impl EventSourceBuilder {
    pub(super) fn new(transport: Arc<dyn Transport>, request: http::Request<Bytes>) -> Self {
        Self::of(Target::Plain(transport, request))
    }

    pub(crate) fn of_api(request: ApiRequest) -> Self {
        Self::of(Target::Api(request))
    }

    fn of(mut target: Target) -> Self {
        // In the request it would be sent for ever, also when the server has set another, or none.
        let id = target.headers_mut().remove(LAST_EVENT_ID);
        Self {
            connector: Connector::new(target),
            decoding: Decoding { max_event_bytes: 16 * 1024 * 1024, comments: false },
            backoff: Backoff::default(),
            last_event_id: id.map_or_else(String::new, |id| String::from_utf8_lossy(id.as_bytes()).into_owned()),
            max_reconnects: 10,
            report_reconnects: false,
        }
    }

    /// Starts after the event with this id. The default is the `Last-Event-ID` of the request; without one, or with an
    /// empty id, the server decides where to start.
    pub fn last_event_id(mut self, id: impl Into<String>) -> Self {
        self.last_event_id = id.into();
        self
    }

    /// Sends the last event id in this query parameter, percent-encoded, and not in a `Last-Event-ID` header. A
    /// parameter of that name in the request is replaced once there is an id.
    pub fn cursor_parameter(mut self, name: impl Into<String>) -> Self {
        self.connector.cursor_parameter = Some(name.into());
        self
    }

    /// The least time between two connections, until the server sets another: 1 s by default, at least 100 ms and at most
    /// 30 s.
    pub fn reconnection_time(mut self, time: Duration) -> Self {
        self.backoff.set_reconnection_time(time);
        self
    }

    /// How often in a row it connects again without getting an event; then the last error ends the stream. The default is
    /// 10, `u32::MAX` is for ever. With 0 the first loss of the connection is an error, also its end without a 204.
    pub const fn max_reconnects(mut self, reconnects: u32) -> Self {
        self.max_reconnects = reconnects;
        self
    }

    /// How long the server may be silent, while it is waited for: before its answer, and between any two bytes after it,
    /// comments included. The default is 120 s, `Duration::MAX` is no limit.
    ///
    /// Over a [request of an API](ApiRequest::events) what passes before the answer is the time of an attempt, and too long a
    /// silence the [`Timeout`](crate::TransportErrorKind::Timeout) of that.
    pub const fn idle_timeout(mut self, timeout: Duration) -> Self {
        self.connector.idle_timeout = timeout;
        self
    }

    /// Follows this many redirects with status 301 or 307 for each connection; 0, the default, refuses them.
    ///
    /// Method and body stay the same. To another origin go no headers of the request but those that describe content and
    /// client (`Accept`, `Accept-Language`, `Content-Type`, `User-Agent`); from https to http it goes never. The next
    /// connection starts at the first address again.
    pub const fn max_redirects(mut self, redirects: u32) -> Self {
        self.connector.max_redirects = redirects;
        self
    }

    /// Sets the largest event, in bytes of its data. The default is 16 MiB.
    pub const fn max_event_bytes(mut self, bytes: usize) -> Self {
        self.decoding.max_event_bytes = bytes;
        self
    }

    /// Hands out comments too. They are dropped by default.
    pub const fn comments(mut self, comments: bool) -> Self {
        self.decoding.comments = comments;
        self
    }

    /// Hands out the errors that it recovers from too. They are dropped by default.
    pub const fn report_reconnects(mut self, report: bool) -> Self {
        self.report_reconnects = report;
        self
    }

    /// Makes the stream. It connects when it is first polled.
    pub fn build(self) -> EventSource {
        EventSource {
            decoding: self.decoding,
            decoder: self.decoding.decoder(&self.last_event_id),
            backoff: self.backoff,
            max_reconnects: self.max_reconnects,
            report_reconnects: self.report_reconnects,
            idle_timeout: self.connector.idle_timeout,
            connector: Arc::new(self.connector),
            timer: Timer::default(),
            response: None,
            state: State::Disconnected,
        }
    }
}

impl fmt::Debug for EventSourceBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // The request may hold secrets in its headers and its query.
        f.debug_struct("EventSourceBuilder")
            .field("max_reconnects", &self.max_reconnects)
            .field("idle_timeout", &self.connector.idle_timeout)
            .finish_non_exhaustive()
    }
}
