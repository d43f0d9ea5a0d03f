use runagent_types::Health;
use serde_json::{Map, Value};

#[cfg(feature = "deploy")]
use crate::platform::{Archive, DeployProgress, Deployed, Deployment, Uploaded};
use crate::{
    ApiConfig, Explanation, RunAgentResult, RunOptions,
    blocking::{Listing, worker::block_on},
    platform::{
        self, AgentLimits, AgentStarted, MetadataUpload, MetadataUploaded, Project, ProjectPage, ProjectQuery,
        TokenValidation,
    },
};

/// Calls the platform on behalf of an account, and blocks until it is done. Cloning is cheap.
///
/// Each method does what the method of the same name of [`runagent::platform::Client`](platform::Client) does, with the
/// same errors. See the [module](super) for an example.
#[derive(Clone, Debug)]
pub struct Client(platform::Client);

impl Client {
    /// Makes the client without touching the network.
    ///
    /// # Errors
    ///
    /// See [`new`](platform::Client::new).
    pub fn new(config: ApiConfig) -> RunAgentResult<Self> {
        platform::Client::new(config).map(Self)
    }

    /// The client that the environment and the configuration files describe.
    ///
    /// # Errors
    ///
    /// See [`from_env`](platform::Client::from_env).
    pub fn from_env() -> RunAgentResult<Self> {
        platform::Client::from_env().map(Self)
    }

    /// The same client for calls with settings of their own.
    #[must_use]
    pub fn with_options(&self, options: RunOptions) -> Self {
        Self(self.0.with_options(options))
    }

    /// What the client is set to, and where each setting came from.
    #[must_use]
    pub fn explain(&self) -> Explanation {
        self.0.explain()
    }

    /// The health that the platform reports.
    ///
    /// # Errors
    ///
    /// See [`health`](platform::Client::health).
    pub fn health(&self) -> RunAgentResult<Health> {
        block_on(self.0.health())
    }

    /// How many agents the account may have.
    ///
    /// # Errors
    ///
    /// See [`limits`](platform::Client::limits).
    pub fn limits(&self) -> RunAgentResult<AgentLimits> {
        block_on(self.0.limits())
    }

    /// Whether the platform accepts the key, and whose it is.
    ///
    /// # Errors
    ///
    /// See [`validate_token`](platform::Client::validate_token).
    pub fn validate_token(&self) -> RunAgentResult<TokenValidation> {
        block_on(self.0.validate_token())
    }

    /// The owner of the key, in the platform's words.
    ///
    /// # Errors
    ///
    /// See [`profile`](platform::Client::profile).
    pub fn profile(&self) -> RunAgentResult<Value> {
        block_on(self.0.profile())
    }

    /// A page of the list of projects.
    ///
    /// # Errors
    ///
    /// See [`projects`](platform::Client::projects).
    pub fn projects(&self, query: ProjectQuery) -> RunAgentResult<ProjectPage> {
        block_on(self.0.projects(query))
    }

    /// All projects from the page of the query on.
    pub fn all_projects(&self, query: ProjectQuery) -> Listing<Project> {
        Listing(self.0.all_projects(query))
    }

    /// How a deployed agent is, in the platform's words.
    ///
    /// # Errors
    ///
    /// See [`agent_status`](platform::Client::agent_status).
    pub fn agent_status(&self, agent_id: &str) -> RunAgentResult<Value> {
        block_on(self.0.agent_status(agent_id))
    }

    /// Tells the platform of an agent.
    ///
    /// # Errors
    ///
    /// See [`upload_metadata`](platform::Client::upload_metadata).
    pub fn upload_metadata(&self, metadata: &MetadataUpload) -> RunAgentResult<MetadataUploaded> {
        block_on(self.0.upload_metadata(metadata))
    }

    /// Starts an agent whose code the platform has.
    ///
    /// # Errors
    ///
    /// See [`start`](platform::Client::start).
    pub fn start(&self, agent_id: &str, metadata: &Map<String, Value>) -> RunAgentResult<AgentStarted> {
        block_on(self.0.start(agent_id, metadata))
    }
}

#[cfg(feature = "deploy")]
impl Client {
    /// Uploads the code of an agent.
    ///
    /// # Errors
    ///
    /// See [`upload`](platform::Client::upload).
    pub fn upload(
        &self,
        agent_id: &str,
        archive: &Archive,
        progress: impl Fn(u64, u64) + Send + Sync + 'static,
    ) -> RunAgentResult<Uploaded> {
        block_on(self.0.upload(agent_id, archive, progress))
    }

    /// Deploys an agent.
    ///
    /// # Errors
    ///
    /// See [`deploy`](platform::Client::deploy).
    pub fn deploy(
        &self,
        deployment: &Deployment,
        progress: impl Fn(DeployProgress) + Send + Sync + 'static,
    ) -> RunAgentResult<Deployed> {
        block_on(self.0.deploy(deployment, progress))
    }
}
