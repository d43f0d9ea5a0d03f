//! Agents and their versions.

use http::{HeaderValue, Method};
use serde_json::json;

use crate::{
    call::{Call, text},
    list::{List, Paging},
    types::{
        Agent, AgentAnalysis, AgentPreview, AgentVersion, AgentVersionDiff, CreateAgentRequest,
        CreateAgentVersionRequest, ForkAgentVersionRequest, HealthCheckRun, LatestHealthCheck, PreviewAgentRequest,
        ResourceStats, RollbackAgentVersionRequest, SetDefaultAgentVersionRequest, UpdateAgentRequest,
    },
};

resource! {
    /// Agents and their versions: [`Client::agents`](crate::Client::agents).
    ///
    /// ```
    /// use everruns_sdk::{Client, CreateAgentRequest, Patch, UpdateAgentRequest, testing::FakeEverruns};
    ///
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> everruns_sdk::Result<()> {
    /// # let client = Client::builder().api_key("key").transport(FakeEverruns::new()).build();
    /// let agent = client.agents().create(CreateAgentRequest {
    ///     name: "librarian".to_owned(),
    ///     system_prompt: "You know every book.".to_owned(),
    ///     ..Default::default()
    /// }).await?;
    ///
    /// let update = UpdateAgentRequest { description: Patch::Clear, ..Default::default() };
    /// client.agents().update(&agent.id, update).await?;
    /// client.agents().archive(&agent.id).await?;
    /// # Ok(())
    /// # }
    /// ```
    pub struct Agents;
}

impl Agents {
    /// The agents of the organisation: `GET /v1/agents`.
    pub fn list(&self) -> List<Agent> {
        List::new(&self.service, &["agents"], "list_agents", Paging::Offset)
    }

    /// The agents with this text in them.
    pub fn search(&self, text: impl Into<String>) -> List<Agent> {
        self.list().search(text)
    }

    /// An agent: `GET /v1/agents/{id}`.
    pub fn get(&self, agent_id: &str) -> Call<Agent> {
        self.service.get(&["agents", agent_id], "get_agent")
    }

    /// Makes an agent: `POST /v1/agents`. One of the same name, or of the same [id](CreateAgentRequest::id) if there is one,
    /// is overwritten.
    pub fn create(&self, agent: CreateAgentRequest) -> Call<Agent> {
        self.service.post(&["agents"], "create_agent", &agent)
    }

    /// Makes the agent with this id, or overwrites it: `PUT /v1/agents/{id}`.
    pub fn put(&self, agent_id: &str, agent: CreateAgentRequest) -> Call<Agent> {
        self.service.put(&["agents", agent_id], "upsert_agent", &agent)
    }

    /// Changes what is set in the request, and leaves the rest: `PATCH /v1/agents/{id}`.
    pub fn update(&self, agent_id: &str, changes: UpdateAgentRequest) -> Call<Agent> {
        self.service.patch(&["agents", agent_id], "update_agent", &changes)
    }

    /// Hides the agent and refuses it new sessions: `DELETE /v1/agents/{id}`.
    pub fn archive(&self, agent_id: &str) -> Call<()> {
        self.service.delete(&["agents", agent_id], "delete_agent")
    }

    /// Deletes an agent that is archived, for good: `POST /v1/agents/{id}/delete`.
    pub fn destroy(&self, agent_id: &str) -> Call<()> {
        self.service.act(Method::POST, &["agents", agent_id, "delete"], "destroy_agent")
    }

    /// Makes a copy of an agent: `POST /v1/agents/{id}/copy`.
    pub fn copy(&self, agent_id: &str) -> Call<Agent> {
        self.service.post(&["agents", agent_id, "copy"], "copy_agent", &json!(null))
    }

    /// Makes an agent, or overwrites one, from the text that [`export`](Self::export) gives: `POST /v1/agents/import`.
    pub fn import(&self, document: impl Into<String>) -> Call<Agent> {
        let document = document.into();
        let call = self.service.call(Method::POST, &["agents", "import"], "import_agent", crate::call::json);
        call.map(|request| Ok(request.content(HeaderValue::from_static("text/plain"), document)))
    }

    /// Makes an agent from an example of the server's: `POST /v1/agents/import?from-example=`.
    pub fn import_example(&self, name: &str) -> Call<Agent> {
        let call = self.service.call(Method::POST, &["agents", "import"], "import_agent", crate::call::json);
        call.map(|request| Ok(request.query("from-example", name)))
    }

    /// The agent as text, in Markdown: `GET /v1/agents/{id}/export`.
    pub fn export(&self, agent_id: &str) -> Call<String> {
        self.service.call(Method::GET, &["agents", agent_id, "export"], "export_agent", text).any_media_type()
    }

    /// What could be better about an agent: `POST /v1/agents/analyze`.
    pub fn analyze(&self, agent: PreviewAgentRequest) -> Call<AgentAnalysis> {
        self.service.post(&["agents", "analyze"], "analyze_agent", &agent)
    }

    /// What an agent would be, without making it: its prompt and tools with what its capabilities add:
    /// `POST /v1/agents/preview`.
    pub fn preview(&self, agent: PreviewAgentRequest) -> Call<AgentPreview> {
        self.service.post(&["agents", "preview"], "preview_agent", &agent)
    }

    /// How much an agent was used: `GET /v1/agents/{id}/stats`.
    pub fn stats(&self, agent_id: &str) -> Call<ResourceStats> {
        self.service.get(&["agents", agent_id, "stats"], "get_agent_stats")
    }

    /// The versions of an agent: `GET /v1/agents/{id}/versions`.
    pub fn versions(&self, agent_id: &str) -> List<AgentVersion> {
        List::new(&self.service, &["agents", agent_id, "versions"], "list_agent_versions", Paging::Whole)
    }

    /// Keeps the agent as it is now as a version: `POST /v1/agents/{id}/versions`.
    pub fn create_version(&self, agent_id: &str, version: CreateAgentVersionRequest) -> Call<AgentVersion> {
        self.service.post(&["agents", agent_id, "versions"], "create_agent_version", &version)
    }

    /// Lets new sessions have this version: `POST /v1/agents/{id}/versions/default`.
    pub fn set_default_version(&self, agent_id: &str, version_id: &str) -> Call<Agent> {
        let version = SetDefaultAgentVersionRequest { version_id: version_id.to_owned() };
        self.service.post(&["agents", agent_id, "versions", "default"], "set_default_agent_version", &version)
    }

    /// How two versions differ: `GET /v1/agents/{id}/versions/{from}/diff/{to}`.
    pub fn diff_versions(&self, agent_id: &str, from: &str, to: &str) -> Call<AgentVersionDiff> {
        self.service.get(&["agents", agent_id, "versions", from, "diff", to], "diff_agent_versions")
    }

    /// Makes an agent of its own from a version: `POST /v1/agents/{id}/versions/{version}/fork`.
    pub fn fork_version(&self, agent_id: &str, version_id: &str, fork: ForkAgentVersionRequest) -> Call<Agent> {
        let segments = ["agents", agent_id, "versions", version_id, "fork"];
        self.service.post(&segments, "fork_agent_version", &fork)
    }

    /// Makes the agent what it was: `POST /v1/agents/{id}/versions/{version}/rollback`.
    pub fn rollback_version(
        &self,
        agent_id: &str,
        version_id: &str,
        rollback: RollbackAgentVersionRequest,
    ) -> Call<Agent> {
        let segments = ["agents", agent_id, "versions", version_id, "rollback"];
        self.service.post(&segments, "rollback_agent_version", &rollback)
    }

    /// The health checks of an agent: `GET /v1/agents/{id}/health-checks`.
    pub fn health_checks(&self, agent_id: &str) -> List<HealthCheckRun> {
        List::new(&self.service, &["agents", agent_id, "health-checks"], "list_health_checks", Paging::Whole)
    }

    /// Checks the health of an agent: `POST /v1/agents/{id}/health-checks`.
    pub fn check_health(&self, agent_id: &str) -> Call<HealthCheckRun> {
        self.service.post(&["agents", agent_id, "health-checks"], "trigger_health_check", &json!({}))
    }

    /// The last health check, and whether the agent has changed since: `GET /v1/agents/{id}/health-checks/latest`.
    pub fn latest_health_check(&self, agent_id: &str) -> Call<LatestHealthCheck> {
        self.service.get(&["agents", agent_id, "health-checks", "latest"], "get_latest_health_check")
    }

    /// A health check: `GET /v1/agents/{id}/health-checks/{run}`.
    pub fn health_check(&self, agent_id: &str, run_id: &str) -> Call<HealthCheckRun> {
        self.service.get(&["agents", agent_id, "health-checks", run_id], "get_health_check")
    }
}
