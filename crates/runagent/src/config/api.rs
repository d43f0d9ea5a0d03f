//! The configuration of a client for a whole API.

use std::fmt;

use runagent_transport::{Api, ApiKey, BaseUrl};

use super::{
    ClientOptions, Explanation, Limits, Surface, connection::Connection, files::Files, resolve::Resolver,
    without_user_info,
};
use crate::RunAgentResult;

/// Where an API of the platform is, and who calls: for clients that call an API as a whole, not one agent.
///
/// What is not set comes from the environment and the configuration file, as for
/// [`RunAgentClientConfig`](crate::RunAgentClientConfig). Without a key only an API on this machine can be called.
///
/// ```
/// use std::time::Duration;
/// use runagent::{ApiConfig, ClientOptions};
///
/// let config = ApiConfig::new()
///     .with_api_key("key")
///     .with_base_url("https://staging.example.com")
///     .with_options(ClientOptions::new().with_run_timeout(Duration::from_secs(20)));
/// assert!(format!("{config:?}").contains("[redacted]"));
/// ```
#[derive(Clone, Default)]
pub struct ApiConfig {
    api_key: Option<String>,
    base_url: Option<String>,
    options: ClientOptions,
}

/// A configuration that was checked.
#[derive(Debug)]
pub(crate) struct ResolvedApi {
    pub(crate) base: BaseUrl,
    pub(crate) key: Option<ApiKey>,
    pub(crate) limits: Limits,
    pub(crate) explanation: Explanation,
    connection: Connection,
}

impl ApiConfig {
    /// Nothing set.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Sets the API key, which then goes before `RUNAGENT_API_KEY`.
    #[must_use]
    pub fn with_api_key(mut self, api_key: impl Into<String>) -> Self {
        self.api_key = Some(api_key.into());
        self
    }

    /// Sets the URL of the API, with or without `/api/v1` or `/v1` at its end.
    #[must_use]
    pub fn with_base_url(mut self, base_url: impl Into<String>) -> Self {
        self.base_url = Some(base_url.into());
        self
    }

    /// Sets time limits, transport and whatever else is seldom set.
    #[must_use]
    pub fn with_options(mut self, options: ClientOptions) -> Self {
        self.options = options;
        self
    }

    /// Checks it, and reads the configuration files for what it does not say.
    pub(crate) fn resolve(self, surface: Surface) -> RunAgentResult<ResolvedApi> {
        let files = Files::read(self.options.environment())?;
        self.resolve_with(surface, &files)
    }

    /// The same with files that were read before.
    fn resolve_with(self, surface: Surface, files: &Files) -> RunAgentResult<ResolvedApi> {
        let mut resolver = Resolver::new(&self.options, files, surface);
        let base = resolver.base(self.base_url)?;
        let key = resolver.key(self.api_key, !base.is_loopback())?;
        let (connection, limits) = resolver.connection(key.clone())?;
        Ok(ResolvedApi { base, key, limits, explanation: resolver.explanation, connection })
    }
}

impl ResolvedApi {
    /// The API. Nothing is sent.
    pub(crate) fn connect(&self) -> Api {
        self.connection.api(self.base.clone(), false)
    }
}

impl fmt::Debug for ApiConfig {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ApiConfig")
            .field("api_key", &self.api_key.as_ref().map(|_| "[redacted]"))
            .field("base_url", &self.base_url.as_deref().map(without_user_info))
            .field("options", &self.options)
            .finish()
    }
}

#[cfg(test)]
mod tests;
