//! What a client is made from.

mod agent;
mod api;
mod connection;
mod environment;
mod explanation;
mod files;
mod from_env;
mod headers;
mod kind;
mod options;
mod resolve;
mod setting;
mod surface;

use std::{collections::HashMap, fmt};

use runagent_types::ErrorCode;
use serde_json::Value;

#[cfg(feature = "db")]
pub(crate) use self::agent::local_url;
pub(crate) use self::{
    agent::{Place, Resolved},
    environment::Environment,
    headers::reserved_header,
    surface::{Limits, Surface},
};
pub use self::{
    api::ApiConfig,
    explanation::{ExplainedSetting, Explanation},
    options::ClientOptions,
};
use crate::{RunAgentError, RunAgentResult};

/// Which agent to call, where it is, and as whom.
///
/// Write it as a literal with `..Default::default()`, or by the `with_*` methods. `None` means the default.
///
/// | field | remote agent (the default) | local agent (`local: Some(true)`) |
/// |---|---|---|
/// | `host`, `port` | – | the address; both or none of them |
/// | `enable_registry` | – | without an address: look it up in the local registry (default `true`) |
/// | `api_key` | required, but for a server on this machine; else `RUNAGENT_API_KEY` | optional |
/// | `base_url` | else `RUNAGENT_BASE_URL`, else `https://backend.run-agent.ai` | – |
///
/// After the variables, and before the defaults, come the entries of `~/.runagent/config.json`: see
/// [Settings](crate#settings).
///
/// ```
/// use runagent::RunAgentClientConfig;
///
/// let literal = RunAgentClientConfig {
///     agent_id: "agent-id".to_string(),
///     entrypoint_tag: "greet".to_string(),
///     local: Some(true),
///     host: Some("127.0.0.1".to_string()),
///     port: Some(8450),
///     ..Default::default()
/// };
/// let built = RunAgentClientConfig::new("agent-id", "greet").with_local(true).with_address("127.0.0.1", 8450);
/// assert_eq!(format!("{literal:?}"), format!("{built:?}"));
/// ```
#[derive(Clone, Default)]
#[allow(clippy::exhaustive_structs, reason = "a literal; it grows by `options`")]
pub struct RunAgentClientConfig {
    /// The id of the agent.
    pub agent_id: String,
    /// The entrypoint to call. A tag that ends with `_stream` streams.
    pub entrypoint_tag: String,
    /// Whether the agent runs on this machine, or another whose address is given. Default `false`.
    pub local: Option<bool>,
    /// The host of a local agent: a name, an IPv4 or an IPv6 address.
    pub host: Option<String>,
    /// The port of a local agent.
    pub port: Option<u16>,
    /// The API key. `Debug` shows only whether there is one.
    pub api_key: Option<String>,
    /// The base URL for a remote agent, with or without `/api/v1` or `/v1` at its end.
    pub base_url: Option<String>,
    /// Whether a local agent without an address is looked up in the registry. Default `true`.
    pub enable_registry: Option<bool>,
    /// Whose storage the agent uses across executions.
    pub user_id: Option<String>,
    /// Whether the agent keeps state across executions. Default `false`.
    pub persistent_memory: Option<bool>,
    /// Kept untouched, for [`RunAgentClient::extra_params`](crate::RunAgentClient::extra_params).
    pub extra_params: Option<HashMap<String, Value>>,
    /// Time limits, transport and whatever else is seldom set.
    pub options: ClientOptions,
}

impl RunAgentClientConfig {
    /// The configuration for an entrypoint of an agent.
    pub fn new(agent_id: impl Into<String>, entrypoint_tag: impl Into<String>) -> Self {
        Self { agent_id: agent_id.into(), entrypoint_tag: entrypoint_tag.into(), ..Self::default() }
    }

    /// Sets whether the agent is local.
    #[must_use]
    pub fn with_local(mut self, local: bool) -> Self {
        self.local = Some(local);
        self
    }

    /// Sets the address of a local agent.
    #[must_use]
    pub fn with_address(mut self, host: impl Into<String>, port: u16) -> Self {
        self.host = Some(host.into());
        self.port = Some(port);
        self
    }

    /// Sets the API key, which then goes before `RUNAGENT_API_KEY`.
    #[must_use]
    pub fn with_api_key(mut self, api_key: impl Into<String>) -> Self {
        self.api_key = Some(api_key.into());
        self
    }

    /// Sets the base URL for a remote agent.
    #[must_use]
    pub fn with_base_url(mut self, base_url: impl Into<String>) -> Self {
        self.base_url = Some(base_url.into());
        self
    }

    /// Sets whether a local agent without an address is looked up in the registry.
    #[must_use]
    pub fn with_enable_registry(mut self, enable: bool) -> Self {
        self.enable_registry = Some(enable);
        self
    }

    /// Sets whose storage the agent uses across executions.
    #[must_use]
    pub fn with_user_id(mut self, user_id: impl Into<String>) -> Self {
        self.user_id = Some(user_id.into());
        self
    }

    /// Sets whether the agent keeps state across executions.
    #[must_use]
    pub fn with_persistent_memory(mut self, persistent_memory: bool) -> Self {
        self.persistent_memory = Some(persistent_memory);
        self
    }

    /// Sets parameters that the client keeps untouched.
    #[must_use]
    pub fn with_extra_params(mut self, extra_params: HashMap<String, Value>) -> Self {
        self.extra_params = Some(extra_params);
        self
    }

    /// Sets time limits, transport and whatever else is seldom set.
    #[must_use]
    pub fn with_options(mut self, options: ClientOptions) -> Self {
        self.options = options;
        self
    }

    /// Says what a client made from this would be set to, and why. Reads what
    /// [`connect_lazy`](crate::RunAgentClient::connect_lazy) reads.
    ///
    /// # Errors
    ///
    /// When the configuration can't be used, as for a client.
    pub fn explain(&self) -> RunAgentResult<Explanation> {
        Ok(Resolved::new(self.clone())?.explanation)
    }
}

impl fmt::Debug for RunAgentClientConfig {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RunAgentClientConfig")
            .field("agent_id", &self.agent_id)
            .field("entrypoint_tag", &self.entrypoint_tag)
            .field("local", &self.local)
            .field("host", &self.host.as_deref().map(without_user_info))
            .field("port", &self.port)
            .field("api_key", &self.api_key.as_ref().map(|_| "[redacted]"))
            .field("base_url", &self.base_url.as_deref().map(without_user_info))
            .field("enable_registry", &self.enable_registry)
            .field("user_id", &self.user_id)
            .field("persistent_memory", &self.persistent_memory)
            .field("extra_params", &self.extra_params.as_ref().map(|params| params.keys().collect::<Vec<_>>()))
            .field("options", &self.options)
            .finish()
    }
}

fn config_error(message: impl Into<String>) -> RunAgentError {
    RunAgentError::new(ErrorCode::CONFIG_ERROR, message)
}

/// A base URL or a host that nobody has checked yet may hold a password or a token.
fn without_user_info(url: &str) -> &str {
    if url.contains(['@', '?', '#']) { "[redacted]" } else { url }
}
