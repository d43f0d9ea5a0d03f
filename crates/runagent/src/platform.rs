//! The platform itself: the account behind an API key, its projects, and the deployment of agents.
//!
//! [`Client`] makes these calls. What is recorded of the runs of one agent comes from its
//! [`RunAgentClient`](crate::RunAgentClient::invocations); those types are here, too.
//!
//! ```
//! use runagent::{ApiConfig, platform::Client};
//! # use runagent::{ClientOptions, transport::testing::{Reply, ScriptedTransport}};
//!
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> runagent::RunAgentResult<()> {
//! # let answer = Reply::json(200, r#"{"max_agents":5,"tier_info":{},"features":[],"expires_at":null}"#);
//! # let options = ClientOptions::new().with_transport(ScriptedTransport::new([answer]));
//! let config = ApiConfig::new().with_api_key("key");
//! # let config = config.with_options(options);
//! let platform = Client::new(config)?;
//! if platform.limits().await?.max_agents.is_some_and(|limit| !limit.allows(5)) {
//!     println!("five agents are all that this account may have");
//! }
//! # Ok(())
//! # }
//! ```

pub(crate) mod answer;
#[cfg(feature = "deploy")]
mod archive;
mod client;
#[cfg(feature = "deploy")]
mod deploy;
#[cfg(feature = "deploy")]
mod deployment;
#[cfg(feature = "deploy")]
mod env_file;
mod invocation_filter;
#[cfg(feature = "deploy")]
mod project_config;
#[cfg(feature = "deploy")]
mod project_folder;
mod project_query;
mod token;

pub use runagent_types::platform::{
    AgentLimit, AgentLimits, AgentMetadata, AgentStarted, Invocation, InvocationPage, InvocationStats,
    InvocationStatus, MetadataUpload, MetadataUploaded, Project, ProjectPage, ServerInfo, TokenValidation, Uploaded,
};

#[cfg(feature = "deploy")]
pub use self::{
    archive::Archive,
    deployment::{DeployProgress, Deployed, Deployment},
};
pub use self::{client::Client, invocation_filter::InvocationFilter, project_query::ProjectQuery};
