//! The client.

mod agent;
mod call;
mod entrypoint;
mod invocations;
mod run;
mod server;

use std::{collections::HashMap, fmt, sync::Arc};

use runagent_types::{Architecture, ErrorKind, Health};
use serde_json::Value;

pub(crate) use self::{run::Prepared, server::is_elsewhere};
use crate::{Explanation, RunAgentClientConfig, RunAgentResult, RunStream, config::Resolved, endpoint::Endpoint};

/// Calls one entrypoint of one agent. Cloning is cheap: clones share their connections.
///
/// ```
/// use runagent::{RunAgentClient, RunAgentClientConfig, testing::FakeAgent};
/// use serde_json::json;
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> runagent::RunAgentResult<()> {
/// # let options = FakeAgent::new("agent-id").on_run("greet", |_, kwargs| Ok(json!(format!("Hello, {}!", kwargs["name"].as_str().unwrap_or("you"))))).into_options();
/// let config = RunAgentClientConfig::new("agent-id", "greet").with_api_key("rau_…key".replace('…', ""));
/// # let config = config.with_options(options);
/// let client = RunAgentClient::new(config).await?;
///
/// let greeting = client.run(&[("name", json!("Ada"))]).await?;
/// assert_eq!(greeting, "Hello, Ada!");
/// # Ok(())
/// # }
/// ```
///
/// # Runtime
///
/// Calls need a Tokio runtime, and are an error without one; Tokio panics when it was built without I/O or without time.
/// [`blocking`](crate::blocking) needs none.
///
/// # Cancel safety
///
/// Dropping the future of a call closes its connection. The agent may have run all the same: the RunAgent protocol has no
/// way to take a run back.
#[derive(Clone)]
pub struct RunAgentClient {
    pub(crate) inner: Arc<Inner>,
}

pub(crate) struct Inner {
    pub(crate) resolved: Arc<Resolved>,
    pub(crate) endpoint: Arc<Endpoint>,
    pub(crate) entrypoint_tag: String,
}

impl RunAgentClient {
    /// Finds the agent, fetches its architecture and checks that it has the entrypoint.
    ///
    /// # Errors
    ///
    /// - `CONFIG_ERROR`, `VALIDATION_ERROR`: the configuration can't be used.
    /// - `AUTHENTICATION_ERROR`: no key for a remote agent, or one that the server refuses; `PERMISSION_ERROR`.
    /// - `AGENT_NOT_FOUND_LOCAL`, `AGENT_NOT_FOUND_REMOTE`, `REGISTRY_ERROR`: there is no such agent, or it is not served.
    /// - `ARCHITECTURE_MISSING`: the agent has no entrypoints; `ENTRYPOINT_NOT_FOUND`: not this one, and the details list
    ///   those that it has.
    /// - `CONNECTION_ERROR`, `TIMEOUT_ERROR`, `SERVER_ERROR`, `DECODE_ERROR`: no usable answer.
    pub async fn new(config: RunAgentClientConfig) -> RunAgentResult<Self> {
        let client = Self::connect_lazy(config)?;
        let architecture = client.inner.fetch_architecture(client.inner.resolved.limits.control).await?;
        let tag = client.entrypoint_tag();
        if architecture.find(tag).is_none() {
            return Err(entrypoint::not_found(tag, &architecture));
        }
        Ok(client)
    }

    /// Makes the client without touching the network: it reads the environment and the small configuration files, nothing
    /// else. What [`new`](Self::new) would have found comes up in the first call.
    ///
    /// # Errors
    ///
    /// When the configuration can't be used.
    pub fn connect_lazy(config: RunAgentClientConfig) -> RunAgentResult<Self> {
        let mut resolved = Resolved::new(config)?;
        let entrypoint_tag = std::mem::take(&mut resolved.entrypoint_tag);
        let endpoint = Arc::new(Endpoint::new(&resolved));
        Ok(Self { inner: Arc::new(Inner { resolved: Arc::new(resolved), endpoint, entrypoint_tag }) })
    }

    /// A client for another entrypoint of the same agent. Both share connections, retry budget, and what was learned of the
    /// server; nothing is sent.
    ///
    /// ```
    /// use runagent::{RunAgentClient, RunAgentClientConfig, testing::FakeAgent};
    /// use serde_json::json;
    ///
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> runagent::RunAgentResult<()> {
    /// # let agent = FakeAgent::new("agent-id").on_run("greet", |_, _| Ok(json!("Hello!")));
    /// # let options = agent.on_stream("tell_stream", |_, _| vec![json!("Once")]).into_options();
    /// # let config = RunAgentClientConfig::new("agent-id", "greet").with_api_key("key").with_options(options);
    /// let greet = RunAgentClient::new(config).await?;
    /// let tell = greet.entrypoint("tell_stream")?;
    ///
    /// greet.run(&[]).await?;
    /// let mut story = tell.run_stream(&[]).await?;
    /// # assert!(story.next().await.is_some());
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    ///
    /// `VALIDATION_ERROR` for a tag that is none. Whether the agent has it comes up in the first call.
    pub fn entrypoint(&self, tag: impl Into<String>) -> RunAgentResult<Self> {
        let tag = tag.into();
        entrypoint::check(&tag)?;
        let Inner { resolved, endpoint, .. } = &*self.inner;
        let inner = Inner { resolved: resolved.clone(), endpoint: endpoint.clone(), entrypoint_tag: tag };
        Ok(Self { inner: Arc::new(inner) })
    }

    /// Runs the entrypoint with keyword arguments and returns its result.
    ///
    /// A result that JSON can't hold comes as what the protocol makes of it: NaN as null, infinities as `"inf"` and
    /// `"-inf"`; an integer beyond 64 bits as a string of its digits.
    ///
    /// The arguments are serialised before this returns: the future owns what it sends.
    ///
    /// # Errors
    ///
    /// - `STREAM_ENTRYPOINT`: the tag streams. Nothing was sent.
    /// - The server's own code, with its message, suggestion and details: the agent ran and failed.
    /// - `ENTRYPOINT_NOT_FOUND`: the agent has no such entrypoint (any more); the details list those that it has.
    /// - `TIMEOUT_ERROR`, `CONNECTION_ERROR`: [`is_retryable`](crate::RunAgentError::is_retryable) says whether the agent may
    ///   have run.
    /// - What [`new`](Self::new) lists.
    ///
    /// # Cancel safety
    ///
    /// See [`RunAgentClient`].
    pub fn run(&self, input_kwargs: &[(&str, Value)]) -> impl Future<Output = RunAgentResult<Value>> + Send + use<> {
        self.run_with_args(&[], input_kwargs)
    }

    /// Runs the entrypoint with positional and keyword arguments: see [`run`](Self::run).
    ///
    /// # Errors
    ///
    /// As [`run`](Self::run).
    pub fn run_with_args(
        &self,
        input_args: &[Value],
        input_kwargs: &[(&str, Value)],
    ) -> impl Future<Output = RunAgentResult<Value>> + Send + use<> {
        self.making(self.inner.prepare_run(input_args, input_kwargs), Inner::run)
    }

    /// Runs a streaming entrypoint with keyword arguments, and returns its chunks as they arrive.
    ///
    /// It is done when the agent has started. The arguments are serialised before this returns.
    ///
    /// ```
    /// use runagent::{RunAgentClient, RunAgentClientConfig, testing::FakeAgent};
    /// use serde_json::json;
    ///
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> runagent::RunAgentResult<()> {
    /// # let options = FakeAgent::new("agent-id").on_stream("count_stream", |_, _| vec![json!(0), json!(1)]).into_options();
    /// # let config = RunAgentClientConfig::new("agent-id", "count_stream").with_api_key("key").with_options(options);
    /// let client = RunAgentClient::new(config).await?;
    /// let mut stream = client.run_stream(&[("n", json!(2))]).await?;
    /// while let Some(chunk) = stream.next().await {
    ///     println!("{}", chunk?);
    /// }
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    ///
    /// - `NON_STREAM_ENTRYPOINT`: the tag does not stream. Nothing was sent.
    /// - `STREAM_IDLE`: the server took the request and says nothing.
    /// - What [`run`](Self::run) lists. Once the agent has started, errors come out of the stream.
    ///
    /// # Cancel safety
    ///
    /// See [`RunAgentClient`].
    pub fn run_stream(
        &self,
        input_kwargs: &[(&str, Value)],
    ) -> impl Future<Output = RunAgentResult<RunStream>> + Send + use<> {
        self.run_stream_with_args(&[], input_kwargs)
    }

    /// Runs a streaming entrypoint with positional and keyword arguments: see [`run_stream`](Self::run_stream).
    ///
    /// # Errors
    ///
    /// As [`run_stream`](Self::run_stream).
    pub fn run_stream_with_args(
        &self,
        input_args: &[Value],
        input_kwargs: &[(&str, Value)],
    ) -> impl Future<Output = RunAgentResult<RunStream>> + Send + use<> {
        self.streaming(self.inner.prepare_stream(input_args, input_kwargs))
    }

    /// Whether the agent can be reached and is healthy. Why not is logged, and returned by [`health`](Self::health).
    ///
    /// # Errors
    ///
    /// When the question itself is refused (`AUTHENTICATION_ERROR`, `PERMISSION_ERROR`), or the registry can't be read.
    /// An agent that is not there is `Ok(false)`.
    pub async fn health_check(&self) -> RunAgentResult<bool> {
        match self.health().await {
            Ok(health) => Ok(health.status.eq_ignore_ascii_case("healthy")),
            Err(error) => match error.kind() {
                ErrorKind::Authentication | ErrorKind::Permission | ErrorKind::Registry | ErrorKind::Config => {
                    Err(error)
                }
                _ => {
                    tracing::warn!(agent_id = %self.inner.resolved.agent_id, %error, "the agent is not reachable");
                    Ok(false)
                }
            },
        }
    }

    /// The health that the server reports.
    ///
    /// # Errors
    ///
    /// `AGENT_NOT_FOUND_LOCAL` when a local server answers that serves another agent; else what [`new`](Self::new) lists.
    pub async fn health(&self) -> RunAgentResult<Health> {
        self.inner.health().await
    }

    /// The entrypoints of the agent, fetched anew.
    ///
    /// # Errors
    ///
    /// As [`new`](Self::new), without the check of the entrypoint.
    pub async fn get_agent_architecture(&self) -> RunAgentResult<Architecture> {
        self.inner.fetch_architecture(self.inner.resolved.limits.control).await
    }

    /// What the client is set to, and where each setting came from.
    ///
    /// ```
    /// use runagent::{RunAgentClient, RunAgentClientConfig};
    ///
    /// # fn main() -> runagent::RunAgentResult<()> {
    /// # let options = runagent::ClientOptions::new().with_environment(|_| None);
    /// let config = RunAgentClientConfig::new("agent-id", "greet").with_api_key("key");
    /// # let config = config.with_options(options);
    /// let client = RunAgentClient::connect_lazy(config)?;
    /// println!("{}", client.explain());
    /// assert_eq!(client.explain().get("run_timeout").map(|timeout| timeout.source()), Some("default"));
    /// # Ok(())
    /// # }
    /// ```
    #[must_use]
    pub fn explain(&self) -> Explanation {
        self.inner.resolved.explanation.for_entrypoint(self.entrypoint_tag())
    }

    /// The id of the agent.
    #[must_use]
    pub fn agent_id(&self) -> &str {
        &self.inner.resolved.agent_id
    }

    /// The entrypoint that is called.
    #[must_use]
    pub fn entrypoint_tag(&self) -> &str {
        &self.inner.entrypoint_tag
    }

    /// Whose storage the agent uses across executions.
    #[must_use]
    pub fn user_id(&self) -> Option<&str> {
        self.inner.resolved.user_id.as_deref()
    }

    /// Whether the agent keeps state across executions.
    #[must_use]
    pub fn persistent_memory(&self) -> bool {
        self.inner.resolved.persistent_memory
    }

    /// The parameters that the configuration brought along, untouched.
    #[must_use]
    pub fn extra_params(&self) -> Option<&HashMap<String, Value>> {
        self.inner.resolved.extra_params.as_ref()
    }

    /// Whether the agent is local.
    #[must_use]
    pub fn is_local(&self) -> bool {
        self.inner.resolved.place.is_local()
    }
}

impl fmt::Debug for RunAgentClient {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RunAgentClient")
            .field("agent_id", &self.agent_id())
            .field("entrypoint_tag", &self.entrypoint_tag())
            .field("place", &self.inner.resolved.place)
            .field("limits", &self.inner.resolved.limits)
            .finish_non_exhaustive()
    }
}
