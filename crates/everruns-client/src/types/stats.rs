//! How much something is used.

use crate::wire::Timestamp;

record! {
    /// How much an agent or a harness is used.
    pub struct ResourceStats {
        /// How many sessions it has.
        pub session_count: u64,
        /// How many of them have had no turn.
        pub started_session_count: u64,
        /// How many of them run a turn.
        pub active_session_count: u64,
        /// How many of them wait for a message.
        pub idle_session_count: u64,
        /// How many of them wait for the caller.
        pub waiting_for_tool_results_session_count: u64,
        /// How many turns there were.
        pub execution_count: u64,
        /// How long all sessions took, in milliseconds.
        pub total_session_duration_ms: u64,
        /// How long a session took on average, in milliseconds.
        pub avg_session_duration_ms: Option<u64>,
        /// When the first session was made.
        pub first_session_at: Option<Timestamp>,
        /// When the last session was made.
        pub last_session_at: Option<Timestamp>,
        /// When the last turn ran.
        pub last_execution_at: Option<Timestamp>,
        /// Tokens of all prompts, without those of the cache.
        pub total_input_tokens: u64,
        /// Tokens of all answers.
        pub total_output_tokens: u64,
        /// Tokens that came from the cache.
        pub total_cache_read_tokens: u64,
        /// Tokens that went into the cache.
        pub total_cache_creation_tokens: u64,
        /// What it all cost, in US dollars.
        pub total_cost_usd: f64,
        /// What providers said it cost, in US dollars.
        pub total_actual_cost_usd: f64,
        /// What it cost by the lists of the models, in US dollars.
        pub total_estimated_cost_usd: f64,
    }
}

record! {
    /// How many sessions there are.
    pub struct SessionStats {
        /// All of them.
        pub total: u64,
        /// Those that have had no turn.
        pub started: u64,
        /// Those that run a turn.
        pub active: u64,
        /// Those that wait for a message.
        pub idle: u64,
        /// Those that wait for the caller.
        pub waiting_for_tool_results: u64,
    }
}

record! {
    /// How many events a session has.
    pub struct EventsSummary {
        /// How many there are.
        pub total: u64,
        /// How many of each type.
        pub by_type: Vec<EventTypeCount>,
        /// How many tell of an error.
        pub error_count: u64,
        /// How many turns there were.
        pub turn_count: u64,
        /// When the first one was.
        pub first_ts: Option<Timestamp>,
        /// When the last one was.
        pub last_ts: Option<Timestamp>,
    }
}

record! {
    /// How many events there are of a type.
    pub struct EventTypeCount {
        /// The type.
        pub event_type: String,
        /// How many there are.
        pub count: u64,
    }
}
