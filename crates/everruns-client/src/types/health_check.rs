//! Health checks of an agent: conversations that a model judges.

use crate::wire::Timestamp;

record! {
    /// A run of the health check of an agent.
    pub struct HealthCheckRun requires id {
        /// Its id.
        pub id: String,
        /// The agent.
        pub agent_id: Option<String>,
        /// How far it is.
        pub status: HealthCheckStatus,
        /// The model it ran with.
        pub model_id: Option<String>,
        /// A digest of the settings that were checked.
        pub config_hash: String,
        /// What each case gave.
        pub results: Vec<HealthCheckCase>,
        /// All cases taken together.
        pub summary: Option<HealthCheckSummary>,
        /// Why it failed.
        pub error_message: Option<String>,
        /// When it was started.
        pub created_at: Timestamp,
        /// When it was over.
        pub completed_at: Option<Timestamp>,
    }
}

open_enum! {
    /// How far a health check is.
    pub enum HealthCheckStatus {
        /// It waits.
        Pending = "pending",
        /// It runs.
        Running = "running",
        /// It is done.
        Completed = "completed",
        /// It could not be done.
        Failed = "failed",
    }
}

record! {
    /// One case of a health check.
    pub struct HealthCheckCase {
        /// Its name.
        pub name: String,
        /// What the agent was told.
        pub user_message: String,
        /// What it should do.
        pub rubric: String,
        /// Whether it did.
        pub passed: bool,
        /// How well, from 0 to 1.
        pub score: f64,
        /// What the rules say.
        pub deterministic_reason: String,
        /// What the model that judges says.
        pub judge_reason: String,
        /// Why it could not be run.
        pub error: Option<String>,
        /// The session it ran in.
        pub session_id: Option<String>,
        /// How many turns it took.
        pub turns: u64,
        /// How long it took, in milliseconds.
        pub latency_ms: u64,
        /// Tokens of the prompts.
        pub input_tokens: u64,
        /// Tokens of the answers.
        pub output_tokens: u64,
    }
}

record! {
    /// All cases of a health check taken together.
    pub struct HealthCheckSummary {
        /// How many there are.
        pub total: u64,
        /// How many passed.
        pub passed: u64,
        /// How many did not.
        pub failed: u64,
        /// How many could not be run.
        pub errored: u64,
        /// Which part passed, from 0 to 1.
        pub pass_rate: f64,
        /// How well they did on average, from 0 to 1.
        pub avg_score: f64,
        /// How many turns they took on average.
        pub avg_turns: f64,
        /// Tokens of all prompts.
        pub total_input_tokens: u64,
        /// Tokens of all answers.
        pub total_output_tokens: u64,
    }
}

record! {
    /// The last run of a health check.
    pub struct LatestHealthCheck {
        /// The run, unless there was none.
        pub run: Option<HealthCheckRun>,
        /// Whether the agent has changed since.
        pub config_changed: bool,
    }
}
