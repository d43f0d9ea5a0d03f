//! Chunks, one after the other.

use std::time::Duration;

use serde_json::Value;

use super::worker::block_on;
use crate::RunAgentResult;

/// The chunks of a streaming entrypoint: an iterator that blocks until the next one arrives.
///
/// Everything that [`runagent::RunStream`](crate::RunStream) promises holds here too: `None` only after the server said
/// that the stream is complete, an error as the last item otherwise, and dropping it closes the connection.
#[derive(Debug)]
pub struct RunStream(pub(super) crate::RunStream);

impl RunStream {
    /// How many chunks were returned so far.
    #[must_use]
    pub const fn received(&self) -> u64 {
        self.0.received()
    }

    /// The server's id of this invocation.
    #[must_use]
    pub fn invocation_id(&self) -> Option<&str> {
        self.0.invocation_id()
    }

    /// How many chunks the agent yielded, once the stream is complete.
    #[must_use]
    pub const fn total_chunks(&self) -> Option<u64> {
        self.0.total_chunks()
    }

    /// How long the agent ran, once the stream is complete.
    #[must_use]
    pub fn execution_time(&self) -> Option<Duration> {
        self.0.execution_time()
    }

    /// Closes the stream and waits, two seconds at most, until the server has noticed.
    pub fn cancel(self) {
        // It starts no worker that is not there already, so it can't fail.
        drop(block_on(async {
            self.0.cancel().await;
            Ok(())
        }));
    }
}

impl Iterator for RunStream {
    type Item = RunAgentResult<Value>;

    fn next(&mut self) -> Option<Self::Item> {
        block_on(async { self.0.next().await.transpose() }).transpose()
    }
}

impl std::iter::FusedIterator for RunStream {}
