//! From an answer of the server to an error.

use std::time::{Duration, SystemTime};

use http::{HeaderMap, StatusCode, header::LOCATION};
use runagent_transport::{ApiKey, Attempts, RateLimit, retry::retry_after};
use runagent_types::{ApiError, ErrorCode, ErrorKind};
use serde_json::Value;

use super::RunAgentError;

/// What was asked of which agent: it decides what a status means, and whether a failure may be tried again.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Subject<'a> {
    /// `None` for what is no agent's, such as an account.
    pub(crate) agent_id: Option<&'a str>,
    pub(crate) local: bool,
    pub(crate) action: Action,
}

/// What was asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Action {
    /// Something that changes nothing.
    Read,
    /// Something that changes what the platform has, and runs no agent: repeating it may change it twice.
    Change,
    /// To run an entrypoint of the agent: repeating it may run it twice.
    Run,
    /// To run the agent by the documented REST API, which knows no entrypoints: repeating it may run it twice.
    Invoke,
    /// The handshake before a stream, which runs nothing yet.
    OpenStream,
}

impl Action {
    /// Whether it may be done again when nobody knows whether it was done.
    pub(super) const fn is_repeatable(self) -> bool {
        matches!(self, Self::Read | Self::OpenStream)
    }

    /// Whether the agent may have run.
    pub(super) const fn runs_agent(self) -> bool {
        matches!(self, Self::Run | Self::Invoke)
    }
}

impl Subject<'_> {
    /// What it means that the server has no such thing.
    const fn absent(self) -> ErrorCode {
        match self.agent_id {
            None => ErrorCode::VALIDATION_ERROR,
            Some(_) if self.local => ErrorCode::AGENT_NOT_FOUND_LOCAL,
            Some(_) => ErrorCode::AGENT_NOT_FOUND_REMOTE,
        }
    }
}

impl RunAgentError {
    /// The error that an answer with an error status is.
    pub(crate) fn from_response(response: &http::Response<impl AsRef<[u8]>>, subject: Subject<'_>) -> Self {
        let status = response.status();
        if status.is_redirection() {
            return redirect(response);
        }
        let body = response.body().as_ref();
        let mut api = match response.extensions().get::<ApiKey>() {
            // Something on the way may have answered with a page that shows the request.
            Some(key) => ApiError::from_body(&key.redact(body)),
            None => ApiError::from_body(body),
        };
        let asked = retry_after(response.headers(), SystemTime::now());
        api.retry_after = asked.map(|time| time.as_secs_f64()).or(api.retry_after);
        let code = match &api.code {
            Some(code) if code == "NOT_FOUND" && status == StatusCode::NOT_FOUND && subject.action == Action::Run => {
                ErrorCode::ENTRYPOINT_NOT_FOUND
            }
            Some(code) if code == "VALIDATION_ERROR" && is_stream_refusal(&api.message) => ErrorCode::STREAM_ENTRYPOINT,
            Some(code) => code.clone(),
            // This is how the local server says that it serves another agent.
            None if status == StatusCode::FORBIDDEN && subject.local && subject.action == Action::OpenStream => {
                ErrorCode::AGENT_NOT_FOUND_LOCAL
            }
            None => code_of_status(status, subject.absent()),
        };
        if api.message.is_empty() {
            api.message = format!("the server answered {status}");
        }
        if let Some(agent_id) = subject.agent_id
            && code.kind() == ErrorKind::AgentNotFound
        {
            api.message = format!("agent {}: {}", agent_id.escape_debug(), api.message);
        }
        // Refused before an agent ran, or nothing that runs one.
        let refused = status == StatusCode::TOO_MANY_REQUESTS
            || (status == StatusCode::SERVICE_UNAVAILABLE && api.retry_after.is_some());
        let repeatable =
            subject.action.is_repeatable() && (status.is_server_error() || status == StatusCode::REQUEST_TIMEOUT);
        let mut error = Self::from_api(code, api).with_answer(response);
        error.details_mut().retryable = Some(refused || repeatable);
        error
    }

    /// The error of an agent that ran and failed: the server's own words, and never to be repeated blindly.
    pub(crate) fn from_agent<B>(api: ApiError, response: &http::Response<B>) -> Self {
        let code = api.code.clone().unwrap_or(ErrorCode::SERVER_ERROR);
        let mut error = Self::from_api(code, api).with_answer(response);
        error.details_mut().retryable = Some(false);
        error
    }

    /// Adds what the head of the answer tells in which the error was found.
    pub(crate) fn with_answer<B>(mut self, response: &http::Response<B>) -> Self {
        let details = self.details_mut();
        details.status = Some(response.status());
        details.attempts = attempts(response);
        details.rate_limit = RateLimit::of(response.headers(), SystemTime::now());
        if details.request_id.is_none() {
            details.request_id = request_id(response.headers());
        }
        self
    }

    pub(crate) fn from_api(code: ErrorCode, mut api: ApiError) -> Self {
        without_sql(&mut api.message);
        let mut error = Self::new(code, api.message);
        if let Some(suggestion) = api.suggestion {
            error = error.with_suggestion(suggestion);
        }
        let details = error.details_mut();
        details.value = api.details.unwrap_or(Value::Null);
        details.request_id = api.request_id;
        details.retry_after = api.retry_after.and_then(|seconds| Duration::try_from_secs_f64(seconds).ok());
        details.attempts = 1;
        error
    }
}

/// No request is repeated elsewhere by itself: it would take the key along.
fn redirect<B>(response: &http::Response<B>) -> RunAgentError {
    let target = header(response.headers(), LOCATION.as_str()).unwrap_or_default();
    let origin: String = target.split(['?', '#']).next().unwrap_or_default().chars().take(200).collect();
    let origin = origin.rsplit_once('@').map_or(origin.as_str(), |(_, host)| host).escape_debug().to_string();
    let message = format!("the server answered {} and points to `{origin}`", response.status());
    RunAgentError::new(ErrorCode::CONFIG_ERROR, message)
        .with_suggestion("Set the base URL to where the API really is; redirects are not followed.")
        .with_answer(response)
}

pub(crate) fn attempts<B>(response: &http::Response<B>) -> u32 {
    response.extensions().get().map_or(1, |attempts: &Attempts| attempts.0)
}

/// The sentence of the local server for a streaming tag in a plain run.
fn is_stream_refusal(message: &str) -> bool {
    message.starts_with("Can't use Streaming Entrypoint")
}

/// The local server repeats a failed query of its own with its parameters, which are the arguments of the call.
fn without_sql(message: &mut String) {
    if let Some(end) = message.find("\n[SQL:") {
        message.truncate(end);
    }
}

fn code_of_status(status: StatusCode, absent: ErrorCode) -> ErrorCode {
    match status {
        StatusCode::UNAUTHORIZED => ErrorCode::AUTHENTICATION_ERROR,
        StatusCode::FORBIDDEN => ErrorCode::PERMISSION_ERROR,
        StatusCode::NOT_FOUND => absent,
        StatusCode::REQUEST_TIMEOUT => ErrorCode::TIMEOUT_ERROR,
        StatusCode::TOO_MANY_REQUESTS => ErrorCode::RATE_LIMIT_ERROR,
        status if status.is_client_error() => ErrorCode::VALIDATION_ERROR,
        status if status.is_server_error() => ErrorCode::SERVER_ERROR,
        _ => ErrorCode::UNKNOWN_ERROR,
    }
}

/// The family of an error whose code is unknown here. What is not found need not be the agent.
pub(super) fn kind_of_status(status: u16) -> ErrorKind {
    let kind = |status| code_of_status(status, ErrorCode::VALIDATION_ERROR).kind();
    StatusCode::from_u16(status).map_or(ErrorKind::Unknown, kind)
}

/// The server's id of a request, from the head of its answer.
pub(crate) fn request_id(headers: &HeaderMap) -> Option<String> {
    header(headers, "x-request-id")
}

fn header(headers: &HeaderMap, name: &str) -> Option<String> {
    headers.get(name)?.to_str().ok().map(str::to_owned)
}
