//! The client for the API as a whole.

use std::{fmt, sync::Arc};

use super::{AgentClient, AgentInfo, AgentPage, AgentQuery, OperationHandle, agents, service::Service};
use crate::{ApiConfig, Explanation, Listing, RunAgentResult};

/// Calls the documented REST API. Cloning is cheap: clones, and all that comes from a client, share its connections and
/// its budget of retries.
///
/// ```
/// use runagent::{ApiConfig, testing::FakeV1, v1};
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> runagent::RunAgentResult<()> {
/// # let options = FakeV1::new("agent-123").with_agent("agent-124").into_options();
/// let client = v1::Client::new(ApiConfig::new().with_api_key("key").with_options(options))?;
///
/// let page = client.agents(v1::AgentQuery::new().with_page(1).with_limit(1)).await?;
/// assert_eq!((page.agents[0].id.as_str(), page.next_page()), ("agent-123", Some(2)));
///
/// let mut agents = client.all_agents();
/// while let Some(agent) = agents.next().await {
///     println!("{}", agent?.id);
/// }
///
/// let answer = client.agent("agent-123")?.invoke(v1::Invoke::new("Hello")).await?;
/// println!("{} ({:?} requests left)", answer.result, answer.rate_limit.remaining);
/// # Ok(())
/// # }
/// ```
///
/// # Runtime
///
/// Calls need a Tokio runtime, and are an error without one. [`blocking::v1`](crate::blocking::v1) needs none.
#[derive(Clone)]
pub struct Client {
    service: Arc<Service>,
}

impl Client {
    /// Makes the client without touching the network.
    ///
    /// # Errors
    ///
    /// `CONFIG_ERROR` when the configuration can't be used; `AUTHENTICATION_ERROR` when there is no key for an API that is
    /// not on this machine.
    pub fn new(config: ApiConfig) -> RunAgentResult<Self> {
        Ok(Self { service: Arc::new(Service::new(config)?) })
    }

    /// Makes the client that the environment and the configuration file describe: `RUNAGENT_API_KEY`, `RUNAGENT_API_URL`,
    /// `RUNAGENT_TIMEOUT`, `RUNAGENT_MAX_RETRIES`.
    ///
    /// # Errors
    ///
    /// As [`new`](Self::new).
    pub fn from_env() -> RunAgentResult<Self> {
        Self::new(ApiConfig::new())
    }

    /// A page of the list of agents (`GET /v1/agents`).
    ///
    /// # Errors
    ///
    /// The server's own code, else that of the [status](super#errors); `DECODE_ERROR` for an answer that is no page.
    ///
    /// # Cancel safety
    ///
    /// Dropping the future closes the connection.
    pub async fn agents(&self, query: AgentQuery) -> RunAgentResult<AgentPage> {
        self.service.agents(query).await
    }

    /// All agents, over all pages. Nothing is sent before the first is asked for.
    pub fn all_agents(&self) -> Listing<AgentInfo> {
        agents::all(self.service.clone())
    }

    /// A client for one agent, which shares the connections of this one; nothing is sent.
    ///
    /// # Errors
    ///
    /// `VALIDATION_ERROR` for an id that no path can hold.
    pub fn agent(&self, agent_id: impl Into<String>) -> RunAgentResult<AgentClient> {
        AgentClient::of(self.service.clone(), agent_id.into())
    }

    /// An operation that was started before, perhaps by another process; nothing is sent.
    ///
    /// # Errors
    ///
    /// `VALIDATION_ERROR` for an id that no path can hold.
    pub fn operation(&self, operation_id: impl Into<String>) -> RunAgentResult<OperationHandle> {
        OperationHandle::of(self.service.clone(), operation_id.into())
    }

    /// What the client is set to, and why.
    #[must_use]
    pub fn explain(&self) -> &Explanation {
        &self.service.explanation
    }
}

impl fmt::Debug for Client {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Client")
            .field("base_url", self.service.api.base_url())
            .field("limits", &self.service.limits)
            .finish_non_exhaustive()
    }
}
