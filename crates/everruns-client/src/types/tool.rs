//! Tools of agents.

use serde_json::Value;

tagged! {
    /// A tool, told apart by its `type`.
    pub enum ToolDefinition by "type" {
        /// The platform runs it.
        Builtin(BuiltinTool) = "builtin",
        /// The caller runs it, and sends the results.
        ClientSide(ClientSideTool) = "client_side",
    }
}

shared! {
    /// A tool that the platform runs.
    pub struct BuiltinTool {
        /// Its name.
        pub name: String; always,
        /// Its name for people.
        pub display_name: Option<String>,
        /// What it does, for the model.
        pub description: String; always,
        /// The JSON Schema of its arguments.
        pub parameters: Value; always,
        /// When it runs.
        pub policy: Option<ToolPolicy>,
        /// The group under which a search finds it.
        pub category: Option<String>,
        /// Whether the model may get its schema later.
        pub deferrable: Option<DeferrablePolicy>,
        /// How it behaves.
        pub hints: Option<ToolHints>,
        /// The whole schema, where `parameters` is a short one.
        pub full_parameters: Option<Value>,
    }
}

shared! {
    /// A tool that the caller runs.
    ///
    /// ```
    /// use everruns_sdk::types::{ClientSideTool, ToolDefinition};
    ///
    /// let tool = ToolDefinition::from(ClientSideTool {
    ///     name: "open_door".to_string(),
    ///     description: "Opens a door.".to_string(),
    ///     parameters: serde_json::json!({"type": "object", "properties": {"door": {"type": "string"}}}),
    ///     ..Default::default()
    /// });
    /// assert_eq!(tool.kind(), "client_side");
    /// ```
    pub struct ClientSideTool {
        /// Its name.
        pub name: String; always,
        /// Its name for people.
        pub display_name: Option<String>,
        /// What it does, for the model.
        pub description: String; always,
        /// The JSON Schema of its arguments.
        pub parameters: Value; always,
        /// The group under which a search finds it.
        pub category: Option<String>,
        /// Whether the model may get its schema later.
        pub deferrable: Option<DeferrablePolicy>,
        /// How it behaves.
        pub hints: Option<ToolHints>,
        /// The whole schema, where `parameters` is a short one.
        pub full_parameters: Option<Value>,
    }
}

shared! {
    /// How a tool behaves; what is not said should be taken for the worse.
    pub struct ToolHints {
        /// It changes nothing.
        pub readonly: Option<bool>,
        /// It may destroy something.
        pub destructive: Option<bool>,
        /// Calling it twice is as calling it once.
        pub idempotent: Option<bool>,
        /// It reaches out of the platform.
        pub open_world: Option<bool>,
        /// It needs secrets of the session.
        pub requires_secrets: Option<bool>,
        /// It takes long.
        pub long_running: Option<bool>,
        /// It can run in the background.
        pub supports_background: Option<bool>,
        /// Calls of one class run one after the other.
        pub concurrency_class: Option<String>,
        /// It computes much.
        pub cpu_bound: Option<bool>,
        /// It is always offered by itself, never through another tool (0.50).
        pub stays_direct: Option<bool>,
        /// Its output is kept as a file.
        pub persist_output: Option<bool>,
        /// The capability that it belongs to.
        pub capability_id: Option<String>,
        /// The name of that capability.
        pub capability_name: Option<String>,
        /// What that capability does (0.50).
        pub capability_description: Option<String>,
        /// What it works on, in a word, for lines that tell people what goes on.
        pub narration_noun: Option<String>,
        /// What repeating a call would do.
        pub side_effect_class: Option<SideEffectClass>,
        /// More about it (0.50).
        pub metadata: Option<Value>,
    }
}

open_enum! {
    /// When a tool runs.
    pub enum ToolPolicy {
        /// When the model calls it.
        Auto = "auto",
        /// When somebody has approved the call.
        RequiresApproval = "requires_approval",
        /// When the caller runs it.
        ClientSide = "client_side",
    }
}

open_enum! {
    /// Whether the model gets the schema of a tool only when it looks for it.
    pub enum DeferrablePolicy {
        /// It gets it at once.
        Never = "never",
        /// As the platform sees fit.
        Automatic = "automatic",
        /// When it looks for it.
        Always = "always",
    }
}

open_enum! {
    /// What repeating a call would do.
    pub enum SideEffectClass {
        /// Nothing: it has no effect.
        Pure = "Pure" | "pure",
        /// Nothing more.
        Idempotent = "Idempotent" | "idempotent",
        /// Something again: it must not be repeated.
        AtMostOnce = "AtMostOnce" | "at_most_once",
    }
}
