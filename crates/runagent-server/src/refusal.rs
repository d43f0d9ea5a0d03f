use axum::response::{IntoResponse, Response};
use http::header::{CONNECTION, RETRY_AFTER, WWW_AUTHENTICATE};
use http::{HeaderValue, StatusCode};
use runagent_types::{ApiError, ErrorCode, Reply};
use serde_json::{Value, json};
use uuid::Uuid;

use crate::request::RequestError;
use crate::{reply, timestamp};

/// A request that gets no answer of an agent.
#[derive(Debug)]
pub(crate) enum Refusal {
    /// What FastAPI answers on its own: `{"detail": …}`.
    Detail(StatusCode, Value),
    /// What the Python server answers: an envelope.
    Failure(StatusCode, Box<ApiError>),
}

impl Refusal {
    pub(crate) fn not_found() -> Self {
        Self::Detail(StatusCode::NOT_FOUND, json!("Not Found"))
    }

    pub(crate) fn method_not_allowed() -> Self {
        Self::Detail(StatusCode::METHOD_NOT_ALLOWED, json!("Method Not Allowed"))
    }

    pub(crate) fn failure(status: StatusCode, code: impl Into<ErrorCode>, message: impl Into<String>) -> Self {
        Self::Failure(status, Box::new(ApiError::new(code, message)))
    }

    pub(crate) fn forbidden(message: impl Into<String>) -> Self {
        Self::failure(StatusCode::FORBIDDEN, ErrorCode::PERMISSION_ERROR, message)
    }

    pub(crate) fn too_large(limit: usize) -> Self {
        let message = format!("the request is larger than {limit} bytes");
        Self::failure(StatusCode::PAYLOAD_TOO_LARGE, ErrorCode::VALIDATION_ERROR, message)
    }

    /// As many calls run as may.
    pub(crate) fn busy() -> Self {
        let mut error = ApiError::new(ErrorCode::RATE_LIMIT_ERROR, "the agent is busy with other calls");
        error.retry_after = Some(1.0);
        Self::Failure(StatusCode::TOO_MANY_REQUESTS, Box::new(error))
    }
}

impl From<RequestError> for Refusal {
    fn from(error: RequestError) -> Self {
        Self::Detail(StatusCode::UNPROCESSABLE_ENTITY, error.into_detail())
    }
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        let (status, error) = match self {
            Self::Detail(status, detail) => return reply::json(status, json!({ "detail": detail }).to_string()),
            Self::Failure(status, error) => (status, error),
        };
        let body = Reply::failure(&error)
            .with_timestamp(timestamp::now())
            .with_request_id(Uuid::new_v4().to_string())
            .to_json();
        let mut response = reply::json(status, body);
        let headers = response.headers_mut();
        match status {
            StatusCode::UNAUTHORIZED => headers.insert(WWW_AUTHENTICATE, HeaderValue::from_static("Bearer")),
            StatusCode::TOO_MANY_REQUESTS => headers.insert(RETRY_AFTER, HeaderValue::from_static("1")),
            // The rest of the body stays unread.
            StatusCode::PAYLOAD_TOO_LARGE => headers.insert(CONNECTION, HeaderValue::from_static("close")),
            _ => None,
        };
        response
    }
}
