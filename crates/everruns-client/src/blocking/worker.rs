//! Waiting for what the asynchronous client does.

use runagent_transport::blocking;

use crate::{Error, Result};

/// Runs a call to its end on this thread.
pub(super) fn block_on<T>(future: impl Future<Output = Result<T>>) -> Result<T> {
    blocking::block_on(future).map_err(|error| {
        let check = "check the limits on threads and open files of this process";
        Error::Config(format!("the thread of the blocking client did not start: {check} ({error})"))
    })?
}
