use serde::{Deserialize, Deserializer, Serialize};
use serde_json::{Map, Value};

use crate::answer::subject;
use crate::json::{from_text, or_default, to_text, utf8};
use crate::{ApiError, DecodeError};

/// The answer of `GET /v1/agents/{id}/health`.
///
/// ```
/// use runagent_types::v1::AgentHealth;
///
/// let body = br#"{"status":"degraded","checks":{"agent":"ok"},"uptime":3600,"warnings":["slow"]}"#;
/// let health = AgentHealth::decode(body)??;
/// assert!(!health.is_healthy());
/// assert_eq!((&health.checks["agent"], health.warnings.as_slice()), (&"ok".into(), ["slow".to_owned()].as_slice()));
///
/// assert_eq!(AgentHealth::new("healthy").to_json(), br#"{"status":"healthy","checks":{}}"#);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct AgentHealth {
    /// `healthy`, `degraded` or `unhealthy`; empty if the server left it out.
    #[serde(default, deserialize_with = "or_default")]
    pub status: String,
    /// What was looked at, such as `agent`, `dependencies` and `resources`, and what was found.
    #[serde(default, deserialize_with = "or_default")]
    pub checks: Map<String, Value>,
    /// The agent's version.
    #[serde(default, deserialize_with = "or_default", skip_serializing_if = "Option::is_none")]
    pub version: Option<String>,
    /// How long the agent has been up. The documents give it no type: seconds as a number, or words.
    #[serde(default, deserialize_with = "or_default", skip_serializing_if = "Option::is_none")]
    pub uptime: Option<Value>,
    /// What is not well; a warning that is no text is its JSON.
    #[serde(default, deserialize_with = "texts", skip_serializing_if = "Vec::is_empty")]
    pub warnings: Vec<String>,
}

impl AgentHealth {
    /// A health answer with a status and nothing else.
    #[must_use]
    pub fn new(status: impl Into<String>) -> Self {
        Self { status: status.into(), checks: Map::new(), version: None, uptime: None, warnings: Vec::new() }
    }

    /// Whether the status is `healthy`.
    #[must_use]
    pub fn is_healthy(&self) -> bool {
        self.status == "healthy"
    }

    /// Reads the body of an answer, the bare health or `{"status": "success", "data": {…}}`, or the error in it.
    ///
    /// # Errors
    ///
    /// The body is not JSON, or not an object.
    pub fn decode(body: &[u8]) -> Result<Result<Self, ApiError>, DecodeError> {
        const WHAT: &str = "the health of an agent";
        match subject(WHAT, utf8(WHAT, body)?)? {
            Ok(health) => from_text(health).map(Ok).map_err(|error| DecodeError::json(WHAT, error)),
            Err(error) => Ok(Err(error)),
        }
    }

    /// The body that a server sends.
    #[must_use]
    pub fn to_json(&self) -> Vec<u8> {
        to_text(self)
    }
}

/// A list of texts; what is no text is its JSON, and what is no list is a list of one.
fn texts<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<String>, D::Error> {
    let items = match Value::deserialize(deserializer)? {
        Value::Null => Vec::new(),
        Value::Array(items) => items,
        item => vec![item],
    };
    let text = |item| if let Value::String(text) = item { text } else { Value::to_string(&item) };
    Ok(items.into_iter().map(text).collect())
}
