//! What a call can fail with.

mod details;
mod report;
mod response;
mod serialized;
mod transport;

use std::{
    error::{self, Error as _},
    fmt, iter,
    time::Duration,
};

use http::StatusCode;
pub(crate) use response::{Action, Subject, attempts, request_id};
use runagent_transport::RateLimit;
use runagent_types::{ErrorCode, ErrorKind};
use serde_json::Value;

pub use self::{details::ErrorDetails, report::Report};

/// What every call returns.
pub type RunAgentResult<T> = Result<T, RunAgentError>;

/// A call that failed, with what a program needs to act on it and a person to understand it.
///
/// ```
/// use runagent::{ErrorCode, RunAgentError};
///
/// let error = RunAgentError::new(ErrorCode::STREAM_ENTRYPOINT, "`chat_stream` streams");
/// match &error {
///     RunAgentError::Execution { code, suggestion, .. } if code == "STREAM_ENTRYPOINT" => {
///         assert!(suggestion.as_deref().unwrap_or_default().contains("run_stream"));
///     }
///     other => panic!("{other}"),
/// }
/// assert_eq!(error.to_string(), "STREAM_ENTRYPOINT: `chat_stream` streams");
/// ```
///
/// `Display` is one line: code and message. [`report`](Self::report) prints everything, for people, and `Serialize` writes
/// everything, for logs. None of them ever holds the API key or the query of a URL; nor what was sent, unless an agent
/// repeats it in words of its own.
///
/// # For logs
///
/// The members, in this order; what is not known is left out:
///
/// | member | |
/// |---|---|
/// | `code`, `kind` | [`code`](Self::code), and [`kind`](Self::kind) in snake case |
/// | `message`, `suggestion` | as they came, possibly of several lines |
/// | `status`, `request_id` | of the answer, when there was one |
/// | `attempts` | how many were made; 0 when nothing was sent |
/// | `retry_after` | in seconds, with fractions |
/// | `retryable` | [`is_retryable`](Self::is_retryable) |
/// | `details` | the server's JSON, without the values that it refused |
/// | `causes` | one text each, the nearest first |
///
/// ```
/// use runagent::{ErrorCode, RunAgentError};
/// use serde_json::json;
///
/// let error = RunAgentError::new(ErrorCode::CANCELLED, "stopped").with_details(json!({"received": 3}));
/// assert_eq!(
///     serde_json::to_value(&error)?,
///     json!({
///         "code": "CANCELLED", "kind": "cancelled", "message": "stopped", "attempts": 0, "retryable": false,
///         "suggestion": ErrorCode::CANCELLED.default_suggestion(), "details": {"received": 3},
///     })
/// );
/// # Ok::<(), serde_json::Error>(())
/// ```
#[derive(Debug)]
#[non_exhaustive]
pub enum RunAgentError {
    /// The one variant there is so far. Its four fields are those of every RunAgent SDK.
    #[allow(clippy::exhaustive_enums, reason = "matched by its fields, as the documentation of the platform shows")]
    Execution {
        /// What went wrong, for programs. An open set: see [`ErrorCode`].
        code: ErrorCode,
        /// What went wrong, for people.
        message: String,
        /// What to do about it.
        suggestion: Option<String>,
        /// The server's details, and the circumstances of the call.
        details: Option<Box<ErrorDetails>>,
    },
}

impl RunAgentError {
    /// An error with the default suggestion of its code; for mocks and for the code around a client.
    pub fn new(code: impl Into<ErrorCode>, message: impl Into<String>) -> Self {
        let code = code.into();
        let suggestion = code.default_suggestion().map(str::to_owned);
        Self::Execution { code, message: message.into(), suggestion, details: None }
    }

    /// Replaces the code.
    pub(crate) fn with_code(mut self, new: ErrorCode) -> Self {
        let Self::Execution { code, .. } = &mut self;
        *code = new;
        self
    }

    /// Replaces the message.
    pub(crate) fn with_message(mut self, text: impl Into<String>) -> Self {
        let Self::Execution { message, .. } = &mut self;
        *message = text.into();
        self
    }

    /// Replaces the suggestion.
    #[must_use]
    pub fn with_suggestion(mut self, text: impl Into<String>) -> Self {
        let Self::Execution { suggestion, .. } = &mut self;
        *suggestion = Some(text.into());
        self
    }

    /// Replaces the server's details.
    #[must_use]
    pub fn with_details(mut self, value: Value) -> Self {
        self.details_mut().value = value;
        self
    }

    /// Adds the cause.
    #[must_use]
    pub fn with_source(mut self, source: impl Into<Box<dyn error::Error + Send + Sync>>) -> Self {
        self.details_mut().source = Some(source.into());
        self
    }

    /// Sets the circumstances.
    pub(crate) fn with_context(mut self, context: ErrorDetails) -> Self {
        *self.details_mut() = context;
        self
    }

    pub(crate) fn details_mut(&mut self) -> &mut ErrorDetails {
        let Self::Execution { details, .. } = self;
        details.get_or_insert_default()
    }

    fn context(&self) -> Option<&ErrorDetails> {
        let Self::Execution { details, .. } = self;
        details.as_deref()
    }

    /// What went wrong, for programs.
    #[must_use]
    pub const fn code(&self) -> &ErrorCode {
        let Self::Execution { code, .. } = self;
        code
    }

    /// What went wrong, for people.
    #[must_use]
    pub fn message(&self) -> &str {
        let Self::Execution { message, .. } = self;
        message
    }

    /// What to do about it.
    #[must_use]
    pub fn suggestion(&self) -> Option<&str> {
        let Self::Execution { suggestion, .. } = self;
        suggestion.as_deref()
    }

    /// The family of the code. When the code is unknown here, the status of the answer decides.
    #[must_use]
    pub fn kind(&self) -> ErrorKind {
        match self.code().kind() {
            ErrorKind::Unknown => self.status().map_or(ErrorKind::Unknown, response::kind_of_status),
            kind => kind,
        }
    }

    /// The status of the answer, when there was one.
    #[must_use]
    pub fn status(&self) -> Option<u16> {
        self.context().and_then(|details| details.status).map(|status: StatusCode| status.as_u16())
    }

    /// The server's id of the request, to quote in a question to its operator.
    #[must_use]
    pub fn request_id(&self) -> Option<&str> {
        self.context().and_then(|details| details.request_id.as_deref())
    }

    /// How many attempts were made; 0 when nothing was sent, or when the call was given up and that is not known
    /// (`CANCELLED`, and the time limit of a stream).
    #[must_use]
    pub fn attempts(&self) -> u32 {
        self.context().map_or(0, |details| details.attempts)
    }

    /// How long the server asks to wait.
    #[must_use]
    pub fn retry_after(&self) -> Option<Duration> {
        self.context().and_then(|details| details.retry_after)
    }

    /// The rate limit that the server told in its answer; what it did not tell is `None`.
    #[must_use]
    pub fn rate_limit(&self) -> RateLimit {
        self.context().map(|details| details.rate_limit).unwrap_or_default()
    }

    /// Whether the same call may be made again without running an agent twice. An agent that ran and failed is never
    /// retryable; a connection that was never made is.
    #[must_use]
    pub fn is_retryable(&self) -> bool {
        self.context().and_then(|details| details.retryable).unwrap_or_else(|| self.code().is_retryable())
    }

    /// The causes, the nearest first. One that only repeats what stands before it is left out: the message of an error is
    /// often that of its cause.
    fn causes(&self) -> impl Iterator<Item = String> {
        let mut before = self.message().to_owned();
        let all = iter::successors(self.source(), |&cause| cause.source()).map(ToString::to_string);
        all.filter(move |text| {
            let is_news = *text != before;
            before.clone_from(text);
            is_news
        })
    }

    /// Everything about the error over several lines, for people.
    #[must_use]
    pub const fn report(&self) -> Report<'_> {
        Report(self)
    }
}

impl fmt::Display for RunAgentError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: ", self.code().as_str())?;
        one_line(f, self.message())
    }
}

/// Writes text that somebody else may have written, of several lines or to control a terminal, as one line.
fn one_line(f: &mut fmt::Formatter<'_>, text: &str) -> fmt::Result {
    for (index, line) in text.lines().map(str::trim).filter(|line| !line.is_empty()).enumerate() {
        let separator = if index == 0 { "" } else { " " };
        let line: String = line.chars().filter(|character| !character.is_control()).collect();
        write!(f, "{separator}{line}")?;
    }
    Ok(())
}

impl error::Error for RunAgentError {
    fn source(&self) -> Option<&(dyn error::Error + 'static)> {
        self.context()?.source.as_deref().map(|source| source as _)
    }
}
