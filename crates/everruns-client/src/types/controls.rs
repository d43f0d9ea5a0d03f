//! How one message is to be worked on.

use serde_json::{Map, Value};

shared! {
    /// Settings of one turn, which go before those of the session and of the agent.
    pub struct Controls {
        /// The id of the model.
        pub model_id: Option<String>,
        /// The language, a tag of BCP 47 such as `uk-UA`.
        pub locale: Option<String>,
        /// How much the model reasons.
        pub reasoning: Option<ReasoningConfig>,
        /// How fast the provider answers, where it sells several speeds (0.50).
        pub speed: Option<String>,
        /// How long the answer should be, where the model knows it (0.50).
        pub verbosity: Option<String>,
        /// How much of an error the user is shown: `generic`, `standard` or `detailed`. It can only narrow what the agent shows.
        pub error_disclosure: Option<String>,
        /// What the client can show or do, merged over the hints of the session by their names.
        pub hints: Map<String, Value>,
    }
}

shared! {
    /// How much a model reasons.
    pub struct ReasoningConfig {
        /// The effort.
        pub effort: Option<ReasoningEffort>,
    }
}

open_enum! {
    /// How hard a model reasons. Each model has only some of them.
    pub enum ReasoningEffort {
        /// Not at all.
        None = "none",
        /// Hardly.
        Minimal = "minimal",
        /// A little.
        Low = "low",
        /// Between low and high.
        Medium = "medium",
        /// Much.
        High = "high",
        /// More than much.
        XHigh = "xhigh",
        /// As much as the model can (0.50).
        Max = "max",
    }
}
