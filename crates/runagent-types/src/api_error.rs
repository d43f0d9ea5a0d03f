mod foreign;
mod read;

use std::error::Error;
use std::fmt;

use serde_json::Value;

use crate::ErrorCode;

/// An error as a server told it, whatever its form: [`from_body`](ApiError::from_body) reads any body.
///
/// ```
/// use runagent_types::ApiError;
///
/// let error = ApiError::from_body(br#"{"error":"[RATE_LIMITED] Too many requests"}"#);
/// assert_eq!(error.code.as_ref().map(|code| code.as_str()), Some("RATE_LIMITED"));
/// assert_eq!(error.message, "Too many requests");
///
/// let error = ApiError::from_body(b"<html><head><title>502 Bad Gateway</title></head></html>");
/// assert_eq!(error.to_string(), "502 Bad Gateway");
/// assert!(!error.is_envelope);
/// ```
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct ApiError {
    /// The server's own code, when it gave one.
    pub code: Option<ErrorCode>,
    /// What went wrong, verbatim, possibly of several lines.
    pub message: String,
    /// What the server suggests to do.
    pub suggestion: Option<String>,
    /// The server's details, any JSON; for a `422` the list of fields that were refused.
    pub details: Option<Value>,
    /// The field of the request that was wrong.
    pub field: Option<String>,
    /// The server's id for the request.
    pub request_id: Option<String>,
    /// How long to wait before another attempt, in seconds.
    pub retry_after: Option<f64>,
    /// True for a RunAgent error object, false for a bare `{"detail": …}` or the words of another server
    /// (a proxy, a framework's default page).
    pub is_envelope: bool,
}

impl ApiError {
    /// An error to send, or to test with.
    #[must_use]
    pub fn new(code: impl Into<ErrorCode>, message: impl Into<String>) -> Self {
        Self { code: Some(code.into()), is_envelope: true, ..Self::plain(message) }
    }

    /// Adds what to do about it.
    #[must_use]
    pub fn with_suggestion(mut self, suggestion: impl Into<String>) -> Self {
        self.suggestion = Some(suggestion.into());
        self
    }

    /// Adds details, any JSON.
    #[must_use]
    pub fn with_details(mut self, details: Value) -> Self {
        self.details = Some(details);
        self
    }

    /// Words alone.
    fn plain(message: impl Into<String>) -> Self {
        Self {
            code: None,
            message: message.into(),
            suggestion: None,
            details: None,
            field: None,
            request_id: None,
            retry_after: None,
            is_envelope: false,
        }
    }
}

/// `CODE: message`, or the message alone; always one line.
impl fmt::Display for ApiError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(code) = &self.code {
            write!(f, "{}: ", foreign::one_line(code.as_str()))?;
        }
        f.write_str(&foreign::one_line(&self.message))
    }
}

impl Error for ApiError {}

#[cfg(test)]
mod tests;
