//! From an answer of the platform to what is in it.

use bytes::Bytes;
use http::Response;
use runagent_types::{ErrorCode, platform};
use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::{
    RunAgentError, RunAgentResult,
    decode::{Located, undecodable},
};

/// The `T` in an answer with a success status, with or without an envelope.
pub(crate) fn read<T: DeserializeOwned>(response: &Response<Bytes>) -> RunAgentResult<T> {
    let body = response.body();
    let error = match platform::decode(body) {
        Ok(Ok(answer)) => return Ok(answer),
        Ok(Err(api)) => RunAgentError::from_api(api.code.clone().unwrap_or(ErrorCode::SERVER_ERROR), api),
        Err(error) => undecodable(error, || platform::decode::<Located<T>>(body)),
    };
    Err(error.with_answer(response))
}

/// An answer of which nobody knows more than that it is JSON. Its `status` may be that of an agent: only an envelope that
/// claims no success is an error.
pub(crate) fn read_any(response: &Response<Bytes>) -> RunAgentResult<Value> {
    let no_json = |error| {
        let message = "the answer of the platform is not JSON";
        RunAgentError::new(ErrorCode::DECODE_ERROR, message).with_source(error).with_answer(response)
    };
    let mut answer: Value = serde_json::from_slice(response.body()).map_err(no_json)?;
    match answer.get("success") {
        Some(Value::Bool(false)) => read(response),
        Some(Value::Bool(true)) => Ok(answer.get_mut("data").map(Value::take).unwrap_or(answer)),
        _ => Ok(answer),
    }
}
