//! Where the agent is, and whether that is still so.

use std::sync::{Mutex, MutexGuard, PoisonError};

use runagent_transport::{Api, BaseUrl};

use crate::{
    RunAgentResult,
    config::{Place, Resolved},
};

/// The API that serves the agent. One that the registry names is looked up on first use, and again when nobody answers.
#[derive(Debug)]
pub(crate) struct Endpoint {
    known: Mutex<Known>,
}

/// What was learned so far.
#[derive(Debug, Default)]
struct Known {
    api: Option<Api>,
    /// The server that takes the key of a stream from the query only.
    token_in_query: Option<BaseUrl>,
}

impl Endpoint {
    pub(crate) fn new(resolved: &Resolved) -> Self {
        let api = match &resolved.place {
            Place::Remote(base) | Place::Local(base) => Some(resolved.connect(base.clone())),
            Place::Registry(_) => None,
        };
        Self { known: Mutex::new(Known { api, token_in_query: None }) }
    }

    /// The API to call.
    pub(crate) async fn api(&self, resolved: &Resolved) -> RunAgentResult<Api> {
        let known = self.known().api.clone();
        if let Some(api) = known {
            return Ok(api);
        }
        Box::pin(self.look_up(resolved)).await
    }

    /// The API to call once more after `stale` turned out not to serve the agent: only when the registry named it, and
    /// names another one by now.
    pub(crate) async fn moved(&self, stale: &Api, resolved: &Resolved) -> Option<Api> {
        if !matches!(resolved.place, Place::Registry(_)) {
            return None;
        }
        let fresh = self.look_up(resolved).await.ok()?;
        (fresh.base_url() != stale.base_url()).then_some(fresh)
    }

    pub(crate) fn wants_token_in_query(&self, api: &Api) -> bool {
        self.known().token_in_query.as_ref() == Some(api.base_url())
    }

    pub(crate) fn remember_token_in_query(&self, api: &Api) {
        self.known().token_in_query = Some(api.base_url().clone());
    }

    fn known(&self) -> MutexGuard<'_, Known> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }

    async fn look_up(&self, resolved: &Resolved) -> RunAgentResult<Api> {
        let base = find(resolved).await?;
        // What all calls share (their places, their budget of retries) stays with the server.
        let same = |known: &Known| known.api.clone().filter(|api| *api.base_url() == base);
        let found = same(&self.known());
        if let Some(api) = found {
            return Ok(api);
        }
        // Not under the lock: it runs a function of the caller's.
        let new = resolved.connect(base.clone());
        let mut known = self.known();
        let api = same(&known).unwrap_or(new);
        known.api = Some(api.clone());
        Ok(api)
    }
}

#[cfg(feature = "db")]
async fn find(resolved: &Resolved) -> RunAgentResult<BaseUrl> {
    use runagent_registry::{Registry, RegistryError};
    use runagent_types::ErrorCode;

    use crate::RunAgentError;

    let Place::Registry(folder) = &resolved.place else { return Err(no_registry()) };
    match Registry::in_folder(folder).find(&resolved.agent_id).await {
        Ok(address) => crate::config::local_url(address.host(), address.port()),
        Err(error) => {
            let code = match error {
                RegistryError::Locked { .. } | RegistryError::Unreadable { .. } => ErrorCode::REGISTRY_ERROR,
                _ => ErrorCode::AGENT_NOT_FOUND_LOCAL,
            };
            Err(RunAgentError::new(code, error.to_string()).with_source(error))
        }
    }
}

#[cfg(not(feature = "db"))]
async fn find(_: &Resolved) -> RunAgentResult<BaseUrl> {
    // A configuration that needs the registry is refused before in a build without it.
    Err(no_registry())
}

fn no_registry() -> crate::RunAgentError {
    crate::RunAgentError::new(runagent_types::ErrorCode::CONFIG_ERROR, "this agent is not looked up in a registry")
}
