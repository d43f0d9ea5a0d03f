//! The secret.

use std::{borrow::Cow, error, fmt};

use bytes::Bytes;
use http::HeaderValue;
use zeroize::Zeroizing;

const SCHEME: &str = "Bearer ";

/// An API key. It never shows in `Debug`, and its memory is overwritten when the last copy goes.
///
/// ```
/// use runagent_transport::ApiKey;
///
/// let key = ApiKey::new("rau_0123")?;
/// assert_eq!(format!("{key:?}"), "ApiKey([redacted])");
/// assert!(ApiKey::new("two\nlines").is_err());
/// # Ok::<(), runagent_transport::InvalidApiKey>(())
/// ```
#[derive(Clone)]
pub struct ApiKey {
    /// `Bearer KEY`, marked sensitive.
    header: HeaderValue,
}

/// A key that no header can carry. The key itself is not in the message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum InvalidApiKey {
    /// There is no key in it.
    Empty,
    /// It holds a space, a line break, a control character, or a character outside ASCII.
    Character,
}

impl ApiKey {
    /// A key of visible ASCII characters. One line break at its end, as a file or a paste leaves, is dropped.
    ///
    /// # Errors
    ///
    /// [`InvalidApiKey`] when a header could not carry it.
    pub fn new(key: impl Into<String>) -> Result<Self, InvalidApiKey> {
        let key = Zeroizing::new(key.into());
        let trimmed = key.strip_suffix('\n').map_or(&key[..], |line| line.strip_suffix('\r').unwrap_or(line));
        if trimmed.is_empty() {
            return Err(InvalidApiKey::Empty);
        }
        if !trimmed.bytes().all(|byte| byte.is_ascii_graphic()) {
            return Err(InvalidApiKey::Character);
        }
        let mut value = Zeroizing::new(Vec::with_capacity(SCHEME.len() + trimmed.len()));
        value.extend_from_slice(SCHEME.as_bytes());
        value.extend_from_slice(trimmed.as_bytes());
        let mut header =
            HeaderValue::from_maybe_shared(Bytes::from_owner(value)).map_err(|_| InvalidApiKey::Character)?;
        header.set_sensitive(true);
        Ok(Self { header })
    }

    /// The value of the `Authorization` header: `Bearer KEY` (RFC 6750), marked sensitive.
    #[must_use]
    pub fn authorization(&self) -> HeaderValue {
        self.header.clone()
    }

    /// The text with the key in it replaced, as it is and with any of its bytes percent-encoded: for what somebody else
    /// wrote.
    ///
    /// ```
    /// use runagent_transport::ApiKey;
    ///
    /// let key = ApiKey::new("rau_1+1")?;
    /// assert_eq!(key.redact(b"GET /?token=rau_1%2B1 (rau_1+1)"), &b"GET /?token=[redacted] ([redacted])"[..]);
    /// # Ok::<(), runagent_transport::InvalidApiKey>(())
    /// ```
    #[must_use]
    pub fn redact<'a>(&self, text: &'a [u8]) -> Cow<'a, [u8]> {
        let key = self.expose().as_bytes();
        let Some(first) = key.first() else { return Cow::Borrowed(text) };
        let mut clean = Vec::new();
        let (mut copied, mut at) = (0, 0);
        while let Some(distance) = memchr::memchr2(*first, b'%', &text[at..]) {
            at += distance;
            let Some(length) = length_of(key, &text[at..]) else {
                at += 1;
                continue;
            };
            clean.extend_from_slice(&text[copied..at]);
            clean.extend_from_slice(b"[redacted]");
            at += length;
            copied = at;
        }
        if copied == 0 {
            return Cow::Borrowed(text);
        }
        clean.extend_from_slice(&text[copied..]);
        Cow::Owned(clean)
    }

    /// The key itself. Keep it out of logs and URLs.
    #[must_use]
    pub fn expose(&self) -> &str {
        self.header.to_str().map_or("", |value| &value[SCHEME.len()..])
    }
}

/// How long the key is that the text starts with, if it does. Which bytes are percent-encoded, and in which case, is up to
/// whoever wrote the text: Python's `quote` leaves `/` as it is, JavaScript's `encodeURIComponent` `!` and `'`.
fn length_of(key: &[u8], text: &[u8]) -> Option<usize> {
    if text.starts_with(key) {
        return Some(key.len());
    }
    let mut length = 0;
    for byte in key {
        length += match &text[length..] {
            [b'%', high, low, ..] if unhex(*high, *low) == Some(u32::from(*byte)) => 3,
            [first, ..] if first == byte => 1,
            _ => return None,
        };
    }
    Some(length)
}

fn unhex(high: u8, low: u8) -> Option<u32> {
    Some(char::from(high).to_digit(16)? << 4 | char::from(low).to_digit(16)?)
}

impl fmt::Debug for ApiKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ApiKey([redacted])")
    }
}

impl fmt::Display for InvalidApiKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Empty => "the API key is empty",
            Self::Character => {
                "the API key holds a space, a line break or another character that no key has: copy it again"
            }
        })
    }
}

impl error::Error for InvalidApiKey {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_that_no_header_can_carry_are_refused_without_an_echo() {
        for (key, expected) in [
            ("", InvalidApiKey::Empty),
            ("\n", InvalidApiKey::Empty),
            ("CANARY\nx", InvalidApiKey::Character),
            ("CANARY\r", InvalidApiKey::Character),
            ("CANARY\n\n", InvalidApiKey::Character),
            ("CANARY x", InvalidApiKey::Character),
            ("CANARY\0", InvalidApiKey::Character),
            ("CANARYé", InvalidApiKey::Character),
        ] {
            let error = ApiKey::new(key).expect_err(key);
            assert_eq!(error, expected, "{key:?}");
            assert!(!format!("{error} {error:?}").contains("CANARY"));
        }
    }

    #[test]
    fn one_line_break_at_the_end_is_dropped() {
        for key in ["rau_k+e/y=1&x", "rau_k+e/y=1&x\n", "rau_k+e/y=1&x\r\n"] {
            let key = ApiKey::new(key).expect("a key");
            assert_eq!(key.expose(), "rau_k+e/y=1&x");
            assert_eq!(key.authorization(), "Bearer rau_k+e/y=1&x");
            assert!(key.authorization().is_sensitive());
        }
    }

    #[test]
    fn the_key_is_redacted_however_it_is_encoded() {
        let key = ApiKey::new("k+e/y'1").expect("a key");
        for spelled in ["k+e/y'1", "k%2Be%2Fy%271", "k%2be%2fy%271", "k%2Be/y'1", "k%2Be%2Fy'1", "%6B+e/y%27%31"] {
            let text = format!("a%2{spelled}%{spelled}{spelled}");
            assert_eq!(key.redact(text.as_bytes()), &b"a%2[redacted]%[redacted][redacted]"[..], "{spelled}");
        }
        for other in ["", "k", "k+e/y'", "k%2Be/y'2", "k%252Be/y'1", "k%2+e/y'1"] {
            assert!(matches!(key.redact(other.as_bytes()), Cow::Borrowed(_)), "{other}");
        }
        let key = ApiKey::new("a%41").expect("a key");
        for spelled in ["a%41", "a%2541", "%61%41", "%61%254%31"] {
            assert_eq!(key.redact(spelled.as_bytes()), &b"[redacted]"[..], "{spelled}");
        }
    }
}
