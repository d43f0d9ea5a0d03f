//! Sessions.

use std::collections::BTreeMap;

use serde_json::{Map, Value};

use super::{
    AllowedAction, CapabilityConfig, InitialFile, McpServer, NetworkAccess, PendingApproval, PendingQuestions,
    Principal, TokenUsage, ToolDefinition,
};
use crate::wire::{Patch, Timestamp};

record! {
    /// A session: a conversation with an agent, and its workspace.
    pub struct Session requires id {
        /// Its id.
        pub id: String,
        /// The organisation it belongs to.
        pub organization_id: String,
        /// What it does.
        pub status: SessionStatus,
        /// Its title.
        pub title: Option<String>,
        /// The beginning of the conversation.
        pub preview: Option<String>,
        /// The beginning of the last answer.
        pub output_preview: Option<String>,
        /// What it should achieve (0.50).
        pub goal: Option<String>,
        /// The agent; a server that serves a single one gives the name.
        pub agent_id: Option<String>,
        /// The name of the agent (0.50).
        pub agent_name: Option<String>,
        /// The version of the agent.
        pub agent_version_id: Option<String>,
        /// The identity that the agent acts with.
        pub agent_identity_id: Option<String>,
        /// The harness it runs in.
        pub harness_id: String,
        /// Which build of the agent runs (0.50).
        pub build_id: Option<String>,
        /// The model, where it is not that of the agent.
        pub model_id: Option<String>,
        /// What the agent is told besides its own system prompt.
        pub system_prompt: Option<String>,
        /// The language, a tag of BCP 47.
        pub locale: Option<String>,
        /// What the client can show or do.
        pub hints: Map<String, Value>,
        /// What the agent can do here besides.
        pub capabilities: Vec<CapabilityConfig>,
        /// Tools of this session.
        pub tools: Vec<ToolDefinition>,
        /// Servers of the Model Context Protocol of this session, by name.
        pub mcp_servers: BTreeMap<String, McpServer> = "mcpServers",
        /// The files it started with.
        pub initial_files: Vec<InitialFile>,
        /// Which hosts it may reach.
        pub network_access: Option<NetworkAccess>,
        /// Its sandbox (0.50).
        pub sandbox: Option<Value>,
        /// How often the model may be called in a turn.
        pub max_iterations: Option<u64>,
        /// Whether several tools may be called at once.
        pub parallel_tool_calls: Option<bool>,
        /// Its tags.
        pub tags: Vec<String>,
        /// Where it was started from (0.50).
        pub source: Option<String>,
        /// The workspace with its files.
        pub workspace_id: String,
        /// Which parts of the platform it uses, such as its files.
        pub features: Vec<String>,
        /// How many of its schedules are on.
        pub active_schedule_count: Option<u64>,
        /// The blueprint it was made by.
        pub blueprint_id: Option<String>,
        /// The settings of that blueprint.
        pub blueprint_config: Option<Value>,
        /// The session whose agent started it.
        pub parent_session_id: Option<String>,
        /// The session it was forked from.
        pub forked_from_session_id: Option<String>,
        /// The event up to which it shares the conversation with that session.
        pub forked_from_sequence: Option<u64>,
        /// Whom it belongs to.
        pub owner_principal_id: String,
        /// The same, in full.
        pub owner: Option<Principal>,
        /// Who answers for it, where that is not the owner.
        pub effective_owner: Option<Principal>,
        /// The user behind the owner.
        pub resolved_owner_user_id: Option<String>,
        /// The end user it is for (0.50).
        pub virtual_user_id: Option<String>,
        /// The user who tries the agent out (0.50).
        pub playground_user_id: Option<String>,
        /// Whether the caller has pinned it.
        pub is_pinned: Option<bool>,
        /// What all its turns used.
        pub usage: Option<TokenUsage>,
        /// The turn that runs (0.50).
        pub turn_id: Option<String>,
        /// Questions that it waits on (0.50).
        pub pending_questions: Vec<PendingQuestions>,
        /// Calls of tools that it holds back (0.50).
        pub pending_approvals: Vec<PendingApproval>,
        /// Why it stands still (0.50).
        pub suspension_reason: Option<String>,
        /// When it was made.
        pub created_at: Timestamp,
        /// When it was changed last.
        pub updated_at: Timestamp,
        /// When its first turn started.
        pub started_at: Option<Timestamp>,
        /// When it was over.
        pub finished_at: Option<Timestamp>,
        /// What may be done with it now.
        pub allowed_actions: Vec<AllowedAction>,
        /// Its address in the API.
        pub self_url: Option<String>,
        /// Its address for people.
        pub view_url: Option<String>,
        /// Its path in the pages for people.
        pub ui_link: Option<String>,
    }
}

open_enum! {
    /// What a session does.
    pub enum SessionStatus {
        /// It has had no turn.
        Started = "started",
        /// A turn runs.
        Active = "active",
        /// It waits for a message.
        Idle = "idle",
        /// A turn waits for results of tools, answers or approvals.
        WaitingForToolResults = "waitingfortoolresults" | "waiting_for_tool_results",
        /// A budget has stopped it.
        Paused = "paused",
        /// A turn runs, as the address of an agent says it.
        Running = "running",
        /// A turn waits for answers or approvals, as the address of an agent says it.
        WaitingForInput = "waiting_for_input",
        /// The last turn failed, as the address of an agent says it.
        Failed = "failed",
    }
}

request! {
    /// A session to make.
    ///
    /// ```
    /// use everruns_sdk::types::CreateSessionRequest;
    ///
    /// let request = CreateSessionRequest { agent_id: "agent_01".to_string(), ..Default::default() };
    /// # assert!(request.title.is_none());
    /// ```
    pub struct CreateSessionRequest {
        /// The agent, by its id. Empty when `agent_name` names it, or only a harness is wanted.
        pub agent_id: String; optional,
        /// The agent, by its name.
        pub agent_name: Option<String>,
        /// The harness, by its id or by `harness_name`.
        pub harness_id: Option<String>,
        /// The harness, by its name.
        pub harness_name: Option<String>,
        /// Its title.
        pub title: Option<String>,
        /// What it should achieve (0.50).
        pub goal: Option<String>,
        /// The model, in the place of that of the agent.
        pub model_id: Option<String>,
        /// What the agent is told besides its own system prompt.
        pub system_prompt: Option<String>,
        /// The language, a tag of BCP 47.
        pub locale: Option<String>,
        /// What the client can show or do.
        pub hints: Map<String, Value>,
        /// What the agent can do here besides.
        pub capabilities: Vec<CapabilityConfig>,
        /// Tools of this session.
        pub tools: Vec<ToolDefinition>,
        /// Servers of the Model Context Protocol of this session, by name.
        pub mcp_servers: BTreeMap<String, McpServer> = "mcpServers",
        /// The files it starts with.
        pub initial_files: Vec<InitialFile>,
        /// Which hosts it may reach.
        pub network_access: Option<NetworkAccess>,
        /// Its sandbox (0.50).
        pub sandbox: Option<Value>,
        /// How often the model may be called in a turn.
        pub max_iterations: Option<u64>,
        /// Whether several tools may be called at once.
        pub parallel_tool_calls: Option<bool>,
        /// Its tags.
        pub tags: Vec<String>,
        /// Where it is started from (0.50).
        pub source: Option<String>,
        /// The workspace to use, in the place of a new one.
        pub workspace_id: Option<String>,
        /// The identity that the agent acts with.
        pub agent_identity_id: Option<String>,
        /// The end user it is for (0.50).
        pub virtual_user_id: Option<String>,
        /// The user who tries the agent out (0.50).
        pub playground_user_id: Option<String>,
    }
}

request! {
    /// What to change about a session.
    pub struct UpdateSessionRequest {
        /// Its title.
        pub title: Patch<String>,
        /// Its language, a tag of BCP 47.
        pub locale: Patch<String>,
        /// What it should achieve (0.50).
        pub goal: Patch<String>,
        /// The model, in the place of that of the agent (0.50).
        pub model_id: Patch<String>,
        /// Its tags: all of them.
        pub tags: Option<Vec<String>>,
        /// The identity that the agent acts with.
        pub agent_identity_id: Patch<String>,
        /// The end user it is for (0.50).
        pub virtual_user_id: Patch<String>,
    }
}
