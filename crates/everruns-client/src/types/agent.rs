//! Agents.

use std::collections::BTreeMap;

use serde_json::Value;

use super::{
    AllowedAction, CapabilityConfig, InitialFile, Localization, McpServer, NetworkAccess, Starter, TokenUsage,
    ToolDefinition,
};
use crate::wire::{Patch, Timestamp};

record! {
    /// An agent: a system prompt, a model, and what it can do.
    pub struct Agent requires id {
        /// Its id.
        pub id: String,
        /// Its name, unique in the organisation: lower-case letters, digits and single dashes, 64 at most.
        pub name: String,
        /// Its name for people.
        pub display_name: Option<String>,
        /// What it is for.
        pub description: Option<String>,
        /// The same in a line (0.50).
        pub short_description: Option<String>,
        /// What people read before they talk to it, in Markdown (0.50).
        pub intro_markdown: Option<String>,
        /// What people may begin with (0.50).
        pub starters: Vec<Starter>,
        /// Names and descriptions in other languages, by their tags of BCP 47 (0.50).
        pub localizations: BTreeMap<String, Localization>,
        /// What it is told before all else.
        pub system_prompt: String,
        /// The model it uses when nothing else is said.
        pub default_model_id: Option<String>,
        /// The harness it runs in.
        pub harness_id: String,
        /// What it can do.
        pub capabilities: Vec<CapabilityConfig>,
        /// Its tools, besides those of its capabilities.
        pub tools: Vec<ToolDefinition>,
        /// Its servers of the Model Context Protocol, by name.
        pub mcp_servers: BTreeMap<String, McpServer> = "mcpServers",
        /// The files that each session of it starts with.
        pub initial_files: Vec<InitialFile>,
        /// Which hosts it may reach.
        pub network_access: Option<NetworkAccess>,
        /// What its sandbox may do (0.50).
        pub sandbox_policy: Option<Value>,
        /// How often it may call the model in a turn.
        pub max_iterations: Option<u64>,
        /// How many tokens an answer of the model may have (0.50).
        pub max_output_tokens: Option<u64>,
        /// Whether it may call several tools at once.
        pub parallel_tool_calls: Option<bool>,
        /// Whether all that it writes is sent to the user, or what it chooses to (0.50).
        pub communication: Option<Communication>,
        /// The user it acts as when nobody else is there (0.50).
        pub service_virtual_user_id: Option<String>,
        /// Its tags.
        pub tags: Vec<String>,
        /// Whether it can be used.
        pub status: AgentStatus,
        /// The version that new sessions use.
        pub default_version_id: Option<String>,
        /// The agent it was made from.
        pub forked_from_agent_id: Option<String>,
        /// The version it was made from.
        pub forked_from_version_id: Option<String>,
        /// The first agent of the line it was made from.
        pub root_agent_id: Option<String>,
        /// What all its sessions used.
        pub usage: Option<TokenUsage>,
        /// How many apps use it, where it was asked for or listed.
        pub app_count: Option<u64>,
        /// How many sessions it has, where it was asked for or listed.
        pub session_count: Option<u64>,
        /// When it was made.
        pub created_at: Timestamp,
        /// When it was changed last.
        pub updated_at: Timestamp,
        /// When it was archived.
        pub archived_at: Option<Timestamp>,
        /// When it was deleted.
        pub deleted_at: Option<Timestamp>,
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
    /// Whether an agent can be used.
    pub enum AgentStatus {
        /// It can.
        Active = "active",
        /// It cannot, and lists leave it out.
        Archived = "archived",
        /// It is gone.
        Deleted = "deleted",
    }
}

open_enum! {
    /// What of an agent's writing is sent to the user.
    pub enum Communication {
        /// All of it.
        Direct = "direct",
        /// What it sends with a tool.
        Explicit = "explicit",
    }
}

request! {
    /// An agent to make.
    ///
    /// ```
    /// use everruns_sdk::types::CreateAgentRequest;
    ///
    /// let request = CreateAgentRequest {
    ///     name: "my-assistant".to_string(),
    ///     system_prompt: "You are a helpful assistant.".to_string(),
    ///     ..Default::default()
    /// };
    /// # assert!(request.tags.is_empty());
    /// ```
    pub struct CreateAgentRequest {
        /// Its name: lower-case letters, digits and single dashes, 64 at most. An agent that has it already is overwritten.
        pub name: String,
        /// What it is told before all else.
        pub system_prompt: String,
        /// The id of the agent to overwrite, or that the new one gets.
        pub id: Option<String>,
        /// Its name for people.
        pub display_name: Option<String>,
        /// What it is for.
        pub description: Option<String>,
        /// The same in a line (0.50).
        pub short_description: Option<String>,
        /// What people read before they talk to it, in Markdown (0.50).
        pub intro_markdown: Option<String>,
        /// What people may begin with (0.50).
        pub starters: Vec<Starter>,
        /// Names and descriptions in other languages, by their tags of BCP 47 (0.50).
        pub localizations: BTreeMap<String, Localization>,
        /// The model it uses when nothing else is said.
        pub default_model_id: Option<String>,
        /// The harness it runs in, by its id or by `harness_name`.
        pub harness_id: Option<String>,
        /// The harness it runs in, by its name.
        pub harness_name: Option<String>,
        /// What it can do.
        pub capabilities: Vec<CapabilityConfig>,
        /// Its tools, besides those of its capabilities.
        pub tools: Vec<ToolDefinition>,
        /// Its servers of the Model Context Protocol, by name.
        pub mcp_servers: BTreeMap<String, McpServer> = "mcpServers",
        /// The files that each session of it starts with.
        pub initial_files: Vec<InitialFile>,
        /// Which hosts it may reach.
        pub network_access: Option<NetworkAccess>,
        /// What its sandbox may do (0.50).
        pub sandbox_policy: Option<Value>,
        /// How often it may call the model in a turn.
        pub max_iterations: Option<u64>,
        /// How many tokens an answer of the model may have (0.50).
        pub max_output_tokens: Option<u64>,
        /// Whether it may call several tools at once.
        pub parallel_tool_calls: Option<bool>,
        /// Whether all that it writes is sent to the user, or what it chooses to (0.50).
        pub communication: Option<Communication>,
        /// The user it acts as when nobody else is there (0.50).
        pub service_virtual_user_id: Option<String>,
        /// Its tags.
        pub tags: Vec<String>,
    }
}

request! {
    /// What to change about an agent.
    ///
    /// ```
    /// use everruns_sdk::{Patch, types::UpdateAgentRequest};
    ///
    /// let request = UpdateAgentRequest {
    ///     name: Some("renamed".to_string()),
    ///     description: Patch::Clear,
    ///     ..Default::default()
    /// };
    /// # assert_eq!(request.display_name, Patch::Keep);
    /// ```
    pub struct UpdateAgentRequest {
        /// Its name.
        pub name: Option<String>,
        /// What it is told before all else.
        pub system_prompt: Option<String>,
        /// Its name for people.
        pub display_name: Patch<String>,
        /// What it is for.
        pub description: Patch<String>,
        /// The same in a line (0.50).
        pub short_description: Patch<String>,
        /// What people read before they talk to it, in Markdown (0.50).
        pub intro_markdown: Patch<String>,
        /// What people may begin with (0.50).
        pub starters: Option<Vec<Starter>>,
        /// Names and descriptions in other languages, by their tags of BCP 47 (0.50).
        pub localizations: Patch<BTreeMap<String, Localization>>,
        /// The model it uses when nothing else is said.
        pub default_model_id: Patch<String>,
        /// The harness it runs in, by its id or by `harness_name`.
        pub harness_id: Option<String>,
        /// The harness it runs in, by its name.
        pub harness_name: Option<String>,
        /// What it can do: all of it.
        pub capabilities: Option<Vec<CapabilityConfig>>,
        /// Its tools: all of them.
        pub tools: Option<Vec<ToolDefinition>>,
        /// Its servers of the Model Context Protocol: all of them, by name.
        pub mcp_servers: Option<BTreeMap<String, McpServer>> = "mcpServers",
        /// The files that each session of it starts with: all of them.
        pub initial_files: Option<Vec<InitialFile>>,
        /// Which hosts it may reach.
        pub network_access: Patch<NetworkAccess>,
        /// What its sandbox may do (0.50).
        pub sandbox_policy: Patch<Value>,
        /// How often it may call the model in a turn.
        pub max_iterations: Patch<u64>,
        /// How many tokens an answer of the model may have (0.50).
        pub max_output_tokens: Patch<u64>,
        /// Whether it may call several tools at once.
        pub parallel_tool_calls: Patch<bool>,
        /// Whether all that it writes is sent to the user, or what it chooses to (0.50).
        pub communication: Option<Communication>,
        /// The user it acts as when nobody else is there (0.50).
        pub service_virtual_user_id: Patch<String>,
        /// Its tags: all of them.
        pub tags: Option<Vec<String>>,
        /// Whether it can be used.
        pub status: Option<AgentStatus>,
    }
}
