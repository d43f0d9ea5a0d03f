//! Waiting for what the asynchronous client does.

use runagent_transport::blocking;
use runagent_types::ErrorCode;

use crate::{RunAgentError, RunAgentResult};

/// Runs a call to its end on this thread.
pub(super) fn block_on<T>(future: impl Future<Output = RunAgentResult<T>>) -> RunAgentResult<T> {
    blocking::block_on(future).map_err(|error| {
        RunAgentError::new(ErrorCode::UNKNOWN_ERROR, "the thread of the blocking client did not start")
            .with_suggestion("Check the limits on threads and open files of this process, then try again.")
            .with_source(error)
    })?
}
