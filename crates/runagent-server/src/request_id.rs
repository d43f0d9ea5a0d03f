//! The id of an answer, in a header of each: who reports a fault can name it without the body.

use axum::response::Response;
use http::{HeaderName, HeaderValue};
use uuid::Uuid;

const HEADER: HeaderName = HeaderName::from_static("x-request-id");

/// The answer with the id that is in its body, or that its call has.
pub(crate) fn with_id(mut response: Response, id: &str) -> Response {
    // The ids are made here, of hexadecimal digits.
    if let Ok(id) = HeaderValue::from_str(id) {
        response.headers_mut().insert(HEADER, id);
    }
    response
}

/// The answer with an id, a new one unless it has one.
pub(crate) fn with_any_id(response: Response) -> Response {
    if response.headers().contains_key(HEADER) {
        return response;
    }
    with_id(response, Uuid::new_v4().hyphenated().encode_lower(&mut Uuid::encode_buffer()))
}
