//! The circumstances of a failed call.

use std::{error, fmt, ops::Deref, time::Duration};

use http::StatusCode;
use serde_json::Value;

/// What the server said in detail, and the circumstances of the call. It dereferences to the server's JSON, which is
/// null when there is none.
///
/// ```
/// use runagent::{ErrorCode, RunAgentError};
/// use serde_json::json;
///
/// let error = RunAgentError::new(ErrorCode::VALIDATION_ERROR, "no").with_details(json!({"field": "query"}));
/// let RunAgentError::Execution { details: Some(details), .. } = &error else { panic!("{error}") };
/// assert_eq!(details["field"], "query");
/// # Ok::<(), RunAgentError>(())
/// ```
#[derive(Default)]
pub struct ErrorDetails {
    pub(crate) value: Value,
    pub(crate) status: Option<StatusCode>,
    pub(crate) request_id: Option<String>,
    pub(crate) attempts: u32,
    pub(crate) retry_after: Option<Duration>,
    /// Known better than the code knows it.
    pub(crate) retryable: Option<bool>,
    pub(crate) source: Option<Box<dyn error::Error + Send + Sync>>,
}

impl Deref for ErrorDetails {
    type Target = Value;

    fn deref(&self) -> &Value {
        &self.value
    }
}

impl fmt::Debug for ErrorDetails {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ErrorDetails")
            .field("value", &self.value)
            .field("status", &self.status)
            .field("request_id", &self.request_id)
            .field("attempts", &self.attempts)
            .field("retry_after", &self.retry_after)
            .field("source", &self.source)
            .finish_non_exhaustive()
    }
}
