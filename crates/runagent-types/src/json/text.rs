//! JSON strings, found and read.
//!
//! Results are strings in strings, so this is where a large answer spends its time. `serde_json` reads such
//! a string twice, into a buffer that grows, and then copies it.

use std::borrow::Cow;

/// Eight bytes and one character more.
const ROOM: usize = 8 + 4;

/// The index after the JSON string that opens at `start`; `None` if it does not end, or has a control
/// character or an escape in it that means nothing (`\x`).
#[inline]
pub(super) fn string_end(bytes: &[u8], start: usize) -> Option<usize> {
    let end = plain_end(bytes, start + 1)?;
    if bytes.get(end) == Some(&b'"') { Some(end + 1) } else { escaped_end(bytes, end) }
}

/// [`string_end`] from its first backslash on.
fn escaped_end(bytes: &[u8], backslash: usize) -> Option<usize> {
    let mut index = backslash;
    while bytes.get(index)? == &b'\\' {
        index += match bytes.get(index + 1)? {
            b'"' | b'\\' | b'/' | b'b' | b'f' | b'n' | b'r' | b't' => 2,
            b'u' => code_unit(&bytes[index + 2..]).map(|_| 6)?,
            _ => return None,
        };
        index = plain_end(bytes, index)?;
    }
    Some(index + 1)
}

/// The index of the quote or backslash that comes next in a string.
#[inline]
pub(super) fn plain_end(bytes: &[u8], start: usize) -> Option<usize> {
    let mut index = start;
    loop {
        index += plain(bytes.get(index..)?);
        match bytes.get(index)? {
            b'"' | b'\\' => return Some(index),
            0..0x20 => return None,
            _ => {}
        }
    }
}

/// The text of a JSON value that is a string, borrowed when it has no escapes; `None` for any other JSON value and
/// for escapes that mean nothing (`\x`) or have no UTF-8 form (a lone surrogate).
pub(crate) fn text(json: &str) -> Option<Cow<'_, str>> {
    let (text, end) = text_at(json, 0)?;
    (end == json.len()).then_some(text)
}

/// The [`text`] of the string that opens at `start`, and the index after it: found and read in one pass.
pub(super) fn text_at(json: &str, start: usize) -> Option<(Cow<'_, str>, usize)> {
    let bytes = json.as_bytes();
    if bytes.get(start) != Some(&b'"') {
        return None;
    }
    let end = plain_end(bytes, start + 1)?;
    if bytes.get(end) == Some(&b'"') {
        return Some((Cow::Borrowed(json.get(start + 1..end)?), end + 1));
    }
    let (text, length) = unescape(&bytes[start + 1..], end - start - 1)?;
    Some((Cow::Owned(String::from_utf8(text).ok()?), start + 1 + length))
}

/// Reads a string from behind its opening quote, with its first escape at `start`; also the index after it.
fn unescape(bytes: &[u8], start: usize) -> Option<(Vec<u8>, usize)> {
    // What is read is never longer than what it is read from, so there is room at every step.
    let mut text = Vec::with_capacity(bytes.len() + ROOM);
    text.extend_from_slice(&bytes[..start]);
    text.resize(bytes.len() + ROOM, 0);
    let (mut length, mut index) = (start, start);
    loop {
        let room = text[length..].first_chunk_mut::<ROOM>()?;
        let rest = &bytes[index..];
        let run = plain(rest);
        match rest.first_chunk::<8>() {
            // Eight bytes are cheaper to copy than a few.
            Some(chunk) => room[..8].copy_from_slice(chunk),
            None => room[..run].copy_from_slice(&rest[..run]),
        }
        length += run;
        index += run;
        match rest.get(run)? {
            b'"' => {
                text.truncate(length);
                return Some((text, index + 1));
            }
            b'\\' => {
                let (character, after) = escape(&rest[run + 1..])?;
                if character.is_ascii() {
                    room[run] = character as u8;
                    length += 1;
                } else {
                    length += character.encode_utf8(&mut room[run..]).len();
                }
                index = bytes.len() - after.len();
            }
            0..0x20 => return None,
            _ => {}
        }
    }
}

/// How many of the next bytes, eight at most where there are as many, mean nothing special in a string.
fn plain(bytes: &[u8]) -> usize {
    const ONES: u64 = 0x0101_0101_0101_0101;
    const HIGH: u64 = 0x8080_8080_8080_8080;
    let Some(chunk) = bytes.first_chunk() else {
        return bytes.iter().take_while(|byte| !matches!(byte, b'"' | b'\\' | 0..0x20)).count();
    };
    // The lowest bit that is set belongs to the first such byte; those above it may be borrows.
    let word = u64::from_le_bytes(*chunk);
    let zero = |word: u64| word.wrapping_sub(ONES) & !word;
    // With this bit flipped the quote, 0x22, joins the control characters, and the space leaves them.
    let quote_or_control = (word ^ (ONES * 2)).wrapping_sub(ONES * 0x21) & !word;
    let special = (quote_or_control | zero(word ^ (ONES * u64::from(b'\\')))) & HIGH;
    special.trailing_zeros() as usize / 8
}

/// The character that an escape stands for, whose backslash is gone already, and what follows the escape.
fn escape(escape: &[u8]) -> Option<(char, &[u8])> {
    let (letter, rest) = escape.split_first()?;
    let character = match letter {
        b'"' | b'\\' | b'/' => char::from(*letter),
        b'b' => '\u{8}',
        b'f' => '\u{c}',
        b'n' => '\n',
        b'r' => '\r',
        b't' => '\t',
        b'u' => return unicode_escape(rest),
        _ => return None,
    };
    Some((character, rest))
}

/// Four hexadecimal digits, or twice four with `\u` between them for what lies beyond 16 bits (RFC 8259 §7).
fn unicode_escape(escape: &[u8]) -> Option<(char, &[u8])> {
    let (first, rest) = code_unit(escape)?;
    if let Some(character) = char::from_u32(first.into()) {
        return Some((character, rest));
    }
    let (second, rest) = code_unit(rest.strip_prefix(b"\\u")?)?;
    let pair = char::decode_utf16([first, second]).next()?;
    Some((pair.ok()?, rest))
}

fn code_unit(digits: &[u8]) -> Option<(u16, &[u8])> {
    let (digits, rest) = digits.split_first_chunk::<4>()?;
    let mut unit = 0;
    for digit in digits {
        unit = unit << 4 | char::from(*digit).to_digit(16)? as u16;
    }
    Some((unit, rest))
}
