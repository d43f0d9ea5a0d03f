//! What is deployed, and what came of it.

use std::path::Path;

use serde_json::{Map, Value};

use super::{
    AgentMetadata, AgentStarted, Archive, MetadataUpload, MetadataUploaded, Uploaded, env_file,
    project_folder::ProjectFolder,
};
use crate::RunAgentResult;

/// An agent to deploy: what the platform is told of it, and its code. See [`Client::deploy`](super::Client::deploy).
///
/// ```
/// use runagent::platform::{Archive, Deployment, MetadataUpload};
/// use serde_json::Map;
///
/// let metadata = MetadataUpload::new("agent-id", Map::new());
/// let deployment = Deployment::new(metadata, Archive::from_zip_file("agent.zip")).with_overwrite(true);
/// assert!(deployment.metadata().overwrite);
/// ```
#[derive(Clone, Debug)]
pub struct Deployment {
    pub(super) metadata: MetadataUpload,
    pub(super) archive: Archive,
    pub(super) start_metadata: Map<String, Value>,
}

/// How far a deployment is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum DeployProgress {
    /// The platform is told of the agent.
    Metadata,
    /// The code is on its way: so many bytes of so many were handed to the connection. Another attempt begins anew.
    Uploading {
        /// How many bytes.
        sent: u64,
        /// Of how many.
        total: u64,
    },
    /// The platform has the code, and starts the agent.
    Starting,
    /// The agent was started; its status is asked for.
    Checking,
    /// All is done.
    Done,
}

/// What the platform said to each step of a deployment.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Deployed {
    /// To what it was told of the agent.
    pub metadata: MetadataUploaded,
    /// To the code.
    pub uploaded: Uploaded,
    /// To the start.
    pub started: AgentStarted,
    /// How the agent is: see [`Client::agent_status`](super::Client::agent_status).
    pub status: Value,
}

impl Deployment {
    /// An agent of which everything is at hand.
    #[must_use]
    pub fn new(metadata: MetadataUpload, archive: Archive) -> Self {
        Self { metadata, archive, start_metadata: Map::new() }
    }

    /// The agent whose project is in a folder: its description is `runagent.config.json`, and its files are packed as
    /// [`Archive::from_folder`] does, with what that says of blocking. It goes to the default project, and replaces nothing.
    ///
    /// Its environment is that of the description (`env_vars`) and, where that does not say otherwise, of the file `.env`
    /// in the folder, whether `.gitignore` names it or not: the platform is told of the variables, as by the official
    /// clients. The metadata can be [looked at](Self::metadata) before anything is sent.
    ///
    /// # Errors
    ///
    /// As [`Archive::from_folder`].
    pub fn from_folder(folder: impl AsRef<Path>) -> RunAgentResult<Self> {
        let project = ProjectFolder::read(folder.as_ref())?;
        let archive = Archive::pack(&project)?;
        let config = project.config.members;
        let env_vars = env_file::merge(&project.root, config.get("env_vars"))?;
        let mut about = AgentMetadata::default();
        about.file_structure = project.files.into_iter().map(|file| file.name).collect();
        if let Some(settings) = config.get("auth_settings") {
            about.auth_settings = settings.clone();
        }
        about.env_vars = env_vars;
        let metadata = MetadataUpload::new(project.config.agent_id, config).with_agent_metadata(about);
        Ok(Self::new(metadata, archive))
    }

    /// Sets the project to deploy to.
    #[must_use]
    pub fn with_project_id(mut self, project_id: impl Into<String>) -> Self {
        self.metadata.project_id = project_id.into();
        self
    }

    /// Sets whether an agent that is there already may be replaced.
    #[must_use]
    pub fn with_overwrite(mut self, overwrite: bool) -> Self {
        self.metadata.overwrite = overwrite;
        self
    }

    /// Sets what the platform is told when the agent is [started](super::Client::start): nothing, as a rule.
    #[must_use]
    pub fn with_start_metadata(mut self, metadata: Map<String, Value>) -> Self {
        self.start_metadata = metadata;
        self
    }

    /// What the platform is told of the agent.
    #[must_use]
    pub const fn metadata(&self) -> &MetadataUpload {
        &self.metadata
    }

    /// The code.
    #[must_use]
    pub const fn archive(&self) -> &Archive {
        &self.archive
    }
}
