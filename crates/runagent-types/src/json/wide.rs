//! Integers that fit neither `i64` nor `u64`.

use super::text::string_end;

/// The shortest integer outside `i64` and `u64`, `-9223372036854775809`, has this many digits.
const DIGITS: usize = 19;

/// Whether the text may hold a wide integer: a cheap test that errs only towards yes.
///
/// A run of 19 digits covers an index that is a multiple of 19, so one byte in 19 is looked at.
pub(crate) fn suspected(text: &str) -> bool {
    let bytes = text.as_bytes();
    (0..bytes.len()).step_by(DIGITS).any(|index| bytes[index].is_ascii_digit() && is_in_long_run(bytes, index))
}

fn is_in_long_run(bytes: &[u8], index: usize) -> bool {
    let (before, after) = bytes.split_at(index);
    // Of 19 digits, 8 are on one side: that turns nearly every short number down without a loop.
    if !before.last_chunk().is_some_and(all_digits) && !after.first_chunk().is_some_and(all_digits) {
        return false;
    }
    let before = before.iter().rev().take(DIGITS).take_while(|byte| byte.is_ascii_digit());
    let after = after.iter().take(DIGITS).take_while(|byte| byte.is_ascii_digit());
    before.count() + after.count() >= DIGITS
}

fn all_digits(bytes: &[u8; 8]) -> bool {
    bytes.iter().fold(true, |all, byte| all & byte.is_ascii_digit())
}

/// The same JSON with quotes round every wide integer. Text that is not JSON stays not JSON.
pub(super) fn quoted(text: &str) -> String {
    let bytes = text.as_bytes();
    let mut out = String::with_capacity(text.len() + 32);
    let mut copied = 0;
    let mut index = 0;
    while index < bytes.len() {
        match bytes[index] {
            b'"' => index = string_end(bytes, index).unwrap_or(bytes.len()),
            b'-' | b'0'..=b'9' => {
                let end = number_end(bytes, index);
                if is_wide(&text[index..end]) && !is_key(&bytes[end..]) {
                    out.push_str(&text[copied..index]);
                    out.push('"');
                    out.push_str(&text[index..end]);
                    out.push('"');
                    copied = end;
                }
                index = end;
            }
            _ => index += 1,
        }
    }
    out.push_str(&text[copied..]);
    out
}

fn number_end(bytes: &[u8], start: usize) -> usize {
    let in_number = |byte: &u8| matches!(byte, b'0'..=b'9' | b'-' | b'+' | b'.' | b'e' | b'E');
    bytes[start..].iter().position(|byte| !in_number(byte)).map_or(bytes.len(), |length| start + length)
}

/// An integer as JSON writes it (no leading zero) that no 64-bit type holds.
fn is_wide(number: &str) -> bool {
    let digits = number.strip_prefix('-').unwrap_or(number);
    digits.len() >= DIGITS
        && !digits.starts_with('0')
        && digits.bytes().all(|byte| byte.is_ascii_digit())
        && number.parse::<i64>().is_err()
        && number.parse::<u64>().is_err()
}

/// A bare number before a colon is an error that quotes would hide.
fn is_key(rest: &[u8]) -> bool {
    rest.trim_ascii_start().starts_with(b":")
}
