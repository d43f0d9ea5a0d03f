//! One call: its request, its attempts, its response.

use std::{fmt, sync::Arc, time::Duration};

use bytes::Bytes;
use http::{
    HeaderMap, HeaderName, HeaderValue, Method, Uri,
    header::{AUTHORIZATION, CONTENT_TYPE},
};
use tokio::time::Instant;
use tracing::Instrument as _;

use super::{Inner, JSON, unusable};
use crate::{
    Body, InvalidUrl, Progress, Request, TransportError, TransportErrorKind,
    retry::{Attempt, Failure, Idempotency, Verdict},
    telemetry,
};

const IDEMPOTENCY_KEY: HeaderName = HeaderName::from_static("idempotency-key");

/// How many attempts a response took: in its extensions.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Attempts(pub u32);

/// A request that can still be changed.
#[must_use = "a request does nothing until it is sent"]
pub struct ApiRequest {
    api: Arc<Inner>,
    method: Method,
    uri: Result<Uri, InvalidUrl>,
    headers: HeaderMap,
    body: Bytes,
    idempotency: Idempotency,
    timeout: Duration,
    attempt_timeout: Duration,
}

impl ApiRequest {
    pub(super) fn new(api: Arc<Inner>, method: Method, uri: Result<Uri, InvalidUrl>, body: Bytes) -> Self {
        let idempotency = if method.is_safe() { Idempotency::Safe } else { Idempotency::Unsafe };
        let headers = HeaderMap::new();
        Self { api, method, uri, headers, body, idempotency, timeout: Duration::MAX, attempt_timeout: Duration::MAX }
    }

    pub(super) fn json(mut self) -> Self {
        self.headers.insert(CONTENT_TYPE, JSON);
        self
    }

    /// Limits the whole call: all attempts, the waits between them, and the body of the response. The default is no limit.
    pub const fn timeout(mut self, timeout: Duration) -> Self {
        self.timeout = timeout;
        self
    }

    /// Limits each attempt. The default is no limit but that of the call.
    pub const fn attempt_timeout(mut self, timeout: Duration) -> Self {
        self.attempt_timeout = timeout;
        self
    }

    /// Sends a header beside those of the API, or in the place of one of them.
    pub fn header(mut self, name: HeaderName, value: HeaderValue) -> Self {
        self.headers.insert(name, value);
        self
    }

    /// Sends an `Idempotency-Key`, the same with every attempt, which makes the request one that may be retried. Only for
    /// servers that honour it.
    pub fn idempotency_key(mut self, key: HeaderValue) -> Self {
        self.headers.insert(IDEMPOTENCY_KEY, key);
        self.idempotency = Idempotency::Keyed;
        self
    }

    /// Sends the request and reads the response, and tries again as the [policy](crate::ApiBuilder::retry) says.
    ///
    /// # Errors
    ///
    /// When there is no response: any status is `Ok`. It is the error of the last attempt.
    /// [`TransportErrorKind::Request`] when a path segment can't be used.
    ///
    /// # Cancel safety
    ///
    /// Dropping the future closes the connection; the server may act on the request all the same.
    pub async fn send(mut self) -> Result<http::Response<Bytes>, TransportError> {
        let uri = std::mem::replace(&mut self.uri, Ok(Uri::default())).map_err(unusable)?;
        let api = &*self.api;
        let deadline = Deadline::after(self.timeout);
        let mut attempt = Attempt::new(1, self.idempotency);
        loop {
            let span = telemetry::attempt(&self.method, &api.base, &uri, attempt.number);
            let outcome = self.attempt(api, &uri, deadline).instrument(span.clone()).await;
            telemetry::ended(&span, &outcome);
            let failure = match &outcome {
                Ok(response) if !is_failure(response) => {
                    api.bucket.refund();
                    return Ok(with_attempts(outcome?, attempt.number));
                }
                Ok(response) => Failure::Response(response.status(), response.headers()),
                Err(error) => Failure::Transport(error),
            };
            attempt.loopback = api.base.is_loopback();
            if !api.wait_for_retry(&attempt, &failure, deadline).await {
                return match outcome {
                    Ok(response) => Ok(with_attempts(response, attempt.number)),
                    Err(error) => Err(error.with_attempts(attempt.number)),
                };
            }
            attempt.number = attempt.number.saturating_add(1);
        }
    }

    async fn attempt(
        &self,
        api: &Inner,
        uri: &Uri,
        deadline: Deadline,
    ) -> Result<http::Response<Bytes>, TransportError> {
        let mut request = Request::new(if self.body.is_empty() { Body::empty() } else { self.body.clone().into() });
        *request.method_mut() = self.method.clone();
        *request.uri_mut() = uri.clone();
        api.prepare(&mut request);
        for (name, value) in &self.headers {
            request.headers_mut().insert(name, value.clone());
        }
        let deadline = deadline.or(self.attempt_timeout);
        deadline.tell(request.extensions_mut());
        deadline
            .enforce(async {
                let (head, body) = api.transport.send(request).await?.into_parts();
                let body = body.collect(api.max_response_bytes).await?;
                Ok(http::Response::from_parts(head, body))
            })
            .await
    }
}

fn is_failure(response: &http::Response<Bytes>) -> bool {
    response.status().is_client_error() || response.status().is_server_error()
}

fn with_attempts(mut response: http::Response<Bytes>, attempts: u32) -> http::Response<Bytes> {
    response.extensions_mut().insert(Attempts(attempts));
    response
}

impl Inner {
    /// Waits until it is time for another attempt; `false` when there is to be none.
    pub(super) async fn wait_for_retry(&self, attempt: &Attempt, failure: &Failure<'_>, deadline: Deadline) -> bool {
        let Verdict::Retry { after } = self.retry.on_failure(attempt, failure) else { return false };
        // A wait that ends after the deadline only delays the answer.
        if deadline.at.is_some_and(|deadline| Instant::now().checked_add(after).is_none_or(|time| time >= deadline)) {
            return false;
        }
        let timed_out = matches!(failure, Failure::Transport(error) if error.kind() == TransportErrorKind::Timeout);
        if !self.bucket.pay(timed_out) {
            return false;
        }
        if !after.is_zero() {
            if tokio::runtime::Handle::try_current().is_err() {
                return false;
            }
            tokio::time::sleep(after).await;
        }
        true
    }
}

/// When something is given up.
#[derive(Clone, Copy, Debug)]
pub(super) struct Deadline {
    /// `None` for a time that never comes.
    at: Option<Instant>,
    limit: Duration,
}

impl Deadline {
    pub(super) fn after(limit: Duration) -> Self {
        Self { at: Instant::now().checked_add(limit), limit }
    }

    /// This one, or the one after `limit` if that is earlier.
    fn or(self, limit: Duration) -> Self {
        let other = Self::after(limit);
        match (self.at, other.at) {
            (Some(this), Some(that)) if that < this => other,
            (None, Some(_)) => other,
            _ => self,
        }
    }

    /// Tells the transport, which knows better what was sent by then.
    pub(super) fn tell(self, extensions: &mut http::Extensions) {
        if let (Some(at), Some(options)) = (self.at, extensions.get_mut::<crate::CallOptions>()) {
            *options = options.with_deadline(at.into_std());
        }
    }

    /// One timer for the whole of the work. What the work itself says at the deadline goes first.
    pub(super) async fn enforce<T>(
        self,
        work: impl Future<Output = Result<T, TransportError>>,
    ) -> Result<T, TransportError> {
        let Some(deadline) = self.at else { return work.await };
        if tokio::runtime::Handle::try_current().is_err() {
            // No timer here; a transport that needs a runtime says so, and one in memory answers at once.
            return work.await;
        }
        tokio::time::timeout_at(deadline, work).await.unwrap_or_else(|_| {
            let message = format!("no answer within {:?}", self.limit);
            Err(TransportError::new(TransportErrorKind::Timeout, Progress::MaybeSent, message))
        })
    }
}

impl fmt::Debug for ApiRequest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ApiRequest")
            .field("method", &self.method)
            .field("path", &self.uri.as_ref().map(Uri::path))
            .field("authorization", &self.headers.contains_key(AUTHORIZATION))
            .field("timeout", &self.timeout)
            .finish_non_exhaustive()
    }
}
