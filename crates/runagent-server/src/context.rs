use std::fmt;
use std::future::pending;
use std::sync::Arc;

use runagent_types::RunRequest;
use tokio::sync::watch;
use tracing::Span;

use crate::Agent;

/// What there is to know of one call besides its arguments: which one it is, for whom, and whether it is still wanted.
///
/// An entrypoint runs inside a `tracing` span of its call, named `invocation`, with the fields `agent_id`, `entrypoint_tag` and
/// `invocation_id`: `tracing::Span::current()` is it, for work that is spawned off to enter.
///
/// A typed entrypoint takes it as its second parameter; an [`Input`](crate::Input) dereferences to it. Cloning is
/// cheap, and a clone may outlive the call.
///
/// ```
/// use runagent_server::{Agent, AgentError, Context};
/// use runagent_server::schemars::{self, JsonSchema};
/// use serde::Deserialize;
///
/// #[derive(Deserialize, JsonSchema)]
/// struct Research {
///     topic: String,
/// }
///
/// async fn research(args: Research, context: Context) -> Result<String, AgentError> {
///     let (watched, topic) = (context.clone(), args.topic.clone());
///     // Work that is spawned off is not dropped with the call, so it watches for itself.
///     tokio::spawn(async move {
///         tokio::select! {
///             () = watched.cancelled() => {}
///             () = index(topic) => {}
///         }
///     });
///     Ok(format!("{} for {}", args.topic, context.user_id().unwrap_or("nobody")))
/// }
/// # async fn index(_: String) {}
/// # let _ = Agent::new("a").entrypoint("research", research);
/// ```
#[derive(Clone)]
pub struct Context(Arc<Call>);

struct Call {
    agent_id: Arc<str>,
    entrypoint_tag: Arc<str>,
    invocation_id: Arc<str>,
    user_id: Option<String>,
    persistent_memory: bool,
    span: Span,
    cancelled: watch::Receiver<bool>,
}

impl Context {
    /// The context of one call, which is given up once `cancelled` holds true.
    pub(crate) fn new(
        agent: &Agent,
        request: &RunRequest<'static>,
        invocation_id: Arc<str>,
        cancelled: watch::Receiver<bool>,
    ) -> Self {
        let (agent_id, tag) = (agent.id(), &*request.entrypoint_tag);
        let span = tracing::info_span!("invocation", agent_id, entrypoint_tag = tag, invocation_id = %invocation_id);
        Self(Arc::new(Call {
            agent_id: agent.shared_id(),
            entrypoint_tag: agent.shared_tag(tag),
            invocation_id,
            user_id: request.user_id.as_deref().map(str::to_owned),
            persistent_memory: request.persistent_memory,
            span,
            cancelled,
        }))
    }

    /// The id of the agent that is called.
    #[must_use]
    pub fn agent_id(&self) -> &str {
        &self.0.agent_id
    }

    /// The tag by which the entrypoint is called.
    #[must_use]
    pub fn entrypoint_tag(&self) -> &str {
        &self.0.entrypoint_tag
    }

    /// The id of this call, a UUID: `request_id` of the answer to a run, `invocation_id` in the frames of a stream.
    #[must_use]
    pub fn invocation_id(&self) -> &str {
        &self.0.invocation_id
    }

    /// Whose persistent storage the caller means, if anybody's.
    #[must_use]
    pub fn user_id(&self) -> Option<&str> {
        self.0.user_id.as_deref()
    }

    /// Whether the caller wants the agent to remember.
    #[must_use]
    pub fn persistent_memory(&self) -> bool {
        self.0.persistent_memory
    }

    /// The ids of the agent and of the call, and the tag, for what is recorded of it.
    pub(crate) fn shared(&self) -> (Arc<str>, Arc<str>, Arc<str>) {
        let Call { agent_id, invocation_id, entrypoint_tag, .. } = &*self.0;
        (Arc::clone(agent_id), Arc::clone(invocation_id), Arc::clone(entrypoint_tag))
    }

    pub(crate) fn span(&self) -> &Span {
        &self.0.span
    }

    /// Whether the call was given up before its end: its client has gone, its time was up, or the server stopped.
    #[must_use]
    pub fn is_cancelled(&self) -> bool {
        *self.0.cancelled.borrow()
    }

    /// Waits until the call is given up: its client has gone, its time is up, or the server stops. A call that comes to
    /// its end is never given up, and then this waits for ever.
    ///
    /// The entrypoint itself is dropped at that moment; this is for work that it has spawned off.
    ///
    /// # Cancel safety
    ///
    /// Cancel safe.
    pub async fn cancelled(&self) {
        let mut cancelled = self.0.cancelled.clone();
        if cancelled.wait_for(|cancelled| *cancelled).await.is_err() {
            pending().await
        }
    }
}

impl fmt::Debug for Context {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Context")
            .field("agent_id", &self.agent_id())
            .field("entrypoint_tag", &self.entrypoint_tag())
            .field("invocation_id", &self.invocation_id())
            .field("user_id", &self.user_id())
            .field("persistent_memory", &self.persistent_memory())
            .field("cancelled", &self.is_cancelled())
            .finish_non_exhaustive()
    }
}
