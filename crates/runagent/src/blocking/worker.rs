//! The thread that drives the connections of blocking clients.

use std::{
    io,
    pin::pin,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
    task::{Context, Poll, Wake, Waker},
    thread::{self, Thread},
};

use runagent_types::ErrorCode;
use tokio::{
    runtime::{Builder, Handle},
    task::coop::unconstrained,
};

use crate::{RunAgentError, RunAgentResult};

/// The runtime of the process. Its thread owns it for as long as the process lives, so nobody ever drops it.
static WORKER: Mutex<Option<Handle>> = Mutex::new(None);

/// Runs a future to its end on this thread. Its timers and connections live on the worker; what it computes is computed
/// here.
pub(super) fn block_on<T>(future: impl Future<Output = RunAgentResult<T>>) -> RunAgentResult<T> {
    let handle = worker()?;
    let _entered = handle.enter();
    let unpark = Arc::new(Unpark { thread: thread::current(), woken: AtomicBool::new(false) });
    let waker = Waker::from(unpark.clone());
    let mut cx = Context::from_waker(&waker);
    // The caller may be a task of another runtime. What Tokio allows a task in one go would be used up in the middle of
    // this, for good: only the caller could yield, and it waits here.
    let mut future = pin!(unconstrained(future));
    loop {
        match future.as_mut().poll(&mut cx) {
            Poll::Ready(output) => return output,
            // A wake-up that came in between lets this go on at once. What is polled may park this thread too, and take
            // the token of the thread with it: the flag stays.
            Poll::Pending => {
                while !unpark.woken.swap(false, Ordering::Acquire) {
                    thread::park();
                }
            }
        }
    }
}

fn worker() -> RunAgentResult<Handle> {
    let mut worker = WORKER.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(handle) = &*worker {
        return Ok(handle.clone());
    }
    let handle = start().map_err(|error| {
        RunAgentError::new(ErrorCode::UNKNOWN_ERROR, "the thread of the blocking client did not start")
            .with_suggestion("Check the limits on threads and open files of this process, then try again.")
            .with_source(error)
    })?;
    Ok(worker.insert(handle).clone())
}

fn start() -> io::Result<Handle> {
    let runtime = Builder::new_current_thread().enable_all().build()?;
    let handle = runtime.handle().clone();
    thread::Builder::new()
        .name("runagent-blocking".to_owned())
        .spawn(move || runtime.block_on(std::future::pending::<()>()))?;
    Ok(handle)
}

struct Unpark {
    thread: Thread,
    woken: AtomicBool,
}

impl Wake for Unpark {
    fn wake(self: Arc<Self>) {
        self.wake_by_ref();
    }

    fn wake_by_ref(self: &Arc<Self>) {
        self.woken.store(true, Ordering::Release);
        self.thread.unpark();
    }
}
