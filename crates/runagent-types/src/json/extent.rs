//! Where a JSON value ends, by the grammar of RFC 8259.

use super::text::string_end;

/// Closes what is not in an object or array.
const NOTHING: u8 = 0;

/// The index after the value that begins at `start`; `None` if there is none.
///
/// Needs no recursion, and less than half of what `serde_json` takes to ignore a value.
pub(super) fn value_end(bytes: &[u8], start: usize) -> Option<usize> {
    let mut index = start;
    // What closes the innermost object or array that is open, and those around it.
    let (mut close, mut outer) = (NOTHING, Vec::new());
    loop {
        if close == b'}' {
            index = after_key(bytes, index)?;
        }
        index = match *bytes.get(index)? {
            b'"' => string_end(bytes, index)?,
            open @ (b'{' | b'[') => {
                outer.push(close);
                close = if open == b'{' { b'}' } else { b']' };
                index = blank_end(bytes, index + 1);
                if bytes.get(index) != Some(&close) {
                    continue;
                }
                index
            }
            b't' => literal_end(bytes, index, b"true")?,
            b'f' => literal_end(bytes, index, b"false")?,
            b'n' => literal_end(bytes, index, b"null")?,
            _ => number_end(bytes, index)?,
        };
        // After a value: what is open closes, or another value follows.
        loop {
            if close == NOTHING {
                return Some(index);
            }
            index = blank_end(bytes, index);
            let byte = *bytes.get(index)?;
            index += 1;
            if byte == b',' {
                index = blank_end(bytes, index);
                break;
            }
            if byte != close {
                return None;
            }
            close = outer.pop()?;
        }
    }
}

/// The index of the value whose key is at `start`.
fn after_key(bytes: &[u8], start: usize) -> Option<usize> {
    if bytes.get(start) != Some(&b'"') {
        return None;
    }
    past(bytes, string_end(bytes, start)?, b':')
}

/// The index after this punctuation and the white space around it.
pub(super) fn past(bytes: &[u8], start: usize, punctuation: u8) -> Option<usize> {
    let index = blank_end(bytes, start);
    (bytes.get(index) == Some(&punctuation)).then(|| blank_end(bytes, index + 1))
}

/// The index after the white space of RFC 8259 §2.
fn blank_end(bytes: &[u8], start: usize) -> usize {
    let mut index = start;
    while let Some(b' ' | b'\t' | b'\n' | b'\r') = bytes.get(index) {
        index += 1;
    }
    index
}

fn literal_end(bytes: &[u8], start: usize, literal: &[u8]) -> Option<usize> {
    bytes[start..].starts_with(literal).then_some(start + literal.len())
}

fn number_end(bytes: &[u8], start: usize) -> Option<usize> {
    let mut index = start + usize::from(bytes.get(start) == Some(&b'-'));
    index = if bytes.get(index) == Some(&b'0') { index + 1 } else { digits_end(bytes, index)? };
    if bytes.get(index) == Some(&b'.') {
        index = digits_end(bytes, index + 1)?;
    }
    if let Some(b'e' | b'E') = bytes.get(index) {
        let signed = matches!(bytes.get(index + 1), Some(b'+' | b'-'));
        index = digits_end(bytes, index + 1 + usize::from(signed))?;
    }
    Some(index)
}

/// The index after the digits, of which there is one at least.
fn digits_end(bytes: &[u8], start: usize) -> Option<usize> {
    let mut index = start;
    while let Some(b'0'..=b'9') = bytes.get(index) {
        index += 1;
    }
    (index > start).then_some(index)
}
