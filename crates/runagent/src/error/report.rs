//! An error as a person wants to read it.

use std::{error::Error as _, fmt};

use serde_json::Value;

use super::{ErrorDetails, RunAgentError};

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
        if let Some(suggestion) = error.suggestion() {
            write!(f, "\n  suggestion: {suggestion}")?;
        }
        if let Some(status) = error.status() {
            write!(f, "\n  status: {status}")?;
        }
        if let Some(id) = error.request_id() {
            write!(f, "\n  request id: {}", id.escape_debug())?;
        }
        if let Some(delay) = error.retry_after() {
            write!(f, "\n  retry after: {delay:?}")?;
        }
        match error.context().map(ErrorDetails::shown) {
            None | Some(Value::Null) => {}
            Some(value) => write!(f, "\n  details: {value}")?,
        }
        let mut cause = error.source();
        while let Some(error) = cause {
            write!(f, "\n  caused by: {error}")?;
            cause = error.source();
        }
        Ok(())
    }
}
