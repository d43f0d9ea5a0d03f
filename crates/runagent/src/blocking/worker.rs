//! The thread that drives the connections of blocking clients.

use std::{
    io,
    pin::pin,
    sync::{Arc, OnceLock},
    task::{Context, Poll, Wake, Waker},
    thread::{self, Thread},
};

use runagent_types::ErrorCode;
use tokio::runtime::{Builder, Handle};

use crate::{RunAgentError, RunAgentResult};

/// The runtime of the process. Its thread owns it for as long as the process lives, so nobody ever drops it.
static WORKER: OnceLock<Result<Handle, String>> = OnceLock::new();

/// Runs a future to its end on this thread. Its timers and connections live on the worker; what it computes is computed
/// here.
pub(super) fn block_on<T>(future: impl Future<Output = RunAgentResult<T>>) -> RunAgentResult<T> {
    let handle = worker()?;
    let _entered = handle.enter();
    let waker = Waker::from(Arc::new(Unpark(thread::current())));
    let mut cx = Context::from_waker(&waker);
    let mut future = pin!(future);
    loop {
        match future.as_mut().poll(&mut cx) {
            Poll::Ready(output) => return output,
            // A wake-up that came in between lets this return at once.
            Poll::Pending => thread::park(),
        }
    }
}

fn worker() -> RunAgentResult<&'static Handle> {
    WORKER.get_or_init(|| start().map_err(|error| error.to_string())).as_ref().map_err(|error| {
        RunAgentError::new(
            ErrorCode::UNKNOWN_ERROR,
            format!("the thread of the blocking client did not start: {error}"),
        )
        .with_suggestion("Check the limits on threads and open files of this process.")
    })
}

fn start() -> io::Result<Handle> {
    let runtime = Builder::new_current_thread().enable_all().build()?;
    let handle = runtime.handle().clone();
    thread::Builder::new()
        .name("runagent-blocking".to_owned())
        .spawn(move || runtime.block_on(std::future::pending::<()>()))?;
    Ok(handle)
}

struct Unpark(Thread);

impl Wake for Unpark {
    fn wake(self: Arc<Self>) {
        self.0.unpark();
    }

    fn wake_by_ref(self: &Arc<Self>) {
        self.0.unpark();
    }
}
