//! What the server says of the agent: its entrypoints, its health.

use bytes::Bytes;
use runagent_transport::Api;
use runagent_types::{Architecture, ArchitectureError, ErrorCode, Health};

use super::Inner;
use crate::{
    RunAgentError, RunAgentResult,
    error::{Action, ErrorDetails},
};

impl Inner {
    pub(super) async fn fetch_architecture(&self) -> RunAgentResult<Architecture> {
        let segments = ["agents", &self.resolved.agent_id, "architecture"];
        let timeout = self.resolved.limits.control;
        let call = |api: &Api| {
            let request = api.get(&segments).operation("architecture").timeout(timeout);
            async move { request.send().await }
        };
        let response = self.on_the_right_api(Action::Read, call, Ok).await?;
        Architecture::decode(response.body()).map_err(|error| match error {
            ArchitectureError::Api(api) => {
                let code = api.code.clone().unwrap_or(ErrorCode::SERVER_ERROR);
                RunAgentError::from_api(code, api).with_answer(&response)
            }
            ArchitectureError::Missing => RunAgentError::new(
                ErrorCode::ARCHITECTURE_MISSING,
                format!("agent {} names no entrypoints", self.resolved.agent_id.escape_debug()),
            ),
            other => RunAgentError::new(ErrorCode::DECODE_ERROR, other.to_string()).with_source(other),
        })
    }

    pub(super) async fn health(&self) -> RunAgentResult<Health> {
        let timeout = self.resolved.limits.control;
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
}
