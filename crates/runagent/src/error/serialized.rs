//! An error as a line of a structured log.

use runagent_types::{ErrorCode, ErrorKind};
use serde::{Serialize, Serializer};
use serde_json::Value;

use super::{ErrorDetails, RunAgentError};

/// What is written, in this order; what is not known is left out.
#[derive(Serialize)]
struct Members<'a> {
    code: &'a ErrorCode,
    kind: ErrorKind,
    message: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    suggestion: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    status: Option<u16>,
    #[serde(skip_serializing_if = "Option::is_none")]
    request_id: Option<&'a str>,
    attempts: u32,
    #[serde(skip_serializing_if = "Option::is_none")]
    retry_after: Option<f64>,
    retryable: bool,
    #[serde(skip_serializing_if = "Value::is_null")]
    details: Value,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    causes: Vec<String>,
}

impl Serialize for RunAgentError {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let members = Members {
            code: self.code(),
            kind: self.kind(),
            message: self.message(),
            suggestion: self.suggestion(),
            status: self.status(),
            request_id: self.request_id(),
            attempts: self.attempts(),
            retry_after: self.retry_after().map(|time| time.as_secs_f64()),
            retryable: self.is_retryable(),
            details: self.context().map(ErrorDetails::shown).unwrap_or_default(),
            causes: self.causes().collect(),
        };
        members.serialize(serializer)
    }
}
