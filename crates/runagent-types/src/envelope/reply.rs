use std::borrow::Cow;

use serde::Serialize;
use serde_json::Value;
use serde_json::value::{RawValue, to_raw_value};

use crate::json::to_text;
use crate::{ApiError, EncodeError, StructuredValue};

/// The server's side of an [`Envelope`](crate::Envelope): what `POST /agents/{id}/run` and its neighbours
/// answer, member for member as the Python server writes it.
///
/// ```
/// use runagent_types::{ApiError, Reply};
/// use serde_json::json;
///
/// let body = Reply::success(&json!(42)).with_request_id("r1").to_json();
/// assert_eq!(
///     String::from_utf8(body)?,
///     r#"{"success":true,"data":"{\"type\": \"integer\", \"payload\": \"42\"}","message":"Agent execution completed successfully","error":null,"timestamp":null,"request_id":"r1"}"#
/// );
///
/// let body = Reply::failure(&ApiError::new("NOT_FOUND", "Entrypoint x not found")).to_json();
/// assert!(String::from_utf8(body)?.starts_with(r#"{"success":false,"data":null,"message":null,"error":{"code":"NOT_FOUND""#));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Serialize)]
pub struct Reply<'a> {
    success: bool,
    data: Option<Data>,
    message: Option<Cow<'a, str>>,
    error: Option<Failure<'a>>,
    timestamp: Option<Cow<'a, str>>,
    request_id: Option<Cow<'a, str>>,
}

#[derive(Debug)]
enum Data {
    Structured(String),
    Json(Box<RawValue>),
}

/// `code`, `message`, `details` and `field` are always there; the rest only when it is known.
#[derive(Debug, Serialize)]
struct Failure<'a> {
    code: &'a str,
    message: &'a str,
    details: Option<&'a Value>,
    field: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    suggestion: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    retry_after: Option<f64>,
}

impl<'a> Reply<'a> {
    /// The answer to a run: the value as a [`StructuredValue`], and the message the Python server gives.
    #[must_use]
    pub fn success(value: &Value) -> Self {
        Self::structured(StructuredValue::encode(value))
    }

    /// [`success`](Self::success) for a value that is JSON text already, as
    /// [`encode_json`](StructuredValue::encode_json) takes it.
    #[must_use]
    pub fn success_json(json: &str) -> Self {
        Self::structured(StructuredValue::encode_json(json))
    }

    fn structured(data: String) -> Self {
        Self {
            success: true,
            data: Some(Data::Structured(data)),
            message: Some(Cow::Borrowed("Agent execution completed successfully")),
            error: None,
            timestamp: None,
            request_id: None,
        }
    }

    /// Any other answer, such as an [`Architecture`](crate::Architecture): `data` is the value's own JSON.
    ///
    /// # Errors
    ///
    /// The value has no JSON form.
    pub fn success_data<T: Serialize>(value: &T) -> Result<Self, EncodeError> {
        let data = to_raw_value(value).map_err(|error| EncodeError::new("an answer", error))?;
        Ok(Self {
            success: true,
            data: Some(Data::Json(data)),
            message: None,
            error: None,
            timestamp: None,
            request_id: None,
        })
    }

    /// The answer when the run failed. An error without a code is `INTERNAL_ERROR`, as from the Python server.
    #[must_use]
    pub fn failure(error: &'a ApiError) -> Self {
        Self {
            success: false,
            data: None,
            message: None,
            error: Some(Failure {
                code: error.code.as_ref().map_or("INTERNAL_ERROR", |code| code.as_str()),
                message: &error.message,
                details: error.details.as_ref(),
                field: error.field.as_deref(),
                suggestion: error.suggestion.as_deref(),
                retry_after: error.retry_after,
            }),
            timestamp: None,
            request_id: error.request_id.as_deref().map(Cow::Borrowed),
        }
    }

    /// Sets the remark beside the result.
    #[must_use]
    pub fn with_message(mut self, message: impl Into<Cow<'a, str>>) -> Self {
        self.message = Some(message.into());
        self
    }

    /// Sets when the server answers; the Python server writes `2026-11-21T20:27:35.859342`, local time.
    #[must_use]
    pub fn with_timestamp(mut self, timestamp: impl Into<Cow<'a, str>>) -> Self {
        self.timestamp = Some(timestamp.into());
        self
    }

    /// Sets the server's id for the request.
    #[must_use]
    pub fn with_request_id(mut self, request_id: impl Into<Cow<'a, str>>) -> Self {
        self.request_id = Some(request_id.into());
        self
    }

    /// The body to send.
    #[must_use]
    pub fn to_json(&self) -> Vec<u8> {
        to_text(self)
    }
}

impl Serialize for Data {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Structured(text) => serializer.serialize_str(text),
            Self::Json(raw) => raw.serialize(serializer),
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::Envelope;

    #[test]
    fn a_success_is_what_the_python_server_writes() {
        let body = Reply::success(&json!("plain text"))
            .with_timestamp("2026-11-21T20:27:36.715341")
            .with_request_id("947c4354-66cf-4b03-9fb5-18a4f381104f")
            .to_json();
        let captured = include_str!("../../tests/fixtures/run/str.json");
        assert_eq!(String::from_utf8(body).unwrap(), captured.trim_end());
    }

    #[test]
    fn a_failure_is_what_the_python_server_writes() {
        let error = ApiError::new("NOT_FOUND", "Entrypoint zzz not found");
        let body = Reply::failure(&error)
            .with_timestamp("2026-11-21T20:27:35.432730")
            .with_request_id("3d261f21-c335-4d47-9568-d082b89d1d30")
            .to_json();
        let captured = include_str!("../../tests/fixtures/failures/unknown_tag.json");
        assert_eq!(String::from_utf8(body).unwrap(), captured.trim_end());
    }

    #[test]
    fn a_failure_survives_the_wire() {
        let mut error =
            ApiError::new("RATE_LIMIT_ERROR", "slow\ndown").with_suggestion("wait").with_details(json!({"limit": 5}));
        error.retry_after = Some(1.5);
        error.field = Some("query".to_owned());
        error.request_id = Some("r7".to_owned());
        let body = Reply::failure(&error).to_json();
        assert_eq!(Envelope::decode(&body).unwrap().into_result().unwrap_err(), error);
    }

    #[test]
    fn data_can_be_any_json() {
        let body = Reply::success_data(&json!({"a": [1]})).unwrap().with_message("done").to_json();
        let envelope = Envelope::decode(&body).unwrap();
        assert_eq!(envelope.message(), Some("done"));
        assert_eq!(envelope.into_result().unwrap().raw_data(), Some(r#"{"a":[1]}"#));
    }
}
