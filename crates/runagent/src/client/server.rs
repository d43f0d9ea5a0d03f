//! Calls to the server that has the agent.

use std::time::Duration;

use bytes::Bytes;
use runagent_transport::{Api, ApiRequest, TransportError};
use runagent_types::{ErrorCode, Health};
use tokio::time::Instant;

use super::Inner;
use crate::{
    RunAgentError, RunAgentResult,
    error::{Action, Subject},
};

/// How long an error may wait for what would explain it.
pub(super) const PATIENCE: Duration = Duration::from_secs(2);

impl Inner {
    pub(crate) fn subject(&self, action: Action) -> Subject<'_> {
        Subject { agent_id: Some(&self.resolved.agent_id), local: self.resolved.place.is_local(), action }
    }

    /// Makes a call on the API as known; when nobody answers there, or another agent does, once more on the API that the
    /// registry names by now. `call` is told how much of the time limit is left, and `read` is given an answer with a
    /// success status.
    pub(super) async fn on_the_right_api<F, T>(
        &self,
        action: Action,
        limit: Duration,
        call: impl Fn(&Api, Duration) -> F,
        read: impl Fn(http::Response<Bytes>) -> RunAgentResult<T>,
    ) -> RunAgentResult<T>
    where
        F: Future<Output = Result<http::Response<Bytes>, TransportError>>,
    {
        let judge = |outcome| match outcome {
            Ok(response) if http::Response::status(&response).is_success() => read(response),
            Ok(response) => Err(RunAgentError::from_response(&response, self.subject(action))),
            Err(error) => Err(RunAgentError::from_transport(error, self.subject(action))),
        };
        let started = Instant::now();
        let left = || limit.saturating_sub(started.elapsed());
        let api = self.endpoint.api(&self.resolved).await?;
        // Boxed, as what is rare is below: a future is as large as all that it may wait for, and callers move it about.
        let error = match judge(Box::pin(call(&api, left())).await) {
            Err(error) if is_elsewhere(&error) => error,
            outcome => return outcome,
        };
        match Box::pin(self.endpoint.moved(&api, &self.resolved)).await {
            Some(api) => judge(Box::pin(call(&api, left())).await),
            None => Err(Box::pin(self.explain(error, &api, left())).await),
        }
    }

    /// What `read` finds in the answer to a GET.
    pub(super) async fn get<T>(
        &self,
        request: impl Fn(&Api) -> ApiRequest,
        read: impl Fn(&http::Response<Bytes>) -> RunAgentResult<T>,
    ) -> RunAgentResult<T> {
        let call = |api: &Api, limit| {
            let request = request(api).timeout(limit);
            async move { request.send().await }
        };
        self.on_the_right_api(Action::Read, self.resolved.limits.control, call, |response| read(&response)).await
    }

    /// What a GET brings that not every local server answers.
    pub(super) async fn get_if_there<T>(
        &self,
        request: impl Fn(&Api) -> ApiRequest,
        read: impl Fn(&http::Response<Bytes>) -> RunAgentResult<T>,
    ) -> RunAgentResult<T> {
        let error = match self.get(request, read).await {
            Err(error) if *error.code() == ErrorCode::AGENT_NOT_FOUND_LOCAL && error.status() == Some(404) => error,
            outcome => return outcome,
        };
        match Box::pin(self.health()).await {
            // It does have the agent.
            Ok(Health { agent_id: Some(_), .. }) => Err(error
                .with_code(ErrorCode::VALIDATION_ERROR)
                .with_message("the server has this agent, and does not have this call")
                .with_suggestion("Ask the platform: a local server does not have every call.")),
            _ => Err(error),
        }
    }

    /// Adds to "not found" of a local server which agent it does serve, if that can be had in the time that is left.
    pub(crate) async fn explain(&self, error: RunAgentError, api: &Api, left: Duration) -> RunAgentError {
        let refused = error.status().is_some_and(|status| status >= 400);
        if *error.code() != ErrorCode::AGENT_NOT_FOUND_LOCAL || !refused {
            return error;
        }
        let Ok(response) = api.get(&["health"]).operation("health").timeout(PATIENCE.min(left)).send().await else {
            return error;
        };
        let Ok(health) = serde_json::from_slice::<Health>(response.body()) else { return error };
        match health.agent_id {
            Some(other) if other != self.resolved.agent_id => {
                let address = api.base_url();
                let message = format!("{address} serves agent {}, not this one", other.escape_debug());
                error.with_message(message)
            }
            _ => error,
        }
    }
}

/// Whether the agent may be found at another address: nobody listens here, or this is another agent's server.
pub(crate) fn is_elsewhere(error: &RunAgentError) -> bool {
    (*error.code() == ErrorCode::CONNECTION_ERROR && error.is_retryable())
        || (*error.code() == ErrorCode::AGENT_NOT_FOUND_LOCAL && error.status().is_some())
}
