use serde::Serialize;
use serde_json::Value;

use crate::json::to_text;
use crate::{ApiError, ErrorCode};

/// The body with which a server of the documented API tells an error: `{"status": "error", "error": {…}}`.
///
/// An error without a code is `INTERNAL_ERROR`; what else is not known is left out. [`ApiError::from_body`] reads it.
///
/// ```
/// use runagent_types::{ApiError, v1};
/// use serde_json::json;
///
/// let error = ApiError::new("INVALID_INPUT", "Query parameter is required").with_details(json!({"field": "query"}));
/// let body = v1::error_to_json(&error);
/// assert_eq!(
///     std::str::from_utf8(&body)?,
///     r#"{"status":"error","error":{"code":"INVALID_INPUT","message":"Query parameter is required","details":{"field":"query"}}}"#
/// );
/// assert_eq!(ApiError::from_body(&body), error);
/// # Ok::<(), std::str::Utf8Error>(())
/// ```
#[must_use]
pub fn error_to_json(error: &ApiError) -> Vec<u8> {
    to_text(&Failure::of(error))
}

/// The envelope of a success.
#[derive(Serialize)]
pub(super) struct Success<D> {
    status: &'static str,
    data: D,
}

impl<D> Success<D> {
    pub(super) fn of(data: D) -> Self {
        Self { status: "success", data }
    }
}

/// The envelope of an error.
#[derive(Serialize)]
pub(super) struct Failure<'a> {
    status: &'static str,
    error: ErrorObject<'a>,
}

impl<'a> Failure<'a> {
    pub(super) fn of(error: &'a ApiError) -> Self {
        Self { status: "error", error: ErrorObject::of(error) }
    }
}

/// What stands under `error`.
#[derive(Serialize)]
pub(super) struct ErrorObject<'a> {
    code: &'a str,
    message: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    details: Option<&'a Value>,
    #[serde(skip_serializing_if = "Option::is_none")]
    suggestion: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    field: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    request_id: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    retry_after: Option<f64>,
}

impl<'a> ErrorObject<'a> {
    pub(super) fn of(error: &'a ApiError) -> Self {
        Self {
            code: error.code.as_ref().map_or("INTERNAL_ERROR", ErrorCode::as_str),
            message: &error.message,
            details: error.details.as_ref(),
            suggestion: error.suggestion.as_deref(),
            field: error.field.as_deref(),
            request_id: error.request_id.as_deref(),
            retry_after: error.retry_after,
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn an_error_arrives_as_it_was_sent() {
        let mut error =
            ApiError::new("RATE_LIMITED", "slow\ndown").with_suggestion("wait").with_details(json!({"n": 5}));
        error.retry_after = Some(1.5);
        error.field = Some("query".to_owned());
        error.request_id = Some("r7".to_owned());
        assert_eq!(ApiError::from_body(&error_to_json(&error)), error);
    }

    #[test]
    fn an_error_without_a_code_is_an_internal_one() {
        let error = ApiError::from_body(b"boom");
        let body = error_to_json(&error);
        assert_eq!(body, br#"{"status":"error","error":{"code":"INTERNAL_ERROR","message":"boom"}}"#);
    }
}
