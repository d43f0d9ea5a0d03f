//! One call on its way: its attempts, until one is the last.

use std::{sync::Arc, time::Duration};

use bytes::Bytes;
use http::{
    HeaderMap, StatusCode, Uri,
    header::{ACCEPT, AUTHORIZATION, CONTENT_TYPE},
    request::Parts,
};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tracing::Instrument as _;

use super::{ApiRequest, Authorization, Inner, SocketCredentials, deadline::Deadline};
use crate::{
    ApiKey, Body, OperationContext, Progress, Socket, TransportError, TransportErrorKind,
    interceptor::Outcome,
    query::with_parameter,
    retry::{Attempt, Failure, Verdict},
    telemetry,
};

/// The parameter of [`SocketCredentials::HeaderAndQuery`].
const TOKEN: &str = "token";

pub(super) struct Call<'a> {
    request: &'a ApiRequest,
    uri: Uri,
    /// How the key travels, in the handshake of a socket.
    handshake: Option<SocketCredentials>,
    context: OperationContext,
    deadline: Deadline,
    /// The key that the last attempt was sent with.
    sent_key: Option<ApiKey>,
    /// The one that the provider gave after that was refused, for which it is asked once.
    renewed_key: Option<ApiKey>,
    renewal_asked: bool,
    place: Option<OwnedSemaphorePermit>,
}

/// What an attempt that succeeds brings.
pub(super) trait Answer {
    fn outcome(&self) -> Outcome<'_>;

    /// Keeps the key that was sent where whoever shows the answer can redact it.
    fn note(&mut self, key: &Option<ApiKey>);
}

impl Answer for http::Response<Bytes> {
    fn outcome(&self) -> Outcome<'_> {
        Outcome::Response(self.status(), self.headers())
    }

    fn note(&mut self, key: &Option<ApiKey>) {
        if self.outcome().is_failure()
            && let Some(key) = key
        {
            self.extensions_mut().insert(key.clone());
        }
    }
}

impl Answer for http::Response<Body> {
    fn outcome(&self) -> Outcome<'_> {
        Outcome::Response(self.status(), self.headers())
    }

    fn note(&mut self, key: &Option<ApiKey>) {
        // Whatever the status: what is in the body is not known yet.
        if let Some(key) = key {
            self.extensions_mut().insert(key.clone());
        }
    }
}

impl Answer for Socket {
    fn outcome(&self) -> Outcome<'_> {
        Outcome::Connected
    }

    fn note(&mut self, _: &Option<ApiKey>) {}
}

fn outcome<T: Answer>(answer: &Result<T, TransportError>) -> Outcome<'_> {
    match answer {
        Ok(answer) => answer.outcome(),
        Err(error) => Outcome::Error(error),
    }
}

impl<'a> Call<'a> {
    pub(super) fn new(request: &'a ApiRequest, uri: Uri, handshake: Option<SocketCredentials>) -> Self {
        Self {
            request,
            uri,
            handshake,
            context: OperationContext::new(request.operation.clone(), request.idempotency),
            deadline: Deadline::after(request.timeout),
            sent_key: None,
            renewed_key: None,
            renewal_asked: false,
            place: None,
        }
    }

    /// Makes attempts until one succeeds, or fails in a way that no further one follows.
    pub(super) async fn run<T, F>(&mut self, exchange: impl Fn(Parts) -> F) -> Result<T, TransportError>
    where
        T: Answer,
        F: Future<Output = Result<T, TransportError>>,
    {
        loop {
            let answer = self.attempt(&exchange).await;
            for interceptor in &self.api().interceptors {
                interceptor.after_attempt(&self.context, &outcome(&answer));
            }
            // What is rare is boxed, here and below: a future is as large as all that it may wait for, and it is moved.
            if self.is_failure(&outcome(&answer)) && Box::pin(self.goes_on(outcome(&answer))).await {
                self.context.next_attempt();
                continue;
            }
            for interceptor in &self.api().interceptors {
                interceptor.after_operation(&self.context, &outcome(&answer));
            }
            return match answer {
                Ok(mut answer) => {
                    answer.note(&self.sent_key);
                    Ok(answer)
                }
                Err(error) => Err(error.with_attempts(self.attempts()).with_sent_key(self.sent_key.take())),
            };
        }
    }

    pub(super) const fn attempts(&self) -> u32 {
        self.context.attempt()
    }

    /// The place among the concurrent calls, for what outlives the call.
    pub(super) fn into_place(self) -> Option<OwnedSemaphorePermit> {
        self.place
    }

    fn api(&self) -> &'a Inner {
        &self.request.api
    }

    async fn attempt<T, F>(&mut self, exchange: impl Fn(Parts) -> F) -> Result<T, TransportError>
    where
        T: Answer,
        F: Future<Output = Result<T, TransportError>>,
    {
        if let Some(places) = &self.api().places
            && self.place.is_none()
        {
            self.place = Some(Box::pin(self.take_place(places.clone())).await?);
        }
        if let Some(pacer) = &self.api().pacer {
            Box::pin(pacer.wait(self.deadline)).await?;
        }
        let span = telemetry::attempt(&self.request.method, &self.api().base, &self.uri, self.attempts());
        let deadline = self.deadline.or(self.request.attempt_timeout);
        let work = async {
            let head = self.head(deadline).await?;
            deadline.enforce(TransportErrorKind::Timeout, Progress::MaybeSent, "answer", exchange(head)).await
        };
        let answer = work.instrument(span.clone()).await;
        telemetry::ended(&span, &outcome(&answer));
        answer
    }

    /// Waits for a place among the concurrent calls, which is kept over all attempts.
    async fn take_place(&self, places: Arc<Semaphore>) -> Result<OwnedSemaphorePermit, TransportError> {
        let closed = |_| TransportError::unsupported("the limit of concurrent calls is gone");
        let acquire = async { places.acquire_owned().await.map_err(closed) };
        let missing = "place among the calls that may run at the same time";
        self.deadline.enforce(TransportErrorKind::Throttled, Progress::NotSent, missing, acquire).await
    }

    /// The request without its body.
    async fn head(&mut self, deadline: Deadline) -> Result<Parts, TransportError> {
        let api = self.api();
        let mut head = http::Request::new(()).into_parts().0;
        head.method = self.request.method.clone();
        head.uri = self.uri.clone();
        // Room for those that are added below, and for the host.
        head.headers = HeaderMap::with_capacity(api.headers.len() + self.request.headers.len() + 4);
        for (name, value) in &api.headers {
            head.headers.insert(name, value.clone());
        }
        if self.handshake.is_some() {
            // What it opens has no media type.
            head.headers.remove(ACCEPT);
        }
        if let Some(media_type) = self.request.content.media_type() {
            head.headers.insert(CONTENT_TYPE, media_type);
        }
        self.sent_key = self.key(deadline).await?;
        if let Some(key) = &self.sent_key {
            head.headers.insert(AUTHORIZATION, key.authorization());
            if self.handshake == Some(SocketCredentials::HeaderAndQuery) {
                head.uri = with_parameter(&self.uri, TOKEN, key.expose()).ok_or_else(|| {
                    let message = "the URI takes no query parameter";
                    TransportError::new(TransportErrorKind::Request, Progress::NotSent, message)
                })?;
            }
        }
        for (name, value) in &self.request.headers {
            head.headers.insert(name, value.clone());
        }
        if let Some(context) = api.trace_context.as_ref().and_then(|current| current()) {
            context.inject(&mut head.headers);
        }
        head.extensions.insert(deadline.tell(api.options));
        head.extensions.insert(self.context.clone());
        for interceptor in &api.interceptors {
            interceptor.before_attempt(&self.context, &mut head)?;
        }
        if let Some(key) = &self.sent_key
            && self.handshake != Some(SocketCredentials::HeaderAndQuery)
            && !head.headers.get(AUTHORIZATION).is_some_and(|sent| sent.as_bytes().ends_with(key.expose().as_bytes()))
        {
            // An interceptor sends its own, and not this one in another form.
            self.sent_key = None;
        }
        Ok(head)
    }

    /// The key to send, unless it would travel where everybody can read it.
    async fn key(&self, deadline: Deadline) -> Result<Option<ApiKey>, TransportError> {
        let api = self.api();
        let Some(credentials) = &api.credentials else { return Ok(None) };
        if self.request.headers.contains_key(AUTHORIZATION) {
            return Ok(None);
        }
        if !api.may_send_key {
            let message = format!("the API key would travel unencrypted to {}: use https", api.base);
            return Err(TransportError::new(TransportErrorKind::Request, Progress::NotSent, message));
        }
        match credentials {
            Authorization::Key(key) => Ok(Some(key.clone())),
            Authorization::Provider(_) if self.renewed_key.is_some() => Ok(self.renewed_key.clone()),
            Authorization::Provider(provider) => {
                let kind = TransportErrorKind::Credentials;
                Box::pin(deadline.enforce(kind, Progress::NotSent, "API key", provider.key(None))).await.map(Some)
            }
        }
    }

    /// Learns from the outcome of an attempt, and tells whether it failed.
    fn is_failure(&self, outcome: &Outcome<'_>) -> bool {
        if let (Some(pacer), Outcome::Response(_, headers)) = (&self.api().pacer, outcome) {
            pacer.note(headers);
        }
        let failed = outcome.is_failure();
        if !failed {
            self.api().bucket.refund();
        }
        failed
    }

    /// Whether another attempt follows one that failed; then it is time for it.
    async fn goes_on(&mut self, outcome: Outcome<'_>) -> bool {
        let Some(failure) = outcome.failure() else { return false };
        self.renew_key(&outcome).await || self.wait_for_retry(&failure).await
    }

    /// Asks the provider for another key when the server refused the last one, once a call.
    async fn renew_key(&mut self, outcome: &Outcome<'_>) -> bool {
        let Some(Authorization::Provider(provider)) = &self.api().credentials else { return false };
        if self.renewal_asked || outcome.status() != Some(StatusCode::UNAUTHORIZED) {
            return false;
        }
        let Some(refused) = self.sent_key.clone() else { return false };
        self.renewal_asked = true;
        let work = provider.key(Some(refused.clone()));
        match self.deadline.enforce(TransportErrorKind::Credentials, Progress::NotSent, "API key", work).await {
            Ok(key) if refused.expose() != key.expose() => {
                self.renewed_key = Some(key);
                true
            }
            Ok(_) => false,
            Err(error) => {
                tracing::warn!(%error, "the server refused the API key, and no other could be had");
                false
            }
        }
    }

    /// Waits until it is time for another attempt; `false` when there is to be none.
    async fn wait_for_retry(&self, failure: &Failure<'_>) -> bool {
        if !self.request.retries {
            return false;
        }
        let api = self.api();
        let loopback = api.base.is_loopback();
        let attempt = Attempt { loopback, ..Attempt::new(self.attempts(), self.request.idempotency) };
        let Verdict::Retry { after } = api.retry.on_failure(&attempt, failure) else { return false };
        // A wait that ends after the deadline only delays the answer, and one for the rate limit would hide it.
        if !self.deadline.allows(after) || api.pacer.as_ref().is_some_and(|pacer| !pacer.allows(self.deadline)) {
            return false;
        }
        let timed_out = matches!(failure, Failure::Transport(error) if error.kind() == TransportErrorKind::Timeout);
        if !api.bucket.pay(timed_out) {
            return false;
        }
        sleep(after).await
    }
}

/// Waits, unless there is no timer here.
async fn sleep(time: Duration) -> bool {
    if time.is_zero() {
        return true;
    }
    if tokio::runtime::Handle::try_current().is_err() {
        return false;
    }
    tokio::time::sleep(time).await;
    true
}
