//! What a source hands out.

use std::{borrow::Cow, time::Duration};

use super::EventSourceError;
use crate::sse::Event;

/// One thing that an [`EventSource`](super::EventSource) has to say.
#[derive(Debug)]
#[non_exhaustive]
pub enum EventSourceItem {
    /// An event.
    Event(OwnedEvent),
    /// The text of a comment line, without its colon. Only with
    /// [`comments`](super::EventSourceBuilder::comments).
    Comment(String),
    /// The connection was lost, or none was made, and another try follows. Only with
    /// [`report_reconnects`](super::EventSourceBuilder::report_reconnects).
    Reconnecting {
        /// What happened.
        error: EventSourceError,
        /// The wait before the next try.
        after: Duration,
    },
}

/// An [`Event`] that owns its text.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub struct OwnedEvent {
    /// The type: the `event` field, or `message` when there is none.
    pub kind: Cow<'static, str>,
    /// The data: its lines joined by `\n`. Bytes that are no UTF-8 are replaced by U+FFFD.
    pub data: String,
    /// The last event id of the stream at this event; empty when none was ever set.
    pub id: String,
}

impl From<Event<'_>> for OwnedEvent {
    fn from(event: Event<'_>) -> Self {
        let kind = match event.kind {
            // By far the most have this type, which then costs nothing.
            Cow::Borrowed("message") => Cow::Borrowed("message"),
            kind => Cow::Owned(kind.into_owned()),
        };
        Self { kind, data: event.data.into_owned(), id: event.id.to_owned() }
    }
}
