use serde::{Serialize, Serializer};

/// The family of an [`ErrorCode`](crate::ErrorCode), for callers that treat related errors alike.
///
/// In logs and in JSON it is [`as_str`](ErrorKind::as_str).
///
/// ```
/// use runagent_types::{ErrorCode, ErrorKind};
///
/// assert_eq!(ErrorCode::AGENT_NOT_FOUND_LOCAL.kind(), ErrorKind::AgentNotFound);
/// assert_eq!(ErrorKind::AgentNotFound.as_str(), "agent_not_found");
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ErrorKind {
    /// No API key, or one that the server does not accept.
    Authentication,
    /// The key is known but may not do this.
    Permission,
    /// No such agent, here or there.
    AgentNotFound,
    /// The agent has no such entrypoint, or one of the other sort (streaming or not).
    Entrypoint,
    /// The request itself is wrong.
    Validation,
    /// Too many requests.
    RateLimit,
    /// No answer in time; the agent may have run.
    Timeout,
    /// The server was not reached.
    Network,
    /// The server or the agent failed.
    Server,
    /// A stream broke or was broken off.
    Stream,
    /// An answer is larger than the client allows.
    Limit,
    /// An answer cannot be understood.
    Decode,
    /// The client's own configuration is wrong.
    Config,
    /// The local registry cannot be read.
    Registry,
    /// The caller cancelled.
    Cancelled,
    /// A code that is in no family.
    Unknown,
}

impl ErrorKind {
    /// The name in snake case.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Authentication => "authentication",
            Self::Permission => "permission",
            Self::AgentNotFound => "agent_not_found",
            Self::Entrypoint => "entrypoint",
            Self::Validation => "validation",
            Self::RateLimit => "rate_limit",
            Self::Timeout => "timeout",
            Self::Network => "network",
            Self::Server => "server",
            Self::Stream => "stream",
            Self::Limit => "limit",
            Self::Decode => "decode",
            Self::Config => "config",
            Self::Registry => "registry",
            Self::Cancelled => "cancelled",
            Self::Unknown => "unknown",
        }
    }

    /// Codes that only servers give.
    pub(super) fn of_server_code(code: &str) -> Self {
        match code {
            "INVALID_API_KEY" | "EXPIRED_API_KEY" => Self::Authentication,
            "INSUFFICIENT_PERMISSIONS" => Self::Permission,
            "AGENT_NOT_FOUND" => Self::AgentNotFound,
            "INVALID_INPUT" | "MISSING_REQUIRED_FIELD" | "INVALID_FIELD_TYPE" | "RESOURCE_ALREADY_EXISTS" => {
                Self::Validation
            }
            "RATE_LIMITED" | "RATE_LIMIT_EXCEEDED" => Self::RateLimit,
            "INTERNAL_ERROR" | "CAPACITY_ERROR" | "DEPLOYMENT_FAILED" => Self::Server,
            _ => Self::Unknown,
        }
    }
}

impl Serialize for ErrorKind {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}
