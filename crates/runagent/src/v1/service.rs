//! The API, and what comes from it.

use std::time::{Duration, Instant, SystemTime};

use bytes::Bytes;
use http::{HeaderValue, Method, Response, StatusCode, header::CONTENT_TYPE};
use runagent_transport::{Api, ApiRequest, Attempts, RateLimit, retry::retry_after};
use runagent_types::{ApiError, DecodeError, ErrorCode};

use super::Reply;
use crate::{
    ApiConfig, Explanation, RunAgentError, RunAgentResult,
    config::{Limits, Surface},
    decode::undecodable,
    error::{Subject, request_id},
};

/// Connections, key and limits of a client, shared by all that comes from it.
pub(super) struct Service {
    pub(super) api: Api,
    pub(super) limits: Limits,
    pub(super) explanation: Explanation,
}

impl Service {
    pub(super) fn new(config: ApiConfig) -> RunAgentResult<Self> {
        let resolved = config.resolve(Surface::V1)?;
        Ok(Self { api: resolved.connect(), limits: resolved.limits, explanation: resolved.explanation })
    }

    /// Refuses an id that no path can hold.
    pub(super) fn check_id(&self, what: &str, id: &str) -> RunAgentResult<()> {
        self.api.base_url().join(&[id], None).map(drop).map_err(|error| {
            RunAgentError::new(ErrorCode::VALIDATION_ERROR, format!("the {what} id: {error}")).with_source(error)
        })
    }

    /// A request that is done as fast as the server can look something up.
    pub(super) fn get(&self, segments: &[&str], operation: &'static str) -> ApiRequest {
        documented(self.api.get(segments)).operation(operation).timeout(self.limits.control)
    }

    /// The same for a reference that the server gave.
    pub(super) fn resolve(&self, reference: &str, operation: &'static str) -> ApiRequest {
        documented(self.api.resolve(reference)).operation(operation).timeout(self.limits.control)
    }

    /// A request with a body, for which time limits are still to be set.
    pub(super) fn post(&self, segments: &[&str], operation: &'static str, body: Bytes) -> ApiRequest {
        self.api.request(Method::POST, segments).json(body).operation(operation)
    }

    /// The answer, if it is one of success.
    pub(super) async fn send(&self, request: ApiRequest, subject: Subject<'_>) -> RunAgentResult<Received> {
        let started = Instant::now();
        // Boxed: a future is as large as all that it may wait for, and callers move it about.
        match Box::pin(request.send()).await {
            Ok(response) if response.status().is_success() => Ok(Received { response, elapsed: started.elapsed() }),
            Ok(response) => Err(RunAgentError::from_response(&response, subject)),
            Err(error) => Err(RunAgentError::from_transport(error, subject)),
        }
    }
}

/// The documents ask for these headers in every request, also in those without a body.
pub(super) fn documented(request: ApiRequest) -> ApiRequest {
    request.header(CONTENT_TYPE, HeaderValue::from_static("application/json"))
}

/// An answer of success, by its status.
#[derive(Debug)]
pub(super) struct Received {
    pub(super) response: Response<Bytes>,
    pub(super) elapsed: Duration,
}

type Decoded<T> = Result<Result<T, ApiError>, DecodeError>;

impl Received {
    /// What the body says, unless that is an error.
    pub(super) fn read<T>(&self, decode: impl FnOnce(&[u8]) -> Decoded<T>) -> RunAgentResult<T> {
        self.read_as(decode, |_| Ok(()))
    }

    /// The same for a type of the caller's: `locate` is asked where the body differs from it.
    pub(super) fn read_as<T, L>(
        &self,
        decode: impl FnOnce(&[u8]) -> Decoded<T>,
        locate: impl FnOnce(&[u8]) -> Result<L, DecodeError>,
    ) -> RunAgentResult<T> {
        let body = self.response.body();
        match decode(body) {
            Ok(Ok(value)) => Ok(value),
            Ok(Err(api)) => Err(RunAgentError::from_agent(api, &self.response)),
            Err(error) => Err(undecodable(error, || locate(body)).with_answer(&self.response)),
        }
    }

    /// A value of the body, with what the head tells.
    pub(super) fn reply<T>(&self, value: T) -> Reply<T> {
        Reply {
            value,
            rate_limit: self.rate_limit(),
            request_id: request_id(self.response.headers()),
            attempts: self.attempts(),
            elapsed: self.elapsed,
        }
    }

    pub(super) fn rate_limit(&self) -> RateLimit {
        RateLimit::of(self.response.headers(), SystemTime::now())
    }

    pub(super) fn attempts(&self) -> u32 {
        self.response.extensions().get().map_or(1, |attempts: &Attempts| attempts.0)
    }

    /// How long the server asks to wait before it is asked again.
    pub(super) fn retry_after(&self) -> Option<Duration> {
        retry_after(self.response.headers(), SystemTime::now())
    }

    /// Whether the agent goes on running.
    pub(super) fn is_accepted(&self) -> bool {
        self.response.status() == StatusCode::ACCEPTED
    }
}
