//! What the server says of the agent: its entrypoints, its health.

use std::time::Duration;

use bytes::Bytes;
use http::Response;
use runagent_transport::Api;
use runagent_types::{Architecture, ArchitectureError, ErrorCode, Health};
use serde_json::Value;

use super::{Inner, RunAgentClient};
use crate::{
    RunAgentError, RunAgentResult,
    error::Action,
    platform::{ServerInfo, answer},
};

impl RunAgentClient {
    /// What the server says of itself and, if it is a local one, of the agent that it serves.
    ///
    /// # Errors
    ///
    /// `AGENT_NOT_FOUND_LOCAL` when a local server answers that serves another agent; else what [`new`](Self::new) lists.
    ///
    /// # Cancel safety
    ///
    /// Dropping the future closes the connection; nothing was changed.
    pub async fn server_info(&self) -> RunAgentResult<ServerInfo> {
        let inner = &self.inner;
        inner.get(|api| api.get(&[]).operation("server_info"), |response| inner.info_of_this_agent(response)).await
    }

    /// How the deployed agent is, in the platform's words: no document names the members.
    ///
    /// # Errors
    ///
    /// `VALIDATION_ERROR` when a local server answers: it only has [`health`](Self::health). Else what
    /// [`new`](Self::new) lists.
    ///
    /// # Cancel safety
    ///
    /// Dropping the future closes the connection; nothing was changed.
    pub async fn agent_status(&self) -> RunAgentResult<Value> {
        let segments = ["agents", self.agent_id(), "status"];
        self.inner.get_if_there(|api| api.get(&segments).operation("agent_status"), answer::read_any).await
    }
}

impl Inner {
    pub(super) async fn fetch_architecture(&self, timeout: Duration) -> RunAgentResult<Architecture> {
        let segments = ["agents", &self.resolved.agent_id, "architecture"];
        let call = |api: &Api, limit| {
            let request = api.get(&segments).operation("architecture").timeout(limit);
            async move { request.send().await }
        };
        let response = self.on_the_right_api(Action::Read, timeout, call, Ok).await?;
        Architecture::decode(response.body()).map_err(|error| {
            let error = match error {
                ArchitectureError::Api(api) => {
                    RunAgentError::from_api(api.code.clone().unwrap_or(ErrorCode::SERVER_ERROR), api)
                }
                ArchitectureError::Missing => RunAgentError::new(
                    ErrorCode::ARCHITECTURE_MISSING,
                    format!("agent {} names no entrypoints", self.resolved.agent_id.escape_debug()),
                ),
                other => RunAgentError::new(ErrorCode::DECODE_ERROR, other.to_string()).with_source(other),
            };
            error.with_answer(&response)
        })
    }

    pub(super) async fn health(&self) -> RunAgentResult<Health> {
        self.get(|api| api.get(&["health"]).operation("health"), |response| self.health_of_this_agent(response)).await
    }

    /// The health in an answer, unless it is that of another agent.
    fn health_of_this_agent(&self, response: &Response<Bytes>) -> RunAgentResult<Health> {
        let health: Health = serde_json::from_slice(response.body()).map_err(|error| {
            RunAgentError::new(ErrorCode::DECODE_ERROR, "the answer to the health check is not JSON")
                .with_source(error)
                .with_answer(response)
        })?;
        self.check_agent(health.agent_id.as_deref(), response)?;
        Ok(health)
    }

    /// What the server says of itself, unless it serves another agent.
    fn info_of_this_agent(&self, response: &Response<Bytes>) -> RunAgentResult<ServerInfo> {
        let info: ServerInfo = answer::read(response)?;
        self.check_agent(info.config["agent_id"].as_str(), response)?;
        Ok(info)
    }

    /// A local server serves one agent, and its port may be that of another agent by now.
    fn check_agent(&self, served: Option<&str>, response: &Response<Bytes>) -> RunAgentResult<()> {
        match served {
            Some(other) if self.resolved.place.is_local() && other != self.resolved.agent_id => {
                let message = format!("another agent answers at this address: {}", other.escape_debug());
                Err(RunAgentError::new(ErrorCode::AGENT_NOT_FOUND_LOCAL, message).with_answer(response))
            }
            _ => Ok(()),
        }
    }
}
