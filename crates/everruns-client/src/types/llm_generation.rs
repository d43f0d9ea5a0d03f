//! Calls of a language model.

use serde_json::{Map, Value};

use super::{TokenUsage, ToolCall};

record! {
    /// What a model gave.
    pub struct LlmGenerationOutput {
        /// The text.
        pub text: Option<String>,
        /// The calls of tools.
        pub tool_calls: Vec<ToolCall>,
    }
}

record! {
    /// How a call of a model went.
    pub struct LlmGenerationMetadata {
        /// The model that was asked for.
        pub model: String,
        /// The model that answered, as the provider says (0.50).
        pub response_model: Option<String>,
        /// What the provider is.
        pub provider: Option<String>,
        /// The provider (0.50).
        pub provider_id: Option<String>,
        /// The id that the provider gave the answer.
        pub response_id: Option<String>,
        /// Whether it worked.
        pub success: bool,
        /// Why it did not.
        pub error: Option<String>,
        /// Why the model stopped.
        pub finish_reasons: Vec<String>,
        /// The same in the words of the provider (0.50).
        pub provider_finish_reason: Option<String>,
        /// What it used.
        pub usage: Option<TokenUsage>,
        /// How long it took, in milliseconds.
        pub duration_ms: Option<u64>,
        /// How long the first token took, in milliseconds.
        pub time_to_first_token_ms: Option<u64>,
        /// How often it was tried.
        pub retry: Option<LlmRetryInfo>,
        /// Whether the conversation was shortened for it.
        pub compaction: Option<LlmCompactionInfo>,
        /// What was asked of the model.
        pub request_options: Option<LlmRequestOptions>,
        /// What the price consists of (0.50).
        pub cost_components: Vec<LlmCostComponent>,
        /// How many calls of tools were left out, being cut off (0.50).
        pub tool_calls_dropped: Option<u64>,
        /// How many calls of tools ran although they were cut off (0.50).
        pub tool_calls_truncated_executed: Option<u64>,
        /// What decided about calls that were cut off (0.50).
        pub truncation_gate: Option<String>,
        /// How the tools differ from those of the call before (0.50).
        pub tool_changes: Option<Value>,
    }
}

record! {
    /// How often a call of a model was tried.
    pub struct LlmRetryInfo {
        /// How often.
        pub attempts: u64,
        /// How long was waited between the tries, in milliseconds.
        pub total_wait_ms: u64,
    }
}

record! {
    /// How a conversation was shortened.
    pub struct LlmCompactionInfo {
        /// Whether it was.
        pub compacted: bool,
        /// Tokens before.
        pub input_tokens_before: Option<u64>,
        /// Tokens after.
        pub input_tokens_after: Option<u64>,
        /// How long it took, in milliseconds.
        pub duration_ms: Option<u64>,
        /// What it cost, in US dollars (0.50).
        pub cost_usd: Option<f64>,
    }
}

record! {
    /// What was asked of a model.
    pub struct LlmRequestOptions {
        /// Its temperature (0.50).
        pub temperature: Option<f64>,
        /// How many tokens the answer may have (0.50).
        pub max_tokens: Option<u64>,
        /// How hard it should reason (0.50).
        pub reasoning_effort: Option<String>,
        /// Whether the answer is streamed (0.50).
        pub stream: Option<bool>,
        /// How prompts are kept.
        pub prompt_cache: Option<LlmPromptCacheInfo>,
        /// How tools are searched for.
        pub tool_search: Option<LlmToolSearchInfo>,
        /// What only the provider knows.
        pub provider_options: Map<String, Value>,
        /// What was attached for the provider.
        pub metadata: Map<String, Value>,
    }
}

record! {
    /// How prompts are kept.
    pub struct LlmPromptCacheInfo {
        /// Whether they are.
        pub enabled: bool,
        /// How the platform says what to keep.
        pub strategy: PromptCacheStrategy,
        /// How the provider keeps it.
        pub provider_mode: Option<String>,
        /// How long the provider keeps it (0.50).
        pub retention: Option<String>,
    }
}

open_enum! {
    /// How the platform says what to keep of a prompt.
    pub enum PromptCacheStrategy {
        /// As the provider does by itself.
        Auto = "auto",
        /// By marks (0.50).
        Explicit = "explicit",
    }
}

record! {
    /// How tools are searched for.
    pub struct LlmToolSearchInfo {
        /// Whether they are.
        pub enabled: bool,
        /// From how many tools on.
        pub threshold: u64,
    }
}

record! {
    /// A part of a price.
    pub struct LlmCostComponent {
        /// What kind of thing was paid for.
        pub kind: String,
        /// What it is called.
        pub name: String,
        /// How much of it.
        pub quantity: Option<u64>,
        /// What it cost, in US dollars.
        pub cost_usd: Option<f64>,
    }
}
