//! What ends a stream from this side.

use std::{
    future::poll_fn,
    pin::pin,
    task::{Context, Poll, ready},
};

use runagent_types::ErrorCode;
use serde_json::json;

use super::Idle;
use crate::{RunAgentError, RunAgentResult, RunOptions, cancel::Watch};

/// The time limit and the token of a call that streams.
pub(crate) struct Limits {
    total: Option<Idle>,
    cancel: Option<Watch>,
}

impl Limits {
    /// Those that a call sets, if it sets any; the time runs from now on.
    pub(crate) fn of(options: &RunOptions) -> Option<Box<Self>> {
        let total = options.timeout.map(Idle::running);
        let cancel = options.cancel.clone().map(Watch::new);
        (total.is_some() || cancel.is_some()).then(|| Box::new(Self { total, cancel }))
    }

    /// Waits for the start of the stream, as long as these allow.
    pub(crate) async fn opening<T>(
        limits: &mut Option<Box<Self>>,
        work: impl Future<Output = RunAgentResult<T>>,
    ) -> RunAgentResult<T> {
        let Some(limits) = limits else { return work.await };
        let mut work = pin!(work);
        poll_fn(|cx| {
            if let Some(cancel) = &mut limits.cancel
                && let Poll::Ready(error) = cancel.poll(cx)
            {
                return Poll::Ready(Err(error));
            }
            if let Poll::Ready(outcome) = work.as_mut().poll(cx) {
                return Poll::Ready(outcome);
            }
            let Some(total) = &mut limits.total else { return Poll::Pending };
            let limit = ready!(total.poll_waiting(cx));
            let message = format!("the stream has not started after {limit:?}");
            Poll::Ready(Err(RunAgentError::new(ErrorCode::TIMEOUT_ERROR, message)))
        })
        .await
    }

    /// Ready with why the stream ends here.
    pub(crate) fn poll(&mut self, cx: &mut Context<'_>, received: u64) -> Poll<RunAgentError> {
        if let Some(cancel) = &mut self.cancel
            && let Poll::Ready(error) = cancel.poll(cx)
        {
            return Poll::Ready(error.with_details(json!({ "received": received })));
        }
        let Some(total) = &mut self.total else { return Poll::Pending };
        let limit = ready!(total.poll_waiting(cx));
        let message = format!("the stream was not complete after {limit:?}; {received} chunks came");
        let error = RunAgentError::new(ErrorCode::TIMEOUT_ERROR, message);
        Poll::Ready(error.with_details(json!({ "received": received })))
    }
}
