//! Puts the fields of an event together.

use std::{borrow::Cow, mem, ops::Range, time::Duration};

use super::{DecodeError, Event, event::Options, lines::Line};
use crate::utf8::from_utf8;

/// The buffers of the standard: data, event type, last event id.
#[derive(Debug)]
pub(super) struct Fields {
    data: Data,
    /// Data lines that could not stay in the chunk, joined by LF.
    lines: Vec<u8>,
    /// The type of the event being received, if `has_kind`; else that of an earlier one.
    kind: String,
    has_kind: bool,
    /// The id of the last event.
    id: String,
    /// The id that it will be at the next blank line, if `id_changed`.
    next_id: String,
    id_changed: bool,
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
            kind: String::new(),
            has_kind: false,
            id: String::new(),
            next_id: String::new(),
            id_changed: false,
            comment: Vec::new(),
            dispatched: false,
        }
    }

    /// Forgets the event being received. The id stays: the stream can be resumed from it.
    pub(super) fn clear(&mut self) {
        *self = Self { id: mem::take(&mut self.id), ..Self::new() };
    }

    pub(super) fn set_id(&mut self, id: String) {
        self.id = id;
    }

    pub(super) fn id(&self) -> &str {
        &self.id
    }

    /// Interprets a line.
    #[inline]
    pub(super) fn line(&mut self, whole: Line<'_>, options: Options) -> Result<Option<Completed>, DecodeError> {
        let line = whole.bytes;
        match line.first() {
            None => return Ok(self.blank_line()),
            Some(b'd') => {
                if let Some(start) = value_start(line, b"data") {
                    options.check(line.len() - start)?;
                    self.data_line(whole, start, options)?;
                }
            }
            Some(b'e') => {
                if let Some(start) = value_start(line, b"event") {
                    options.check(line.len() - start)?;
                    self.kind_line(&line[start..]);
                }
            }
            Some(b'i') => {
                if let Some(start) = value_start(line, b"id") {
                    self.id_line(&line[start..], options)?;
                }
            }
            Some(b'r') => {
                if let Some(start) = value_start(line, b"retry") {
                    // Checked although it can only be a number: a line in pieces is refused before that shows.
                    options.check(line.len() - start)?;
                    return Ok(retry(&line[start..]).map(Completed::Retry));
                }
            }
            Some(b':') if options.comments => {
                options.check(line.len() - 1)?;
                self.comment.clear();
                self.comment.extend_from_slice(&line[1..]);
                return Ok(Some(Completed::Comment));
            }
            Some(_) => {}
        }
        Ok(None)
    }

    fn kind_line(&mut self, value: &[u8]) {
        // Streams repeat their types: what is there already was checked and need not be copied.
        if self.kind.as_bytes() != value {
            self.kind.clear();
            self.kind.push_str(&text(value));
        }
        self.has_kind = !value.is_empty();
    }

    fn id_line(&mut self, value: &[u8], options: Options) -> Result<(), DecodeError> {
        options.check(value.len())?;
        if !value.contains(&0) {
            self.next_id.clear();
            self.next_id.push_str(&text(value));
            self.id_changed = true;
        }
        Ok(())
    }

    /// A line of data, whose value begins at `start`.
    #[inline]
    fn data_line(&mut self, line: Line<'_>, start: usize, options: Options) -> Result<(), DecodeError> {
        let value = &line.bytes[start..];
        if let (Data::None, Some(line_start)) = (&self.data, line.start) {
            let start = line_start + start;
            self.data = Data::InChunk(start..start + value.len());
            return Ok(());
        }
        self.leave_chunk(line.chunk);
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
        if mem::take(&mut self.id_changed) {
            mem::swap(&mut self.id, &mut self.next_id);
        }
        if matches!(self.data, Data::None) {
            self.has_kind = false;
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
            self.has_kind = false;
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
    #[inline]
    pub(super) fn event<'a>(&'a self, chunk: &'a [u8]) -> Event<'a> {
        let data = match &self.data {
            Data::None => &[],
            Data::InChunk(range) => &chunk[range.clone()],
            Data::Copied => &self.lines[..],
        };
        let kind = if self.has_kind { &self.kind } else { "message" };
        Event { kind: Cow::Borrowed(kind), data: text(data), id: &self.id }
    }

    pub(super) fn comment(&self) -> Cow<'_, str> {
        text(&self.comment)
    }
}

/// Where the value begins in a line with the field `name`; `None` when it is another field.
fn value_start<const N: usize>(line: &[u8], name: &[u8; N]) -> Option<usize> {
    match line.strip_prefix(name)? {
        [] => Some(N),
        [b':', b' ', ..] => Some(N + 2),
        [b':', ..] => Some(N + 1),
        _ => None,
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

/// The text of bytes, each ill-formed sequence replaced. (Looking whether there is one is much faster than the lossy
/// decoder.)
fn text(bytes: &[u8]) -> Cow<'_, str> {
    from_utf8(bytes).map_or_else(|| String::from_utf8_lossy(bytes), Cow::Borrowed)
}
