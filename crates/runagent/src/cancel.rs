//! Calls that somebody else ends.

use std::{
    fmt,
    pin::{Pin, pin},
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    task::{Context, Poll},
};

use runagent_types::ErrorCode;
use tokio::sync::Notify;

use crate::{RunAgentError, RunAgentResult};

/// Ends calls from elsewhere: from another task or thread, or when a user presses a key.
///
/// Give it to calls by [`RunOptions::with_cancel`](crate::RunOptions::with_cancel). Those that are still under way when
/// [`cancel`](Self::cancel) is called end with the error `CANCELLED` and close their connections; those that start later
/// end at once. Clones are the same token. It can't be taken back: make a new one for the next calls.
///
/// Where the caller itself waits for the call, dropping its future does the same without a token.
///
/// ```
/// use runagent::{Call, CancelToken, RunAgentClient, RunAgentClientConfig, RunOptions, testing::FakeAgent};
/// use serde_json::{Value, json};
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> runagent::RunAgentResult<()> {
/// # let options = FakeAgent::new("agent-id").on_run("greet", |_, _| Ok(json!("Hello!"))).into_options();
/// # let config = RunAgentClientConfig::new("agent-id", "greet").with_api_key("key").with_options(options);
/// let client = RunAgentClient::new(config).await?;
/// let token = CancelToken::new();
/// let call = Call::new().with_options(RunOptions::new().with_cancel(&token));
///
/// token.cancel();
/// let error = client.call::<Value>(call).await.expect_err("nobody wants it any more");
/// assert_eq!(error.code(), "CANCELLED");
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Default)]
pub struct CancelToken(Arc<State>);

#[derive(Default)]
struct State {
    cancelled: AtomicBool,
    waiters: Notify,
}

impl CancelToken {
    /// A token that was not used yet.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Ends the calls that have this token. Calling it again does nothing.
    pub fn cancel(&self) {
        self.0.cancelled.store(true, Ordering::Release);
        self.0.waiters.notify_waiters();
    }

    /// Whether [`cancel`](Self::cancel) was called.
    #[must_use]
    pub fn is_cancelled(&self) -> bool {
        self.0.cancelled.load(Ordering::Acquire)
    }

    /// Waits until [`cancel`](Self::cancel) is called; it needs no runtime.
    ///
    /// # Cancel safety
    ///
    /// Cancel safe.
    pub async fn cancelled(&self) {
        let mut waiter = pin!(self.0.waiters.notified());
        // In the list before the question is asked, so that no call falls in between.
        waiter.as_mut().enable();
        if !self.is_cancelled() {
            waiter.await;
        }
    }

    /// The outcome of the work, unless the token is used first.
    pub(crate) async fn race<T>(
        token: Option<&Self>,
        work: impl Future<Output = RunAgentResult<T>>,
    ) -> RunAgentResult<T> {
        let Some(token) = token else { return work.await };
        let mut cancelled = pin!(token.cancelled());
        let mut work = pin!(work);
        std::future::poll_fn(|cx| {
            if cancelled.as_mut().poll(cx).is_ready() {
                return Poll::Ready(Err(error()));
            }
            work.as_mut().poll(cx)
        })
        .await
    }
}

impl fmt::Debug for CancelToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CancelToken").field("cancelled", &self.is_cancelled()).finish()
    }
}

/// A token that a stream watches.
pub(crate) struct Watch(Pin<Box<dyn Future<Output = ()> + Send + Sync>>);

impl Watch {
    pub(crate) fn new(token: CancelToken) -> Self {
        Self(Box::pin(async move { token.cancelled().await }))
    }

    /// Ready once the token was used.
    pub(crate) fn poll(&mut self, cx: &mut Context<'_>) -> Poll<RunAgentError> {
        self.0.as_mut().poll(cx).map(|()| error())
    }
}

fn error() -> RunAgentError {
    RunAgentError::new(ErrorCode::CANCELLED, "the call was cancelled")
}
