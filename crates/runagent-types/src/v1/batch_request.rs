use serde::{Deserialize, Serialize};

use super::InvokeRequest;
use crate::DecodeError;
use crate::json::{from_text, members, to_text, utf8};

/// Several requests in one: the body of `POST /v1/agents/{id}/batch`.
///
/// ```
/// use runagent_types::v1::{BatchRequest, InvokeRequest};
///
/// let batch = BatchRequest::new(["Question 1", "Question 2"].map(InvokeRequest::new));
/// let body = batch.to_json();
/// assert_eq!(body, br#"{"batch":[{"query":"Question 1"},{"query":"Question 2"}]}"#);
/// assert_eq!(BatchRequest::from_slice(&body)?, batch);
/// # Ok::<(), runagent_types::DecodeError>(())
/// ```
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct BatchRequest {
    /// The requests, in the order in which their answers are wanted.
    pub batch: Vec<InvokeRequest>,
}

impl BatchRequest {
    /// A batch of these requests.
    #[must_use]
    pub fn new(requests: impl IntoIterator<Item = InvokeRequest>) -> Self {
        Self { batch: requests.into_iter().collect() }
    }

    /// The bytes to send.
    #[must_use]
    pub fn to_json(&self) -> Vec<u8> {
        to_text(self)
    }

    /// What a server reads.
    ///
    /// # Errors
    ///
    /// The body is not JSON ([`DecodeError::is_malformed`]), or not an object whose `batch` is a list of objects.
    pub fn from_slice(body: &[u8]) -> Result<Self, DecodeError> {
        const WHAT: &str = "a batch of requests";
        let json = |error| DecodeError::json(WHAT, error);
        let [batch] = members(utf8(WHAT, body)?, ["batch"]).map_err(json)?;
        let batch = batch.ok_or_else(|| DecodeError::shape(WHAT, "no batch in it"))?;
        Ok(Self { batch: from_text(batch).map_err(json)? })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_batch_is_a_list_of_objects() {
        assert_eq!(BatchRequest::from_slice(br#"{"batch":[],"more":1}"#).unwrap(), BatchRequest::default());
        for body in
            ["{}", r#"{"batch":null}"#, r#"{"batch":{}}"#, r#"{"batch":["query"]}"#, r#"{"batch":[null]}"#, "[]"]
        {
            assert!(!BatchRequest::from_slice(body.as_bytes()).unwrap_err().is_malformed(), "{body}");
        }
        for body in ["", "{", r#"{"batch":[{}"#, "nope"] {
            assert!(BatchRequest::from_slice(body.as_bytes()).unwrap_err().is_malformed(), "{body}");
        }
    }

    #[test]
    fn debug_keeps_the_queries_to_itself() {
        let shown = format!("{:?}", BatchRequest::new([InvokeRequest::new("hunter2")]));
        assert!(shown.contains("InvokeRequest") && !shown.contains("hunter2"), "{shown}");
    }
}
