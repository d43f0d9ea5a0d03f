use serde::de::DeserializeOwned;
use serde::{Serialize, Serializer};
use serde_json::Value;
use serde_json::value::RawValue;

use super::InvokeOutput;
use super::reply::{Failure, Success};
use crate::answer::subject;
use crate::json::{members, to_text, utf8};
use crate::{ApiError, DecodeError};

const WHAT: &str = "the results of a batch";

/// The answer to a [`BatchRequest`](super::BatchRequest): an output or an error for each request, in its order.
///
/// ```
/// use runagent_types::ApiError;
/// use runagent_types::v1::{BatchReply, InvokeOutput};
///
/// let sent = BatchReply::new([Ok(InvokeOutput::new("Hi".into())), Err(ApiError::new("INVALID_INPUT", "no query"))]);
/// let body = sent.to_json();
/// assert!(body.starts_with(br#"{"status":"success","data":{"results":[{"status":"success","data":{"result":"Hi""#));
///
/// let reply = BatchReply::<String>::decode(&body)??;
/// assert_eq!(reply.results[0].as_ref().map(|output| output.result.as_str()), Ok("Hi"));
/// assert_eq!(reply.results[1].as_ref().unwrap_err().message, "no query");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct BatchReply<T = Value> {
    /// One for each request.
    pub results: Vec<Result<InvokeOutput<T>, ApiError>>,
}

impl<T> BatchReply<T> {
    /// A reply with these results.
    #[must_use]
    pub fn new(results: impl IntoIterator<Item = Result<InvokeOutput<T>, ApiError>>) -> Self {
        Self { results: results.into_iter().collect() }
    }
}

impl<T: DeserializeOwned> BatchReply<T> {
    /// Reads the body of an answer, `{"status": "success", "data": {"results": […]}}`, or the error that it is as a
    /// whole. Each result is read as [`InvokeOutput::decode`] reads an answer.
    ///
    /// # Errors
    ///
    /// The body is not JSON, has neither a list of `results` nor an error, or one of its results is neither an output
    /// with a `T` nor an error.
    pub fn decode(body: &[u8]) -> Result<Result<Self, ApiError>, DecodeError> {
        let json = |error| DecodeError::json(WHAT, error);
        let reply = match subject(WHAT, utf8(WHAT, body)?)? {
            Ok(reply) => reply,
            Err(error) => return Ok(Err(error)),
        };
        let [results] = members(reply, ["results"]).map_err(json)?;
        let results = results.ok_or_else(|| DecodeError::shape(WHAT, "neither results nor an error in it"))?;
        let results: Vec<&RawValue> = serde_json::from_str(results).map_err(json)?;
        let results = results.into_iter().map(|result| InvokeOutput::from_answer(result.get()));
        Ok(Ok(Self { results: results.collect::<Result<_, _>>()? }))
    }
}

impl BatchReply {
    /// The body that a server sends.
    #[must_use]
    pub fn to_json(&self) -> Vec<u8> {
        to_text(&Success::of(Results { results: self.results.iter().map(Item).collect() }))
    }
}

#[derive(Serialize)]
struct Results<'a> {
    results: Vec<Item<'a>>,
}

struct Item<'a>(&'a Result<InvokeOutput, ApiError>);

impl Serialize for Item<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self.0 {
            Ok(output) => Success::of(output).serialize(serializer),
            Err(error) => Failure::of(error).serialize(serializer),
        }
    }
}

#[cfg(test)]
mod tests;
