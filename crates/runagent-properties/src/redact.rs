use std::borrow::Cow;

use percent_encoding::percent_decode;
use runagent_transport::ApiKey;

const MARK: &[u8] = b"[redacted]";

/// Nothing of a redacted text is the key, neither as it is nor with any of its bytes percent-encoded, and text without the
/// key stays what it is.
///
/// An input is a key, a line feed, and the text.
pub fn redact(input: &[u8]) {
    let mut parts = input.splitn(2, |byte| *byte == b'\n');
    let (Some(key), Some(text)) = (parts.next().and_then(|key| str::from_utf8(key).ok()), parts.next()) else { return };
    let Ok(api_key) = ApiKey::new(key) else { return };
    let redacted = api_key.redact(text);
    // Whether text shows a key that has percent signs of its own can be anybody's guess.
    if !key.contains('%') && !shows(text, key) {
        assert!(matches!(redacted, Cow::Borrowed(_)) && redacted == text, "text without the key was changed");
    }
    // By the pieces between the marks: a mark beside a piece may look like a key that has brackets in it.
    let mut rest = &*redacted;
    while let Some(at) = rest.windows(MARK.len()).position(|window| window == MARK) {
        assert!(!shows(&rest[..at], key), "the key survives");
        rest = &rest[at + MARK.len()..];
    }
    assert!(!shows(rest, key), "the key survives");
}

/// Whether the key starts anywhere in the text. One with a percent sign is only looked for as it is.
fn shows(text: &[u8], key: &str) -> bool {
    (0..text.len()).any(|at| {
        let decoded = percent_decode(&text[at..]).take(key.len());
        text[at..].starts_with(key.as_bytes()) || (!key.contains('%') && decoded.eq(key.bytes()))
    })
}
