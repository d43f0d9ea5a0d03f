use serde::{Deserialize, Serialize};

use crate::json::or_default;

/// The answer of `GET /agents/{id}/invocations/stats`: `{"agent_id": …, "stats": {…}}`.
///
/// ```
/// use runagent_types::platform::InvocationStats;
///
/// let body = r#"{"agent_id":"a1","stats":{"total_invocations":50,"failed_invocations":5,"success_rate":90.0}}"#;
/// let stats: InvocationStats = serde_json::from_str(body)?;
/// assert_eq!((stats.total_invocations, stats.success_rate), (50, Some(90.0)));
/// # Ok::<(), serde_json::Error>(())
/// ```
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(from = "Answer", into = "Answer")]
#[non_exhaustive]
pub struct InvocationStats {
    /// The agent's id; empty if the server left it out.
    pub agent_id: String,
    /// How many runs there were.
    pub total_invocations: u64,
    /// How many of them returned.
    pub completed_invocations: u64,
    /// How many failed.
    pub failed_invocations: u64,
    /// How many have not ended.
    pub pending_invocations: u64,
    /// How many of a hundred returned.
    pub success_rate: Option<f64>,
    /// How long a run takes, in milliseconds; `None` before the first has ended.
    pub avg_execution_time_ms: Option<f64>,
}

impl InvocationStats {
    /// Sets the success rate by the counts, and how long a run takes; both with two decimals, as the local server gives
    /// them.
    ///
    /// ```
    /// use runagent_types::platform::InvocationStats;
    ///
    /// let mut stats = InvocationStats::default();
    /// (stats.total_invocations, stats.completed_invocations) = (3, 2);
    /// let stats = stats.with_means(Some(25.6543));
    /// assert_eq!((stats.success_rate, stats.avg_execution_time_ms), (Some(66.67), Some(25.65)));
    /// ```
    #[must_use]
    pub fn with_means(mut self, execution_time_ms: Option<f64>) -> Self {
        let round = |number: f64| (number * 100.0).round() / 100.0;
        // With no runs the server says 0, not that it does not know.
        let rate = self.completed_invocations as f64 / self.total_invocations.max(1) as f64;
        self.success_rate = Some(round(rate * 100.0));
        self.avg_execution_time_ms = execution_time_ms.map(round);
        self
    }
}

#[derive(Serialize, Deserialize)]
struct Answer {
    #[serde(default, deserialize_with = "or_default")]
    agent_id: String,
    stats: Stats,
}

#[derive(Serialize, Deserialize)]
struct Stats {
    #[serde(default, deserialize_with = "or_default")]
    total_invocations: u64,
    #[serde(default, deserialize_with = "or_default")]
    completed_invocations: u64,
    #[serde(default, deserialize_with = "or_default")]
    failed_invocations: u64,
    #[serde(default, deserialize_with = "or_default")]
    pending_invocations: u64,
    #[serde(default, deserialize_with = "or_default")]
    success_rate: Option<f64>,
    #[serde(default, deserialize_with = "or_default")]
    avg_execution_time_ms: Option<f64>,
    #[serde(default, deserialize_with = "or_default")]
    agent_id: String,
}

impl From<Answer> for InvocationStats {
    fn from(Answer { agent_id, stats }: Answer) -> Self {
        Self {
            agent_id: if agent_id.is_empty() { stats.agent_id } else { agent_id },
            total_invocations: stats.total_invocations,
            completed_invocations: stats.completed_invocations,
            failed_invocations: stats.failed_invocations,
            pending_invocations: stats.pending_invocations,
            success_rate: stats.success_rate,
            avg_execution_time_ms: stats.avg_execution_time_ms,
        }
    }
}

impl From<InvocationStats> for Answer {
    fn from(stats: InvocationStats) -> Self {
        Self {
            agent_id: stats.agent_id.clone(),
            stats: Stats {
                total_invocations: stats.total_invocations,
                completed_invocations: stats.completed_invocations,
                failed_invocations: stats.failed_invocations,
                pending_invocations: stats.pending_invocations,
                success_rate: stats.success_rate,
                avg_execution_time_ms: stats.avg_execution_time_ms,
                agent_id: stats.agent_id,
            },
        }
    }
}
