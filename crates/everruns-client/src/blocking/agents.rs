//! Agents.

use super::{Listing, wait};
use crate::{
    Result,
    types::{Agent, CreateAgentRequest, UpdateAgentRequest},
};

/// Agents: see [`everruns_sdk::Agents`](crate::Agents).
#[derive(Clone, Debug)]
pub struct Agents(pub(super) crate::Agents);

impl Agents {
    /// The agents of the organisation. See [`list`](crate::Agents::list).
    pub fn list(&self) -> Listing<Agent> {
        self.0.list().stream().into()
    }

    /// The agents with this text in them. See [`search`](crate::Agents::search).
    pub fn search(&self, text: impl Into<String>) -> Listing<Agent> {
        self.0.search(text).stream().into()
    }

    /// An agent.
    ///
    /// # Errors
    ///
    /// See [`get`](crate::Agents::get).
    pub fn get(&self, agent_id: &str) -> Result<Agent> {
        wait(self.0.get(agent_id))
    }

    /// Makes an agent, or overwrites the one of that name.
    ///
    /// # Errors
    ///
    /// See [`create`](crate::Agents::create).
    pub fn create(&self, agent: CreateAgentRequest) -> Result<Agent> {
        wait(self.0.create(agent))
    }

    /// Changes what is set in the request, and leaves the rest.
    ///
    /// # Errors
    ///
    /// See [`update`](crate::Agents::update).
    pub fn update(&self, agent_id: &str, changes: UpdateAgentRequest) -> Result<Agent> {
        wait(self.0.update(agent_id, changes))
    }

    /// Hides the agent and refuses it new sessions.
    ///
    /// # Errors
    ///
    /// See [`archive`](crate::Agents::archive).
    pub fn archive(&self, agent_id: &str) -> Result<()> {
        wait(self.0.archive(agent_id))
    }
}
