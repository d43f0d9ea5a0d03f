use serde::{Deserialize, Serialize, Serializer};
use serde_json::{Map, Value};

use super::reply::Success;
use crate::answer::subject;
use crate::json::{OpenObject, from_object, to_text, utf8};
use crate::{ApiError, DecodeError, Entrypoint};

/// An agent, as `GET /v1/agents` lists it and `GET /v1/agents/{id}` tells of it.
///
/// ```
/// use runagent_types::v1::AgentInfo;
///
/// let body = br#"{"status":"success","data":{"agent_id":"a1","status":"deployed","entrypoints":[{"tag":"chat"}]}}"#;
/// let agent = AgentInfo::decode(body)??;
/// assert_eq!((agent.id.as_str(), agent.status.as_deref()), ("a1", Some("deployed")));
/// assert_eq!(agent.entrypoints[0].tag, "chat");
///
/// let mut agent = AgentInfo::new("a2");
/// agent.name = Some("greeter".to_owned());
/// assert_eq!(agent.to_json(), br#"{"status":"success","data":{"id":"a2","name":"greeter","entrypoints":[]}}"#);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
#[serde(from = "Map<String, Value>")]
#[non_exhaustive]
pub struct AgentInfo {
    /// The agent's id, which may be `agent_id` on the wire; empty if the server left it out.
    pub id: String,
    /// The agent's name.
    pub name: Option<String>,
    /// What state it is in, in the server's words.
    pub status: Option<String>,
    /// What can be called, in the server's order.
    pub entrypoints: Vec<Entrypoint>,
    /// Everything else, and what has another type than documented.
    pub other: Map<String, Value>,
}

impl AgentInfo {
    /// An agent of which only the id is known.
    #[must_use]
    pub fn new(id: impl Into<String>) -> Self {
        Self { id: id.into(), ..Self::default() }
    }

    /// Reads the body of an answer: `{"status": "success", "data": {…}}` or the bare agent, or an error.
    ///
    /// # Errors
    ///
    /// The body is not JSON, or not an object.
    pub fn decode(body: &[u8]) -> Result<Result<Self, ApiError>, DecodeError> {
        const WHAT: &str = "an agent";
        match subject(WHAT, utf8(WHAT, body)?)? {
            Ok(agent) => from_object(WHAT, agent).map(Ok),
            Err(error) => Ok(Err(error)),
        }
    }

    /// The body that a server sends for one agent.
    #[must_use]
    pub fn to_json(&self) -> Vec<u8> {
        to_text(&Success::of(self))
    }
}

impl From<Map<String, Value>> for AgentInfo {
    fn from(members: Map<String, Value>) -> Self {
        let id = if members.get("id").is_some_and(Value::is_string) { "id" } else { "agent_id" };
        let mut agent = Self::default();
        for (name, value) in members {
            match (name.as_str(), value) {
                (name, Value::String(text)) if name == id => agent.id = text,
                ("name", Value::String(text)) => agent.name = Some(text),
                ("status", Value::String(text)) => agent.status = Some(text),
                ("entrypoints", value) => match Deserialize::deserialize(&value) {
                    Ok(entrypoints) => agent.entrypoints = entrypoints,
                    Err(_) => {
                        agent.other.insert(name, value);
                    }
                },
                (_, value) => {
                    agent.other.insert(name, value);
                }
            }
        }
        agent
    }
}

impl Serialize for AgentInfo {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut object = OpenObject::start(serializer, &self.other)?;
        object.field("id", &self.id)?;
        object.optional("name", self.name.as_ref())?;
        object.optional("status", self.status.as_ref())?;
        object.field("entrypoints", &self.entrypoints)?;
        object.end()
    }
}

#[cfg(test)]
mod tests;
