mod status;

use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

pub use status::OperationStatus;

use super::InvokeOutput;
use super::reply::ErrorObject;
use crate::answer::subject;
use crate::json::{members, present_members, text, to_text, utf8};
use crate::{ApiError, DecodeError};

const WHAT: &str = "an operation";

/// A run that goes on after the server has answered: what `POST /v1/agents/{id}/invoke` answers with status 202, and
/// `GET /v1/operations/{id}` afterwards.
///
/// ```
/// use runagent_types::v1::{InvokeOutput, Operation, OperationStatus};
///
/// let body = br#"{"operation_id":"op_123abc","status":"pending","check_url":"/v1/operations/op_123abc"}"#;
/// let operation: Operation = Operation::decode(body)??;
/// assert!(!operation.status.is_terminal());
/// assert_eq!(operation.to_json(), body);
///
/// let mut done = Operation::new("op_123abc", OperationStatus::Completed);
/// done.result = Some(InvokeOutput::new("Hi".into()));
/// let read = Operation::<String>::decode(&done.to_json())??;
/// assert_eq!(read.result.map(|output| output.result).as_deref(), Some("Hi"));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct Operation<T = Value> {
    /// The server's id for it.
    pub operation_id: String,
    /// How far it is.
    pub status: OperationStatus,
    /// What the agent returned, once it has. An object with `usage` or `metadata` beside its `result` is such an
    /// output; any other JSON is the result itself, and nothing is told about it.
    pub result: Option<InvokeOutput<T>>,
    /// Why it failed.
    pub error: Option<ApiError>,
    /// Where to ask how far it is: a path on the server, or a URL.
    pub check_url: Option<String>,
}

impl<T> Operation<T> {
    /// An operation that has no result yet.
    #[must_use]
    pub fn new(operation_id: impl Into<String>, status: OperationStatus) -> Self {
        Self { operation_id: operation_id.into(), status, result: None, error: None, check_url: None }
    }

    /// Sets where to ask how far it is.
    #[must_use]
    pub fn with_check_url(mut self, check_url: impl Into<String>) -> Self {
        self.check_url = Some(check_url.into());
        self
    }
}

impl<T: DeserializeOwned> Operation<T> {
    /// Reads the body of an answer, the bare operation or `{"status": "success", "data": {…}}`, or the error in it.
    /// That an operation has failed is no such error: it is an operation, with its own `error`.
    ///
    /// # Errors
    ///
    /// The body is not JSON, has neither an `operation_id` nor an error, or its result is not a `T`.
    pub fn decode(body: &[u8]) -> Result<Result<Self, ApiError>, DecodeError> {
        let answer = utf8(WHAT, body)?;
        if id(answer)?.is_some() {
            return Self::from_object(answer).map(Ok);
        }
        match subject(WHAT, answer)? {
            Ok(operation) => Self::from_object(operation).map(Ok),
            Err(error) => Ok(Err(error)),
        }
    }

    fn from_object(operation: &str) -> Result<Self, DecodeError> {
        let operation_id = id(operation)?.ok_or_else(|| DecodeError::shape(WHAT, "no operation_id in it"))?;
        let [status, result, error, check_url] = present_members(operation, ["status", "result", "error", "check_url"])
            .map_err(|error| DecodeError::json(WHAT, error))?;
        let status = OperationStatus::from(status.and_then(text).unwrap_or_default().into_owned());
        // Null is what an agent may return, and before that it is no result.
        let result = result.filter(|result| status == OperationStatus::Completed || *result != "null");
        Ok(Self {
            operation_id,
            status,
            result: result.map(InvokeOutput::from_result).transpose()?,
            error: error.filter(|error| *error != "null").map(|_| ApiError::from_envelope(operation)),
            check_url: check_url.and_then(text).map(Into::into),
        })
    }
}

impl Operation {
    /// The body that a server sends; what is not known is left out.
    #[must_use]
    pub fn to_json(&self) -> Vec<u8> {
        to_text(&Wire {
            operation_id: &self.operation_id,
            status: self.status.as_str(),
            result: self.result.as_ref(),
            error: self.error.as_ref().map(ErrorObject::of),
            check_url: self.check_url.as_deref(),
        })
    }
}

#[derive(Serialize)]
struct Wire<'a> {
    operation_id: &'a str,
    status: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    result: Option<&'a InvokeOutput>,
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<ErrorObject<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    check_url: Option<&'a str>,
}

fn id(operation: &str) -> Result<Option<String>, DecodeError> {
    let [id] = members(operation, ["operation_id"]).map_err(|error| DecodeError::json(WHAT, error))?;
    Ok(id.and_then(text).map(Into::into))
}

#[cfg(test)]
mod tests;
