use std::sync::Arc;
use std::time::{Duration, Instant};

use bytes::Bytes;
use runagent_types::RunRequest;
use tokio::sync::watch;
use uuid::Uuid;

use crate::recording::{Recording, Sort, Summary};
use crate::router::App;
use crate::{Agent, AgentError, Context, Input};

/// One call of an entrypoint, from when its arguments are handed over until it is answered or given up.
///
/// The one place that sees both: what observes calls belongs into [`begin`](Self::begin) and [`end`](Self::end), and
/// into `drop`, where a call goes that is given up.
pub(crate) struct Invocation {
    context: Context,
    started: Instant,
    cancel: Option<watch::Sender<bool>>,
    recording: Recording,
}

/// How a call came to its end.
#[derive(Clone, Copy)]
pub(crate) enum Outcome<'a> {
    /// A run with its result, which is this JSON.
    Completed(&'a str),
    /// A stream after its last chunk.
    Streamed(&'a Summary),
    /// A run or a stream that failed.
    Failed(&'a AgentError),
}

impl Invocation {
    /// Begins a call; `body` is the text that the request was read from.
    pub(crate) fn begin(
        app: &Arc<App>,
        agent: &Agent,
        sort: Sort,
        request: RunRequest<'static>,
        body: Bytes,
    ) -> (Self, Input) {
        let (cancel, cancelled) = watch::channel(false);
        let context = Context::new(agent, &request, new_id(), cancelled);
        tracing::debug!(parent: context.span(), "begun");
        let recording = Recording::begin(app, agent, sort, &request, &context);
        let invocation = Self { context: context.clone(), started: Instant::now(), cancel: Some(cancel), recording };
        (invocation, Input::new(request, body, context))
    }

    pub(crate) fn context(&self) -> &Context {
        &self.context
    }

    /// How long it has taken so far.
    pub(crate) fn elapsed(&self) -> Duration {
        self.started.elapsed()
    }

    /// The call is answered.
    pub(crate) fn end(mut self, outcome: Outcome<'_>) {
        self.cancel = None;
        let (span, milliseconds) = (&self.context.span().clone(), self.elapsed().as_secs_f64() * 1e3);
        match outcome {
            Outcome::Completed(json) => {
                tracing::debug!(parent: span, milliseconds, "completed");
                self.recording.complete(json);
            }
            Outcome::Streamed(summary) => {
                tracing::debug!(parent: span, milliseconds, chunks = summary.total(), "completed");
                self.recording.complete_stream(summary);
            }
            // What the error says may be the user's data.
            Outcome::Failed(error) => {
                let code = error.code().map(runagent_types::ErrorCode::as_str);
                tracing::debug!(parent: span, milliseconds, code, "failed");
                self.recording.fail(error);
            }
        }
    }

    /// The call took too long, and is given up.
    pub(crate) fn run_out_of_time(mut self) {
        self.recording.give_up("its time was up");
    }
}

/// A call that was not answered was given up.
impl Drop for Invocation {
    fn drop(&mut self) {
        if let Some(cancel) = self.cancel.take() {
            cancel.send_replace(true);
            tracing::debug!(parent: self.context.span(), "cancelled");
        }
    }
}

/// An id that sorts by when it was made: an index of them grows at its end, where one of random ids changes everywhere.
fn new_id() -> Arc<str> {
    Arc::from(&*Uuid::now_v7().hyphenated().encode_lower(&mut Uuid::encode_buffer()))
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use crate::guard::Guard;
    use crate::history::History;
    use crate::limits::Limits;

    /// A server of no agent.
    pub(crate) fn app() -> Arc<App> {
        let guard = Guard { address: crate::in_process::ADDRESS, token: None };
        Arc::new(crate::builder::app(Vec::new(), guard, Limits::default(), History::Off))
    }

    /// What an entrypoint of the agent `a` gets for this request.
    pub(crate) fn input(body: &str) -> Input {
        let request = RunRequest::from_slice(body.as_bytes()).unwrap();
        let body = Bytes::copy_from_slice(body.as_bytes());
        Invocation::begin(&app(), &Agent::new("a"), Sort::Run, request, body).1
    }
}
