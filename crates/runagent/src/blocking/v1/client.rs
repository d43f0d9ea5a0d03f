//! The client for the API as a whole.

use super::{AgentClient, AgentInfo, AgentPage, AgentQuery, OperationHandle};
use crate::{
    ApiConfig, Explanation, RunAgentResult,
    blocking::{Listing, worker::block_on},
    v1,
};

/// Calls the documented REST API, and blocks until a call is done. Cloning is cheap. See [`v1::Client`].
#[derive(Clone, Debug)]
pub struct Client(v1::Client);

impl Client {
    /// Makes the client without touching the network.
    ///
    /// # Errors
    ///
    /// See [`new`](v1::Client::new).
    pub fn new(config: ApiConfig) -> RunAgentResult<Self> {
        v1::Client::new(config).map(Self)
    }

    /// Makes the client that the environment and the configuration file describe.
    ///
    /// # Errors
    ///
    /// See [`from_env`](v1::Client::from_env).
    pub fn from_env() -> RunAgentResult<Self> {
        v1::Client::from_env().map(Self)
    }

    /// A page of the list of agents.
    ///
    /// # Errors
    ///
    /// See [`agents`](v1::Client::agents).
    pub fn agents(&self, query: AgentQuery) -> RunAgentResult<AgentPage> {
        block_on(self.0.agents(query))
    }

    /// All agents, over all pages.
    pub fn all_agents(&self) -> Listing<AgentInfo> {
        Listing(self.0.all_agents())
    }

    /// A client for one agent, which shares the connections of this one.
    ///
    /// # Errors
    ///
    /// See [`agent`](v1::Client::agent).
    pub fn agent(&self, agent_id: impl Into<String>) -> RunAgentResult<AgentClient> {
        self.0.agent(agent_id).map(AgentClient)
    }

    /// An operation that was started before.
    ///
    /// # Errors
    ///
    /// See [`operation`](v1::Client::operation).
    pub fn operation(&self, operation_id: impl Into<String>) -> RunAgentResult<OperationHandle> {
        self.0.operation(operation_id).map(OperationHandle)
    }

    /// What the client is set to, and why.
    #[must_use]
    pub fn explain(&self) -> &Explanation {
        self.0.explain()
    }
}
