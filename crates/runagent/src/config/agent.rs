//! The configuration of a client for one agent, once it was checked.

use std::{collections::HashMap, path::PathBuf};

use runagent_transport::{Api, BaseUrl};
use runagent_types::ErrorCode;
use serde_json::Value;

#[cfg(feature = "db")]
use super::setting::shown;
use super::{
    Explanation, Limits, RunAgentClientConfig, Surface, config_error, connection::Connection, files::Files,
    resolve::Resolver, setting::Source,
};
use crate::{RunAgentError, RunAgentResult};

/// A configuration that was checked.
#[derive(Debug)]
pub(crate) struct Resolved {
    pub(crate) agent_id: String,
    pub(crate) entrypoint_tag: String,
    pub(crate) user_id: Option<String>,
    pub(crate) persistent_memory: bool,
    pub(crate) extra_params: Option<HashMap<String, Value>>,
    pub(crate) place: Place,
    pub(crate) limits: Limits,
    pub(crate) explanation: Explanation,
    connection: Connection,
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
    Ok(base.with_prefix(Surface::Backend.prefix()))
}

impl Resolved {
    /// Checks a configuration, and reads the environment and the configuration files for what it does not say.
    pub(crate) fn new(config: RunAgentClientConfig) -> RunAgentResult<Self> {
        let files = Files::read(config.options.environment())?;
        Self::with_files(config, &files)
    }

    /// The same with files that were read before.
    fn with_files(config: RunAgentClientConfig, files: &Files) -> RunAgentResult<Self> {
        let options = config.options.clone();
        let mut resolver = Resolver::new(&options, files, Surface::Backend);
        explain_agent(&config, &mut resolver.explanation);
        let place = place(&config, &mut resolver)?;
        let key_required = matches!(&place, Place::Remote(base) if !base.is_loopback());
        let key = resolver.key(config.api_key, key_required)?;
        // The agent id goes into every path: one that can't is refused before anything is sent.
        match &place {
            Place::Remote(base) | Place::Local(base) => base.join(&[&config.agent_id], None),
            Place::Registry(_) => local_url("127.0.0.1", 1)?.join(&[&config.agent_id], None),
        }
        .map_err(|error| validation_error(format!("the agent id: {error}")))?;
        if config.entrypoint_tag.is_empty() || config.entrypoint_tag.chars().any(char::is_control) {
            return Err(validation_error("the entrypoint tag is empty or has control characters"));
        }
        let (connection, limits) = resolver.connection(key)?;
        Ok(Self {
            agent_id: config.agent_id,
            entrypoint_tag: config.entrypoint_tag,
            user_id: config.user_id,
            persistent_memory: config.persistent_memory.unwrap_or(false),
            extra_params: config.extra_params,
            place,
            limits,
            explanation: resolver.explanation,
            connection,
        })
    }

    /// The API at a base URL. Nothing is sent.
    pub(crate) fn connect(&self, base: BaseUrl) -> Api {
        self.connection.api(base, self.place.is_local())
    }
}

fn explain_agent(config: &RunAgentClientConfig, explanation: &mut Explanation) {
    let switch = |said: Option<bool>| said.map(|on| if on { "true" } else { "false" });
    explanation.add("agent_id", config.agent_id.clone(), &Source::Builder);
    explanation.add("entrypoint_tag", config.entrypoint_tag.clone(), &Source::Builder);
    explanation.add_or("local", switch(config.local), "false");
    explanation.add_or("user_id", config.user_id.clone(), "none");
    explanation.add_or("persistent_memory", switch(config.persistent_memory), "false");
    // What the caller keeps in there is nobody else's business.
    let extra_params = config.extra_params.as_ref().map(|params| format!("{} set", params.len()));
    explanation.add_or("extra_params", extra_params, "none");
}

fn place(config: &RunAgentClientConfig, resolver: &mut Resolver<'_>) -> RunAgentResult<Place> {
    if !config.local.unwrap_or(false) {
        if config.host.is_some() || config.port.is_some() {
            return Err(config_error("an address is for a local agent, and this one is remote")
                .with_suggestion("Add .with_local(true), or use .with_base_url(url) for a remote agent."));
        }
        return resolver.base(config.base_url.clone()).map(Place::Remote);
    }
    match (&config.host, config.port) {
        (Some(host), Some(port)) => {
            let base = local_url(host, port)?;
            resolver.explanation.add("address", format!("{}:{}", base.host(), base.port()), &Source::Builder);
            Ok(Place::Local(base))
        }
        (None, None) if config.enable_registry.unwrap_or(true) => {
            let folder = registry_folder(config, &mut resolver.explanation)?;
            resolver.explanation.add("address", "looked up by the first call", &Source::Registry);
            Ok(Place::Registry(folder))
        }
        (None, None) => Err(config_error("a local agent without an address, and the registry is disabled")
            .with_suggestion("Use .with_address(host, port), or .with_enable_registry(true).")),
        _ => Err(config_error("the address of a local agent is half given: host and port go together")
            .with_suggestion(
                "Use .with_address(host, port), or neither of them to look the agent up in the registry.",
            )),
    }
}

#[cfg(feature = "db")]
fn registry_folder(config: &RunAgentClientConfig, explanation: &mut Explanation) -> RunAgentResult<PathBuf> {
    let options = &config.options;
    let (folder, source) = match &options.registry_folder {
        Some(folder) => (folder.clone(), Source::Builder),
        None => {
            let folder = options.environment().data_folder().ok_or_else(|| {
                let error = runagent_registry::RegistryError::NoHome;
                RunAgentError::new(ErrorCode::REGISTRY_ERROR, error.to_string())
            })?;
            (folder.path().to_owned(), Source::Variable(folder.variable()))
        }
    };
    explanation.add("registry_folder", shown(&folder), &source);
    Ok(folder)
}

#[cfg(not(feature = "db"))]
fn registry_folder(_: &RunAgentClientConfig, _: &mut Explanation) -> RunAgentResult<PathBuf> {
    let message = "a local agent without an address, and this build can't look it up: it lacks the feature `db`";
    Err(RunAgentError::new(ErrorCode::AGENT_NOT_FOUND_LOCAL, message)
        .with_suggestion("Enable the feature `db` of the crate `runagent`, or use .with_address(host, port)."))
}

fn validation_error(message: impl Into<String>) -> RunAgentError {
    RunAgentError::new(ErrorCode::VALIDATION_ERROR, message)
}

#[cfg(test)]
mod tests;
