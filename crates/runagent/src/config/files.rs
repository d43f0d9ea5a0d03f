//! The small configuration files.

mod entries;
mod read;

use std::{path::Path, sync::Arc, time::Duration};

use serde_json::{Map, Value};

use self::entries::{Entries, Entry};
use super::{
    Environment, config_error,
    kind::{COUNT, DELAY, FACTOR, SECONDS, TEXT},
    setting::{Setting, shown},
};
use crate::RunAgentResult;

/// What the files say, and where they say it.
///
/// `config.json` is the configuration of the user: an entry in it that nobody knows is a typing error, which is logged with
/// the name it resembles. `user_data.json` is what an older command line wrote down: of its entries two count here, unless
/// the first file has them.
#[derive(Debug, Default, PartialEq)]
pub(crate) struct Files {
    pub(super) api_key: Option<Setting<String>>,
    pub(super) base_url: Option<Setting<String>>,
    pub(super) api_url: Option<Setting<String>>,
    pub(super) timeout: Option<Setting<Duration>>,
    pub(super) max_retries: Option<Setting<u32>>,
    pub(super) retry_delay: Option<Setting<Duration>>,
    pub(super) retry_backoff: Option<Setting<f64>>,
    pub(super) default_agent_id: Option<Setting<String>>,
}

const API_KEY: Entry = Entry { snake: "api_key", camel: "apiKey" };
const BASE_URL: Entry = Entry { snake: "base_url", camel: "baseUrl" };
const API_URL: Entry = Entry { snake: "api_url", camel: "apiUrl" };
const TIMEOUT: Entry = Entry { snake: "timeout", camel: "timeout" };
const RETRY_CONFIG: Entry = Entry { snake: "retry_config", camel: "retryConfig" };
const RETRY_ATTEMPTS: Entry = Entry { snake: "retry_attempts", camel: "retryAttempts" };
const DEFAULT_AGENT_ID: Entry = Entry { snake: "default_agent_id", camel: "defaultAgentId" };
const MAX_RETRIES: Entry = Entry { snake: "retry_config.max_retries", camel: "retryConfig.maxRetries" };
const RETRY_DELAY: Entry = Entry { snake: "retry_config.retry_delay", camel: "retryConfig.retryDelay" };
const RETRY_BACKOFF: Entry = Entry { snake: "retry_config.retry_backoff", camel: "retryConfig.retryBackoff" };
const KNOWN: [Entry; 10] = [
    API_KEY,
    BASE_URL,
    API_URL,
    TIMEOUT,
    RETRY_CONFIG,
    RETRY_ATTEMPTS,
    DEFAULT_AGENT_ID,
    MAX_RETRIES,
    RETRY_DELAY,
    RETRY_BACKOFF,
];

impl Files {
    /// Reads `config.json` and `user_data.json` in the folder that this environment names. A folder or a file that is not
    /// there says nothing.
    pub(crate) fn read(environment: &Environment) -> RunAgentResult<Self> {
        let Some(folder) = environment.data_folder() else { return Ok(Self::default()) };
        if folder.path().starts_with("~") {
            let variable = folder.variable();
            tracing::warn!("{variable} starts with `~`, which nothing expands here: write the whole path");
        }
        let mut files = Self::default();
        let config = folder.path().join("config.json");
        if let Some(object) = read::object(&config)? {
            files = Self::of_config(&config, object)?;
        }
        let user_data = folder.path().join("user_data.json");
        if let Some(object) = read::object(&user_data)? {
            files.add_user_data(&user_data, object)?;
        }
        Ok(files)
    }

    fn of_config(path: &Path, object: Map<String, Value>) -> RunAgentResult<Self> {
        let path: Arc<Path> = path.into();
        let mut entries = Entries::new(path.clone(), object);
        let mut retry = Entries::new(path, entries.object(RETRY_CONFIG)?);
        let files = Self {
            api_key: entries.text(API_KEY, &TEXT)?,
            base_url: entries.text(BASE_URL, &TEXT)?,
            api_url: entries.text(API_URL, &TEXT)?,
            timeout: entries.number(TIMEOUT, &SECONDS)?,
            max_retries: match retry.number(MAX_RETRIES, &COUNT)? {
                Some(retries) => Some(retries),
                None => entries.number(RETRY_ATTEMPTS, &COUNT)?,
            },
            retry_delay: retry.number(RETRY_DELAY, &DELAY)?,
            retry_backoff: retry.number(RETRY_BACKOFF, &FACTOR)?,
            default_agent_id: entries.text(DEFAULT_AGENT_ID, &TEXT)?,
        };
        entries.warn_of_others();
        retry.warn_of_others();
        Ok(files)
    }

    fn add_user_data(&mut self, path: &Path, object: Map<String, Value>) -> RunAgentResult<()> {
        let mut entries = Entries::new(path.into(), object);
        let api_key = entries.text(API_KEY, &TEXT)?;
        let base_url = entries.text(BASE_URL, &TEXT)?;
        self.api_key = self.api_key.take().or(api_key);
        self.base_url = self.base_url.take().or(base_url);
        Ok(())
    }
}

#[cfg(test)]
mod tests;
