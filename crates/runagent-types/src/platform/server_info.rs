use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::json::or_default;

/// The answer of `GET /api/v1`: what a server says of itself and of the agent that it serves.
///
/// ```
/// use runagent_types::platform::ServerInfo;
///
/// let info: ServerInfo = serde_json::from_str(r#"{"version":"1.0.0","port":8450,"config":{"framework":"default"}}"#)?;
/// assert_eq!((info.port, &info.config["framework"]), (Some(8450), &"default".into()));
/// # Ok::<(), serde_json::Error>(())
/// ```
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct ServerInfo {
    /// A sentence with the agent's name and id.
    #[serde(default, deserialize_with = "or_default", skip_serializing_if = "Option::is_none")]
    pub message: Option<String>,
    /// The server's version.
    #[serde(default, deserialize_with = "or_default", skip_serializing_if = "Option::is_none")]
    pub version: Option<String>,
    /// The address that the server listens on.
    #[serde(default, deserialize_with = "or_default", skip_serializing_if = "Option::is_none")]
    pub host: Option<String>,
    /// The port that the server listens on.
    #[serde(default, deserialize_with = "or_default", skip_serializing_if = "Option::is_none")]
    pub port: Option<u16>,
    /// The agent's `runagent.config.json`, without its `env_vars`; null if the server left it out.
    #[serde(default)]
    pub config: Value,
    /// Method and path to what it is for. The Python server lists paths that it does not have.
    #[serde(default, deserialize_with = "or_default")]
    pub endpoints: Map<String, Value>,
}
