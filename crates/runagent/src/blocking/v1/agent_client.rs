//! The client for one agent.

use serde::{Serialize, de::DeserializeOwned};
use serde_json::{Map, Value};

use super::{AgentHealth, AgentInfo, EventStream, Invocation, Invoke, OperationHandle, Reply, TextStream};
use crate::{ApiConfig, RunAgentResult, RunOptions, blocking::worker::block_on, v1};

/// Calls one agent by the documented REST API, and blocks until a call is done. Cloning is cheap. See
/// [`v1::AgentClient`].
#[derive(Clone, Debug)]
pub struct AgentClient(pub(super) v1::AgentClient);

impl AgentClient {
    /// Makes a client for one agent, without touching the network.
    ///
    /// # Errors
    ///
    /// See [`new`](v1::AgentClient::new).
    pub fn new(agent_id: impl Into<String>, config: ApiConfig) -> RunAgentResult<Self> {
        v1::AgentClient::new(agent_id, config).map(Self)
    }

    /// The id of the agent.
    #[must_use]
    pub fn id(&self) -> &str {
        self.0.id()
    }

    /// What the server tells of the agent.
    ///
    /// # Errors
    ///
    /// See [`get`](v1::AgentClient::get).
    pub fn get(&self) -> RunAgentResult<Reply<AgentInfo>> {
        block_on(self.0.get())
    }

    /// The agent's health.
    ///
    /// # Errors
    ///
    /// See [`health`](v1::AgentClient::health).
    pub fn health(&self) -> RunAgentResult<Reply<AgentHealth>> {
        block_on(self.0.health())
    }

    /// Runs the agent and returns its result.
    ///
    /// # Errors
    ///
    /// See [`invoke`](v1::AgentClient::invoke).
    pub fn invoke(&self, invoke: Invoke) -> RunAgentResult<Invocation> {
        block_on(self.0.invoke(invoke))
    }

    /// Runs the agent and returns its result as a `T`.
    ///
    /// # Errors
    ///
    /// See [`invoke_as`](v1::AgentClient::invoke_as).
    pub fn invoke_as<T: DeserializeOwned>(&self, invoke: Invoke) -> RunAgentResult<Invocation<T>> {
        block_on(self.0.invoke_as(invoke))
    }

    /// Runs the agent; its answer comes piece by piece.
    ///
    /// # Errors
    ///
    /// See [`stream`](v1::AgentClient::stream).
    pub fn stream(&self, invoke: Invoke) -> RunAgentResult<EventStream> {
        block_on(self.0.stream(invoke)).map(EventStream)
    }

    /// The same by GET.
    ///
    /// # Errors
    ///
    /// See [`stream_get`](v1::AgentClient::stream_get).
    pub fn stream_get(&self, invoke: Invoke) -> RunAgentResult<EventStream> {
        block_on(self.0.stream_get(invoke)).map(EventStream)
    }

    /// Runs the agent once for each of these, in one call.
    ///
    /// # Errors
    ///
    /// See [`batch`](v1::AgentClient::batch).
    pub fn batch(&self, requests: impl IntoIterator<Item = Invoke>) -> RunAgentResult<Vec<RunAgentResult<Invocation>>> {
        block_on(self.0.batch(requests))
    }

    /// The same with settings for the call as a whole.
    ///
    /// # Errors
    ///
    /// See [`batch_with`](v1::AgentClient::batch_with).
    pub fn batch_with(
        &self,
        requests: impl IntoIterator<Item = Invoke>,
        options: RunOptions,
    ) -> RunAgentResult<Vec<RunAgentResult<Invocation>>> {
        block_on(self.0.batch_with(requests, options))
    }

    /// Starts the agent and returns at once, with a handle to what it does.
    ///
    /// # Errors
    ///
    /// See [`start`](v1::AgentClient::start).
    pub fn start(&self, invoke: Invoke) -> RunAgentResult<OperationHandle> {
        block_on(self.0.start(invoke)).map(OperationHandle)
    }

    /// Runs the agent with an object as the body of the request, and returns its answer as an object.
    ///
    /// # Errors
    ///
    /// See [`run_generic`](v1::AgentClient::run_generic).
    pub fn run_generic(&self, input: impl Serialize) -> RunAgentResult<Map<String, Value>> {
        block_on(self.0.run_generic(input))
    }

    /// The same with a time limit, headers and the like for this call.
    ///
    /// # Errors
    ///
    /// See [`run_generic_with`](v1::AgentClient::run_generic_with).
    pub fn run_generic_with(&self, input: impl Serialize, options: RunOptions) -> RunAgentResult<Map<String, Value>> {
        block_on(self.0.run_generic_with(input, options))
    }

    /// Runs the agent with an object as the body of the request; the text of its answer comes piece by piece.
    ///
    /// # Errors
    ///
    /// See [`run_generic_stream`](v1::AgentClient::run_generic_stream).
    pub fn run_generic_stream(&self, input: impl Serialize) -> RunAgentResult<TextStream> {
        block_on(self.0.run_generic_stream(input)).map(TextStream)
    }

    /// The same with a time limit, headers and the like for this call.
    ///
    /// # Errors
    ///
    /// See [`run_generic_stream_with`](v1::AgentClient::run_generic_stream_with).
    pub fn run_generic_stream_with(&self, input: impl Serialize, options: RunOptions) -> RunAgentResult<TextStream> {
        block_on(self.0.run_generic_stream_with(input, options)).map(TextStream)
    }
}
