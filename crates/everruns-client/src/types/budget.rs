//! Budgets: what may be spent.

use serde_json::{Map, Value};

use super::BudgetPeriod;
use crate::wire::{Patch, Timestamp};

record! {
    /// What a session, an agent or someone may spend.
    pub struct Budget requires id {
        /// Its id.
        pub id: String,
        /// The organisation.
        pub organization_id: String,
        /// What it is for.
        pub subject_type: BudgetSubject,
        /// The id of what it is for.
        pub subject_id: String,
        /// What it counts, such as `usd` or `tokens`.
        pub currency: String,
        /// How much may be spent.
        pub limit: f64,
        /// From which amount on there is a warning.
        pub soft_limit: Option<f64>,
        /// How much is left.
        pub balance: f64,
        /// When it is filled again.
        pub period: Option<BudgetPeriod>,
        /// When it was filled last.
        pub period_started_at: Option<Timestamp>,
        /// Whether there is something left.
        pub status: BudgetStatus,
        /// More about it.
        pub metadata: Option<Value>,
        /// When it was made.
        pub created_at: Timestamp,
        /// When it was changed last.
        pub updated_at: Timestamp,
    }
}

open_enum! {
    /// What a budget is for.
    pub enum BudgetSubject {
        /// A session.
        Session = "session",
        /// An agent.
        Agent = "agent",
        /// A person.
        User = "user",
        /// An organisation.
        Organization = "organization",
        /// An app (before 0.50).
        App = "app",
        /// A channel of an app (before 0.50).
        AppChannel = "app_channel",
        /// A trigger of an agent (0.50).
        AgentTrigger = "agent_trigger",
        /// A channel of an agent (0.50).
        AgentChannel = "agent_channel" | "agent_endpoint",
    }
}

open_enum! {
    /// Whether something is left of a budget.
    pub enum BudgetStatus {
        /// Something is.
        Active = "active",
        /// Its soft limit has stopped what it is for.
        Paused = "paused",
        /// Nothing is.
        Exhausted = "exhausted",
        /// It does not count.
        Disabled = "disabled",
    }
}

request! {
    /// A budget to make.
    pub struct CreateBudgetRequest {
        /// What it is for.
        pub subject_type: BudgetSubject; always,
        /// The id of what it is for.
        pub subject_id: String,
        /// What it counts, such as `usd` or `tokens`.
        pub currency: String,
        /// How much may be spent.
        pub limit: f64,
        /// From which amount on there is a warning.
        pub soft_limit: Option<f64>,
        /// When it is filled again: never, unless this says otherwise.
        pub period: Option<BudgetPeriod>,
        /// More about it.
        pub metadata: Map<String, Value>,
    }
}

request! {
    /// What to change about a budget.
    pub struct UpdateBudgetRequest {
        /// How much may be spent.
        pub limit: Option<f64>,
        /// From which amount on there is a warning.
        pub soft_limit: Patch<f64>,
        /// Whether it counts.
        pub status: Option<BudgetStatus>,
        /// More about it.
        pub metadata: Patch<Value>,
    }
}

request! {
    /// What to add to a budget.
    pub struct TopUpRequest {
        /// How much.
        pub amount: f64,
        /// What for, in words.
        pub description: Option<String>,
    }
}

record! {
    /// A line of the ledger of a budget.
    pub struct LedgerEntry requires id {
        /// Its id.
        pub id: String,
        /// The budget.
        pub budget_id: String,
        /// How much was spent, or added.
        pub amount: f64,
        /// What counted it.
        pub meter_source: String,
        /// What kind of thing it was spent on.
        pub ref_type: Option<String>,
        /// The id of that thing.
        pub ref_id: Option<String>,
        /// The session.
        pub session_id: Option<String>,
        /// What for, in words.
        pub description: Option<String>,
        /// When it was written.
        pub created_at: Timestamp,
    }
}

record! {
    /// Whether work may go on.
    pub struct BudgetCheck {
        /// What happens now.
        pub action: BudgetAction,
        /// Why, in words.
        pub message: Option<String>,
        /// The budget that says so.
        pub budget_id: Option<String>,
        /// How much of it is left.
        pub balance: Option<f64>,
        /// What it counts.
        pub currency: Option<String>,
        /// The code of the error, such as `budget_exhausted`.
        pub error_code: Option<String>,
        /// More about the error.
        pub error_fields: Map<String, Value>,
    }
}

open_enum! {
    /// What a budget does to work.
    pub enum BudgetAction {
        /// It goes on.
        Continue = "continue",
        /// It goes on, with a warning.
        Warn = "warn",
        /// It waits.
        Pause = "pause",
        /// It stops.
        Stop = "stop",
    }
}

record! {
    /// What became of a session that its budgets had stopped.
    pub struct ResumeResponse {
        /// How many budgets count again.
        pub resumed_budgets: u64,
        /// The session.
        pub session_id: String,
    }
}
