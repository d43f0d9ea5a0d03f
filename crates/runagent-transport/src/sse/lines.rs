//! Splits the stream into lines, whatever the chunking.

use std::{mem, ops::Range};

use bytes::Bytes;

use super::{DecodeError, event::Options};

const BYTE_ORDER_MARK: &[u8] = b"\xEF\xBB\xBF";
/// The lines that are interpreted; all others may be dropped as they arrive.
const FIELDS: [&[u8]; 4] = [b"data:", b"event:", b"id:", b"retry:"];

/// What a line may have in front of the value that the limit is on: a byte order mark, the longest name, `": "`.
const LINE_OVERHEAD: usize = BYTE_ORDER_MARK.len() + FIELDS[1].len() + 1;

/// Where the line ends. Every event ends with a blank line, so that is often the next byte.
fn line_end(rest: &[u8]) -> Option<usize> {
    if rest.first() == Some(&b'\n') { Some(0) } else { memchr::memchr2(b'\n', b'\r', rest) }
}

/// The chunk being read, and the start of a line that earlier chunks left unfinished.
#[derive(Debug)]
pub(super) struct Lines {
    chunk: Bytes,
    /// What is left of the chunk starts here.
    position: usize,
    partial: Vec<u8>,
    /// `partial` is the whole line that was handed out last.
    assembled: bool,
    /// The line being received is dropped as it comes.
    skipping: bool,
    /// The last chunk ended in CR: an LF at the start of the next belongs to it.
    skip_line_feed: bool,
    first: bool,
    /// Nothing is left over from before, and this is not the first line: the usual case.
    plain: bool,
}

/// Where a line is.
#[derive(Debug)]
pub(super) enum Line {
    InChunk(Range<usize>),
    Assembled,
}

impl Lines {
    pub(super) const fn new() -> Self {
        Self {
            chunk: Bytes::new(),
            position: 0,
            partial: Vec::new(),
            assembled: false,
            skipping: false,
            skip_line_feed: false,
            first: true,
            plain: false,
        }
    }

    pub(super) const fn chunk(&self) -> &Bytes {
        &self.chunk
    }

    /// Takes the next chunk. Nothing may point into the last one any more.
    pub(super) fn push(&mut self, chunk: Bytes) {
        let rest = &self.chunk[self.position..];
        self.chunk = if rest.is_empty() { chunk } else { [rest, &chunk].concat().into() };
        self.position = 0;
        if mem::take(&mut self.skip_line_feed) && self.chunk.first() == Some(&b'\n') {
            self.position = 1;
        }
    }

    /// Lets go of a chunk that is used up.
    pub(super) fn leave_chunk(&mut self) {
        self.chunk = Bytes::new();
        self.position = 0;
    }

    /// Forgets the chunk and everything kept.
    pub(super) fn clear(&mut self) {
        self.chunk = Bytes::new();
        self.position = 0;
        self.partial = Vec::new();
        self.plain = false;
    }

    /// The next whole line, as [`next_of_any`](Self::next_of_any); that most lines lie in the chunk, lines that follow on
    /// each other and end in LF, is what makes this one fast.
    #[inline]
    pub(super) fn next(&mut self, options: Options) -> Result<Option<Line>, DecodeError> {
        if self.plain {
            let start = self.position;
            let rest = &self.chunk[start..];
            if let Some(length) = line_end(rest)
                && rest[length] == b'\n'
            {
                self.position = start + length + 1;
                return Ok(Some(Line::InChunk(start..start + length)));
            }
        }
        let line = self.next_of_any(options);
        self.plain = !self.first && !self.skipping && !self.assembled && self.partial.is_empty();
        line
    }

    /// The next whole line; `None` when the chunk is used up, and its unfinished last line kept.
    fn next_of_any(&mut self, options: Options) -> Result<Option<Line>, DecodeError> {
        loop {
            if mem::take(&mut self.assembled) {
                self.partial.clear();
            }
            let rest = &self.chunk[self.position..];
            let Some(length) = line_end(rest) else {
                self.keep_partial(options)?;
                return Ok(None);
            };
            let mut line = self.position..self.position + length;
            self.position = line.end + 1;
            if rest[length] == b'\r' {
                match rest.get(length + 1) {
                    Some(b'\n') => self.position += 1,
                    Some(_) => {}
                    None => self.skip_line_feed = true,
                }
            }
            if mem::take(&mut self.skipping) {
                continue;
            }
            if self.partial.is_empty() {
                if mem::take(&mut self.first) && self.chunk[line.clone()].starts_with(BYTE_ORDER_MARK) {
                    line.start += BYTE_ORDER_MARK.len();
                }
                return Ok(Some(Line::InChunk(line)));
            }
            self.partial.extend_from_slice(&self.chunk[line]);
            if mem::take(&mut self.first) && self.partial.starts_with(BYTE_ORDER_MARK) {
                self.partial.drain(..BYTE_ORDER_MARK.len());
            }
            self.assembled = true;
            return Ok(Some(Line::Assembled));
        }
    }

    /// The bytes of the line that [`next`](Self::next) gave last.
    pub(super) fn bytes(&self, line: &Line) -> &[u8] {
        match line {
            Line::InChunk(range) => &self.chunk[range.clone()],
            Line::Assembled => &self.partial,
        }
    }

    /// Keeps the start of a line whose end has not arrived, unless the line is ignored anyway.
    fn keep_partial(&mut self, options: Options) -> Result<(), DecodeError> {
        let rest = &self.chunk[self.position..];
        if !rest.is_empty() && !self.skipping {
            let undecided = self.partial.len() < LINE_OVERHEAD;
            self.partial.extend_from_slice(rest);
            if undecided && self.is_ignored(options.comments) {
                self.skipping = true;
                self.first = false;
                self.partial.clear();
            }
            options.check(self.partial.len().saturating_sub(LINE_OVERHEAD))?;
        }
        self.position = self.chunk.len();
        Ok(())
    }

    /// Whether the unfinished line can't be one that is interpreted, however it goes on.
    fn is_ignored(&self, comments: bool) -> bool {
        let mut start = &self.partial[..];
        if self.first {
            if BYTE_ORDER_MARK.starts_with(start) {
                return false;
            }
            start = start.strip_prefix(BYTE_ORDER_MARK).unwrap_or(start);
        }
        match start.first() {
            Some(b':') => !comments,
            _ => !FIELDS.iter().any(|field| start.starts_with(field) || field.starts_with(start)),
        }
    }
}
