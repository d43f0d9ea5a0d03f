//! Answers that are given twice to a request that is sent twice.

use std::collections::HashMap;
use std::hash::{BuildHasher, RandomState};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use axum::body::Body;
use axum::extract::{Request, State};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use http::response::Parts;
use http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode};
use http_body_util::{BodyExt, Collected};
use runagent_types::{ApiError, ErrorCode};
use serde_json::json;
use tokio::time::Instant;

use crate::body;
use crate::refusal::Refusal;
use crate::router::App;

const KEY: HeaderName = HeaderName::from_static("idempotency-key");
const REPLAYED: HeaderName = HeaderName::from_static("idempotency-replayed");
/// How many keys are known at the same time.
const KEYS: usize = 1024;
/// How long an answer is kept.
const KEPT_TIME: Duration = Duration::from_secs(600);
/// How large an answer may be to be kept.
const KEPT_BYTES: usize = 64 * 1024;

/// Answers a request with an `Idempotency-Key` once, and gives the same answer to whoever sends it again.
///
/// The key stands for the path and the body. It is free again when the request was turned away before it ran (429, 503),
/// and when its client went away before the answer, since the run was given up then.
pub(crate) async fn once(State(app): State<Arc<App>>, request: Request, next: Next) -> Result<Response, Refusal> {
    let Some(key) = key(request.headers())? else { return Ok(next.run(request).await) };
    let (head, body) = request.into_parts();
    let body = body::read(body, app.limits.request_bytes).await?;
    let asked = app.idempotency.hasher.hash_one((head.uri.path(), &body));
    let claim = match app.idempotency.claim(key, asked)? {
        Claimed::First(claim) => claim,
        Claimed::Again(answer) => return Ok(answer.again()),
    };
    let response = next.run(Request::from_parts(head, Body::from(body))).await;
    if matches!(response.status(), StatusCode::TOO_MANY_REQUESTS | StatusCode::SERVICE_UNAVAILABLE) {
        return Ok(response);
    }
    let (parts, body) = response.into_parts();
    // It is in memory: none of these routes streams.
    let body = body.collect().await.map(Collected::to_bytes).unwrap_or_default();
    let answer = Answer { parts, body };
    claim.keep(&answer);
    Ok(answer.into_response())
}

/// Whether a request is of those that [`once`] sees, unless it is refused before.
pub(crate) fn takes_key<B>(request: &http::Request<B>) -> bool {
    let path = request.uri().path().rsplit_once('/');
    let route = path.and_then(|(agent, action)| Some((agent.rsplit_once('/')?.0, action)));
    let is_route = matches!(route, Some(("/api/v1/agents", "run") | ("/v1/agents", "invoke" | "batch")));
    is_route && request.method() == Method::POST
}

/// Says that keys are taken, also where the request was refused: so that a client learns it whatever becomes of its call.
pub(crate) fn with_support(mut response: Response) -> Response {
    response.headers_mut().insert(KEY, HeaderValue::from_static("supported"));
    response
}

/// The key of a request, if it has one.
fn key(headers: &HeaderMap) -> Result<Option<String>, Refusal> {
    let mut values = headers.get_all(KEY).iter();
    let Some(value) = values.next() else { return Ok(None) };
    match value.to_str() {
        Ok(key)
            if (1..=255).contains(&key.len())
                && key.bytes().all(|byte| byte.is_ascii_graphic())
                && values.next().is_none() =>
        {
            Ok(Some(key.to_owned()))
        }
        _ => {
            let message = "Idempotency-Key must be one key of 1 to 255 visible ASCII characters";
            let details = json!({"field": "Idempotency-Key", "reason": "malformed"});
            let error = ApiError::new(ErrorCode::VALIDATION_ERROR, message).with_details(details);
            Err(Refusal::Failure(StatusCode::BAD_REQUEST, Box::new(error)))
        }
    }
}

/// The keys that are known.
#[derive(Debug, Default)]
pub(crate) struct Idempotency {
    hasher: RandomState,
    keys: Mutex<HashMap<String, Entry>>,
}

#[derive(Debug)]
struct Entry {
    /// The hash of what was asked: nobody outside can aim for another that has the same.
    asked: u64,
    stage: Stage,
}

#[derive(Debug)]
enum Stage {
    /// The first request is not answered yet.
    Running,
    /// It was answered then; an answer too large to keep is `None`.
    Answered(Instant, Option<Answer>),
}

#[derive(Debug, Clone)]
struct Answer {
    parts: Parts,
    body: Bytes,
}

/// What a request with a key is.
enum Claimed<'a> {
    First(Claim<'a>),
    Again(Answer),
}

/// A key whose first request is on its way. Dropping this frees the key.
struct Claim<'a> {
    keys: &'a Idempotency,
    key: String,
}

impl Idempotency {
    fn keys(&self) -> MutexGuard<'_, HashMap<String, Entry>> {
        self.keys.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Takes a key for its first request, or finds the answer to that.
    fn claim(&self, key: String, asked: u64) -> Result<Claimed<'_>, Refusal> {
        let mut keys = self.keys();
        keys.retain(|_, entry| !matches!(entry.stage, Stage::Answered(at, _) if at.elapsed() >= KEPT_TIME));
        if let Some(entry) = keys.get(&key) {
            return entry.again(asked).map(Claimed::Again);
        }
        if keys.len() >= KEYS {
            let answered = keys.iter().filter_map(|(key, entry)| match entry.stage {
                Stage::Answered(at, _) => Some((at, key)),
                Stage::Running => None,
            });
            let oldest = answered.min_by_key(|(at, _)| *at).map(|(_, key)| key.clone());
            keys.remove(&oldest.ok_or_else(Refusal::busy)?);
        }
        keys.insert(key.clone(), Entry { asked, stage: Stage::Running });
        Ok(Claimed::First(Claim { keys: self, key }))
    }
}

impl Entry {
    /// The answer for whoever sends a request with the same key.
    fn again(&self, asked: u64) -> Result<Answer, Refusal> {
        if asked != self.asked {
            let message = "the Idempotency-Key belongs to another request: a new request needs a new key";
            return Err(Refusal::failure(StatusCode::UNPROCESSABLE_ENTITY, "IDEMPOTENCY_KEY_REUSED", message));
        }
        let conflict = |message| Err(Refusal::failure(StatusCode::CONFLICT, "IDEMPOTENCY_CONFLICT", message));
        match &self.stage {
            Stage::Running => conflict("the first request with this Idempotency-Key is not answered yet"),
            Stage::Answered(_, None) => {
                conflict("the request has run and was answered; the answer was too large to be kept")
            }
            Stage::Answered(_, Some(answer)) => Ok(answer.clone()),
        }
    }
}

impl Claim<'_> {
    fn keep(self, answer: &Answer) {
        let kept = (answer.body.len() <= KEPT_BYTES).then(|| answer.clone());
        if let Some(entry) = self.keys.keys().get_mut(&self.key) {
            entry.stage = Stage::Answered(Instant::now(), kept);
        }
    }
}

impl Drop for Claim<'_> {
    fn drop(&mut self) {
        let mut keys = self.keys.keys();
        if keys.get(&self.key).is_some_and(|entry| matches!(entry.stage, Stage::Running)) {
            keys.remove(&self.key);
        }
    }
}

impl Answer {
    fn again(self) -> Response {
        let mut response = self.into_response();
        response.headers_mut().insert(REPLAYED, HeaderValue::from_static("true"));
        response
    }
}

impl IntoResponse for Answer {
    fn into_response(self) -> Response {
        Response::from_parts(self.parts, Body::from(self.body))
    }
}
