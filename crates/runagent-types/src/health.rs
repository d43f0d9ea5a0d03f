use serde::{Deserialize, Serialize};

use crate::json::or_default;

/// The answer of `GET /health`, which has no envelope.
///
/// Everything but `status` may be missing. Where a local server tells its `agent_id`, a client can see
/// that a port meanwhile belongs to another agent.
///
/// ```
/// use runagent_types::Health;
///
/// let health: Health = serde_json::from_str(r#"{"status":"healthy","agent_id":"a1","uptime_seconds":38.4}"#)?;
/// assert_eq!(health.agent_id.as_deref(), Some("a1"));
///
/// let mut health = Health::new("healthy");
/// health.version = Some("1.0.0".to_owned());
/// assert_eq!(serde_json::to_string(&health)?, r#"{"status":"healthy","version":"1.0.0"}"#);
/// # Ok::<(), serde_json::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Health {
    /// `healthy` from a local server; the documented API also has `degraded` and `unhealthy`.
    #[serde(default, deserialize_with = "or_default")]
    pub status: String,
    /// The server's name for itself.
    #[serde(default, deserialize_with = "or_default", skip_serializing_if = "Option::is_none")]
    pub server: Option<String>,
    /// When the server answered; local servers use their local time without an offset.
    #[serde(default, deserialize_with = "or_default", skip_serializing_if = "Option::is_none")]
    pub timestamp: Option<String>,
    /// How long the server has been up, in seconds.
    #[serde(default, deserialize_with = "or_default", skip_serializing_if = "Option::is_none")]
    pub uptime_seconds: Option<f64>,
    /// The server's version.
    #[serde(default, deserialize_with = "or_default", skip_serializing_if = "Option::is_none")]
    pub version: Option<String>,
    /// The agent that is served here.
    #[serde(default, deserialize_with = "or_default", skip_serializing_if = "Option::is_none")]
    pub agent_id: Option<String>,
    /// The agent's name.
    #[serde(default, deserialize_with = "or_default", skip_serializing_if = "Option::is_none")]
    pub agent_name: Option<String>,
    /// What the agent is written with, `default` for plain code.
    #[serde(default, deserialize_with = "or_default", skip_serializing_if = "Option::is_none")]
    pub framework: Option<String>,
}

impl Health {
    /// A health answer with a status and nothing else.
    #[must_use]
    pub fn new(status: impl Into<String>) -> Self {
        Self {
            status: status.into(),
            server: None,
            timestamp: None,
            uptime_seconds: None,
            version: None,
            agent_id: None,
            agent_name: None,
            framework: None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_and_writes_the_answer_of_a_real_server() {
        let captured = include_str!("../tests/fixtures/health.json").trim_end();
        let health: Health = serde_json::from_str(captured).unwrap();
        assert_eq!(health.status, "healthy");
        assert_eq!(health.agent_name.as_deref(), Some("interop-agent"));
        assert_eq!(serde_json::to_string(&health).unwrap(), captured);
    }

    #[test]
    fn a_mistyped_or_missing_member_is_absent() {
        let health: Health = serde_json::from_str(r#"{"status":null,"uptime_seconds":"long","more":1}"#).unwrap();
        assert_eq!(health, Health::new(""));
    }
}
