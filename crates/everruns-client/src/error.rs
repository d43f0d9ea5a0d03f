//! What can go wrong.

mod decode;
mod problem;
mod turn;

use std::{fmt, time::Duration};

use http::StatusCode;
use runagent_transport::{Progress, TransportError, TransportErrorKind};

pub use self::{decode::DecodeError, problem::Problem, turn::TurnError};
pub(crate) use self::{decode::decode, problem::seconds};

/// The result of a call.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// Why a call failed.
///
/// What a server answered with is a [`Problem`], in the variant that its status names:
///
/// | status | variant |
/// |---|---|
/// | 401 | [`Authentication`](Self::Authentication) |
/// | 402, 403 | [`PermissionDenied`](Self::PermissionDenied) |
/// | 404, 410 | [`NotFound`](Self::NotFound) |
/// | 400, 413, 414, 415, 422 | [`Validation`](Self::Validation) |
/// | 409, 412 | [`Conflict`](Self::Conflict) |
/// | 429 | [`RateLimit`](Self::RateLimit) |
/// | 5xx | [`Server`](Self::Server) |
/// | any other | [`Api`](Self::Api) |
///
/// ```
/// use everruns_sdk::{Client, Error, testing::FakeEverruns};
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() {
/// # let client = Client::builder().api_key("key").transport(FakeEverruns::new()).build();
/// match client.agents().get("agent_00000000000000000000000000000000").await {
///     Ok(agent) => println!("Found: {}", agent.name),
///     Err(Error::NotFound(problem)) => println!("Not found: {problem}"),
///     Err(Error::RateLimit(problem)) => println!("Again in {:?}", problem.retry_after()),
///     Err(error) => println!("Other error: {error}"),
/// }
/// # }
/// ```
///
/// `Display` is one line. Neither it nor `Debug` ever hold the API key, the query of a URL, or what was sent.
#[derive(Debug)]
#[non_exhaustive]
pub enum Error {
    /// The API key is missing, wrong, or not valid any more. A key that is missing or that no header can carry is this error
    /// before anything is sent.
    Authentication(Problem),
    /// The key may not do this.
    PermissionDenied(Problem),
    /// There is no such thing, or it belongs to somebody else.
    NotFound(Problem),
    /// The server does not take the request as it is.
    Validation(Problem),
    /// It does not fit the state that the thing is in, such as tool results for a session that waits for none.
    Conflict(Problem),
    /// Too many requests or streams.
    RateLimit(Problem),
    /// The server failed.
    Server(Problem),
    /// An answer with any other status.
    Api(Problem),
    /// A time limit passed.
    Timeout(TransportError),
    /// There was no answer, or it broke off.
    Transport(TransportError),
    /// An answer of success is not what it should be.
    Decode(DecodeError),
    /// The client can't be used as it is set up, or not for this call: the message says what to change. Nothing was sent.
    Config(String),
    /// An event stream was lost, and connecting again did not help.
    Stream(String),
    /// A turn failed, or waits for an answer that nobody gives.
    Turn(TurnError),
}

impl Error {
    /// What the server said, when it answered with an error.
    #[must_use]
    pub const fn problem(&self) -> Option<&Problem> {
        match self {
            Self::Authentication(problem)
            | Self::PermissionDenied(problem)
            | Self::NotFound(problem)
            | Self::Validation(problem)
            | Self::Conflict(problem)
            | Self::RateLimit(problem)
            | Self::Server(problem)
            | Self::Api(problem) => Some(problem),
            _ => None,
        }
    }

    /// The status of the answer.
    #[must_use]
    pub fn status(&self) -> Option<StatusCode> {
        self.problem().map(Problem::status)
    }

    /// The server's word for what is wrong, such as `session_not_found`.
    #[must_use]
    pub fn code(&self) -> Option<&str> {
        match self {
            Self::Turn(error) => error.code(),
            _ => self.problem()?.code(),
        }
    }

    /// The server's id of the request, to quote in a question to its operator.
    #[must_use]
    pub fn request_id(&self) -> Option<&str> {
        self.problem()?.request_id()
    }

    /// How long the server asks to wait before the next try.
    #[must_use]
    pub fn retry_after(&self) -> Option<Duration> {
        match self {
            Self::Timeout(error) | Self::Transport(error) => error.retry_after(),
            _ => self.problem()?.retry_after(),
        }
    }

    /// How many attempts were made.
    #[must_use]
    pub fn attempts(&self) -> Option<u32> {
        match self {
            Self::Timeout(error) | Self::Transport(error) => Some(error.attempts()),
            _ => self.problem().map(Problem::attempts),
        }
    }

    /// Whether the same call may succeed later, and is safe to repeat: it was refused before it had an effect, or never got
    /// to the server.
    #[must_use]
    pub fn is_retryable(&self) -> bool {
        match self {
            Self::RateLimit(_) => true,
            Self::Timeout(error) | Self::Transport(error) => error.progress() == Progress::NotSent,
            // The limits of an organisation come as 400. Who gives up in the middle may have done it, whatever they say of later.
            _ => self.problem().is_some_and(|problem| {
                (problem.retry_after().is_some() && !matches!(problem.status().as_u16(), 500 | 502 | 504))
                    || problem
                        .allowed_actions()
                        .iter()
                        .any(|action| matches!(action.rel.as_str(), "retry" | "retry-later"))
            }),
        }
    }

    /// The variant for an answer.
    pub(crate) fn of_problem(problem: Problem) -> Self {
        match problem.status().as_u16() {
            401 => Self::Authentication(problem),
            402 | 403 => Self::PermissionDenied(problem),
            404 | 410 => Self::NotFound(problem),
            400 | 413..=415 | 422 => Self::Validation(problem),
            409 | 412 => Self::Conflict(problem),
            429 => Self::RateLimit(problem),
            500..=599 => Self::Server(problem),
            _ => Self::Api(problem),
        }
    }
}

impl From<TransportError> for Error {
    fn from(error: TransportError) -> Self {
        match error.kind() {
            TransportErrorKind::Timeout => Self::Timeout(error),
            // Nothing was sent, nor will be.
            TransportErrorKind::Request | TransportErrorKind::Unsupported => Self::Config(error.to_string()),
            _ => Self::Transport(error),
        }
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Authentication(problem)
            | Self::PermissionDenied(problem)
            | Self::NotFound(problem)
            | Self::Validation(problem)
            | Self::Conflict(problem)
            | Self::RateLimit(problem)
            | Self::Server(problem)
            | Self::Api(problem) => problem.fmt(f),
            Self::Timeout(error) | Self::Transport(error) => error.fmt(f),
            Self::Decode(error) => error.fmt(f),
            Self::Config(message) | Self::Stream(message) => f.write_str(message),
            Self::Turn(error) => error.fmt(f),
        }
    }
}

impl std::error::Error for Error {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            // Their messages are ours already.
            Self::Timeout(error) | Self::Transport(error) => error.source(),
            Self::Decode(error) => error.source(),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests;
