use std::time::{Duration, SystemTime};

use axum::response::{IntoResponse, Response};
use http::header::{CONNECTION, RETRY_AFTER, WWW_AUTHENTICATE};
use http::{HeaderValue, StatusCode};
use runagent_types::{ApiError, ErrorCode, Reply, rfc3339};
use serde_json::{Value, json};
use uuid::Uuid;

use crate::request::RequestError;
use crate::{reply, request_id};

/// A request that gets no answer of an agent.
///
/// A response carries its refusal among the extensions, for those who tell it in other words.
#[derive(Debug, Clone)]
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

    pub(crate) fn no_entrypoint(tag: &str) -> Self {
        Self::failure(StatusCode::NOT_FOUND, "NOT_FOUND", format!("Entrypoint {tag} not found"))
    }

    pub(crate) fn forbidden(message: impl Into<String>) -> Self {
        Self::failure(StatusCode::FORBIDDEN, ErrorCode::PERMISSION_ERROR, message)
    }

    pub(crate) fn too_large(limit: usize) -> Self {
        let message = format!("the request is larger than {limit} bytes");
        Self::failure(StatusCode::PAYLOAD_TOO_LARGE, ErrorCode::VALIDATION_ERROR, message)
    }

    /// As many calls run and wait as may.
    pub(crate) fn busy() -> Self {
        Self::later(StatusCode::TOO_MANY_REQUESTS, "the agent is busy with other calls")
    }

    /// The call has waited as long as it may.
    pub(crate) fn overloaded() -> Self {
        Self::later(StatusCode::SERVICE_UNAVAILABLE, "the agent was busy with other calls for too long")
    }

    /// The run has taken as long as it may.
    pub(crate) fn out_of_time(limit: Duration, invocation_id: &str) -> Self {
        let message = format!("the run took longer than {limit:?}, and was given up");
        let mut error = ApiError::new(ErrorCode::TIMEOUT_ERROR, message);
        error.request_id = Some(invocation_id.to_owned());
        Self::Failure(StatusCode::GATEWAY_TIMEOUT, Box::new(error))
    }

    fn later(status: StatusCode, message: &str) -> Self {
        let mut error = ApiError::new(ErrorCode::RATE_LIMIT_ERROR, message);
        error.retry_after = Some(1.0);
        Self::Failure(status, Box::new(error))
    }
}

impl From<RequestError> for Refusal {
    fn from(error: RequestError) -> Self {
        Self::Detail(StatusCode::UNPROCESSABLE_ENTITY, error.into_detail())
    }
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        let mut response = match &self {
            Self::Detail(status, detail) => reply::json(*status, json!({ "detail": detail }).to_string()),
            Self::Failure(status, error) => failure(*status, error),
        };
        response.extensions_mut().insert(self);
        response
    }
}

fn failure(status: StatusCode, error: &ApiError) -> Response {
    let id = error.request_id.clone().unwrap_or_else(|| Uuid::new_v4().to_string());
    let body = Reply::failure(error).with_timestamp(rfc3339(SystemTime::now())).with_request_id(&*id).to_json();
    let mut response = request_id::with_id(reply::json(status, body), &id);
    let headers = response.headers_mut();
    match status {
        StatusCode::UNAUTHORIZED => headers.insert(WWW_AUTHENTICATE, HeaderValue::from_static("Bearer")),
        StatusCode::TOO_MANY_REQUESTS | StatusCode::SERVICE_UNAVAILABLE => {
            // Whole seconds; who comes a moment later is welcome too.
            headers.insert(RETRY_AFTER, HeaderValue::from(error.retry_after.unwrap_or(1.0).ceil() as u64))
        }
        // The rest of the body stays unread.
        StatusCode::PAYLOAD_TOO_LARGE => headers.insert(CONNECTION, HeaderValue::from_static("close")),
        _ => None,
    };
    response
}
