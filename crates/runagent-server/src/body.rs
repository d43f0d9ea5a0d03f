//! The body of a request.

use std::error::Error;
use std::time::Duration;

use axum::body::{Body, HttpBody};
use axum::extract::Request;
use bytes::Bytes;
use http::header::CONTENT_TYPE;
use http::{HeaderMap, StatusCode};
use http_body_util::{BodyExt, LengthLimitError, Limited};
use runagent_types::ErrorCode;
use tokio::time::timeout;

use crate::refusal::Refusal;

/// How long the body of a request may take to arrive.
const BODY_TIME: Duration = Duration::from_secs(30);

/// Reads a body of `limit` bytes at most.
pub(crate) async fn read(body: Body, limit: usize) -> Result<Bytes, Refusal> {
    if body.size_hint().lower() > limit as u64 {
        return Err(Refusal::too_large(limit));
    }
    let refuse = |status, message: &str| Refusal::failure(status, ErrorCode::VALIDATION_ERROR, message);
    match timeout(BODY_TIME, Limited::new(body, limit).collect()).await {
        Ok(Ok(body)) => Ok(body.to_bytes()),
        Ok(Err(error)) if is_over_limit(&*error) => Err(Refusal::too_large(limit)),
        Ok(Err(_)) => Err(refuse(StatusCode::BAD_REQUEST, "the body of the request broke off")),
        Err(_) => Err(refuse(StatusCode::REQUEST_TIMEOUT, "the body of the request did not arrive in time")),
    }
}

/// Reads the body of a request that must be JSON, which its headers must say.
pub(crate) async fn read_json(request: Request, limit: usize) -> Result<(HeaderMap, Bytes), Refusal> {
    let (head, body) = request.into_parts();
    if !is_json(&head.headers) {
        let message = "the body must be JSON, with Content-Type: application/json";
        return Err(Refusal::failure(StatusCode::UNSUPPORTED_MEDIA_TYPE, ErrorCode::VALIDATION_ERROR, message));
    }
    Ok((head.headers, read(body, limit).await?))
}

/// Whether the body claims to be JSON. A page of another site cannot make that claim without being asked first.
pub(crate) fn is_json(headers: &HeaderMap) -> bool {
    let essence =
        |value: &str| value.split(';').next().is_some_and(|e| e.trim().eq_ignore_ascii_case("application/json"));
    headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok()).is_some_and(essence)
}

fn is_over_limit(error: &(dyn Error + 'static)) -> bool {
    error.is::<LengthLimitError>() || error.source().is_some_and(is_over_limit)
}
