//! What agents can do.

use std::collections::BTreeMap;

use serde_json::{Map, Value};

use super::{AllowedAction, ToolDefinition};

record! {
    /// Something that agents can do: tools, and what they are told about them.
    pub struct Capability requires id {
        /// Its id, which agents refer to.
        pub id: String,
        /// Its name.
        pub name: String,
        /// What it is for.
        pub description: String,
        /// Names and descriptions in other languages, by their tags of BCP 47.
        pub localizations: BTreeMap<String, CapabilityLocalization>,
        /// Whether it can be used.
        pub status: CapabilityStatus,
        /// Its icon, by name.
        pub icon: Option<String>,
        /// The group it belongs to.
        pub category: Option<String>,
        /// What agents with it are told.
        pub system_prompt: Option<String>,
        /// Its tools.
        pub tool_definitions: Vec<ToolDefinition>,
        /// Whether it is a server of the Model Context Protocol.
        pub is_mcp: bool,
        /// Whether it is a skill.
        pub is_skill: bool,
        /// Whether it guards what agents say and do.
        pub is_guardrail: bool,
        /// The capabilities it needs.
        pub dependencies: Vec<String>,
        /// The parts of the platform it uses.
        pub features: Vec<String>,
        /// The JSON Schema of its settings.
        pub config_schema: Map<String, Value>,
        /// How a page should show them.
        pub config_ui_schema: Map<String, Value>,
        /// What harm it may do.
        pub risk_level: Option<RiskLevel>,
        /// How many agents have it.
        pub agent_count: u64,
        /// How many harnesses have it.
        pub harness_count: u64,
        /// Where it is documented.
        pub docs_slug: Option<String>,
        /// The flag that switches it on (0.50).
        pub feature_flag: Option<String>,
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

record! {
    /// A capability in another language.
    pub struct CapabilityLocalization {
        /// Its name.
        pub name: Option<String>,
        /// What it is for.
        pub description: Option<String>,
        /// What its settings are for.
        pub config_description: Option<String>,
        /// What is laid over the schema of its settings.
        pub config_overlay: Option<Value>,
    }
}

open_enum! {
    /// Whether a capability can be used.
    pub enum CapabilityStatus {
        /// It can.
        Available = "available",
        /// Not yet.
        ComingSoon = "coming_soon" | "comingsoon",
        /// It should not be any more.
        Deprecated = "deprecated",
        /// Only by an agent that acts as somebody (0.50).
        NeedsIdentity = "needs_identity",
    }
}

open_enum! {
    /// What harm a capability may do.
    pub enum RiskLevel {
        /// Little.
        Low = "low",
        /// Some.
        Medium = "medium",
        /// Much.
        High = "high",
    }
}

record! {
    /// One use of a capability.
    pub struct CapabilityUsageRecord {
        /// The capability.
        pub capability_id: String,
        /// Its name.
        pub capability_name: Option<String>,
        /// How far the use went.
        pub usage_kind: CapabilityUsageKind,
        /// The tool that was called.
        pub tool_name: Option<String>,
        /// How often.
        pub usage_count: Option<u64>,
        /// How long it took, in milliseconds.
        pub duration_ms: Option<u64>,
    }
}

open_enum! {
    /// How far the use of a capability went.
    pub enum CapabilityUsageKind {
        /// The agent has it.
        Configured = "configured",
        /// It was found.
        Resolved = "resolved",
        /// The model was offered its tools.
        Exposed = "exposed",
        /// A tool of it was called.
        Invoked = "invoked",
        /// It had an effect.
        EffectRan = "effect_ran",
    }
}
