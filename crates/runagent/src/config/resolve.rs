//! From what the user said, and the environment, to what is done.

use std::{collections::HashMap, path::PathBuf};

use runagent_transport::{ApiKey, BaseUrl};
use runagent_types::ErrorCode;
use serde_json::Value;

use super::{ClientOptions, RunAgentClientConfig};
use crate::{RunAgentError, RunAgentResult};

const DEFAULT_BASE_URL: &str = "https://backend.run-agent.ai";
/// Where every endpoint of the RunAgent protocol is.
const PREFIX: &str = "/api/v1";

/// A configuration that was checked.
#[derive(Debug)]
pub(crate) struct Resolved {
    pub(crate) agent_id: String,
    pub(crate) entrypoint_tag: String,
    pub(crate) user_id: Option<String>,
    pub(crate) persistent_memory: bool,
    pub(crate) extra_params: Option<HashMap<String, Value>>,
    pub(crate) place: Place,
    pub(crate) key: Option<ApiKey>,
    pub(crate) options: ClientOptions,
}

/// Where the agent is.
#[derive(Debug)]
pub(crate) enum Place {
    Remote(BaseUrl),
    Local(BaseUrl),
    /// Local, at an address that the registry knows: the folder of the registry.
    #[cfg_attr(not(feature = "db"), expect(dead_code, reason = "only the feature `db` looks it up"))]
    Registry(PathBuf),
}

impl Place {
    pub(crate) const fn is_local(&self) -> bool {
        !matches!(self, Self::Remote(_))
    }
}

/// The URL of a local agent at an address.
pub(crate) fn local_url(host: &str, port: u16) -> RunAgentResult<BaseUrl> {
    let base = BaseUrl::http(host, port).map_err(|error| config_error(error.to_string()))?;
    Ok(base.with_prefix(PREFIX))
}

impl Resolved {
    /// Checks a configuration. Reads the environment, and nothing else.
    pub(crate) fn new(config: RunAgentClientConfig) -> RunAgentResult<Self> {
        let place = place(&config)?;
        let key = key(&config, &place)?;
        // The agent id goes into every path: one that can't is refused before anything is sent.
        match &place {
            Place::Remote(base) | Place::Local(base) => base.join(&[&config.agent_id], None),
            Place::Registry(_) => local_url("127.0.0.1", 1)?.join(&[&config.agent_id], None),
        }
        .map_err(|error| validation_error(format!("the agent id: {error}")))?;
        if config.entrypoint_tag.is_empty() || config.entrypoint_tag.chars().any(char::is_control) {
            return Err(validation_error("the entrypoint tag is empty or has control characters"));
        }
        Ok(Self {
            agent_id: config.agent_id,
            entrypoint_tag: config.entrypoint_tag,
            user_id: config.user_id,
            persistent_memory: config.persistent_memory.unwrap_or(false),
            extra_params: config.extra_params,
            place,
            key,
            options: config.options,
        })
    }
}

fn place(config: &RunAgentClientConfig) -> RunAgentResult<Place> {
    if !config.local.unwrap_or(false) {
        if config.host.is_some() || config.port.is_some() {
            return Err(config_error("an address is for a local agent, and this one is remote")
                .with_suggestion("Add .with_local(true), or use .with_base_url(url) for a remote agent."));
        }
        return remote(config).map(Place::Remote);
    }
    match (&config.host, config.port) {
        (Some(host), Some(port)) => local_url(host, port).map(Place::Local),
        (None, None) if config.enable_registry.unwrap_or(true) => registry_folder(config).map(Place::Registry),
        (None, None) => Err(config_error("a local agent without an address, and the registry is disabled")
            .with_suggestion("Use .with_address(host, port), or .with_enable_registry(true).")),
        _ => Err(config_error("the address of a local agent is half given: host and port go together")
            .with_suggestion(
                "Use .with_address(host, port), or neither of them to look the agent up in the registry.",
            )),
    }
}

fn remote(config: &RunAgentClientConfig) -> RunAgentResult<BaseUrl> {
    let (url, source) = match &config.base_url {
        Some(url) => (url.clone(), "base_url"),
        None => match config.options.variable("RUNAGENT_BASE_URL") {
            Some(url) => (text(url, "RUNAGENT_BASE_URL")?, "RUNAGENT_BASE_URL"),
            None => (DEFAULT_BASE_URL.to_owned(), "base_url"),
        },
    };
    let base = BaseUrl::parse(&url).map_err(|error| config_error(format!("{source}: {error}")))?.with_prefix(PREFIX);
    if !base.is_https() && !base.is_loopback() && !config.options.plaintext_key {
        return Err(config_error(format!("{source}: {base} would send the API key in the clear"))
            .with_suggestion("Use https, or ClientOptions::with_plaintext_key(true) if the network is yours."));
    }
    Ok(base)
}

fn key(config: &RunAgentClientConfig, place: &Place) -> RunAgentResult<Option<ApiKey>> {
    if config.options.credentials.is_some() {
        return match config.api_key {
            Some(_) => Err(config_error("an API key and credentials that give one: only one of them can be sent")
                .with_suggestion("Leave out .with_api_key(key), or ClientOptions::with_credentials(provider).")),
            None => Ok(None),
        };
    }
    let (key, source) = match &config.api_key {
        Some(key) => (Some(key.clone()), "api_key"),
        None => {
            let variable = config.options.variable("RUNAGENT_API_KEY");
            (variable.map(|key| text(key, "RUNAGENT_API_KEY")).transpose()?, "RUNAGENT_API_KEY")
        }
    };
    let refuse = |message: String| Err(RunAgentError::new(ErrorCode::AUTHENTICATION_ERROR, message));
    match key {
        None if place.is_local() => Ok(None),
        None => refuse("a remote agent needs an API key, and there is none".to_owned()),
        Some(key) => match ApiKey::new(key) {
            Ok(key) => Ok(Some(key)),
            Err(error) => refuse(format!("{source}: {error}")),
        },
    }
}

#[cfg(feature = "db")]
fn registry_folder(config: &RunAgentClientConfig) -> RunAgentResult<PathBuf> {
    if let Some(folder) = &config.options.registry_folder {
        return Ok(folder.clone());
    }
    let registry = runagent_registry::Registry::locate(&|name| config.options.variable(name))
        .map_err(|error| RunAgentError::new(ErrorCode::REGISTRY_ERROR, error.to_string()))?;
    Ok(registry.path().parent().map(PathBuf::from).unwrap_or_default())
}

#[cfg(not(feature = "db"))]
fn registry_folder(_: &RunAgentClientConfig) -> RunAgentResult<PathBuf> {
    let message = "a local agent without an address, and this build can't look it up: it lacks the feature `db`";
    Err(RunAgentError::new(ErrorCode::AGENT_NOT_FOUND_LOCAL, message)
        .with_suggestion("Enable the feature `db` of the crate `runagent`, or use .with_address(host, port)."))
}

fn text(value: std::ffi::OsString, name: &str) -> RunAgentResult<String> {
    value.into_string().map_err(|_| config_error(format!("{name} is not UTF-8")))
}

fn config_error(message: impl Into<String>) -> RunAgentError {
    RunAgentError::new(ErrorCode::CONFIG_ERROR, message)
}

fn validation_error(message: impl Into<String>) -> RunAgentError {
    RunAgentError::new(ErrorCode::VALIDATION_ERROR, message)
}

#[cfg(test)]
mod tests;
