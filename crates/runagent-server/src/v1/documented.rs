//! Refusals in the form that the documents give them.

use std::sync::Arc;

use axum::body::Body;
use axum::extract::{Request, State};
use axum::middleware::Next;
use axum::response::Response;
use http::StatusCode;
use runagent_types::{ApiError, ErrorCode, v1};
use serde_json::Value;

use crate::AgentError;
use crate::refusal::Refusal;
use crate::router::App;

/// Tells whoever asks under `/v1` why not, and what is left of the rate limit: whichever part of the server has answered.
pub(crate) async fn documented(State(app): State<Arc<App>>, request: Request, next: Next) -> Response {
    let path = request.uri().path();
    if path != "/v1" && !path.starts_with("/v1/") {
        return next.run(request).await;
    }
    let mut response = next.run(request).await;
    if let Some(refusal) = response.extensions_mut().remove::<Refusal>() {
        let (_, error) = error(refusal);
        *response.body_mut() = Body::from(v1::error_to_json(&error));
    }
    if let Some(limit) = &app.rate_limit {
        limit.tell(response.headers_mut());
    }
    response
}

/// A refusal in the words of the documents.
pub(super) fn error(refusal: Refusal) -> (StatusCode, ApiError) {
    match refusal {
        Refusal::Detail(StatusCode::NOT_FOUND, _) => {
            (StatusCode::NOT_FOUND, ApiError::new("NOT_FOUND", "the API has no such path"))
        }
        Refusal::Detail(StatusCode::METHOD_NOT_ALLOWED, _) => {
            let message = "the path does not take this method";
            (StatusCode::METHOD_NOT_ALLOWED, ApiError::new("METHOD_NOT_ALLOWED", message))
        }
        Refusal::Detail(status, detail) => {
            let message = if let Value::String(text) = detail { text } else { detail.to_string() };
            (status, ApiError::new("INVALID_INPUT", message))
        }
        Refusal::Failure(status, mut error) => {
            error.code = error.code.map(code);
            (status, *error)
        }
    }
}

/// The documents' word for a code.
fn code(code: ErrorCode) -> ErrorCode {
    let word = match code.as_str() {
        "AUTHENTICATION_ERROR" => "INVALID_API_KEY",
        "VALIDATION_ERROR" => "INVALID_INPUT",
        "RATE_LIMIT_ERROR" => "CAPACITY_ERROR",
        _ => return code,
    };
    ErrorCode::from_static(word)
}

/// What is wrong with a member of a request: its name, and why in a word.
pub(super) fn invalid(code: &'static str, field: &str, reason: &str, message: impl Into<String>) -> Refusal {
    let details = serde_json::json!({"field": field, "reason": reason});
    Refusal::Failure(StatusCode::BAD_REQUEST, Box::new(ApiError::new(code, message).with_details(details)))
}

/// A call that failed. Arguments that do not fit are the caller's fault; all else is the agent's.
pub(super) fn failed(error: AgentError, invocation_id: &str) -> Refusal {
    let mut error = error.into_stream_failure();
    error.request_id = Some(invocation_id.to_owned());
    let status = match &error.code {
        Some(code) if *code == ErrorCode::VALIDATION_ERROR => StatusCode::BAD_REQUEST,
        _ => StatusCode::INTERNAL_SERVER_ERROR,
    };
    Refusal::Failure(status, Box::new(error))
}
