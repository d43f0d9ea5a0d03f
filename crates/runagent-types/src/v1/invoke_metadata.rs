use serde::{Deserialize, Serialize, Serializer};
use serde_json::{Map, Value};

use crate::json::OpenObject;

/// What a server tells about a run beside its result.
///
/// ```
/// use runagent_types::v1::InvokeMetadata;
///
/// let metadata: InvokeMetadata = serde_json::from_str(r#"{"execution_time":1.23,"tokens_used":150,"region":"eu"}"#)?;
/// assert_eq!((metadata.execution_time, metadata.tokens_used), (Some(1.23), Some(150)));
/// assert_eq!(metadata.other["region"], "eu");
/// # Ok::<(), serde_json::Error>(())
/// ```
#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
#[serde(from = "Map<String, Value>")]
#[non_exhaustive]
pub struct InvokeMetadata {
    /// How long the agent ran, in seconds.
    pub execution_time: Option<f64>,
    /// How many tokens the run took.
    pub tokens_used: Option<u64>,
    /// The version of the agent that ran.
    pub agent_version: Option<String>,
    /// The server's id for the request.
    pub request_id: Option<String>,
    /// Everything else, and what has another type than documented.
    pub other: Map<String, Value>,
}

impl From<Map<String, Value>> for InvokeMetadata {
    fn from(members: Map<String, Value>) -> Self {
        let mut metadata = Self::default();
        for (name, value) in members {
            match (name.as_str(), value) {
                ("execution_time", Value::Number(seconds)) => metadata.execution_time = seconds.as_f64(),
                ("tokens_used", Value::Number(count)) if count.is_u64() => metadata.tokens_used = count.as_u64(),
                ("agent_version", Value::String(version)) => metadata.agent_version = Some(version),
                ("request_id", Value::String(id)) => metadata.request_id = Some(id),
                (_, value) => {
                    metadata.other.insert(name, value);
                }
            }
        }
        metadata
    }
}

impl Serialize for InvokeMetadata {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut object = OpenObject::start(serializer, &self.other)?;
        object.optional("execution_time", self.execution_time.as_ref())?;
        object.optional("tokens_used", self.tokens_used.as_ref())?;
        object.optional("agent_version", self.agent_version.as_ref())?;
        object.optional("request_id", self.request_id.as_ref())?;
        object.end()
    }
}
