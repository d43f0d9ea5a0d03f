//! The decoder.

use bytes::Bytes;

use super::{
    DecodeError, Item,
    event::Options,
    fields::{Completed, Fields},
    lines::Lines,
};

/// The largest event by default: 16 MiB.
const DEFAULT_LIMIT: usize = 16 * 1024 * 1024;

/// Decodes an event stream, chunk by chunk.
///
/// Memory is bounded by the limit on an event ([`with_max_event_bytes`](Self::with_max_event_bytes)); comments and
/// unknown fields are dropped as they arrive. An event whose data is one line that lies in one chunk is not copied.
///
/// An event that the stream breaks off before its blank line is never handed out, as the standard says.
///
/// ```
/// use runagent_transport::sse::{Decoder, Item};
///
/// let mut decoder = Decoder::new();
/// decoder.push("event: greeting\nda".into());
/// assert!(decoder.next_item().is_none());
///
/// decoder.push("ta: hello\n\n".into());
/// match decoder.next_item() {
///     Some(Ok(Item::Event(event))) => {
///         assert_eq!(event.kind, "greeting");
///         assert_eq!(event.data, "hello");
///     }
///     other => panic!("not an event: {other:?}"),
/// }
/// ```
#[derive(Debug)]
pub struct Decoder {
    lines: Lines,
    fields: Fields,
    options: Options,
    failed: bool,
}

impl Default for Decoder {
    fn default() -> Self {
        Self::new()
    }
}

impl Decoder {
    /// A decoder at the start of a stream.
    #[must_use]
    pub const fn new() -> Self {
        Self {
            lines: Lines::new(),
            fields: Fields::new(),
            options: Options { max_event_bytes: DEFAULT_LIMIT, comments: false },
            failed: false,
        }
    }

    /// Sets the largest event, in bytes of its data. The default is 16 MiB.
    #[must_use]
    pub const fn with_max_event_bytes(mut self, bytes: usize) -> Self {
        self.options.max_event_bytes = bytes;
        self
    }

    /// Reports comment lines, which are dropped by default.
    #[must_use]
    pub const fn with_comments(mut self, comments: bool) -> Self {
        self.options.comments = comments;
        self
    }

    /// Continues a stream: events carry this id until the server sets another.
    #[must_use]
    pub fn with_last_event_id(mut self, id: impl Into<String>) -> Self {
        self.fields.set_id(id.into());
        self
    }

    /// The id to resume the stream from; empty when none was ever set.
    #[must_use]
    pub fn last_event_id(&self) -> &str {
        self.fields.id()
    }

    /// Gives the decoder the next bytes of the stream. Call [`next_item`](Self::next_item) until it gives `None` before
    /// the next push; what was not read by then is kept, at the price of a copy.
    #[inline]
    pub fn push(&mut self, chunk: Bytes) {
        if !self.lines.extend(&chunk, self.options) {
            self.push_chunk(chunk);
        }
    }

    /// What [`push`](Self::push) does when there is more to it than to add a few bytes to a line.
    fn push_chunk(&mut self, chunk: Bytes) {
        if self.failed || chunk.is_empty() {
            return;
        }
        if !self.lines.is_empty() {
            self.fields.finish_dispatch();
            self.fields.leave_chunk(self.lines.chunk());
        }
        self.lines.push(chunk, self.options);
    }

    /// The next item of what was pushed, or `None` when more bytes are needed.
    ///
    /// # Errors
    ///
    /// [`DecodeError`] when an event is larger than the limit. Nothing follows it.
    #[inline]
    pub fn next_item(&mut self) -> Option<Result<Item<'_>, DecodeError>> {
        if self.lines.is_empty() { None } else { self.read_item() }
    }

    /// The next item, now that there is something to read.
    fn read_item(&mut self) -> Option<Result<Item<'_>, DecodeError>> {
        self.fields.finish_dispatch();
        match self.complete_item() {
            Ok(completed) => Some(Ok(match completed? {
                Completed::Event => Item::Event(self.fields.event(self.lines.chunk())),
                Completed::Comment => Item::Comment(self.fields.comment()),
                Completed::Retry(duration) => Item::Retry(duration),
            })),
            Err(error) => {
                self.failed = true;
                self.lines.clear();
                self.fields.clear();
                Some(Err(error))
            }
        }
    }

    /// Reads lines until one of them completes an item.
    fn complete_item(&mut self) -> Result<Option<Completed>, DecodeError> {
        loop {
            while let Some(line) = self.lines.next() {
                if let Some(completed) = self.fields.line(line, self.options)? {
                    return Ok(Some(completed));
                }
            }
            self.fields.leave_chunk(self.lines.chunk());
            self.lines.keep_rest(self.options);
            // What was kept is there to read already when it is over the limit.
            if self.lines.is_empty() {
                return Ok(None);
            }
        }
    }
}

#[cfg(test)]
mod tests;
