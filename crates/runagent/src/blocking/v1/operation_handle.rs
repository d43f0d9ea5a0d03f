//! A run that goes on while nobody waits for it.

use runagent_transport::RateLimit;
use serde::de::DeserializeOwned;

use super::{Invocation, Operation, Reply};
use crate::{RunAgentResult, RunOptions, blocking::worker::block_on, v1};

/// A run that goes on while nobody waits for it. See [`v1::OperationHandle`].
#[derive(Clone, Debug)]
pub struct OperationHandle(pub(super) v1::OperationHandle);

impl OperationHandle {
    /// Sets headers, the token that ends the waiting, and how long [`wait`](Self::wait) waits.
    #[must_use]
    pub fn with_options(self, options: RunOptions) -> Self {
        Self(self.0.with_options(options))
    }

    /// The server's id of the operation.
    #[must_use]
    pub fn id(&self) -> &str {
        self.0.id()
    }

    /// The rate limit that the server told when the operation was started.
    #[must_use]
    pub const fn rate_limit(&self) -> RateLimit {
        self.0.rate_limit()
    }

    /// How far it is.
    ///
    /// # Errors
    ///
    /// See [`status`](v1::OperationHandle::status).
    pub fn status(&self) -> RunAgentResult<Reply<Operation>> {
        block_on(self.0.status())
    }

    /// Waits until it is done, and returns its result.
    ///
    /// # Errors
    ///
    /// See [`wait`](v1::OperationHandle::wait).
    pub fn wait(&self) -> RunAgentResult<Invocation> {
        block_on(self.0.wait())
    }

    /// Waits until it is done, and returns its result as a `T`.
    ///
    /// # Errors
    ///
    /// See [`wait_as`](v1::OperationHandle::wait_as).
    pub fn wait_as<T: DeserializeOwned>(&self) -> RunAgentResult<Invocation<T>> {
        block_on(self.0.wait_as())
    }
}
