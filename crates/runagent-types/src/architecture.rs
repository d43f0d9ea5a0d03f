use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use thiserror::Error;

use crate::json::{from_text, members, or_default, text, utf8};
use crate::{ApiError, DecodeError, Envelope};

const WHAT: &str = "an architecture";

/// What an agent can do: the entrypoints that `GET /agents/{id}/architecture` lists.
///
/// ```
/// use runagent_types::{Architecture, Entrypoint};
///
/// let architecture = Architecture::new("agent-1", vec![Entrypoint::new("chat"), Entrypoint::new("chat_stream")]);
/// assert!(architecture.find("chat_stream").is_some_and(Entrypoint::is_stream));
/// assert_eq!(architecture.tags().collect::<Vec<_>>(), ["chat", "chat_stream"]);
/// ```
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Architecture {
    /// The agent's id; empty if the server left it out.
    #[serde(default, alias = "agentId", deserialize_with = "or_default")]
    pub agent_id: String,
    /// What can be called, in the server's order.
    pub entrypoints: Vec<Entrypoint>,
}

/// One thing that an agent can be asked to do.
///
/// A Python entrypoint has `file` and `module`, a webhook has `webhook_url`, `method` and `timeout`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Entrypoint {
    /// The file that holds the code.
    #[serde(default, deserialize_with = "or_default", skip_serializing_if = "Option::is_none")]
    pub file: Option<String>,
    /// The function in that file, or `object.method`.
    #[serde(default, deserialize_with = "or_default", skip_serializing_if = "Option::is_none")]
    pub module: Option<String>,
    /// The URL to call instead of code.
    #[serde(default, deserialize_with = "or_default", skip_serializing_if = "Option::is_none")]
    pub webhook_url: Option<String>,
    /// The HTTP method for the webhook, in lower case.
    #[serde(default, deserialize_with = "or_default", skip_serializing_if = "Option::is_none")]
    pub method: Option<String>,
    /// The name that callers use.
    pub tag: String,
    /// How long the webhook may take, in seconds.
    #[serde(default, deserialize_with = "or_default", skip_serializing_if = "Option::is_none")]
    pub timeout: Option<f64>,
    /// Which parts of the result to return: output name to JSONPath.
    #[serde(default, deserialize_with = "or_default")]
    pub extractor: Map<String, Value>,
    /// What it does, in a sentence. Agents in Python have none.
    #[serde(default, deserialize_with = "or_default", skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    /// The JSON Schema (draft 2020-12) of the arguments: of an object of keyword arguments, or of an array of
    /// positional ones. Agents in Python have none.
    #[serde(default, deserialize_with = "or_default", skip_serializing_if = "Option::is_none")]
    pub input_schema: Option<Value>,
}

/// Why there is no architecture.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum ArchitectureError {
    /// The server says so itself.
    #[error(transparent)]
    Api(#[from] ApiError),
    /// The server answered with success, and lists no entrypoints.
    #[error("the server lists no entrypoints for this agent")]
    Missing,
    /// The answer cannot be understood.
    #[error(transparent)]
    Decode(#[from] DecodeError),
}

impl Architecture {
    /// The architecture of `agent_id` with these entrypoints.
    #[must_use]
    pub fn new(agent_id: impl Into<String>, entrypoints: Vec<Entrypoint>) -> Self {
        Self { agent_id: agent_id.into(), entrypoints }
    }

    /// Reads the answer of a server: an envelope whose `data` is the architecture, or the bare architecture
    /// of older servers. The id may be `agentId` too.
    ///
    /// # Errors
    ///
    /// See [`ArchitectureError`]; an empty list counts as missing.
    pub fn decode(body: &[u8]) -> Result<Self, ArchitectureError> {
        let document = utf8(WHAT, body)?;
        let bare = find(document).map_err(|error| DecodeError::json(WHAT, error))?;
        if bare.iter().any(Option::is_some) {
            return from_members(bare);
        }
        let payload = Envelope::decode(body)?.into_result()?;
        let data = payload.raw_data().ok_or(ArchitectureError::Missing)?;
        if !data.starts_with('{') {
            return Err(ArchitectureError::Missing);
        }
        from_members(find(data).map_err(|error| DecodeError::json(WHAT, error))?)
    }

    /// The entrypoint with this tag.
    #[must_use]
    pub fn find(&self, tag: &str) -> Option<&Entrypoint> {
        self.entrypoints.iter().find(|entrypoint| entrypoint.tag == tag)
    }

    /// The tags, in the server's order.
    pub fn tags(&self) -> impl Iterator<Item = &str> {
        self.entrypoints.iter().map(|entrypoint| entrypoint.tag.as_str())
    }
}

impl Entrypoint {
    /// An entrypoint of which only the tag is known.
    #[must_use]
    pub fn new(tag: impl Into<String>) -> Self {
        Self {
            file: None,
            module: None,
            webhook_url: None,
            method: None,
            tag: tag.into(),
            timeout: None,
            extractor: Map::new(),
            description: None,
            input_schema: None,
        }
    }

    /// Whether it answers with a stream: [`is_stream_tag`] of its tag.
    #[must_use]
    pub fn is_stream(&self) -> bool {
        is_stream_tag(&self.tag)
    }
}

/// Whether an entrypoint with this tag streams: the protocol's rule is that the tag ends with `_stream`.
///
/// ```
/// use runagent_types::is_stream_tag;
///
/// assert!(is_stream_tag("chat_stream"));
/// assert!(!is_stream_tag("streamer"));
/// ```
#[must_use]
pub fn is_stream_tag(tag: &str) -> bool {
    tag.ends_with("_stream")
}

/// `agent_id`, `agentId` and `entrypoints`.
type Members<'a> = [Option<&'a str>; 3];

fn find(object: &str) -> serde_json::Result<Members<'_>> {
    members(object, ["agent_id", "agentId", "entrypoints"])
}

fn from_members([agent_id, camel_case_id, entrypoints]: Members<'_>) -> Result<Architecture, ArchitectureError> {
    let entrypoints = entrypoints.ok_or(ArchitectureError::Missing)?;
    let entrypoints: Vec<Entrypoint> =
        from_text(entrypoints).map_err(|error| DecodeError::json("the entrypoints", error))?;
    if entrypoints.is_empty() {
        return Err(ArchitectureError::Missing);
    }
    let agent_id = agent_id.or(camel_case_id).and_then(text).unwrap_or_default();
    Ok(Architecture::new(agent_id, entrypoints))
}

#[cfg(test)]
mod tests;
