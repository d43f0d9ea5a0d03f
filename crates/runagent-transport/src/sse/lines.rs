//! Splits the stream into lines, whatever the chunking.

use std::mem;

use bytes::Bytes;

use super::event::Options;

const BYTE_ORDER_MARK: &[u8] = b"\xEF\xBB\xBF";
/// The lines that are interpreted; all others may be dropped as they arrive.
const FIELDS: [&[u8]; 4] = [b"data:", b"event:", b"id:", b"retry:"];

/// What a line may have in front of the value that the limit is on: the longest name and `": "`. By so many bytes it is
/// also clear whether the line is interpreted.
const LINE_OVERHEAD: usize = FIELDS[1].len() + 1;

/// The chunk being read, and the line that earlier chunks left unfinished.
#[derive(Debug)]
pub(super) struct Lines {
    /// Empty once all of it was read.
    chunk: Bytes,
    /// What is left of the chunk starts here.
    position: usize,
    state: State,
    /// A line in pieces, in the states that say so.
    partial: Vec<u8>,
    /// The last chunk ended in CR: an LF at the start of the next belongs to it.
    skip_line_feed: bool,
}

/// Where in the stream the chunk stands.
#[derive(Clone, Copy, Debug)]
enum State {
    /// At the start of the stream; what may be a byte order mark is in `partial`.
    Start,
    /// At the start of a line.
    Line,
    /// Inside the line that starts in `partial`.
    Partial,
    /// Inside a line that is dropped as it comes.
    Ignored,
    /// At the start of a line. The one before is in `partial` and was not handed out yet.
    Assembled,
}

/// A line without its end.
#[derive(Clone, Copy, Debug)]
pub(super) struct Line<'a> {
    pub(super) bytes: &'a [u8],
    /// Where in the chunk it starts; `None` when it is not there.
    pub(super) start: Option<usize>,
    pub(super) chunk: &'a [u8],
}

impl Lines {
    pub(super) const fn new() -> Self {
        Self { chunk: Bytes::new(), position: 0, state: State::Start, partial: Vec::new(), skip_line_feed: false }
    }

    pub(super) const fn chunk(&self) -> &Bytes {
        &self.chunk
    }

    /// Whether there is nothing to read before the next push.
    #[inline]
    pub(super) fn is_empty(&self) -> bool {
        self.chunk.is_empty() && !matches!(self.state, State::Assembled)
    }

    /// Adds a few bytes to the unfinished line, if that is all there is to do with them; otherwise they must be pushed.
    /// Inlined into the caller, this makes a stream that comes in single bytes a fifth cheaper.
    #[inline]
    pub(super) fn extend(&mut self, bytes: &[u8], options: Options) -> bool {
        let inside = matches!(self.state, State::Partial) && bytes.len() <= 16 && !bytes.iter().any(is_line_end);
        if inside {
            self.keep(bytes, options);
        }
        inside
    }

    /// Takes the next chunk, which is not empty, and continues the unfinished line with it. A chunk that does not end that
    /// line is let go at once. Nothing may point into the last chunk any more.
    pub(super) fn push(&mut self, chunk: Bytes, options: Options) {
        let end = match self.state {
            State::Start | State::Line | State::Assembled => return self.push_line(chunk),
            State::Partial => {
                let Some(end) = line_end(&chunk) else { return self.keep(&chunk, options) };
                self.partial.extend_from_slice(&chunk[..end]);
                self.state = State::Assembled;
                end
            }
            State::Ignored => {
                let Some(end) = line_end(&chunk) else { return };
                self.state = State::Line;
                end
            }
        };
        self.position = after_line_end(&chunk, end, &mut self.skip_line_feed);
        self.chunk = chunk;
    }

    /// Takes a chunk that starts where a line does.
    fn push_line(&mut self, mut chunk: Bytes) {
        let mut position = 0;
        if mem::take(&mut self.skip_line_feed) && chunk.starts_with(b"\n") {
            position = 1;
        }
        if matches!(self.state, State::Start) {
            if !self.partial.is_empty() {
                chunk = [&self.partial, &chunk[..]].concat().into();
            }
            if chunk.len() < BYTE_ORDER_MARK.len() && BYTE_ORDER_MARK.starts_with(&chunk) {
                self.partial = chunk.into();
                return;
            }
            self.state = State::Line;
            if chunk.starts_with(BYTE_ORDER_MARK) {
                position = BYTE_ORDER_MARK.len();
            }
        }
        let rest = &self.chunk[self.position..];
        if !rest.is_empty() {
            chunk = [rest, &chunk].concat().into();
            position = 0;
        }
        self.chunk = chunk;
        self.position = position;
    }

    /// Forgets the chunk and everything kept.
    pub(super) fn clear(&mut self) {
        *self = Self::new();
    }

    /// The next whole line; `None` when the chunk has no more.
    #[inline]
    pub(super) fn next(&mut self) -> Option<Line<'_>> {
        let chunk = &self.chunk[..];
        if matches!(self.state, State::Assembled) {
            self.state = State::Line;
            return Some(Line { bytes: &self.partial, start: None, chunk });
        }
        let start = self.position;
        let rest = &chunk[start..];
        let length = line_end(rest)?;
        self.position = start + after_line_end(rest, length, &mut self.skip_line_feed);
        Some(Line { bytes: &rest[..length], start: Some(start), chunk })
    }

    /// Keeps the start of a line whose end has not arrived, and lets the chunk go. Nothing may point into it any more.
    #[inline]
    pub(super) fn keep_rest(&mut self, options: Options) {
        if !self.chunk.is_empty() {
            let chunk = mem::take(&mut self.chunk);
            let rest = &chunk[mem::take(&mut self.position)..];
            if !rest.is_empty() {
                self.state = State::Partial;
                self.partial.clear();
                self.keep(rest, options);
            }
        }
    }

    /// Adds to the unfinished line, until its start shows that it is one to ignore.
    #[inline]
    fn keep(&mut self, mut bytes: &[u8], options: Options) {
        let undecided = LINE_OVERHEAD.saturating_sub(self.partial.len());
        if undecided > 0 {
            let (start, rest) = bytes.split_at(undecided.min(bytes.len()));
            self.partial.extend_from_slice(start);
            if self.partial.len() == LINE_OVERHEAD && is_ignored(&self.partial, options.comments) {
                self.state = State::Ignored;
                return;
            }
            bytes = rest;
        }
        // One byte too many is enough.
        let longest = options.max_event_bytes.saturating_add(LINE_OVERHEAD + 1);
        let room = longest.saturating_sub(self.partial.len());
        self.partial.extend_from_slice(&bytes[..room.min(bytes.len())]);
        if self.partial.len() == longest {
            // Whoever reads it refuses it, however it goes on.
            self.state = State::Assembled;
        }
    }
}

/// Whether a line that starts so is not interpreted.
fn is_ignored(start: &[u8], comments: bool) -> bool {
    if start.starts_with(b":") { !comments } else { !FIELDS.iter().any(|field| start.starts_with(field)) }
}

/// Where the line ends. Most lines are short, and most short ones end within the first 16 bytes, which take less to look
/// at than `memchr2` takes to set out.
#[inline]
fn line_end(bytes: &[u8]) -> Option<usize> {
    // Every event ends with a blank line.
    if bytes.first() == Some(&b'\n') {
        return Some(0);
    }
    let Some(head) = bytes.first_chunk() else {
        return bytes.iter().position(is_line_end);
    };
    // All bytes at once: the lowest high bit that is left marks the first byte up to CR.
    let head = u128::from_le_bytes(*head);
    let controls = head.wrapping_sub(in_each_byte(b'\r' + 1)) & !head & in_each_byte(0x80);
    if controls == 0 {
        return memchr::memchr2(b'\n', b'\r', &bytes[16..]).map(|end| end + 16);
    }
    let first = controls.trailing_zeros() as usize / 8;
    if is_line_end(&bytes[first]) { Some(first) } else { memchr::memchr2(b'\n', b'\r', bytes) }
}

const fn in_each_byte(value: u8) -> u128 {
    u128::from_ne_bytes([value; 16])
}

const fn is_line_end(byte: &u8) -> bool {
    matches!(byte, b'\n' | b'\r')
}

/// Where the line after it starts. A CR at the end of the chunk may be half of a line end.
#[inline]
fn after_line_end(chunk: &[u8], end: usize, skip_line_feed: &mut bool) -> usize {
    if chunk[end] == b'\r' {
        match chunk.get(end + 1) {
            Some(b'\n') => return end + 2,
            Some(_) => {}
            None => *skip_line_feed = true,
        }
    }
    end + 1
}
