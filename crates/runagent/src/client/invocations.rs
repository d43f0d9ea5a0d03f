//! What the server has recorded of the agent's runs.

use http::StatusCode;
use runagent_transport::{Api, ApiRequest};
use serde::de::DeserializeOwned;

use super::{Inner, RunAgentClient};
use crate::{
    RunAgentError, RunAgentResult,
    platform::{Invocation, InvocationFilter, InvocationPage, InvocationStats, answer},
};

impl RunAgentClient {
    /// The runs of the agent, of all its entrypoints and callers, the newest first.
    ///
    /// ```
    /// use runagent::{RunAgentClient, RunAgentClientConfig, platform::{InvocationFilter, InvocationStatus}};
    /// # use runagent::{ClientOptions, transport::testing::{Reply, ScriptedTransport}};
    ///
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> runagent::RunAgentResult<()> {
    /// # let page = r#"{"agent_id":"agent-id","invocations":[{"invocation_id":"i1","status":"failed","error_detail":"boom"}]}"#;
    /// # let options = ClientOptions::new().with_transport(ScriptedTransport::new([Reply::json(200, page)]));
    /// # let config = RunAgentClientConfig::new("agent-id", "greet").with_api_key("key").with_options(options);
    /// let client = RunAgentClient::connect_lazy(config)?;
    /// let failures = InvocationFilter::new().with_status(InvocationStatus::Failed).with_limit(10);
    /// for run in client.invocations(failures).await?.invocations {
    ///     println!("{}: {}", run.invocation_id, run.error_detail.unwrap_or_default());
    /// }
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    ///
    /// - `INTERNAL_ERROR` of a local server when one of the runs returned NaN or an infinity: it can't list that one.
    /// - `VALIDATION_ERROR`: the server keeps no record of runs.
    /// - Else what [`new`](Self::new) lists.
    ///
    /// # Cancel safety
    ///
    /// Dropping the future closes the connection; nothing was changed.
    pub async fn invocations(&self, filter: InvocationFilter) -> RunAgentResult<InvocationPage> {
        let segments = ["agents", self.agent_id(), "invocations"];
        let request = |api: &Api| filter.apply(api.get(&segments)).operation("invocations");
        self.inner.fetch(request).await.map_err(without_nan)
    }

    /// One run, by its [id](crate::RunMetadata::invocation_id).
    ///
    /// # Errors
    ///
    /// The server's own code, such as `NOT_FOUND`, when it has no such run; else what [`new`](Self::new) lists.
    ///
    /// # Cancel safety
    ///
    /// Dropping the future closes the connection; nothing was changed.
    pub async fn invocation(&self, invocation_id: &str) -> RunAgentResult<Invocation> {
        let segments = ["invocations", invocation_id];
        self.inner.fetch(|api| api.get(&segments).operation("invocation")).await.map_err(without_nan)
    }

    /// How many runs of the agent there were, and how they ended.
    ///
    /// # Errors
    ///
    /// What [`new`](Self::new) lists; `VALIDATION_ERROR` when the server keeps no record of runs.
    ///
    /// # Cancel safety
    ///
    /// Dropping the future closes the connection; nothing was changed.
    pub async fn invocation_stats(&self) -> RunAgentResult<InvocationStats> {
        let segments = ["agents", self.agent_id(), "invocations", "stats"];
        self.inner.fetch(|api| api.get(&segments).operation("invocation_stats")).await
    }
}

impl Inner {
    /// What a GET brings.
    async fn fetch<T: DeserializeOwned>(&self, request: impl Fn(&Api) -> ApiRequest) -> RunAgentResult<T> {
        self.get_if_there(request, answer::read).await
    }
}

/// Says what Python's complaint about a float means. Asking again would not help.
fn without_nan(mut error: RunAgentError) -> RunAgentError {
    let failed = error.status() == Some(StatusCode::INTERNAL_SERVER_ERROR.as_u16());
    if !failed || !error.message().contains("Out of range float values") {
        return error;
    }
    error.details_mut().retryable = Some(false);
    error.with_suggestion(
        "A run returned NaN or an infinity, which this server can't list: ask for fewer runs, or for those of one status.",
    )
}
