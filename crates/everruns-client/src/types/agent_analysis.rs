//! What is wrong with the settings of an agent.

use std::collections::BTreeMap;

use serde_json::Value;

use super::{CapabilityConfig, InitialFile, McpServer};

request! {
    /// The settings of an agent, to be looked at or checked.
    pub struct PreviewAgentRequest {
        /// What it is told before all else.
        pub system_prompt: String,
        /// The harness it runs in (0.50).
        pub harness_id: Option<String>,
        /// What it can do.
        pub capabilities: Vec<CapabilityConfig>,
        /// Its tools.
        pub tools: Vec<Value>,
        /// Its servers of the Model Context Protocol, by name.
        pub mcp_servers: BTreeMap<String, McpServer> = "mcpServers",
        /// The files that each session of it starts with (0.50).
        pub initial_files: Vec<InitialFile>,
    }
}

record! {
    /// What a model would be given.
    pub struct AgentPreview {
        /// The system prompt, with what the capabilities add.
        pub system_prompt: String,
        /// The tools.
        pub tools: Vec<Value>,
        /// What is wrong.
        pub findings: Vec<Finding>,
    }
}

record! {
    /// What is wrong with an agent.
    pub struct AgentAnalysis {
        /// Each thing.
        pub findings: Vec<Finding>,
    }
}

record! {
    /// One thing that is wrong.
    pub struct Finding {
        /// The rule that found it.
        pub rule_id: String,
        /// How bad it is.
        pub severity: FindingSeverity,
        /// What it is about.
        pub category: FindingCategory,
        /// What found it.
        pub source: FindingSource,
        /// What is wrong, in words.
        pub message: String,
        /// What to do, in words.
        pub fix: Option<String>,
        /// Where it is.
        pub location: Option<FindingLocation>,
    }
}

record! {
    /// A place in the settings of an agent.
    pub struct FindingLocation {
        /// The field.
        pub field: String,
        /// Where in its text it begins.
        pub start: Option<u64>,
        /// Where in its text it ends, exclusive.
        pub end: Option<u64>,
    }
}

open_enum! {
    /// How bad a finding is.
    pub enum FindingSeverity {
        /// It may do harm.
        Warning = "warning",
        /// It is good to know.
        Info = "info",
        /// It could be better.
        Suggestion = "suggestion",
    }
}

open_enum! {
    /// What a finding is about.
    pub enum FindingCategory {
        /// How the prompt is built.
        Structure = "structure",
        /// What is missing.
        Completeness = "completeness",
        /// How well it works.
        Effectiveness = "effectiveness",
        /// What could go wrong.
        Safety = "safety",
        /// What it costs.
        Cost = "cost",
    }
}

open_enum! {
    /// What found a finding.
    pub enum FindingSource {
        /// A rule.
        Builtin = "builtin",
        /// A model.
        Llm = "llm",
        /// A health check.
        HealthCheck = "health_check",
    }
}
