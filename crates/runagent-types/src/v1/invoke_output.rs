use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

use super::reply::Success;
use super::{InvokeMetadata, Usage};
use crate::answer::subject;
use crate::json::{from_text, is_object, present_members, to_text, utf8};
use crate::{ApiError, DecodeError};

const WHAT: &str = "the output of an invocation";

/// What an agent returned through the documented API, with a result of type `T`.
///
/// ```
/// use runagent_types::v1::InvokeOutput;
///
/// let body = br#"{"result":{"answer":42},"usage":{"total_tokens":7},"metadata":{"execution_time":0.5}}"#;
/// let output: InvokeOutput = InvokeOutput::decode(body)??;
/// assert_eq!(output.result["answer"], 42);
/// assert_eq!(output.usage.and_then(|usage| usage.total_tokens), Some(7));
///
/// let sent = InvokeOutput::new("Hi".into()).to_json();
/// assert_eq!(sent, br#"{"status":"success","data":{"result":"Hi","metadata":{}}}"#);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, PartialEq, Serialize)]
#[non_exhaustive]
pub struct InvokeOutput<T = Value> {
    /// What the agent returned.
    pub result: T,
    /// How many tokens that took, when the server tells it here.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub usage: Option<Usage>,
    /// What the server tells about the run.
    pub metadata: InvokeMetadata,
}

impl<T> InvokeOutput<T> {
    /// A result, and nothing told about it.
    #[must_use]
    pub fn new(result: T) -> Self {
        Self { result, usage: None, metadata: InvokeMetadata::default() }
    }

    /// Sets what is told about the run.
    #[must_use]
    pub fn with_metadata(mut self, metadata: InvokeMetadata) -> Self {
        self.metadata = metadata;
        self
    }

    /// Sets how many tokens it took.
    #[must_use]
    pub fn with_usage(mut self, usage: Usage) -> Self {
        self.usage = Some(usage);
        self
    }
}

impl<T: DeserializeOwned> InvokeOutput<T> {
    /// Reads the body of an answer in both documented forms, `{"status": "success", "data": {"result", "metadata"}}`
    /// and `{"result", "usage", "metadata"}`, or the error in it.
    ///
    /// The result is exact for `i128`, `u128` and raw JSON. Metadata and usage of another type count as absent.
    ///
    /// # Errors
    ///
    /// The body is not JSON, has neither a `result` nor an error, or its result is not a `T` or is nested deeper than
    /// 128 levels.
    pub fn decode(body: &[u8]) -> Result<Result<Self, ApiError>, DecodeError> {
        Self::from_answer(utf8(WHAT, body)?)
    }

    pub(super) fn from_answer(answer: &str) -> Result<Result<Self, ApiError>, DecodeError> {
        let output = match subject(WHAT, answer)? {
            Ok(output) => output,
            Err(error) => return Ok(Err(error)),
        };
        let [result, usage, metadata] = parts(output)?;
        let result = result.ok_or_else(|| DecodeError::shape(WHAT, "neither a result nor an error in it"))?;
        Self::from_parts(result, usage, metadata).map(Ok)
    }

    /// The result of an operation: an output when there are metadata or usage beside a `result`, and else the result
    /// itself, whatever it is.
    pub(super) fn from_result(json: &str) -> Result<Self, DecodeError> {
        if is_object(json)
            && let [Some(result), usage, metadata] = parts(json)?
            && (usage.is_some_and(is_object) || metadata.is_some_and(is_object))
        {
            return Self::from_parts(result, usage, metadata);
        }
        Self::from_parts(json, None, None)
    }

    fn from_parts(result: &str, usage: Option<&str>, metadata: Option<&str>) -> Result<Self, DecodeError> {
        Ok(Self {
            result: from_text(result).map_err(|error| DecodeError::json(WHAT, error))?,
            usage: usage.filter(|json| is_object(json)).and_then(|json| from_text(json).ok()),
            metadata: metadata.and_then(|json| from_text(json).ok()).unwrap_or_default(),
        })
    }
}

impl InvokeOutput {
    /// The body that a server sends: `{"status": "success", "data": {"result", "usage", "metadata"}}`.
    #[must_use]
    pub fn to_json(&self) -> Vec<u8> {
        to_text(&Success::of(self))
    }
}

/// `result`, which may be null, `usage` and `metadata`.
fn parts(output: &str) -> Result<[Option<&str>; 3], DecodeError> {
    present_members(output, ["result", "usage", "metadata"]).map_err(|error| DecodeError::json(WHAT, error))
}

#[cfg(test)]
mod tests;
