//! From a failure of the transport to an error.

use runagent_transport::{Progress, TransportError, TransportErrorKind};
use runagent_types::ErrorCode;

use super::{Action, RunAgentError, Subject};

impl RunAgentError {
    /// The error that a request without an answer is.
    pub(crate) fn from_transport(error: TransportError, subject: Subject<'_>) -> Self {
        let rejected = error.response().is_some_and(|response| !response.status().is_success());
        let result = Self::of_transport(&error, subject);
        if rejected { result } else { result.with_source(error) }
    }

    /// The same without its cause, for a failure that somebody else keeps.
    pub(crate) fn of_transport(error: &TransportError, subject: Subject<'_>) -> Self {
        // A handshake that was answered with success, and yet without an upgrade, is no refusal.
        if let Some(rejection) = error.response().filter(|response| !response.status().is_success()) {
            let attempts = error.attempts();
            let mut result = Self::from_response(rejection, subject);
            result.details_mut().attempts = attempts;
            return result;
        }
        let code = match error.kind() {
            TransportErrorKind::Timeout if error.progress() != Progress::NotSent => ErrorCode::TIMEOUT_ERROR,
            TransportErrorKind::TooLarge => ErrorCode::RESPONSE_TOO_LARGE,
            TransportErrorKind::Protocol | TransportErrorKind::Rejected => ErrorCode::DECODE_ERROR,
            TransportErrorKind::Request => ErrorCode::VALIDATION_ERROR,
            TransportErrorKind::Unsupported => ErrorCode::CONFIG_ERROR,
            TransportErrorKind::Credentials => ErrorCode::AUTHENTICATION_ERROR,
            TransportErrorKind::Throttled => ErrorCode::RATE_LIMIT_ERROR,
            _ => ErrorCode::CONNECTION_ERROR,
        };
        let runs_agent = subject.action.runs_agent();
        let unsent = error.progress() == Progress::NotSent;
        let mut result = Self::new(code, error.to_string());
        if runs_agent && !unsent {
            result = result
                .with_suggestion("The agent may have run all the same: look at what it did before you call it again.");
        } else if subject.action == Action::Change && !unsent {
            result = result.with_suggestion(
                "It may have been done all the same: look at what the platform has before you do it again.",
            );
        } else if subject.local && error.kind() == TransportErrorKind::Refused {
            result = result.with_suggestion("Start the agent (runagent serve) or correct its address.");
        }
        let details = result.details_mut();
        details.attempts = match error.kind() {
            // Nothing was tried.
            TransportErrorKind::Request | TransportErrorKind::Credentials | TransportErrorKind::Throttled => {
                error.attempts() - 1
            }
            _ => error.attempts(),
        };
        details.retry_after = error.retry_after();
        details.retryable = Some(match error.kind() {
            TransportErrorKind::Request
            | TransportErrorKind::Unsupported
            | TransportErrorKind::Credentials
            | TransportErrorKind::TooLarge
            | TransportErrorKind::Protocol
            | TransportErrorKind::Rejected
            | TransportErrorKind::Tls => false,
            _ => unsent || subject.action.is_repeatable(),
        });
        result
    }
}
