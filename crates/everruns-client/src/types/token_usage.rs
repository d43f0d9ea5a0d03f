//! What a language model was given and gave.

record! {
    /// Tokens and their price. The three kinds of input are disjoint: what came from the cache or went into it is not among
    /// `input_tokens`.
    pub struct TokenUsage {
        /// Tokens of the prompt that no cache was involved in.
        pub input_tokens: u64,
        /// Tokens that the model wrote.
        pub output_tokens: u64,
        /// Tokens of the prompt that came from the cache.
        pub cache_read_tokens: Option<u64>,
        /// Tokens of the prompt that went into the cache.
        pub cache_creation_tokens: Option<u64>,
        /// The price that the provider reported, in US dollars.
        pub actual_cost_usd: Option<f64>,
        /// The price by the list of the model, in US dollars.
        pub estimated_cost_usd: Option<f64>,
        /// The price that counts, in US dollars: the actual one where there is one.
        pub effective_cost_usd: Option<f64>,
    }
}

impl TokenUsage {
    /// All tokens of the prompt, those of the cache with them.
    #[must_use]
    pub fn prompt_tokens(&self) -> u64 {
        self.input_tokens
            .saturating_add(self.cache_read_tokens.unwrap_or_default())
            .saturating_add(self.cache_creation_tokens.unwrap_or_default())
    }

    /// All tokens, of the prompt and of the answer.
    #[must_use]
    pub fn total_tokens(&self) -> u64 {
        self.prompt_tokens().saturating_add(self.output_tokens)
    }
}
