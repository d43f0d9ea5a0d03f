//! The circumstances of a failed call.

use std::{error, fmt, ops::Deref, time::Duration};

use http::StatusCode;
use runagent_transport::RateLimit;
use serde_json::Value;

/// What the server said in detail, and the circumstances of the call. It dereferences to the server's JSON, which is
/// null when there is none.
///
/// A server may repeat in its JSON what was sent to it. `Debug` and [`Report`](crate::Report) leave that out: of a list of
/// refused fields they show the field and the reason, not the value.
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
    pub(crate) rate_limit: RateLimit,
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

impl ErrorDetails {
    /// The server's JSON without the values that were refused (`input` and `ctx` of a validation error).
    pub(super) fn shown(&self) -> Value {
        let Value::Array(faults) = &self.value else { return self.value.clone() };
        let shown = |fault: &Value| match fault {
            Value::Object(fault) if fault.contains_key("loc") => {
                let told = fault.iter().filter(|(name, _)| matches!(name.as_str(), "type" | "loc" | "msg"));
                told.map(|(name, value)| (name.clone(), value.clone())).collect()
            }
            other => other.clone(),
        };
        faults.iter().map(shown).collect()
    }
}

impl fmt::Debug for ErrorDetails {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ErrorDetails")
            .field("value", &self.shown())
            .field("status", &self.status)
            .field("request_id", &self.request_id)
            .field("attempts", &self.attempts)
            .field("retry_after", &self.retry_after)
            .field("rate_limit", &self.rate_limit)
            .field("source", &self.source)
            .finish_non_exhaustive()
    }
}
