//! Puts the fields of an event together.

use std::{borrow::Cow, mem, ops::Range, str, time::Duration};

use super::{DecodeError, Event, event::Options};

/// The buffers of the standard: data, event type, last event id.
#[derive(Debug)]
pub(super) struct Fields {
    data: Data,
    /// Data lines that could not stay in the chunk, joined by LF.
    lines: Vec<u8>,
    kind: Vec<u8>,
    /// The id that the next event will have; it is `id` once that event, or a blank line, has come.
    next_id: String,
    id: String,
    comment: Vec<u8>,
    /// The last event was handed out and still sits here.
    dispatched: bool,
}

/// Where the data of the event being received is.
#[derive(Debug)]
enum Data {
    None,
    /// One line, which lies in the chunk.
    InChunk(Range<usize>),
    /// In `Fields::lines`.
    Copied,
}

/// What a line completed; the item is built from the buffers afterwards.
#[derive(Debug)]
pub(super) enum Completed {
    Event,
    Comment,
    Retry(Duration),
}

impl Fields {
    pub(super) const fn new() -> Self {
        Self {
            data: Data::None,
            lines: Vec::new(),
            kind: Vec::new(),
            next_id: String::new(),
            id: String::new(),
            comment: Vec::new(),
            dispatched: false,
        }
    }

    /// Forgets the event being received. The id stays: the stream can be resumed from it.
    pub(super) fn clear(&mut self) {
        *self = Self { id: mem::take(&mut self.id), ..Self::new() };
    }

    pub(super) fn set_id(&mut self, id: String) {
        self.id.clone_from(&id);
        self.next_id = id;
    }

    pub(super) fn id(&self) -> &str {
        &self.id
    }

    /// Interprets a line. `offset` is where it starts in the chunk, when it lies there.
    pub(super) fn line(
        &mut self,
        line: &[u8],
        offset: Option<usize>,
        chunk: &[u8],
        options: Options,
    ) -> Result<Option<Completed>, DecodeError> {
        if line.is_empty() {
            return Ok(self.blank_line());
        }
        let colon = memchr::memchr(b':', line).unwrap_or(line.len());
        let mut start = (colon + 1).min(line.len());
        if colon == 0 {
            if !options.comments {
                return Ok(None);
            }
            options.check(line.len() - start)?;
            self.comment.clear();
            self.comment.extend_from_slice(&line[start..]);
            return Ok(Some(Completed::Comment));
        }
        if line.get(start) == Some(&b' ') {
            start += 1;
        }
        let value = &line[start..];
        let name = &line[..colon];
        if !matches!(name, b"data" | b"event" | b"id" | b"retry") {
            return Ok(None);
        }
        // Also when the value turns out to be none: a line that comes in pieces is refused before that shows.
        options.check(value.len())?;
        match name {
            b"data" => self.data_line(value, offset.map(|offset| offset + start), chunk, options)?,
            b"event" => {
                self.kind.clear();
                self.kind.extend_from_slice(value);
            }
            b"id" if memchr::memchr(0, value).is_none() => {
                self.next_id.clear();
                self.next_id.push_str(&text(value));
            }
            b"retry" => return Ok(retry(value).map(Completed::Retry)),
            _ => {}
        }
        Ok(None)
    }

    fn data_line(
        &mut self,
        value: &[u8],
        offset: Option<usize>,
        chunk: &[u8],
        options: Options,
    ) -> Result<(), DecodeError> {
        if let (Data::None, Some(start)) = (&self.data, offset) {
            self.data = Data::InChunk(start..start + value.len());
            return Ok(());
        }
        self.leave_chunk(chunk);
        if matches!(self.data, Data::Copied) {
            self.lines.push(b'\n');
        }
        options.check(self.lines.len() + value.len())?;
        self.lines.extend_from_slice(value);
        self.data = Data::Copied;
        Ok(())
    }

    /// The end of an event. It is dispatched when it has data.
    fn blank_line(&mut self) -> Option<Completed> {
        if self.id != self.next_id {
            self.id.clone_from(&self.next_id);
        }
        if matches!(self.data, Data::None) {
            self.kind.clear();
            return None;
        }
        self.dispatched = true;
        Some(Completed::Event)
    }

    /// Clears what the last dispatched event left behind.
    pub(super) fn finish_dispatch(&mut self) {
        if mem::take(&mut self.dispatched) {
            self.data = Data::None;
            self.lines.clear();
            self.kind.clear();
        }
    }

    /// Copies data that lies in the chunk, which is about to go.
    pub(super) fn leave_chunk(&mut self, chunk: &[u8]) {
        if let Data::InChunk(range) = &self.data {
            self.lines.clear();
            self.lines.extend_from_slice(&chunk[range.clone()]);
            self.data = Data::Copied;
        }
    }

    /// The event that was just completed.
    pub(super) fn event<'a>(&'a self, chunk: &'a [u8]) -> Event<'a> {
        let data = match &self.data {
            Data::None => &[],
            Data::InChunk(range) => &chunk[range.clone()],
            Data::Copied => &self.lines[..],
        };
        let kind = if self.kind.is_empty() { Cow::Borrowed("message") } else { text(&self.kind) };
        Event { kind, data: text(data), id: &self.id }
    }

    pub(super) fn comment(&self) -> Cow<'_, str> {
        text(&self.comment)
    }
}

/// The value of `retry`: ASCII digits only; one that does not fit is as long as can be.
fn retry(value: &[u8]) -> Option<Duration> {
    if value.is_empty() || !value.iter().all(u8::is_ascii_digit) {
        return None;
    }
    let add = |sum: u64, digit: &u8| sum.saturating_mul(10).saturating_add(u64::from(digit - b'0'));
    Some(Duration::from_millis(value.iter().fold(0, add)))
}

/// The text of bytes, each ill-formed sequence replaced. (`from_utf8` is much faster than the lossy decoder.)
fn text(bytes: &[u8]) -> Cow<'_, str> {
    str::from_utf8(bytes).map_or_else(|_| String::from_utf8_lossy(bytes), Cow::Borrowed)
}
