use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::DecodeError;
use crate::json::{from_text, members, text};
use crate::structured::deserialize_text;

const WHAT: &str = "a result";

/// The result of a run, still undecoded, from [`Envelope::into_result`](crate::Envelope::into_result).
///
/// Servers of different ages put it in different places: `data.result_data.data`, `data` as a string,
/// `output_data` beside it, or `data` as it is. A result that is nowhere is null.
///
/// ```
/// use runagent_types::Envelope;
///
/// let body = br#"{"success":true,"data":"{\"type\": \"number\", \"payload\": \"null\"}"}"#;
/// let result = Envelope::decode(body)?.into_result()?;
/// assert!(result.to_value()?.is_null());
/// assert!(result.deserialize::<f64>()?.is_nan());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, Copy)]
pub struct Payload<'a> {
    data: Option<&'a str>,
    output_data: Option<&'a str>,
}

impl<'a> Payload<'a> {
    /// The members of an envelope among which the result is.
    pub(crate) fn new(data: Option<&'a str>, output_data: Option<&'a str>) -> Self {
        Self { data, output_data }
    }

    /// The result as a value; [`StructuredValue::to_value`](crate::StructuredValue::to_value) says what
    /// `Value` cannot hold. Text that is neither a structured value nor JSON is the text itself.
    ///
    /// # Errors
    ///
    /// The result is not decodable, or is nested deeper than 128 levels.
    pub fn to_value(&self) -> Result<Value, DecodeError> {
        self.deserialize()
    }

    /// The result as a `T`, exact for `i128`, `u128`, raw JSON, NaN and the infinities.
    ///
    /// # Errors
    ///
    /// The result is not decodable, is nested deeper than 128 levels, or is not a `T`.
    pub fn deserialize<T: DeserializeOwned>(&self) -> Result<T, DecodeError> {
        deserialize(match self.data {
            Some(string) if string.starts_with('"') => Some(string),
            data => data.and_then(result_data).or(self.output_data).or(data),
        })
    }

    /// The id and the length in seconds of the execution, where `data` is one of the cloud's execution records
    /// (`{execution_id, runtime_seconds, result_data, …}`).
    #[must_use]
    pub fn execution(&self) -> Option<(Option<String>, Option<f64>)> {
        // What a result of the user's happens to be called is no record.
        result_data(self.data?)?;
        let [id, seconds] = members(self.data?, ["execution_id", "runtime_seconds"]).ok()?;
        let seconds = seconds.and_then(|number| serde_json::from_str(number).ok());
        Some((id.and_then(text).map(std::borrow::Cow::into_owned), seconds))
    }

    /// The JSON text of the envelope's `data` as the server wrote it, without a copy; `None` if absent or null.
    #[must_use]
    pub fn raw_data(&self) -> Option<&'a str> {
        self.data
    }
}

/// A result in one of its forms: text, other JSON, or nothing, which is null.
pub(crate) fn deserialize<T: DeserializeOwned>(result: Option<&str>) -> Result<T, DecodeError> {
    match result {
        Some(string) if string.starts_with('"') => match text(string) {
            Some(text) => deserialize_text(&text),
            None => Err(DecodeError::shape(WHAT, "text with an escape that is no character")),
        },
        json => from_text(json.unwrap_or("null")).map_err(|error| DecodeError::json(WHAT, error)),
    }
}

/// `data.result_data.data`, where the cloud's execution records keep the result.
pub(crate) fn result_data(data: &str) -> Option<&str> {
    // A search is far cheaper than a walk over the members, which nearly every answer would take in vain.
    if !data.starts_with('{') || !data.contains("\"result_data\"") {
        return None;
    }
    let [result_data] = members(data, ["result_data"]).ok()?;
    let [result] = members(result_data?, ["data"]).ok()?;
    result
}
