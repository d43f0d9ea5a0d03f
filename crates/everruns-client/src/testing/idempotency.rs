//! Answers that are given again.

use bytes::Bytes;
use http::{HeaderValue, StatusCode, response::Parts};
use runagent_transport::Response;

use super::{
    problem::{Answer, Problem},
    recorded_request::RecordedRequest,
};

/// A request that succeeded, and its answer.
#[derive(Debug)]
pub(super) struct Remembered {
    path: String,
    body: Bytes,
    head: Parts,
    answer: Bytes,
}

impl Remembered {
    /// Keeps an answer, and gives it back.
    pub(super) fn new(request: &RecordedRequest, response: Response) -> (Self, Response) {
        let (head, body) = response.into_parts();
        let answer = Bytes::copy_from_slice(body.as_bytes().unwrap_or_default());
        let response = Response::from_parts(head.clone(), body);
        (Self { path: request.path.clone(), body: request.body.clone(), head, answer }, response)
    }

    /// The answer, if the request is the same.
    pub(super) fn replay(&self, request: &RecordedRequest) -> Answer {
        if request.path != self.path || request.body != self.body {
            let problem = Problem::new(StatusCode::UNPROCESSABLE_ENTITY, "the key was used for another request");
            return Err(problem.with_code("idempotency_key_reused"));
        }
        let mut response = Response::from_parts(self.head.clone(), self.answer.clone().into());
        response.headers_mut().insert("idempotent-replayed", HeaderValue::from_static("true"));
        Ok(response)
    }
}
