mod reply;

use std::borrow::Cow;

use serde::de::DeserializeOwned;

pub use reply::Reply;

use crate::json::{Object, may_hold_wide_integers, members, text, utf8};
use crate::payload::result_data;
use crate::{ApiError, DecodeError, Payload};

const WHAT: &str = "an answer";

/// What a RunAgent server answers: `{success, data, message, error, timestamp, request_id}`.
///
/// Every shape that servers have used is read, the older ones too: `status` instead of `success`,
/// `output_data` instead of `data`, an `error` that is a string. The body is borrowed and its `data` left
/// undecoded, so a large answer is parsed once, when its type is known.
///
/// ```
/// use runagent_types::Envelope;
///
/// let body = br#"{"success":false,"error":{"code":"NOT_FOUND","message":"Entrypoint x not found"}}"#;
/// let error = Envelope::decode(body)?.into_result().unwrap_err();
/// assert_eq!(error.to_string(), "NOT_FOUND: Entrypoint x not found");
/// # Ok::<(), runagent_types::DecodeError>(())
/// ```
#[derive(Debug)]
pub struct Envelope<'a> {
    body: &'a str,
    success: bool,
    payload: Payload<'a>,
    message: Option<Cow<'a, str>>,
    timestamp: Option<Cow<'a, str>>,
    request_id: Option<Cow<'a, str>>,
}

impl<'a> Envelope<'a> {
    /// Reads the envelope and leaves its `data` undecoded.
    ///
    /// # Errors
    ///
    /// The body is not a JSON object, or has none of `success`, `data`, `output_data`, `error` and a
    /// `status` of `success` or `error`.
    pub fn decode(body: &'a [u8]) -> Result<Self, DecodeError> {
        Self::from_text(utf8(WHAT, body)?)
    }

    /// [`decode`](Self::decode), [`into_result`](Self::into_result) and [`Payload::deserialize`] in one: the result as
    /// a `T`, or the error that the server reports. Large JSON that is not in a string is parsed while the envelope is.
    ///
    /// # Errors
    ///
    /// The body is not an envelope, or its result is not decodable, is nested deeper than 128 levels, or is not a `T`.
    ///
    /// ```
    /// use runagent_types::Envelope;
    ///
    /// let sum = Envelope::decode_result::<u32>(br#"{"success":true,"data":3}"#)?;
    /// assert_eq!(sum, Ok(3));
    /// let error = Envelope::decode_result::<u32>(br#"{"success":false,"error":"boom"}"#)?.unwrap_err();
    /// assert_eq!(error.message, "boom");
    /// # Ok::<(), runagent_types::DecodeError>(())
    /// ```
    pub fn decode_result<T: DeserializeOwned>(body: &[u8]) -> Result<Result<T, ApiError>, DecodeError> {
        let body = utf8(WHAT, body)?;
        if let Some(result) = bare_result(body) {
            return Ok(Ok(result));
        }
        match Envelope::from_text(body)?.into_result() {
            Ok(payload) => payload.deserialize().map(Ok),
            Err(error) => Ok(Err(error)),
        }
    }

    fn from_text(body: &'a str) -> Result<Self, DecodeError> {
        let [success, status, data, output_data, error, message, timestamp, request_id] =
            members(body, ["success", "status", "data", "output_data", "error", "message", "timestamp", "request_id"])
                .map_err(|cause| DecodeError::json(WHAT, cause))?;
        let outcome = outcome(success, status);
        if outcome.is_none() && data.is_none() && output_data.is_none() && error.is_none() {
            return Err(DecodeError::shape(WHAT, "no success, data, output_data or error in it"));
        }
        Ok(Self {
            body,
            success: outcome.unwrap_or(error.is_none()),
            payload: Payload::new(data, output_data),
            message: message.and_then(text),
            timestamp: timestamp.and_then(text),
            request_id: request_id.and_then(text),
        })
    }

    /// The server's id for this request.
    #[must_use]
    pub fn request_id(&self) -> Option<&str> {
        self.request_id.as_deref()
    }

    /// When the server answered, as it wrote it: local servers use their local time without an offset.
    #[must_use]
    pub fn timestamp(&self) -> Option<&str> {
        self.timestamp.as_deref()
    }

    /// The server's remark, such as `Agent execution completed successfully`.
    #[must_use]
    pub fn message(&self) -> Option<&str> {
        self.message.as_deref()
    }

    /// The result, or why there is none.
    ///
    /// # Errors
    ///
    /// The server says `success: false`, or `status: "error"`, or gives an `error` and neither of them. A
    /// server answers so with HTTP status 200 too.
    pub fn into_result(self) -> Result<Payload<'a>, ApiError> {
        if self.success { Ok(self.payload) } else { Err(ApiError::from_envelope(self.body)) }
    }
}

/// The result of a success with JSON as its `data`, not in a string, if nothing else can be the result. `None` for
/// every other answer.
fn bare_result<T: DeserializeOwned>(body: &str) -> Option<T> {
    let (mut success, mut result) = (false, None);
    let mut members = Object::open(body)?;
    while let Some(key) = members.key()? {
        match &*key {
            "success" => success = members.json()? == "true",
            "data" if result.is_none() && members.is_bare() && !may_hold_wide_integers(body) => {
                let (value, json) = members.value()?;
                result = result_data(json).is_none().then_some(value);
            }
            "data" | "output_data" => return None,
            _ => {
                members.json()?;
            }
        }
    }
    result.filter(|_| success)
}

/// What the server says of its success: `success` before `status`; nothing, if neither is there.
pub(crate) fn outcome(success: Option<&str>, status: Option<&str>) -> Option<bool> {
    match success {
        Some("true") => Some(true),
        Some("false") => Some(false),
        _ => match status {
            Some(r#""success""#) => Some(true),
            Some(r#""error""#) => Some(false),
            _ => None,
        },
    }
}

#[cfg(test)]
mod tests;
