use std::error::Error;
use std::fmt::{self, Write};
use std::time::Duration;

use runagent_types::{ApiError, ErrorCode};
use serde_json::Value;

/// Why an entrypoint failed, as its caller will read it.
///
/// Any [`Error`] becomes one by `?`, with its causes in the message; for that reason this type is no `Error` itself.
/// Without a code of its own callers see `INTERNAL_ERROR`, as for an exception in Python.
///
/// ```
/// use runagent_server::AgentError;
///
/// fn parse(text: &str) -> Result<u8, AgentError> {
///     let n: u8 = text.parse()?;
///     if n > 100 {
///         return Err(AgentError::new("more than all").with_code("TOO_MUCH").with_suggestion("Ask for 100 at most."));
///     }
///     Ok(n)
/// }
/// assert_eq!(parse("x").unwrap_err().to_string(), "invalid digit found in string");
/// assert_eq!(parse("101").unwrap_err().to_string(), "more than all");
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct AgentError {
    message: String,
    code: Option<ErrorCode>,
    suggestion: Option<String>,
    details: Option<Value>,
    retry_after: Option<Duration>,
}

impl AgentError {
    /// A failure in words. They go to the caller as they are.
    #[must_use]
    pub fn new(message: impl Into<String>) -> Self {
        Self { message: message.into(), code: None, suggestion: None, details: None, retry_after: None }
    }

    /// Gives it a code that callers can tell apart, such as `QUOTA_EXCEEDED`.
    #[must_use]
    pub fn with_code(mut self, code: impl Into<ErrorCode>) -> Self {
        self.code = Some(code.into());
        self
    }

    /// Says what the caller can do about it.
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

    /// Says that the same call may succeed after this time, as when a service behind the agent is busy. Clients show
    /// it; none repeats a run by itself.
    #[must_use]
    pub fn with_retry_after(mut self, delay: Duration) -> Self {
        self.retry_after = Some(delay);
        self
    }

    /// The words.
    #[must_use]
    pub fn message(&self) -> &str {
        &self.message
    }

    /// The code, when it has one of its own.
    #[must_use]
    pub fn code(&self) -> Option<&ErrorCode> {
        self.code.as_ref()
    }

    /// The `error` of the answer to a run. The words before a message without a code are the Python server's;
    /// clients show them as they are.
    pub(crate) fn into_run_failure(mut self, agent_id: &str) -> ApiError {
        if self.code.is_none() {
            self.message = format!("Agent execution failed: Server error running agent {agent_id}: {}", self.message);
        }
        let mut error = self.into_stream_failure();
        error.code.get_or_insert(ErrorCode::from_static("INTERNAL_ERROR"));
        error
    }

    /// The error frame of a stream, which has a code only if the entrypoint gave one.
    pub(crate) fn into_stream_failure(self) -> ApiError {
        let mut error = ApiError::new("", self.message);
        error.code = self.code;
        error.suggestion = self.suggestion;
        error.details = self.details;
        error.retry_after = self.retry_after.map(|delay| delay.as_secs_f64());
        error
    }
}

impl fmt::Display for AgentError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl<E: Error> From<E> for AgentError {
    fn from(error: E) -> Self {
        let mut message = error.to_string();
        let mut source = error.source();
        while let Some(cause) = source {
            // Some errors repeat their cause in their own words.
            let text = cause.to_string();
            if !message.ends_with(&text) {
                // Writing to a String does not fail.
                let _ = write!(message, ": {text}");
            }
            source = cause.source();
        }
        Self::new(message)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug, thiserror::Error)]
    enum Fault {
        #[error("reading the model")]
        Read(#[source] std::io::Error),
        #[error("reading the model: {0}")]
        ReadTwice(#[source] std::io::Error),
    }

    #[test]
    fn causes_are_told_once() {
        let gone = || std::io::Error::other("disk gone");
        for fault in [Fault::Read(gone()), Fault::ReadTwice(gone())] {
            assert_eq!(AgentError::from(fault).message(), "reading the model: disk gone");
        }
    }

    #[test]
    fn a_code_of_its_own_keeps_the_message_as_it_is() {
        let plain = AgentError::new("boom").into_run_failure("a1");
        assert_eq!(plain.to_string(), "INTERNAL_ERROR: Agent execution failed: Server error running agent a1: boom");
        let coded = AgentError::new("boom").with_code("NOPE").into_run_failure("a1");
        assert_eq!(coded.to_string(), "NOPE: boom");
        assert_eq!(AgentError::new("boom").into_stream_failure().to_string(), "boom");
    }
}
