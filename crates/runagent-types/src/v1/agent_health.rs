use serde::{Deserialize, Deserializer, Serialize};
use serde_json::{Map, Value};

use crate::answer::subject;
use crate::json::{from_object, members, or_default, to_text, utf8};
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

    /// Reads the body of an answer, the bare health or `{"status": "success", "data": {…}}`, or the error in it. What
    /// is not well is no such error, also where the server puts an `error` beside its status.
    ///
    /// # Errors
    ///
    /// The body is not JSON, or not an object.
    pub fn decode(body: &[u8]) -> Result<Result<Self, ApiError>, DecodeError> {
        const WHAT: &str = "the health of an agent";
        let answer = utf8(WHAT, body)?;
        let [status] = members(answer, ["status"]).map_err(|error| DecodeError::json(WHAT, error))?;
        if !matches!(status, None | Some(r#""success""# | r#""error""#)) {
            return from_object(WHAT, answer).map(Ok);
        }
        match subject(WHAT, answer)? {
            Ok(health) => from_object(WHAT, health).map(Ok),
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

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn read(body: &Value) -> AgentHealth {
        AgentHealth::decode(body.to_string().as_bytes()).unwrap_or_else(|error| panic!("{body}: {error}")).unwrap()
    }

    #[test]
    fn members_that_are_missing_null_or_mistyped_are_absent() {
        for body in [
            json!({}),
            json!({"status": null, "checks": null, "version": null, "uptime": null, "warnings": null}),
            json!({"status": 1, "checks": ["agent"], "version": 2, "more": {}}),
        ] {
            assert_eq!(read(&body), AgentHealth::new(""), "{body}");
        }
        assert_eq!(read(&json!({"uptime": "2 days", "warnings": "slow"})).warnings, ["slow"]);
        assert_eq!(read(&json!({"warnings": ["slow", {"code": 1}, 2]})).warnings, ["slow", r#"{"code":1}"#, "2"]);
    }

    #[test]
    fn ill_health_is_no_error_of_the_answer() {
        let health = read(&json!({"status": "unhealthy", "error": {"message": "no database"}}));
        assert_eq!(health, AgentHealth::new("unhealthy"));
        let error = AgentHealth::decode(br#"{"status":"error","error":{"code":"AGENT_NOT_FOUND","message":"x"}}"#);
        assert_eq!(error.unwrap(), Err(ApiError::new("AGENT_NOT_FOUND", "x")));
        assert!(AgentHealth::decode(br#"{"error":{"code":"X","message":"x"}}"#).unwrap().is_err());
    }

    #[test]
    fn it_arrives_as_it_was_sent() {
        let mut health = AgentHealth::new("healthy");
        health.checks.insert("agent".to_owned(), json!({"ok": true}));
        health.uptime = Some(json!(3600));
        health.version = Some("1.0".to_owned());
        health.warnings.push("slow".to_owned());
        assert_eq!(AgentHealth::decode(&health.to_json()).unwrap().as_ref(), Ok(&health));
        let enveloped = json!({"status": "success", "data": health});
        assert_eq!(read(&enveloped), health);
    }
}
