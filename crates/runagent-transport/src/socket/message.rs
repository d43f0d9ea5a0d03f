//! Messages of a WebSocket.

use std::{fmt, ops::Deref, str};

use bytes::Bytes;

/// A message, or the end of the conversation. PING and PONG stay in the transport.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Message {
    /// Text.
    Text(Text),
    /// Bytes.
    Binary(Bytes),
    /// The peer closes (received), or we do (sent).
    Close(Option<CloseFrame>),
}

impl Message {
    /// A text message.
    pub fn text(text: impl Into<Text>) -> Self {
        Self::Text(text.into())
    }

    /// The text of a text message.
    #[must_use]
    pub fn as_text(&self) -> Option<&str> {
        match self {
            Self::Text(text) => Some(text),
            _ => None,
        }
    }

    /// The size of its payload, in bytes.
    #[cfg(feature = "ws")]
    pub(crate) fn len(&self) -> usize {
        match self {
            Self::Text(text) => text.0.len(),
            Self::Binary(bytes) => bytes.len(),
            Self::Close(frame) => frame.as_ref().map_or(0, |frame| 2 + frame.reason.len()),
        }
    }
}

/// UTF-8 text in a shared buffer; it dereferences to [`prim@str`].
#[derive(Clone, Default, PartialEq, Eq, Hash)]
pub struct Text(Bytes);

impl Text {
    /// The text of bytes that are UTF-8.
    ///
    /// # Errors
    ///
    /// When they are not.
    pub fn from_utf8(bytes: Bytes) -> Result<Self, str::Utf8Error> {
        str::from_utf8(&bytes)?;
        Ok(Self(bytes))
    }

    /// The text of bytes that the WebSocket codec has checked.
    #[cfg(feature = "ws")]
    pub(crate) const fn from_checked(bytes: Bytes) -> Self {
        Self(bytes)
    }

    /// The bytes.
    #[must_use]
    pub fn into_bytes(self) -> Bytes {
        self.0
    }
}

impl Deref for Text {
    type Target = str;

    fn deref(&self) -> &str {
        // Checked when it was made; checking again is what a crate without `unsafe` pays.
        crate::utf8::from_utf8(&self.0).unwrap_or_default()
    }
}

impl AsRef<str> for Text {
    fn as_ref(&self) -> &str {
        self
    }
}

impl PartialEq<str> for Text {
    fn eq(&self, other: &str) -> bool {
        self.0 == other.as_bytes()
    }
}

impl PartialEq<&str> for Text {
    fn eq(&self, other: &&str) -> bool {
        self == *other
    }
}

impl fmt::Display for Text {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self)
    }
}

impl From<String> for Text {
    fn from(text: String) -> Self {
        Self(text.into())
    }
}

impl From<&str> for Text {
    fn from(text: &str) -> Self {
        Self(Bytes::copy_from_slice(text.as_bytes()))
    }
}

impl fmt::Debug for Text {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Messages may hold what nobody should see in a log.
        write!(f, "Text({} bytes)", self.0.len())
    }
}

/// Why a socket was closed (RFC 6455, section 7.4).
///
/// ```
/// use runagent_transport::CloseFrame;
///
/// assert_eq!(CloseFrame::NORMAL.code, 1000);
/// assert_eq!(CloseFrame::new(1008, "no").to_string(), "1008 no");
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct CloseFrame {
    /// The close code.
    pub code: u16,
    /// The reason, for people; often empty.
    pub reason: String,
}

impl CloseFrame {
    /// 1000: the purpose of the connection is fulfilled.
    pub const NORMAL: Self = Self { code: 1000, reason: String::new() };

    /// A close code with a reason. What does not fit a control frame (123 bytes) is cut when it is sent.
    pub fn new(code: u16, reason: impl Into<String>) -> Self {
        Self { code, reason: reason.into() }
    }
}

impl fmt::Display for CloseFrame {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.code)?;
        if self.reason.is_empty() { Ok(()) } else { write!(f, " {}", self.reason.escape_debug()) }
    }
}
