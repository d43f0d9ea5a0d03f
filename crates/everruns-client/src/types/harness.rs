//! Harnesses: what agents run in.

use std::collections::BTreeMap;

use super::{AllowedAction, CapabilityConfig, InitialFile, Localization, McpServer, NetworkAccess, Starter};
use crate::wire::{Patch, Timestamp};

record! {
    /// What agents run in: a system prompt and capabilities that they share.
    pub struct Harness requires id {
        /// Its id.
        pub id: String,
        /// Its name: lower-case letters, digits and single dashes, 64 at most.
        pub name: String,
        /// Its name for people.
        pub display_name: Option<String>,
        /// What it is for.
        pub description: Option<String>,
        /// The same in a line (0.50).
        pub short_description: Option<String>,
        /// What people read before they talk to an agent in it, in Markdown (0.50).
        pub intro_markdown: Option<String>,
        /// What people may begin with (0.50).
        pub starters: Vec<Starter>,
        /// Names and descriptions in other languages, by their tags of BCP 47 (0.50).
        pub localizations: BTreeMap<String, Localization>,
        /// The harness it takes all else from.
        pub parent_harness_id: Option<String>,
        /// What agents in it are told before their own prompt.
        pub system_prompt: Option<String>,
        /// The model of agents that have none.
        pub default_model_id: Option<String>,
        /// What agents in it can do.
        pub capabilities: Vec<CapabilityConfig>,
        /// Their servers of the Model Context Protocol, by name.
        pub mcp_servers: BTreeMap<String, McpServer> = "mcpServers",
        /// The files that each session starts with.
        pub initial_files: Vec<InitialFile>,
        /// Which hosts they may reach.
        pub network_access: Option<NetworkAccess>,
        /// Whether they may call several tools at once.
        pub parallel_tool_calls: Option<bool>,
        /// What the program that embeds the platform keeps with it.
        pub embedder_metadata: BTreeMap<String, String>,
        /// Its tags.
        pub tags: Vec<String>,
        /// Whether it can be used.
        pub status: HarnessStatus,
        /// Whether it comes with the platform.
        pub is_built_in: bool,
        /// How many apps use it, where it was asked for or listed.
        pub app_count: Option<u64>,
        /// How many sessions run in it, where it was asked for or listed.
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
    /// Whether a harness can be used.
    pub enum HarnessStatus {
        /// It can.
        Active = "active",
        /// It cannot, and lists leave it out.
        Archived = "archived",
        /// It is gone.
        Deleted = "deleted",
    }
}

record! {
    /// An example of a harness.
    pub struct HarnessExample {
        /// Its name.
        pub name: String,
        /// Its name for people.
        pub display_name: String,
        /// What it is for.
        pub description: String,
        /// The harness it takes all else from.
        pub parent_name: Option<String>,
        /// What agents in it can do.
        pub capabilities: Vec<CapabilityConfig>,
        /// Its tags.
        pub tags: Vec<String>,
        /// Whether only developers of the platform see it.
        pub dev_only: bool,
    }
}

request! {
    /// A harness to make.
    pub struct CreateHarnessRequest {
        /// Its name: lower-case letters, digits and single dashes, 64 at most.
        pub name: String,
        /// Its name for people.
        pub display_name: Option<String>,
        /// What it is for.
        pub description: Option<String>,
        /// The same in a line (0.50).
        pub short_description: Option<String>,
        /// What people read before they talk to an agent in it, in Markdown (0.50).
        pub intro_markdown: Option<String>,
        /// What people may begin with (0.50).
        pub starters: Vec<Starter>,
        /// Names and descriptions in other languages, by their tags of BCP 47 (0.50).
        pub localizations: BTreeMap<String, Localization>,
        /// The harness it takes all else from.
        pub parent_harness_id: Option<String>,
        /// What agents in it are told before their own prompt.
        pub system_prompt: Option<String>,
        /// The model of agents that have none.
        pub default_model_id: Option<String>,
        /// What agents in it can do.
        pub capabilities: Vec<CapabilityConfig>,
        /// Their servers of the Model Context Protocol, by name.
        pub mcp_servers: BTreeMap<String, McpServer> = "mcpServers",
        /// The files that each session starts with.
        pub initial_files: Vec<InitialFile>,
        /// Which hosts they may reach.
        pub network_access: Option<NetworkAccess>,
        /// What the program that embeds the platform keeps with it.
        pub embedder_metadata: BTreeMap<String, String>,
        /// Its tags.
        pub tags: Vec<String>,
    }
}

request! {
    /// What to change about a harness.
    pub struct UpdateHarnessRequest {
        /// Its name.
        pub name: Option<String>,
        /// Its name for people.
        pub display_name: Patch<String>,
        /// What it is for.
        pub description: Patch<String>,
        /// The same in a line (0.50).
        pub short_description: Patch<String>,
        /// What people read before they talk to an agent in it, in Markdown (0.50).
        pub intro_markdown: Patch<String>,
        /// What people may begin with (0.50).
        pub starters: Option<Vec<Starter>>,
        /// Names and descriptions in other languages, by their tags of BCP 47 (0.50).
        pub localizations: Patch<BTreeMap<String, Localization>>,
        /// The harness it takes all else from.
        pub parent_harness_id: Patch<String>,
        /// What agents in it are told before their own prompt.
        pub system_prompt: Patch<String>,
        /// The model of agents that have none.
        pub default_model_id: Patch<String>,
        /// What agents in it can do: all of it.
        pub capabilities: Option<Vec<CapabilityConfig>>,
        /// Their servers of the Model Context Protocol: all of them, by name.
        pub mcp_servers: Option<BTreeMap<String, McpServer>> = "mcpServers",
        /// The files that each session starts with: all of them.
        pub initial_files: Option<Vec<InitialFile>>,
        /// Which hosts they may reach.
        pub network_access: Patch<NetworkAccess>,
        /// What the program that embeds the platform keeps with it: all of it.
        pub embedder_metadata: Option<BTreeMap<String, String>>,
        /// Its tags: all of them.
        pub tags: Option<Vec<String>>,
        /// Whether it can be used.
        pub status: Option<HarnessStatus>,
    }
}
