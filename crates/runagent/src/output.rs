//! What a run gives back.

use std::time::Duration;

use runagent_transport::RateLimit;
use serde_json::Value;

/// The result of a run, and what the server told beside it.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct RunOutput<T = Value> {
    /// What the entrypoint returned.
    pub value: T,
    /// What is known of the run.
    pub metadata: RunMetadata,
}

/// What is known of a run. What the server did not tell is `None`.
#[derive(Clone, Debug, Default, PartialEq)]
#[non_exhaustive]
pub struct RunMetadata {
    /// The server's id of the request, to quote in a question to its operator.
    pub request_id: Option<String>,
    /// The server's id of this execution of the agent.
    pub invocation_id: Option<String>,
    /// When the server answered, as it wrote it: local servers use their local time without an offset.
    pub timestamp: Option<String>,
    /// How long the agent ran, by the server's clock.
    pub execution_time: Option<Duration>,
    /// How long the call took on this side, with all its attempts.
    pub elapsed: Duration,
    /// How many attempts were made.
    pub attempts: u32,
    /// The rate limit that the server told.
    pub rate_limit: RateLimit,
}
