use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::json::or_default;

/// The answer of `POST /agents/upload`, in an envelope: the code has arrived.
///
/// ```
/// use runagent_types::platform::{self, Uploaded};
///
/// let body = br#"{"success":true,"data":{"agent_id":"a1","status":"uploaded","file_size":2048,"file_name":"a1.zip"}}"#;
/// let uploaded = platform::decode::<Uploaded>(body)??;
/// assert_eq!((uploaded.status.as_deref(), uploaded.file_size), (Some("uploaded"), Some(2048)));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Uploaded {
    /// The agent's id; empty if the server left it out.
    #[serde(default, deserialize_with = "or_default")]
    pub agent_id: String,
    /// What state the agent is in now, in the server's words.
    #[serde(default, deserialize_with = "or_default")]
    pub status: Option<String>,
    /// How many bytes arrived.
    #[serde(default, deserialize_with = "or_default")]
    pub file_size: Option<u64>,
    /// The name under which the server keeps them.
    #[serde(default, deserialize_with = "or_default")]
    pub file_name: Option<String>,
}

/// The answer of `POST /agents/{id}/start`, in an envelope: the agent can be called.
///
/// ```
/// use runagent_types::platform::{self, AgentStarted};
///
/// let started = platform::decode::<AgentStarted>(br#"{"success":true,"data":{"endpoint":"/agents/a1/run"}}"#)??;
/// assert_eq!(started.endpoint.as_deref(), Some("/agents/a1/run"));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct AgentStarted {
    /// Where to call it: a path below `/api/v1`.
    #[serde(default, deserialize_with = "or_default")]
    pub endpoint: Option<String>,
    /// What the server tells of the network that the agent is in.
    #[serde(default, deserialize_with = "or_default", skip_serializing_if = "Map::is_empty")]
    pub network_info: Map<String, Value>,
}
