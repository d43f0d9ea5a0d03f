//! What the decoder hands out.

use std::{borrow::Cow, error, fmt, time::Duration};

/// One thing read from an event stream. It borrows from the [`Decoder`](super::Decoder).
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Item<'a> {
    /// An event.
    Event(Event<'a>),
    /// The text of a comment line, without its colon. Only reported by
    /// [`Decoder::with_comments`](super::Decoder::with_comments).
    Comment(Cow<'a, str>),
    /// The reconnection time that the server asks for (`retry:`).
    Retry(Duration),
}

/// An event of the stream.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Event<'a> {
    /// The type: the `event` field, or `message` when there is none.
    pub kind: Cow<'a, str>,
    /// The data: its lines joined by `\n`. Bytes that are no UTF-8 are replaced by U+FFFD.
    pub data: Cow<'a, str>,
    /// The last event id of the stream at this event; empty when none was ever set.
    pub id: &'a str,
}

impl<'a> Event<'a> {
    /// An event of type `message`, to [`encode`](Item::encode).
    pub fn new(data: impl Into<Cow<'a, str>>) -> Self {
        Self { kind: Cow::Borrowed("message"), data: data.into(), id: "" }
    }

    /// Sets the type.
    #[must_use]
    pub fn with_kind(mut self, kind: impl Into<Cow<'a, str>>) -> Self {
        self.kind = kind.into();
        self
    }

    /// Sets the id.
    #[must_use]
    pub const fn with_id(mut self, id: &'a str) -> Self {
        self.id = id;
        self
    }
}

/// An event, or a line of it, is larger than the decoder's limit. The decoder gives nothing more after it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct DecodeError {
    /// The limit, in bytes.
    pub limit: usize,
}

impl fmt::Display for DecodeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "an event of the stream is larger than the limit of {} bytes", self.limit)
    }
}

impl error::Error for DecodeError {}

/// What the caller wants of the decoder.
#[derive(Clone, Copy, Debug)]
pub(super) struct Options {
    pub(super) max_event_bytes: usize,
    pub(super) comments: bool,
}

impl Options {
    /// Refuses to hold so many bytes.
    pub(super) const fn check(self, bytes: usize) -> Result<(), DecodeError> {
        if bytes > self.max_event_bytes { Err(DecodeError { limit: self.max_event_bytes }) } else { Ok(()) }
    }
}
