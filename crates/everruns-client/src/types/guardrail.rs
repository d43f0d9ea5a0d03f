//! Guards of what agents say and do.

use serde_json::{Map, Value};

record! {
    /// The answer with examples of guards.
    pub struct GuardrailExamples {
        /// The examples.
        pub examples: Vec<GuardrailExample>,
    }
}

record! {
    /// An example of a guard.
    pub struct GuardrailExample {
        /// Its name.
        pub name: String,
        /// Its name for people.
        pub display_name: String,
        /// What it is for.
        pub description: String,
        /// Its settings.
        pub config: Map<String, Value>,
        /// What kinds of checks it makes.
        pub check_types: Vec<String>,
        /// When it checks.
        pub stages: Vec<GuardrailStage>,
        /// What it sends elsewhere.
        pub data_egress: String,
        /// Its tags.
        pub tags: Vec<String>,
    }
}

open_enum! {
    /// When a guard checks.
    pub enum GuardrailStage {
        /// What the agent says.
        Output = "output",
        /// The calls of its tools.
        ToolUse = "tool_use",
        /// What they give.
        ToolOutput = "tool_output",
    }
}

request! {
    /// A guard to try on a text.
    pub struct GuardrailsDryRunRequest {
        /// Its settings.
        pub config: Value,
        /// As what the text is checked.
        pub stage: GuardrailStage; always,
        /// The text.
        pub text: String,
        /// The tool that the text is about.
        pub tool_name: Option<String>,
    }
}

record! {
    /// What a guard would do.
    pub struct GuardrailsDryRun {
        /// Whether it would stop the text.
        pub blocked: bool,
        /// What it found.
        pub hits: Vec<GuardrailHit>,
    }
}

record! {
    /// One thing that a guard found.
    pub struct GuardrailHit {
        /// Which of its checks found it, from 0.
        pub check_index: u64,
        /// The id of that check.
        pub check_id: String,
        /// What kind of check that is.
        pub rule_type: String,
        /// When it checks.
        pub stage: GuardrailStage,
        /// What it does.
        pub action: GuardrailAction,
        /// Why, in a word.
        pub reason_code: String,
        /// What it found in the text.
        pub matched: Option<String>,
        /// What stands in its place.
        pub replacement: Option<String>,
    }
}

open_enum! {
    /// What a guard does.
    pub enum GuardrailAction {
        /// It stops the text.
        Block = "block",
        /// It writes it down.
        Log = "log",
    }
}
