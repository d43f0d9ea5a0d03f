mod kind;
mod table;

use std::borrow::Cow;
use std::fmt;

use serde::{Deserialize, Serialize};

pub use kind::ErrorKind;

/// A stable name for what went wrong, such as `AGENT_NOT_FOUND_REMOTE`.
///
/// An open set: the constants are the codes that this toolkit itself gives, and whatever a server sends is
/// kept as it came. Compare with a string, or match on [`kind`](ErrorCode::kind).
///
/// ```
/// use runagent_types::{ErrorCode, ErrorKind};
///
/// assert_eq!(ErrorCode::STREAM_ENTRYPOINT, "STREAM_ENTRYPOINT");
/// assert_eq!(ErrorCode::from("INVALID_API_KEY").kind(), ErrorKind::Authentication);
/// assert_eq!(ErrorCode::from("SOMETHING_NEW").kind(), ErrorKind::Unknown);
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct ErrorCode(Cow<'static, str>);

impl ErrorCode {
    /// A code from a literal, also in constants.
    #[must_use]
    pub const fn from_static(code: &'static str) -> Self {
        Self(Cow::Borrowed(code))
    }

    /// The code as it is on the wire.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The family of the code; also knows codes that only servers give.
    #[must_use]
    pub fn kind(&self) -> ErrorKind {
        table::find(&self.0).map_or_else(|| ErrorKind::of_server_code(&self.0), |row| row.kind)
    }

    /// What to do about it, for the codes that have a constant here.
    #[must_use]
    pub fn default_suggestion(&self) -> Option<&'static str> {
        table::find(&self.0).map(|row| row.suggestion)
    }

    /// Whether the same call may simply be made again: true only if the agent cannot have run.
    #[must_use]
    pub fn is_retryable(&self) -> bool {
        table::find(&self.0).is_some_and(|row| row.retryable)
    }

    /// Every code that has a constant here.
    pub fn all() -> impl Iterator<Item = Self> {
        table::ROWS.iter().map(|row| Self::from_static(row.code))
    }
}

impl fmt::Display for ErrorCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

impl From<&'static str> for ErrorCode {
    fn from(code: &'static str) -> Self {
        Self::from_static(code)
    }
}

impl From<String> for ErrorCode {
    fn from(code: String) -> Self {
        Self(Cow::Owned(code))
    }
}

impl AsRef<str> for ErrorCode {
    fn as_ref(&self) -> &str {
        &self.0
    }
}

impl PartialEq<str> for ErrorCode {
    fn eq(&self, other: &str) -> bool {
        self.0 == other
    }
}

impl PartialEq<&str> for ErrorCode {
    fn eq(&self, other: &&str) -> bool {
        self.0 == *other
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn every_code_is_named_once_and_says_what_to_do() {
        let codes = ErrorCode::all().collect::<HashSet<_>>();
        assert_eq!((codes.len(), table::ROWS.len()), (22, 22));
        for code in ErrorCode::all() {
            let suggestion = code.default_suggestion().unwrap();
            assert!(suggestion.ends_with('.') && !suggestion.contains('\n'), "{code}: {suggestion}");
        }
    }

    #[test]
    fn only_what_cannot_have_run_the_agent_is_retryable() {
        let retryable = ErrorCode::all().filter(ErrorCode::is_retryable).collect::<Vec<_>>();
        assert_eq!(retryable, [ErrorCode::CONNECTION_ERROR, ErrorCode::RATE_LIMIT_ERROR]);
        assert!(!ErrorCode::from("RATE_LIMITED").is_retryable());
    }

    #[test]
    fn server_codes_have_a_kind_and_no_suggestion_of_ours() {
        for (code, kind) in [
            ("INVALID_API_KEY", ErrorKind::Authentication),
            ("EXPIRED_API_KEY", ErrorKind::Authentication),
            ("INSUFFICIENT_PERMISSIONS", ErrorKind::Permission),
            ("AGENT_NOT_FOUND", ErrorKind::AgentNotFound),
            ("INVALID_INPUT", ErrorKind::Validation),
            ("MISSING_REQUIRED_FIELD", ErrorKind::Validation),
            ("INVALID_FIELD_TYPE", ErrorKind::Validation),
            ("RESOURCE_ALREADY_EXISTS", ErrorKind::Validation),
            ("RATE_LIMITED", ErrorKind::RateLimit),
            ("RATE_LIMIT_EXCEEDED", ErrorKind::RateLimit),
            ("INTERNAL_ERROR", ErrorKind::Server),
            ("CAPACITY_ERROR", ErrorKind::Server),
            ("DEPLOYMENT_FAILED", ErrorKind::Server),
            ("NOT_FOUND", ErrorKind::Unknown),
            ("", ErrorKind::Unknown),
        ] {
            let code = ErrorCode::from(code);
            assert_eq!(code.kind(), kind, "{code}");
            assert_eq!(code.default_suggestion(), None, "{code}");
        }
        assert_eq!(ErrorCode::ENTRYPOINT_NOT_FOUND.kind(), ErrorKind::Entrypoint);
        // The one code of the documented API that is also ours.
        assert_eq!(ErrorCode::from("STREAM_ERROR").kind(), ErrorKind::Stream);
    }

    #[test]
    fn a_kind_is_its_name_in_snake_case() {
        for code in ErrorCode::all() {
            let name = format!("{:?}", code.kind());
            let snake = name.chars().fold(String::new(), |snake, c| {
                let separator = if c.is_uppercase() && !snake.is_empty() { "_" } else { "" };
                format!("{snake}{separator}{}", c.to_ascii_lowercase())
            });
            assert_eq!(code.kind().as_str(), snake);
            assert_eq!(serde_json::to_string(&code.kind()).unwrap(), format!("\"{snake}\""));
        }
    }

    #[test]
    fn a_code_is_a_string_in_json_and_equal_however_it_was_made() {
        let read: ErrorCode = serde_json::from_str("\"CANCELLED\"").unwrap();
        assert_eq!(read, ErrorCode::CANCELLED);
        assert_eq!(read, ErrorCode::from(String::from("CANCELLED")));
        assert_eq!(serde_json::to_string(&read).unwrap(), "\"CANCELLED\"");
        assert_eq!(read, *"CANCELLED");
    }
}
