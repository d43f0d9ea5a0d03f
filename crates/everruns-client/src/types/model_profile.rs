//! What is known of a language model.

use serde_json::Value;

use super::ReasoningEffort;

record! {
    /// What a model is and can do.
    pub struct ModelProfile {
        /// Its name.
        pub name: String,
        /// The family it belongs to.
        pub family: String,
        /// What it is good for.
        pub description: Option<String>,
        /// The day it came out, as `YYYY-MM-DD`.
        pub release_date: Option<String>,
        /// The day it was last changed, as `YYYY-MM-DD`.
        pub last_updated: Option<String>,
        /// The day its knowledge ends, as `YYYY-MM-DD`.
        pub knowledge: Option<String>,
        /// Whether it takes images and files.
        pub attachment: bool,
        /// Whether it reasons.
        pub reasoning: bool,
        /// Whether its temperature can be set.
        pub temperature: bool,
        /// Whether it calls tools.
        pub tool_call: bool,
        /// Whether it searches for tools itself.
        pub tool_search: bool,
        /// Whether it answers in the form of a schema.
        pub structured_output: bool,
        /// Whether it tells answers from remarks on the way.
        pub supports_phases: bool,
        /// Whether its provider shortens conversations itself (0.50).
        pub supports_server_compaction: bool,
        /// Whether its weights are open.
        pub open_weights: bool,
        /// The settings its provider takes.
        pub supported_parameters: Vec<String>,
        /// What it costs.
        pub cost: Option<ModelCost>,
        /// How much it takes and gives.
        pub limits: Option<ModelLimits>,
        /// What it takes and gives.
        pub modalities: Option<ModelModalities>,
        /// How hard it can reason.
        pub reasoning_effort: Option<ReasoningEffortConfig>,
        /// How fast it can answer (0.50).
        pub speed: Option<Value>,
        /// How long its answers can be (0.50).
        pub verbosity: Option<Value>,
        /// Where it is described (0.50).
        pub model_card_url: Option<String>,
        /// What it can decide, where it is made for that (0.50).
        pub decisions: Option<Value>,
    }
}

record! {
    /// What a model costs, in US dollars a million tokens.
    pub struct ModelCost {
        /// Of a prompt.
        pub input: f64,
        /// Of an answer.
        pub output: f64,
        /// That come from the cache.
        pub cache_read: Option<f64>,
        /// That go into the cache (0.50).
        pub cache_write: Option<f64>,
        /// What longer prompts cost.
        pub cost_tiers: Vec<CostTier>,
    }
}

record! {
    /// What a model costs when the prompt is long, in US dollars a million tokens.
    pub struct CostTier {
        /// From how many tokens on.
        pub above_tokens: u64,
        /// Of a prompt.
        pub input: f64,
        /// Of an answer.
        pub output: f64,
        /// That come from the cache.
        pub cache_read: Option<f64>,
        /// That go into the cache (0.50).
        pub cache_write: Option<f64>,
    }
}

record! {
    /// How much a model takes and gives.
    pub struct ModelLimits {
        /// Tokens of a prompt and an answer.
        pub context: u64,
        /// Tokens of a prompt.
        pub input: Option<u64>,
        /// Tokens of an answer.
        pub output: u64,
        /// Images and files in a prompt.
        pub max_media: Option<u64>,
    }
}

record! {
    /// What a model takes and gives.
    pub struct ModelModalities {
        /// What it takes.
        pub input: Vec<Modality>,
        /// What it gives.
        pub output: Vec<Modality>,
    }
}

open_enum! {
    /// A kind of content.
    pub enum Modality {
        /// Text.
        Text = "text",
        /// Images.
        Image = "image",
        /// Sound.
        Audio = "audio",
        /// Films.
        Video = "video",
        /// Documents.
        Pdf = "pdf",
    }
}

record! {
    /// How hard a model can reason.
    pub struct ReasoningEffortConfig {
        /// How hard it does, unless it is told otherwise.
        pub default: ReasoningEffort,
        /// What it can be told.
        pub values: Vec<ReasoningEffortValue>,
    }
}

record! {
    /// One of the efforts of a model.
    pub struct ReasoningEffortValue {
        /// The effort.
        pub value: ReasoningEffort,
        /// Its name for people.
        pub name: String,
    }
}
