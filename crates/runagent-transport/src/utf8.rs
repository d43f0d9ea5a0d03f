//! The text of bytes.

use std::str;

/// Text of so many bytes is worth setting out vector instructions for.
const LONG: usize = 256;

/// The text, unless it is ill-formed.
#[inline]
pub(crate) fn from_utf8(bytes: &[u8]) -> Option<&str> {
    if bytes.len() < LONG { str::from_utf8(bytes).ok() } else { simdutf8::basic::from_utf8(bytes).ok() }
}
