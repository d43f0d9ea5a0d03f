//! The client.

use std::collections::HashMap;

use bytes::Bytes;
use runagent_types::{Architecture, Health};
use serde::de::DeserializeOwned;
use serde_json::Value;

use super::{RunStream, worker::block_on};
use crate::{
    Call, Explanation, RunAgentClientConfig, RunAgentResult, RunOutput,
    platform::{Invocation, InvocationFilter, InvocationPage, InvocationStats, ServerInfo},
};

/// Calls one entrypoint of one agent, and blocks until it is done. Cloning is cheap.
///
/// Each method does what the method of the same name of [`runagent::RunAgentClient`](crate::RunAgentClient) does, with the
/// same errors. See the [module](super) for an example.
#[derive(Clone, Debug)]
pub struct RunAgentClient(crate::RunAgentClient);

impl RunAgentClient {
    /// Finds the agent, fetches its architecture and checks that it has the entrypoint.
    ///
    /// # Errors
    ///
    /// See [`new`](crate::RunAgentClient::new).
    pub fn new(config: RunAgentClientConfig) -> RunAgentResult<Self> {
        block_on(crate::RunAgentClient::new(config)).map(Self)
    }

    /// Makes the client without touching the network: see [`connect_lazy`](crate::RunAgentClient::connect_lazy).
    ///
    /// # Errors
    ///
    /// When the configuration can't be used.
    pub fn connect_lazy(config: RunAgentClientConfig) -> RunAgentResult<Self> {
        crate::RunAgentClient::connect_lazy(config).map(Self)
    }

    /// A client for another entrypoint of the same agent.
    ///
    /// # Errors
    ///
    /// See [`entrypoint`](crate::RunAgentClient::entrypoint).
    pub fn entrypoint(&self, tag: impl Into<String>) -> RunAgentResult<Self> {
        self.0.entrypoint(tag).map(Self)
    }

    /// Runs the entrypoint with keyword arguments and returns its result.
    ///
    /// # Errors
    ///
    /// See [`run`](crate::RunAgentClient::run).
    pub fn run(&self, input_kwargs: &[(&str, Value)]) -> RunAgentResult<Value> {
        block_on(self.0.run(input_kwargs))
    }

    /// Runs the entrypoint with positional and keyword arguments.
    ///
    /// # Errors
    ///
    /// See [`run`](crate::RunAgentClient::run).
    pub fn run_with_args(&self, input_args: &[Value], input_kwargs: &[(&str, Value)]) -> RunAgentResult<Value> {
        block_on(self.0.run_with_args(input_args, input_kwargs))
    }

    /// Runs a streaming entrypoint with keyword arguments; its chunks come as they arrive.
    ///
    /// # Errors
    ///
    /// See [`run_stream`](crate::RunAgentClient::run_stream).
    pub fn run_stream(&self, input_kwargs: &[(&str, Value)]) -> RunAgentResult<RunStream> {
        block_on(self.0.run_stream(input_kwargs)).map(RunStream)
    }

    /// Runs a streaming entrypoint with positional and keyword arguments.
    ///
    /// # Errors
    ///
    /// See [`run_stream`](crate::RunAgentClient::run_stream).
    pub fn run_stream_with_args(
        &self,
        input_args: &[Value],
        input_kwargs: &[(&str, Value)],
    ) -> RunAgentResult<RunStream> {
        block_on(self.0.run_stream_with_args(input_args, input_kwargs)).map(RunStream)
    }

    /// Runs the entrypoint and returns its result as a `T`, with what is known of the run.
    ///
    /// # Errors
    ///
    /// See [`call`](crate::RunAgentClient::call).
    pub fn call<T: DeserializeOwned>(&self, call: Call) -> RunAgentResult<RunOutput<T>> {
        block_on(self.0.call(call))
    }

    /// Runs the entrypoint and returns the body of the server's answer as it came.
    ///
    /// # Errors
    ///
    /// See [`call_raw`](crate::RunAgentClient::call_raw).
    pub fn call_raw(&self, call: Call) -> RunAgentResult<RunOutput<Bytes>> {
        block_on(self.0.call_raw(call))
    }

    /// Runs a streaming entrypoint; its chunks come as `T`s, as they arrive.
    ///
    /// # Errors
    ///
    /// See [`call_stream`](crate::RunAgentClient::call_stream).
    pub fn call_stream<T: DeserializeOwned>(&self, call: Call) -> RunAgentResult<RunStream<T>> {
        block_on(self.0.call_stream(call)).map(RunStream)
    }

    /// Whether the agent can be reached and is healthy.
    ///
    /// # Errors
    ///
    /// See [`health_check`](crate::RunAgentClient::health_check).
    pub fn health_check(&self) -> RunAgentResult<bool> {
        block_on(self.0.health_check())
    }

    /// The health that the server reports.
    ///
    /// # Errors
    ///
    /// See [`health`](crate::RunAgentClient::health).
    pub fn health(&self) -> RunAgentResult<Health> {
        block_on(self.0.health())
    }

    /// The entrypoints of the agent, fetched anew.
    ///
    /// # Errors
    ///
    /// See [`get_agent_architecture`](crate::RunAgentClient::get_agent_architecture).
    pub fn get_agent_architecture(&self) -> RunAgentResult<Architecture> {
        block_on(self.0.get_agent_architecture())
    }

    /// What the client is set to, and where each setting came from.
    #[must_use]
    pub fn explain(&self) -> Explanation {
        self.0.explain()
    }

    /// What the server says of itself and of the agent.
    ///
    /// # Errors
    ///
    /// See [`server_info`](crate::RunAgentClient::server_info).
    pub fn server_info(&self) -> RunAgentResult<ServerInfo> {
        block_on(self.0.server_info())
    }

    /// How the deployed agent is, in the platform's words.
    ///
    /// # Errors
    ///
    /// See [`agent_status`](crate::RunAgentClient::agent_status).
    pub fn agent_status(&self) -> RunAgentResult<Value> {
        block_on(self.0.agent_status())
    }

    /// The runs of the agent, the newest first.
    ///
    /// # Errors
    ///
    /// See [`invocations`](crate::RunAgentClient::invocations).
    pub fn invocations(&self, filter: InvocationFilter) -> RunAgentResult<InvocationPage> {
        block_on(self.0.invocations(filter))
    }

    /// One run, by its id.
    ///
    /// # Errors
    ///
    /// See [`invocation`](crate::RunAgentClient::invocation).
    pub fn invocation(&self, invocation_id: &str) -> RunAgentResult<Invocation> {
        block_on(self.0.invocation(invocation_id))
    }

    /// How many runs of the agent there were, and how they ended.
    ///
    /// # Errors
    ///
    /// See [`invocation_stats`](crate::RunAgentClient::invocation_stats).
    pub fn invocation_stats(&self) -> RunAgentResult<InvocationStats> {
        block_on(self.0.invocation_stats())
    }

    /// The id of the agent.
    #[must_use]
    pub fn agent_id(&self) -> &str {
        self.0.agent_id()
    }

    /// The entrypoint that is called.
    #[must_use]
    pub fn entrypoint_tag(&self) -> &str {
        self.0.entrypoint_tag()
    }

    /// Whose storage the agent uses across executions.
    #[must_use]
    pub fn user_id(&self) -> Option<&str> {
        self.0.user_id()
    }

    /// Whether the agent keeps state across executions.
    #[must_use]
    pub fn persistent_memory(&self) -> bool {
        self.0.persistent_memory()
    }

    /// The parameters that the configuration brought along, untouched.
    #[must_use]
    pub fn extra_params(&self) -> Option<&HashMap<String, Value>> {
        self.0.extra_params()
    }

    /// Whether the agent is local.
    #[must_use]
    pub fn is_local(&self) -> bool {
        self.0.is_local()
    }
}
