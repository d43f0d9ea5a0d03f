//! Calls from code that is not asynchronous.

use std::{
    io,
    pin::pin,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicBool, Ordering},
        mpsc,
    },
    task::{Context, Poll, Wake, Waker},
    thread::{self, Thread},
};

use tokio::{
    runtime::{Builder, Handle},
    task::coop::unconstrained,
};

/// The runtime of the process. Its thread owns it for as long as the process lives, so nobody ever drops it.
static WORKER: Mutex<Option<Handle>> = Mutex::new(None);

/// Runs a future to its end on this thread. Its timers and connections live on a worker thread, one a process, which is
/// started on first use; what the future computes is computed here.
///
/// It works on any thread: a plain one, inside `spawn_blocking`, in `Drop`, and even inside an asynchronous runtime, where
/// it blocks the thread that it is called on.
///
/// ```
/// use runagent_transport::{Api, BaseUrl, blocking::block_on, testing::{Reply, ScriptedTransport}};
///
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let transport = ScriptedTransport::new([Reply::json(200, "[]")]);
/// let api = Api::builder(BaseUrl::parse("https://api.example.com")?, transport).build();
/// let response = block_on(api.get(&["agents"]).send())??;
/// assert_eq!(response.body(), "[]");
/// # Ok(())
/// # }
/// ```
///
/// # Errors
///
/// When the worker can't be started, for want of threads or open files; then the future was not polled.
pub fn block_on<F: Future>(future: F) -> io::Result<F::Output> {
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
            Poll::Ready(output) => return Ok(output),
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

fn worker() -> io::Result<Handle> {
    let mut worker = WORKER.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(handle) = &*worker {
        return Ok(handle.clone());
    }
    Ok(worker.insert(start()?).clone())
}

/// The thread makes the runtime that it owns: to drop one here, where the caller may be asynchronous code, would be a panic.
fn start() -> io::Result<Handle> {
    let (ready, started) = mpsc::sync_channel(1);
    let work = move || match Builder::new_current_thread().enable_all().build() {
        Ok(runtime) => {
            drop(ready.send(Ok(runtime.handle().clone())));
            runtime.block_on(std::future::pending::<()>());
        }
        Err(error) => drop(ready.send(Err(error))),
    };
    thread::Builder::new().name("runagent-blocking".to_owned()).spawn(work)?;
    started.recv().map_err(io::Error::other)?
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
