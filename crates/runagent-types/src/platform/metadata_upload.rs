use std::fmt;

use serde::{Deserialize, Deserializer, Serialize};
use serde_json::{Map, Value, json};

use crate::DecodeError;
use crate::json::{from_object, or_default, to_text, utf8};

/// The body of `POST /agents/metadata-upload`, the first step of a deployment.
///
/// `Debug` shows neither the configuration nor the values of the environment: they may be secret.
///
/// ```
/// use runagent_types::platform::MetadataUpload;
/// use serde_json::{Map, json};
///
/// let mut upload = MetadataUpload::new("a1", Map::new()).with_project_id("proj-1");
/// upload.agent_metadata.file_structure.push("main.py".to_owned());
/// upload.agent_metadata.env_vars.insert("TOKEN".to_owned(), json!("hunter2"));
///
/// let body = upload.to_json();
/// assert_eq!(MetadataUpload::from_slice(&body)?, upload);
/// assert!(!format!("{upload:?}").contains("hunter2"));
/// # Ok::<(), runagent_types::DecodeError>(())
/// ```
#[derive(Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct MetadataUpload {
    /// The agent's id.
    pub agent_id: String,
    /// What the code consists of and what it needs.
    pub agent_metadata: AgentMetadata,
    /// The agent's `runagent.config.json`.
    #[serde(default, deserialize_with = "or_default")]
    pub config: Map<String, Value>,
    /// The project to deploy to.
    #[serde(default = "default_project", deserialize_with = "project_or_default")]
    pub project_id: String,
    /// Whether an agent that is there already may be replaced; if not, the answer is `RESOURCE_ALREADY_EXISTS`.
    #[serde(default, deserialize_with = "or_default")]
    pub overwrite: bool,
}

/// What an agent's code consists of and what it needs.
///
/// ```
/// use runagent_types::platform::AgentMetadata;
///
/// assert_eq!(AgentMetadata::default().auth_settings["type"], "none");
/// ```
#[derive(Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct AgentMetadata {
    /// The paths of the files.
    #[serde(default, deserialize_with = "or_default")]
    pub file_structure: Vec<String>,
    /// How callers of the agent authenticate.
    #[serde(default)]
    pub auth_settings: Value,
    /// The agent's environment: name to value.
    #[serde(default, deserialize_with = "or_default")]
    pub env_vars: Map<String, Value>,
}

/// The answer of `POST /agents/metadata-upload`, in an envelope.
///
/// ```
/// use runagent_types::platform::{self, MetadataUploaded};
///
/// let body = br#"{"success":true,"data":{"agent_id":"a1","entrypoints_created":2,"entrypoint_ids":["e1","e2"]}}"#;
/// let uploaded = platform::decode::<MetadataUploaded>(body)??;
/// assert_eq!((uploaded.entrypoints_created, uploaded.entrypoint_ids.len()), (Some(2), 2));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct MetadataUploaded {
    /// The agent's id; empty if the server left it out.
    #[serde(default, deserialize_with = "or_default")]
    pub agent_id: String,
    /// How many entrypoints the platform made.
    #[serde(default, deserialize_with = "or_default")]
    pub entrypoints_created: Option<u64>,
    /// Their ids.
    #[serde(default, deserialize_with = "or_default")]
    pub entrypoint_ids: Vec<String>,
}

impl MetadataUpload {
    /// An upload for the default project that replaces nothing, of an agent without files.
    #[must_use]
    pub fn new(agent_id: impl Into<String>, config: Map<String, Value>) -> Self {
        Self {
            agent_id: agent_id.into(),
            agent_metadata: AgentMetadata::default(),
            config,
            project_id: default_project(),
            overwrite: false,
        }
    }

    /// Sets what the code consists of and what it needs.
    #[must_use]
    pub fn with_agent_metadata(mut self, agent_metadata: AgentMetadata) -> Self {
        self.agent_metadata = agent_metadata;
        self
    }

    /// Sets the project to deploy to.
    #[must_use]
    pub fn with_project_id(mut self, project_id: impl Into<String>) -> Self {
        self.project_id = project_id.into();
        self
    }

    /// Sets whether an agent that is there already may be replaced.
    #[must_use]
    pub fn with_overwrite(mut self, overwrite: bool) -> Self {
        self.overwrite = overwrite;
        self
    }

    /// The bytes to send.
    #[must_use]
    pub fn to_json(&self) -> Vec<u8> {
        to_text(self)
    }

    /// What a server reads.
    ///
    /// # Errors
    ///
    /// The body is not JSON ([`DecodeError::is_malformed`]), or lacks `agent_id` or `agent_metadata`.
    pub fn from_slice(body: &[u8]) -> Result<Self, DecodeError> {
        const WHAT: &str = "a metadata upload";
        from_object(WHAT, utf8(WHAT, body)?)
    }
}

/// No files, no environment, and callers that need not authenticate.
impl Default for AgentMetadata {
    fn default() -> Self {
        Self { file_structure: Vec::new(), auth_settings: json!({"type": "none"}), env_vars: Map::new() }
    }
}

impl fmt::Debug for MetadataUpload {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MetadataUpload")
            .field("agent_id", &self.agent_id)
            .field("agent_metadata", &self.agent_metadata)
            .field("project_id", &self.project_id)
            .field("overwrite", &self.overwrite)
            .finish_non_exhaustive()
    }
}

impl fmt::Debug for AgentMetadata {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AgentMetadata")
            .field("file_structure", &self.file_structure)
            .field("env_vars", &self.env_vars.keys())
            .finish_non_exhaustive()
    }
}

fn project_or_default<'de, D: Deserializer<'de>>(deserializer: D) -> Result<String, D::Error> {
    Ok(or_default::<_, Option<String>>(deserializer)?.unwrap_or_else(default_project))
}

fn default_project() -> String {
    "default".to_owned()
}
