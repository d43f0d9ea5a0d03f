//! JSON strings, found and read.
//!
//! Results are strings in strings, so this is where a large answer spends its time. `serde_json` reads such
//! a string twice, into a buffer that grows, and then copies it.

use std::borrow::Cow;

/// The index after the JSON string that opens at `start`; `None` if it does not end, or has a control
/// character in it. Escapes are checked by [`text`].
pub(super) fn string_end(bytes: &[u8], start: usize) -> Option<usize> {
    let mut index = start + 1;
    loop {
        index += plain(bytes.get(index..)?);
        match bytes.get(index)? {
            b'"' => return Some(index + 1),
            b'\\' => index += 2,
            0..0x20 => return None,
            _ => {}
        }
    }
}

/// The text of a JSON value that is a string, borrowed when it has no escapes; `None` for any other JSON value and
/// for escapes that mean nothing (`\x`) or have no UTF-8 form (a lone surrogate).
pub(crate) fn text(json: &str) -> Option<Cow<'_, str>> {
    let quoted = json.strip_prefix('"')?.strip_suffix('"')?;
    if !quoted.contains('\\') {
        return Some(Cow::Borrowed(quoted));
    }
    let mut text = Vec::with_capacity(quoted.len());
    let mut rest = quoted.as_bytes();
    loop {
        let length = plain(rest);
        match rest.first_chunk::<8>() {
            // Eight bytes at once, then back: cheaper than to copy a few.
            Some(chunk) => {
                let end = text.len() + length;
                text.extend_from_slice(chunk);
                text.truncate(end);
            }
            None => text.extend_from_slice(&rest[..length]),
        }
        rest = &rest[length..];
        match rest.split_first() {
            None => return String::from_utf8(text).ok().map(Cow::Owned),
            Some((b'\\', escape)) => rest = unescape(escape, &mut text)?,
            Some((b'"' | 0..0x20, _)) => return None,
            Some(_) => {}
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
    let below = |limit: u64| word.wrapping_sub(ONES * limit) & !word;
    let equal = |byte: u8| {
        let zero = word ^ (ONES * u64::from(byte));
        zero.wrapping_sub(ONES) & !zero
    };
    let special = (below(0x20) | equal(b'"') | equal(b'\\')) & HIGH;
    special.trailing_zeros() as usize / 8
}

/// Reads an escape, whose backslash is gone already, and returns what follows it.
fn unescape<'a>(escape: &'a [u8], text: &mut Vec<u8>) -> Option<&'a [u8]> {
    let (letter, rest) = escape.split_first()?;
    text.push(match letter {
        b'"' | b'\\' | b'/' => *letter,
        b'b' => 8,
        b'f' => 12,
        b'n' => b'\n',
        b'r' => b'\r',
        b't' => b'\t',
        b'u' => {
            let (character, rest) = unescape_unicode(rest)?;
            text.extend_from_slice(character.encode_utf8(&mut [0; 4]).as_bytes());
            return Some(rest);
        }
        _ => return None,
    });
    Some(rest)
}

/// Four hexadecimal digits, or twice four with `\u` between them for what lies beyond 16 bits (RFC 8259 §7).
fn unescape_unicode(escape: &[u8]) -> Option<(char, &[u8])> {
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
