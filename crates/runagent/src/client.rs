//! The client.

mod entrypoint;
mod run;

use std::{collections::HashMap, fmt, sync::Arc, time::Duration};

use bytes::Bytes;
use runagent_transport::{Api, TransportError};
use runagent_types::{Architecture, ArchitectureError, ErrorCode, ErrorKind, Health};
use serde_json::Value;
use tracing::Instrument as _;

use crate::{
    RunAgentClientConfig, RunAgentError, RunAgentResult, RunStream,
    config::Resolved,
    endpoint::Endpoint,
    error::{Action, ErrorDetails, Subject},
    stream, telemetry,
};

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
    pub(crate) resolved: Resolved,
    pub(crate) endpoint: Endpoint,
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
        let architecture = client.inner.fetch_architecture().await?;
        let tag = client.entrypoint_tag();
        if architecture.find(tag).is_none() {
            return Err(entrypoint::not_found(tag, &architecture));
        }
        Ok(client)
    }

    /// Makes the client without touching the network or a file. What [`new`](Self::new) would have found comes up in the
    /// first call.
    ///
    /// # Errors
    ///
    /// When the configuration can't be used.
    pub fn connect_lazy(config: RunAgentClientConfig) -> RunAgentResult<Self> {
        let resolved = Resolved::new(config)?;
        let endpoint = Endpoint::new(&resolved);
        Ok(Self { inner: Arc::new(Inner { resolved, endpoint }) })
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
    /// - `TIMEOUT_ERROR`, `CONNECTION_ERROR`: [`is_retryable`](RunAgentError::is_retryable) says whether the agent may
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
        let body = self.inner.run_body(input_args, input_kwargs);
        let inner = self.inner.clone();
        let span = telemetry::invoke_agent(&inner.resolved, false);
        async move {
            let outcome = inner.run(body?).instrument(span.clone()).await;
            outcome.inspect_err(|error| telemetry::failed(&span, error))
        }
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
        let start = self.inner.stream_body(input_args, input_kwargs);
        let inner = self.inner.clone();
        let span = telemetry::invoke_agent(&inner.resolved, true);
        async move {
            let outcome = stream::open(inner, start?, &span).instrument(span.clone()).await;
            outcome.inspect_err(|error| telemetry::failed(&span, error))
        }
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
        self.inner.fetch_architecture().await
    }

    /// The id of the agent.
    #[must_use]
    pub fn agent_id(&self) -> &str {
        &self.inner.resolved.agent_id
    }

    /// The entrypoint that is called.
    #[must_use]
    pub fn entrypoint_tag(&self) -> &str {
        &self.inner.resolved.entrypoint_tag
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

impl Inner {
    pub(crate) fn subject(&self, action: Action) -> Subject<'_> {
        Subject { agent_id: &self.resolved.agent_id, local: self.resolved.place.is_local(), action }
    }

    async fn fetch_architecture(&self) -> RunAgentResult<Architecture> {
        let segments = ["agents", &self.resolved.agent_id, "architecture"];
        let timeout = self.resolved.options.control_timeout;
        let call = |api: &Api| {
            let request = api.get(&segments).operation("architecture").timeout(timeout);
            async move { request.send().await }
        };
        let response = self.on_the_right_api(Action::Read, call, Ok).await?;
        Architecture::decode(response.body()).map_err(|error| match error {
            ArchitectureError::Api(api) => {
                let code = api.code.clone().unwrap_or(ErrorCode::SERVER_ERROR);
                RunAgentError::from_api(code, api)
            }
            ArchitectureError::Missing => RunAgentError::new(
                ErrorCode::ARCHITECTURE_MISSING,
                format!("agent {} names no entrypoints", self.resolved.agent_id.escape_debug()),
            ),
            other => RunAgentError::new(ErrorCode::DECODE_ERROR, other.to_string()).with_source(other),
        })
    }

    async fn health(&self) -> RunAgentResult<Health> {
        let timeout = self.resolved.options.control_timeout;
        let call = |api: &Api| {
            let request = api.get(&["health"]).operation("health").timeout(timeout);
            async move { request.send().await }
        };
        self.on_the_right_api(Action::Read, call, |response| self.health_of_this_agent(&response)).await
    }

    /// The health in an answer, unless it is that of another agent.
    fn health_of_this_agent(&self, response: &http::Response<Bytes>) -> RunAgentResult<Health> {
        let health: Health = serde_json::from_slice(response.body()).map_err(|error| {
            RunAgentError::new(ErrorCode::DECODE_ERROR, "the answer to the health check is not JSON").with_source(error)
        })?;
        match &health.agent_id {
            Some(other) if self.resolved.place.is_local() && *other != self.resolved.agent_id => {
                let message = format!("another agent answers at this address: {}", other.escape_debug());
                Err(RunAgentError::new(ErrorCode::AGENT_NOT_FOUND_LOCAL, message).with_context(ErrorDetails {
                    status: Some(response.status()),
                    attempts: 1,
                    ..Default::default()
                }))
            }
            _ => Ok(health),
        }
    }

    /// Makes a call on the API as known; when nobody answers there, or another agent does, once more on the API that the
    /// registry names by now. `read` is given an answer with a success status.
    async fn on_the_right_api<F, T>(
        &self,
        action: Action,
        call: impl Fn(&Api) -> F,
        read: impl Fn(http::Response<Bytes>) -> RunAgentResult<T>,
    ) -> RunAgentResult<T>
    where
        F: Future<Output = Result<http::Response<Bytes>, TransportError>>,
    {
        let judge = |outcome| match outcome {
            Ok(response) if http::Response::status(&response).is_success() => read(response),
            Ok(response) => Err(RunAgentError::from_response(&response, self.subject(action))),
            Err(error) => Err(RunAgentError::from_transport(error, self.subject(action))),
        };
        let api = self.endpoint.api(&self.resolved).await?;
        // Boxed, as what is rare is below: a future is as large as all that it may wait for, and callers move it about.
        let error = match judge(Box::pin(call(&api)).await) {
            Err(error) if is_elsewhere(&error) => error,
            outcome => return outcome,
        };
        match Box::pin(self.endpoint.moved(&api, &self.resolved)).await {
            Some(api) => judge(Box::pin(call(&api)).await),
            None => Err(Box::pin(self.explain(error, &api)).await),
        }
    }

    /// Adds to "not found" of a local server which agent it does serve.
    pub(crate) async fn explain(&self, error: RunAgentError, api: &Api) -> RunAgentError {
        const PATIENCE: Duration = Duration::from_secs(2);
        let refused = error.status().is_some_and(|status| status >= 400);
        if *error.code() != ErrorCode::AGENT_NOT_FOUND_LOCAL || !refused {
            return error;
        }
        let Ok(response) = api.get(&["health"]).operation("health").timeout(PATIENCE).send().await else {
            return error;
        };
        let Ok(health) = serde_json::from_slice::<Health>(response.body()) else { return error };
        match health.agent_id {
            Some(other) if other != self.resolved.agent_id => {
                let address = api.base_url();
                let message = format!("{address} serves agent {}, not this one", other.escape_debug());
                error.with_message(message)
            }
            _ => error,
        }
    }
}

/// Whether the agent may be found at another address: nobody listens here, or this is another agent's server.
pub(crate) fn is_elsewhere(error: &RunAgentError) -> bool {
    (*error.code() == ErrorCode::CONNECTION_ERROR && error.is_retryable())
        || (*error.code() == ErrorCode::AGENT_NOT_FOUND_LOCAL && error.status().is_some())
}

impl fmt::Debug for RunAgentClient {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RunAgentClient")
            .field("agent_id", &self.agent_id())
            .field("entrypoint_tag", &self.entrypoint_tag())
            .field("place", &self.inner.resolved.place)
            .field("options", &self.inner.resolved.options)
            .finish_non_exhaustive()
    }
}
