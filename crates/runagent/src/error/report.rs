//! An error as a person wants to read it.

use std::fmt;

use serde_json::Value;

use super::{ErrorDetails, RunAgentError, one_line};

/// Prints an error over several lines: the message, what to do, the circumstances, the causes.
///
/// ```
/// use runagent::{ErrorCode, RunAgentError};
///
/// let error = RunAgentError::new(ErrorCode::CANCELLED, "stopped").with_suggestion("Start again.");
/// assert_eq!(error.report().to_string(), "CANCELLED: stopped\n  suggestion: Start again.");
/// ```
#[derive(Debug)]
pub struct Report<'a>(pub(super) &'a RunAgentError);

impl fmt::Display for Report<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let error = self.0;
        write!(f, "{error}")?;
        let mut line = |name: &str, text: &str| {
            write!(f, "\n  {name}: ")?;
            one_line(f, text)
        };
        if let Some(suggestion) = error.suggestion() {
            line("suggestion", suggestion)?;
        }
        if let Some(status) = error.status() {
            line("status", &status.to_string())?;
        }
        if let Some(id) = error.request_id() {
            line("request id", id)?;
        }
        if error.attempts() > 1 {
            line("attempts", &error.attempts().to_string())?;
        }
        if let Some(delay) = error.retry_after() {
            line("retry after", &format!("{delay:?}"))?;
        }
        match error.context().map(ErrorDetails::shown) {
            None | Some(Value::Null) => {}
            Some(value) => line("details", &value.to_string())?,
        }
        for cause in error.causes() {
            line("caused by", &cause)?;
        }
        Ok(())
    }
}
