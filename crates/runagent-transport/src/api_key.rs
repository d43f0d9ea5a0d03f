//! The secret.

use std::{borrow::Cow, error, fmt};

use bytes::Bytes;
use http::HeaderValue;
use zeroize::Zeroizing;

use crate::base_url::percent_encode;

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

    /// The text with the key in it replaced, as it is and percent-encoded: for what somebody else wrote.
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
        let mut encoded = Zeroizing::new(String::new());
        percent_encode(&mut encoded, self.expose());
        let mut text = Cow::Borrowed(text);
        for secret in [self.expose(), &encoded] {
            let finder = memchr::memmem::Finder::new(secret);
            if finder.find(&text).is_none() {
                continue;
            }
            let mut clean = Vec::with_capacity(text.len());
            let mut rest = &text[..];
            while let Some(at) = finder.find(rest) {
                clean.extend_from_slice(&rest[..at]);
                clean.extend_from_slice(b"[redacted]");
                rest = &rest[at + secret.len()..];
            }
            clean.extend_from_slice(rest);
            text = Cow::Owned(clean);
        }
        text
    }

    /// The key itself. Keep it out of logs and URLs.
    #[must_use]
    pub fn expose(&self) -> &str {
        self.header.to_str().map_or("", |value| &value[SCHEME.len()..])
    }
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
}
