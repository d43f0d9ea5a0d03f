//! A configuration out of the environment.

use std::ffi::OsString;

use super::{
    ClientOptions, Environment, RunAgentClientConfig, config_error,
    files::Files,
    kind::{Kind, PORT, SWITCH, TEXT},
    setting::{Search, Setting},
};
use crate::{RunAgentError, RunAgentResult};

impl RunAgentClientConfig {
    /// The configuration that the variables of this process describe.
    ///
    /// | variable | what it sets |
    /// |---|---|
    /// | `RUNAGENT_AGENT_ID` | [`agent_id`](Self::agent_id); else `default_agent_id` of the configuration file |
    /// | `RUNAGENT_ENTRYPOINT_TAG` | [`entrypoint_tag`](Self::entrypoint_tag) |
    /// | `RUNAGENT_LOCAL` | [`local`](Self::local): `true`, `1`, `yes`, `on`, or their opposites, in any case |
    /// | `RUNAGENT_HOST`, `RUNAGENT_PORT` | [`host`](Self::host), [`port`](Self::port) |
    /// | `RUNAGENT_USER_ID` | [`user_id`](Self::user_id) |
    /// | `RUNAGENT_PERSISTENT_MEMORY` | [`persistent_memory`](Self::persistent_memory), as `RUNAGENT_LOCAL` |
    ///
    /// The other variables (`RUNAGENT_API_KEY`, `RUNAGENT_BASE_URL`, `RUNAGENT_TIMEOUT`, `RUNAGENT_MAX_RETRIES`) count for
    /// every client that is not told otherwise.
    ///
    /// # Errors
    ///
    /// `CONFIG_ERROR` when the agent or the entrypoint is missing, or a variable can't be used; it names the variable.
    pub fn from_env() -> RunAgentResult<Self> {
        read(ClientOptions::new())
    }

    /// As [`from_env`](Self::from_env), out of another environment, which its client reads, too.
    ///
    /// ```
    /// use runagent::RunAgentClientConfig;
    ///
    /// let config = RunAgentClientConfig::from_environment(|name| match name {
    ///     "RUNAGENT_AGENT_ID" => Some("agent-id".into()),
    ///     "RUNAGENT_ENTRYPOINT_TAG" => Some("greet".into()),
    ///     "RUNAGENT_LOCAL" => Some("yes".into()),
    ///     _ => None,
    /// })?;
    /// assert_eq!((config.agent_id.as_str(), config.local), ("agent-id", Some(true)));
    /// # Ok::<(), runagent::RunAgentError>(())
    /// ```
    ///
    /// # Errors
    ///
    /// As [`from_env`](Self::from_env).
    pub fn from_environment(
        read_variable: impl Fn(&str) -> Option<OsString> + Send + Sync + 'static,
    ) -> RunAgentResult<Self> {
        read(ClientOptions::new().with_environment(read_variable))
    }
}

fn read(options: ClientOptions) -> RunAgentResult<RunAgentClientConfig> {
    let environment = options.environment().clone();
    let agent_id = match variable(&environment, "RUNAGENT_AGENT_ID", &TEXT)? {
        Some(agent_id) => agent_id,
        None => match Files::read(&environment)?.default_agent_id {
            Some(Setting { value, .. }) => value,
            None => return Err(missing("RUNAGENT_AGENT_ID", "the id of the agent")),
        },
    };
    let Some(entrypoint_tag) = variable(&environment, "RUNAGENT_ENTRYPOINT_TAG", &TEXT)? else {
        return Err(missing("RUNAGENT_ENTRYPOINT_TAG", "the tag of the entrypoint to call"));
    };
    Ok(RunAgentClientConfig {
        local: variable(&environment, "RUNAGENT_LOCAL", &SWITCH)?,
        host: variable(&environment, "RUNAGENT_HOST", &TEXT)?,
        port: variable(&environment, "RUNAGENT_PORT", &PORT)?,
        user_id: variable(&environment, "RUNAGENT_USER_ID", &TEXT)?,
        persistent_memory: variable(&environment, "RUNAGENT_PERSISTENT_MEMORY", &SWITCH)?,
        ..RunAgentClientConfig::new(agent_id, entrypoint_tag).with_options(options)
    })
}

fn variable<T: Clone>(environment: &Environment, name: &'static str, kind: &Kind<T>) -> RunAgentResult<Option<T>> {
    let found = Search::builder(None).variable(environment, name, kind)?.found();
    Ok(found.map(|setting| setting.value))
}

fn missing(name: &str, what: &str) -> RunAgentError {
    config_error(format!("{name} is not set")).with_suggestion(format!("Set {name} to {what}."))
}
