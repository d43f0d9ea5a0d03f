//! What happens in a session, one thing after the other.

use std::iter::FusedIterator;

use super::wait;
use crate::{Event, Result};

/// The events of a session: an iterator that blocks until the next one arrives.
///
/// All that [`everruns_sdk::EventStream`](crate::EventStream) promises holds here too: each event once and in order, whatever
/// happens to connections, and an error as the last item. Dropping it closes the connection.
#[derive(Debug)]
#[must_use = "an iterator does nothing unless it is asked"]
pub struct EventStream(crate::EventStream);

impl EventStream {
    /// The sequence of the last event that was read.
    #[must_use]
    pub const fn sequence(&self) -> Option<i64> {
        self.0.sequence()
    }

    /// The text of the agent's messages, up to the end of the turn.
    pub fn into_text(self) -> TextStream {
        TextStream(self.0.into_text())
    }
}

impl From<crate::EventStream> for EventStream {
    fn from(events: crate::EventStream) -> Self {
        Self(events)
    }
}

impl Iterator for EventStream {
    type Item = Result<Event>;

    fn next(&mut self) -> Option<Self::Item> {
        wait(async { self.0.next().await.transpose() }).transpose()
    }
}

impl FusedIterator for EventStream {}

/// The text of the agent's messages, piece by piece: an iterator that blocks until the next one arrives. See
/// [`everruns_sdk::TextStream`](crate::TextStream).
#[derive(Debug)]
#[must_use = "an iterator does nothing unless it is asked"]
pub struct TextStream(crate::TextStream);

impl From<crate::TextStream> for TextStream {
    fn from(text: crate::TextStream) -> Self {
        Self(text)
    }
}

impl Iterator for TextStream {
    type Item = Result<String>;

    fn next(&mut self) -> Option<Self::Item> {
        wait(async { self.0.next().await.transpose() }).transpose()
    }
}

impl FusedIterator for TextStream {}
