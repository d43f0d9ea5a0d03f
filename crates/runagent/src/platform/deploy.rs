//! Deploying an agent, step by step.

use std::sync::Arc;

use http::Method;
use runagent_transport::multipart::Form;

use super::{
    Archive, Client, DeployProgress, Deployed, Deployment, Uploaded, answer,
    client::{SLOW, change},
};
use crate::{RunAgentError, RunAgentResult};

/// The steps of a deployment, in their order.
#[derive(Clone, Copy)]
enum Step {
    Metadata,
    Upload,
    Start,
    Status,
}

impl Client {
    /// Uploads the code of an agent that the platform was [told of](Self::upload_metadata). `progress` is told how many
    /// bytes of how many were handed to the connection; it must not block.
    ///
    /// # Errors
    ///
    /// See [`Client`]; `VALIDATION_ERROR` when the archive can't be read.
    pub async fn upload(
        &self,
        agent_id: &str,
        archive: &Archive,
        progress: impl Fn(u64, u64) + Send + Sync + 'static,
    ) -> RunAgentResult<Uploaded> {
        let file_name = format!("agent_{}.zip", agent_id.chars().take(8).collect::<String>());
        let form = archive.add_to(Form::new().text("agent_id", agent_id), "file", &file_name).progress(progress);
        let request = self.inner.api.request(Method::POST, &["agents", "upload"]);
        let request = request.multipart(form).operation("upload_agent");
        let response = self.send(request, SLOW, change(agent_id)).await?;
        answer::read(&response)
    }

    /// Deploys an agent: tells the platform of it, uploads its code, starts it, and asks how it is. `progress` is told of
    /// each step; it must not block. The settings of [`with_options`](Self::with_options) hold for each of the four calls.
    ///
    /// ```no_run
    /// use runagent::{ApiConfig, platform::{Client, DeployProgress, Deployment}};
    ///
    /// # async fn deploy() -> runagent::RunAgentResult<()> {
    /// let platform = Client::new(ApiConfig::new().with_api_key("key"))?;
    /// let deployment = Deployment::from_folder("my-agent")?.with_overwrite(true);
    /// let deployed = platform
    ///     .deploy(&deployment, |progress| match progress {
    ///         DeployProgress::Uploading { sent, total } => println!("{sent} of {total} bytes"),
    ///         other => println!("{other:?}"),
    ///     })
    ///     .await?;
    /// println!("{}", deployed.started.endpoint.unwrap_or_default());
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    ///
    /// What [`upload_metadata`](Self::upload_metadata), [`upload`](Self::upload), [`start`](Self::start) and
    /// [`agent_status`](Self::agent_status) list. The message names the step that failed and those that were done, which
    /// stay done; the suggestion says how to go on.
    ///
    /// # Cancel safety
    ///
    /// Dropping the future ends the step that is under way, as [`Client`] says, and none follows it.
    pub async fn deploy(
        &self,
        deployment: &Deployment,
        progress: impl Fn(DeployProgress) + Send + Sync + 'static,
    ) -> RunAgentResult<Deployed> {
        let Deployment { metadata: about, archive, start_metadata } = deployment;
        let agent_id = &*about.agent_id;
        let progress = Arc::new(progress);
        let failed = |step: Step| move |error| step.failed(error, agent_id, about.overwrite);

        progress(DeployProgress::Metadata);
        let metadata = Box::pin(self.upload_metadata(about)).await.map_err(failed(Step::Metadata))?;

        let tell = progress.clone();
        let tell = move |sent, total| tell(DeployProgress::Uploading { sent, total });
        let uploaded = Box::pin(self.upload(agent_id, archive, tell)).await.map_err(failed(Step::Upload))?;

        progress(DeployProgress::Starting);
        let started = Box::pin(self.start(agent_id, start_metadata)).await.map_err(failed(Step::Start))?;

        progress(DeployProgress::Checking);
        let status = Box::pin(self.agent_status(agent_id)).await.map_err(failed(Step::Status))?;

        progress(DeployProgress::Done);
        Ok(Deployed { metadata, uploaded, started, status })
    }
}

impl Step {
    /// Which step of how many, and what was done before it.
    const fn place(self) -> &'static str {
        match self {
            Self::Metadata => "step 1 of 4, the metadata, failed",
            Self::Upload => "step 2 of 4, the upload, failed; the metadata are done",
            Self::Start => "step 3 of 4, the start, failed; metadata and upload are done",
            Self::Status => "step 4 of 4, the status, failed; metadata, upload and start are done",
        }
    }

    /// How to go on from here.
    const fn way_on(self) -> Option<&'static str> {
        match self {
            Self::Metadata => None,
            Self::Upload => Some("Go on with Client::upload and Client::start, or deploy again with_overwrite(true)."),
            Self::Start => Some("Go on with Client::start."),
            Self::Status => Some("The agent was started: ask for its status again by Client::agent_status."),
        }
    }

    fn failed(self, error: RunAgentError, agent_id: &str, overwrite: bool) -> RunAgentError {
        let message = format!("deploying agent {}, {}: {}", agent_id.escape_debug(), self.place(), error.message());
        let Some(way_on) = self.way_on() else { return error.with_message(message) };
        let suggestion = error.suggestion().map_or_else(|| way_on.to_owned(), |first| format!("{first} {way_on}"));
        let mut error = error.with_message(message).with_suggestion(suggestion);
        if !overwrite {
            // The same deployment would be refused: the agent is there by now.
            error.details_mut().retryable = Some(false);
        }
        error
    }
}
