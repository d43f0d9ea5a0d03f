//! Calls of tools.

use serde_json::Value;

record! {
    /// A call of a tool.
    pub struct ToolCall {
        /// Its id.
        pub id: String,
        /// The name of the tool.
        pub name: String,
        /// The arguments, as the schema of the tool says; `null` where the agent does not show them.
        pub arguments: Value,
    }
}

record! {
    /// A call of a tool, without its arguments.
    pub struct ToolCallSummary {
        /// Its id.
        pub id: String,
        /// The name of the tool.
        pub name: String,
        /// The name of the tool for people.
        pub display_name: Option<String>,
        /// What is going on, in a line for people.
        pub narration: Option<String>,
        /// What went on, for when it is over (0.50).
        pub completed_narration: Option<String>,
    }
}

record! {
    /// A tool that a model was offered, without its schema.
    pub struct ToolDefinitionSummary {
        /// Its name.
        pub name: String,
        /// Its name for people.
        pub display_name: Option<String>,
        /// The group that it belongs to.
        pub category: Option<String>,
        /// The capability that it belongs to.
        pub capability_id: Option<String>,
        /// The name of that capability.
        pub capability_name: Option<String>,
        /// What it does, for the model.
        pub description: String,
    }
}

open_enum! {
    /// How a call ended.
    pub enum ToolStatus {
        /// With a result.
        Success = "success",
        /// With an error.
        Error = "error",
        /// It took too long.
        Timeout = "timeout",
        /// It was cancelled.
        Cancelled = "cancelled" | "canceled",
    }
}

open_enum! {
    /// How bad it is that a call failed.
    pub enum Severity {
        /// The agent can live with it.
        Issue = "issue",
        /// It is an error.
        Error = "error",
    }
}
