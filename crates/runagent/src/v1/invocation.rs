//! What an invocation gives back.

use std::time::Duration;

use runagent_transport::RateLimit;
use runagent_types::v1::{InvokeMetadata, InvokeOutput, Usage};
use serde::de::DeserializeOwned;
use serde_json::Value;

use super::service::Received;
use crate::{RunAgentResult, decode::Located, error::request_id};

/// What an agent returned, with a result of type `T`, and what is known of the run.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Invocation<T = Value> {
    /// What the agent returned.
    pub result: T,
    /// What the server tells about the run.
    pub metadata: InvokeMetadata,
    /// How many tokens it took, when the server tells it.
    pub usage: Option<Usage>,
    /// The rate limit that the server told.
    pub rate_limit: RateLimit,
    /// The server's id of the request, to quote in a question to its operator.
    pub request_id: Option<String>,
    /// How many attempts were made; of an operation that was waited for, to ask for its result.
    pub attempts: u32,
    /// How long the call, or the waiting, took on this side.
    pub elapsed: Duration,
}

impl<T> Invocation<T> {
    pub(super) fn new(output: InvokeOutput<T>, received: &Received) -> Self {
        let InvokeOutput { result, usage, metadata, .. } = output;
        Self {
            result,
            usage,
            rate_limit: received.rate_limit(),
            request_id: metadata.request_id.clone().or_else(|| request_id(received.response.headers())),
            attempts: received.attempts(),
            elapsed: received.elapsed,
            metadata,
        }
    }
}

impl<T: DeserializeOwned> Invocation<T> {
    /// What an answer holds.
    pub(super) fn read(received: &Received) -> RunAgentResult<Self> {
        let output = received.read_as(InvokeOutput::<T>::decode, InvokeOutput::<Located<T>>::decode)?;
        Ok(Self::new(output, received))
    }
}
