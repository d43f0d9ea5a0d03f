//! The client of an account.

use std::{
    collections::HashSet,
    fmt,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use bytes::Bytes;
use http::{Response, StatusCode};
use runagent_transport::{Api, ApiKey, ApiRequest};
use runagent_types::{ErrorCode, Health};
use serde_json::{Map, Value};

use super::{
    AgentLimits, AgentStarted, MetadataUpload, MetadataUploaded, Project, ProjectPage, ProjectQuery, answer,
    token::TokenPlace,
};
use crate::{
    ApiConfig, CancelToken, Explanation, Listing, RunAgentError, RunAgentResult, RunOptions,
    config::Surface,
    error::{Action, Subject},
};

/// What a question about the account may take. It is asked before something else is done.
pub(super) const QUICK: Duration = Duration::from_secs(10);
const METADATA: Duration = Duration::from_secs(60);
/// What the platform may take to build and to start an agent.
pub(super) const SLOW: Duration = Duration::from_secs(300);

/// Calls the platform on behalf of an account: see the [module](super) for an example. Cloning is cheap: clones share
/// their connections.
///
/// # Time limits
///
/// 10 seconds for [`limits`](Self::limits) and [`validate_token`](Self::validate_token), 60 for
/// [`upload_metadata`](Self::upload_metadata), 300 for an upload and for [`start`](Self::start), and for everything else
/// the [control timeout](crate::ClientOptions::with_control_timeout), which also limits the first two.
/// [`with_options`](Self::with_options) sets another limit.
///
/// # Errors
///
/// Every call can fail with
///
/// - `AUTHENTICATION_ERROR`, `PERMISSION_ERROR`: the key is not accepted, or not for this.
/// - `VALIDATION_ERROR`: the request is refused, or the server does not have this call, as local servers do not.
/// - `CONNECTION_ERROR`, `TIMEOUT_ERROR`, `RATE_LIMIT_ERROR`, `SERVER_ERROR`, `DECODE_ERROR`: no usable answer.
/// - `CANCELLED`: by the token of [`with_options`](Self::with_options).
/// - a code of the server's own, with its message and details.
///
/// # Cancel safety
///
/// Dropping the future of a call closes its connection. The platform may have done what was asked all the same.
#[derive(Clone)]
pub struct Client {
    pub(super) inner: Arc<Inner>,
    options: RunOptions,
}

pub(super) struct Inner {
    pub(super) api: Api,
    /// Unless a provider gives it.
    pub(super) key: Option<ApiKey>,
    control: Duration,
    explanation: Explanation,
    pub(super) token_place: TokenPlace,
}

impl Client {
    /// Makes the client without touching the network: it reads the environment and the small configuration files.
    ///
    /// # Errors
    ///
    /// When the configuration can't be used: `CONFIG_ERROR`, `VALIDATION_ERROR`, or `AUTHENTICATION_ERROR` when there is
    /// no key and the API is not on this machine.
    pub fn new(config: ApiConfig) -> RunAgentResult<Self> {
        let resolved = config.resolve(Surface::Backend)?;
        let inner = Inner {
            api: resolved.connect(),
            control: resolved.limits.control,
            explanation: resolved.explanation,
            key: resolved.key,
            token_place: TokenPlace::default(),
        };
        Ok(Self { inner: Arc::new(inner), options: RunOptions::new() })
    }

    /// The client that the environment and the configuration files describe: `RUNAGENT_API_KEY`, `RUNAGENT_BASE_URL`.
    ///
    /// # Errors
    ///
    /// As [`new`](Self::new).
    pub fn from_env() -> RunAgentResult<Self> {
        Self::new(ApiConfig::new())
    }

    /// The same client for calls with settings of their own: a time limit, headers, a token that ends them.
    ///
    /// ```
    /// use runagent::{ApiConfig, CancelToken, RunOptions, platform::Client};
    /// use std::time::Duration;
    ///
    /// let platform = Client::new(ApiConfig::new().with_api_key("key"))?;
    /// let token = CancelToken::new();
    /// let hasty = platform.with_options(RunOptions::new().with_timeout(Duration::from_secs(2)).with_cancel(&token));
    /// # drop(hasty);
    /// # Ok::<(), runagent::RunAgentError>(())
    /// ```
    #[must_use]
    pub fn with_options(&self, options: RunOptions) -> Self {
        Self { inner: self.inner.clone(), options }
    }

    /// What the client is set to, and where each setting came from.
    #[must_use]
    pub fn explain(&self) -> Explanation {
        self.inner.explanation.clone()
    }

    /// The health that the platform reports.
    ///
    /// # Errors
    ///
    /// See [`Client`].
    pub async fn health(&self) -> RunAgentResult<Health> {
        let request = self.inner.api.get(&["health"]).operation("health");
        let response = self.send(request, self.inner.control, READ).await?;
        answer::read(&response)
    }

    /// How many agents the account may have. Each call asks anew.
    ///
    /// # Errors
    ///
    /// See [`Client`].
    pub async fn limits(&self) -> RunAgentResult<AgentLimits> {
        let request = self.inner.api.get(&["limits", "agents"]).operation("limits");
        let response = self.send(request, self.quick(), READ).await?;
        answer::read(&response)
    }

    /// The owner of the key, in the platform's words: no document names the members.
    ///
    /// # Errors
    ///
    /// See [`Client`].
    pub async fn profile(&self) -> RunAgentResult<Value> {
        let request = self.inner.api.get(&["users", "profile"]).operation("profile");
        let response = self.send(request, self.inner.control, READ).await?;
        answer::read_any(&response)
    }

    /// A page of the list of projects.
    ///
    /// # Errors
    ///
    /// See [`Client`].
    pub async fn projects(&self, query: ProjectQuery) -> RunAgentResult<ProjectPage> {
        let request = query.apply(self.inner.api.get(&["projects"])).operation("projects");
        let response = self.send(request, self.inner.control, READ).await?;
        answer::read(&response)
    }

    /// All projects from the page of the query on: a stream that fetches a page when the one before is used up.
    ///
    /// The list ends with the page that has no project which was not there before: no document says how a server tells the
    /// last one.
    ///
    /// ```
    /// use runagent::{ApiConfig, platform::{Client, ProjectQuery}};
    /// # use runagent::{ClientOptions, transport::testing::{Reply, ScriptedTransport}};
    ///
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> runagent::RunAgentResult<()> {
    /// # let pages = [r#"{"data":{"projects":[{"id":"p1"}]}}"#, r#"{"data":{"projects":[]}}"#];
    /// # let transport = ScriptedTransport::new(pages.map(|page| Reply::json(200, page)));
    /// # let config = ApiConfig::new().with_api_key("key").with_options(ClientOptions::new().with_transport(transport));
    /// let platform = Client::new(config)?;
    /// let mut projects = platform.all_projects(ProjectQuery::new().with_per_page(100));
    /// while let Some(project) = projects.next().await.transpose()? {
    ///     println!("{}", project.id);
    /// }
    /// # Ok(())
    /// # }
    /// ```
    pub fn all_projects(&self, query: ProjectQuery) -> Listing<Project> {
        let client = self.clone();
        // By their ids; one page is fetched at a time.
        let seen = Arc::new(Mutex::new(HashSet::new()));
        Listing::new(Some(query.page), move |page: Option<u32>| {
            let (client, seen) = (client.clone(), seen.clone());
            let page = page.unwrap_or(query.page);
            Box::pin(async move {
                let mut projects = client.projects(query.with_page(page)).await?.projects;
                let mut seen = seen.lock().unwrap_or_else(PoisonError::into_inner);
                projects.retain(|project| seen.insert(project.id.clone()));
                let next = if projects.is_empty() { None } else { page.checked_add(1) };
                Ok((projects, next))
            })
        })
    }

    /// How a deployed agent is, in the platform's words: no document names the members.
    ///
    /// # Errors
    ///
    /// See [`Client`]; `AGENT_NOT_FOUND_REMOTE` when there is no such agent.
    pub async fn agent_status(&self, agent_id: &str) -> RunAgentResult<Value> {
        let request = self.inner.api.get(&["agents", agent_id, "status"]).operation("agent_status");
        let subject = Subject { agent_id: Some(agent_id), ..READ };
        let response = self.send(request, self.inner.control, subject).await?;
        answer::read_any(&response)
    }

    /// Tells the platform of an agent: the first step of a deployment. Nothing runs yet.
    ///
    /// # Errors
    ///
    /// See [`Client`]; `RESOURCE_ALREADY_EXISTS` when the agent is there and
    /// [`overwrite`](MetadataUpload::with_overwrite) is not set.
    pub async fn upload_metadata(&self, metadata: &MetadataUpload) -> RunAgentResult<MetadataUploaded> {
        let request = self.inner.api.post_json(&["agents", "metadata-upload"], metadata.to_json());
        let request = request.operation("upload_metadata");
        let sent = self.send(request, METADATA, change(&metadata.agent_id)).await;
        sent.and_then(|response| answer::read(&response)).map_err(|error| match error.code().as_str() {
            "RESOURCE_ALREADY_EXISTS" => error.with_suggestion(
                "An agent with this id is there already: replace it by with_overwrite(true), or use another id.",
            ),
            _ => error,
        })
    }

    /// Starts an agent whose code the platform has: the last step of a deployment. `metadata` is for the platform, and
    /// usually empty.
    ///
    /// # Errors
    ///
    /// See [`Client`]; `AGENT_NOT_FOUND_REMOTE` when there is no such agent.
    pub async fn start(&self, agent_id: &str, metadata: &Map<String, Value>) -> RunAgentResult<AgentStarted> {
        let segments = ["agents", agent_id, "start"];
        let body = serde_json::to_vec(metadata)
            .map_err(|error| RunAgentError::new(ErrorCode::VALIDATION_ERROR, error.to_string()))?;
        let request = self.inner.api.post_json(&segments, body).operation("start_agent");
        let response = self.send(request, SLOW, change(agent_id)).await?;
        answer::read(&response)
    }
}

/// A question about the account.
pub(super) const READ: Subject<'static> = Subject { agent_id: None, local: false, action: Action::Read };

/// Something done to an agent.
pub(super) const fn change(agent_id: &str) -> Subject<'_> {
    Subject { agent_id: Some(agent_id), local: false, action: Action::Change }
}

impl Client {
    /// How long a question may take that somebody waits for.
    pub(super) fn quick(&self) -> Duration {
        self.inner.control.min(QUICK)
    }

    /// The answer to a request, if its status is one of success.
    pub(super) async fn send(
        &self,
        request: ApiRequest,
        limit: Duration,
        subject: Subject<'_>,
    ) -> RunAgentResult<Response<Bytes>> {
        let response = self.exchange(request, limit, subject).await?;
        self.judge(response, subject)
    }

    /// The answer to a request, whatever its status.
    pub(super) async fn exchange(
        &self,
        request: ApiRequest,
        limit: Duration,
        subject: Subject<'_>,
    ) -> RunAgentResult<Response<Bytes>> {
        self.options.check()?;
        let request = self.options.apply(request).timeout(self.options.timeout.unwrap_or(limit));
        let answer = async { request.send().await.map_err(|error| RunAgentError::from_transport(error, subject)) };
        CancelToken::race(self.options.cancel.as_ref(), Box::pin(answer)).await
    }

    /// The answer, unless it is a refusal.
    pub(super) fn judge(&self, response: Response<Bytes>, subject: Subject<'_>) -> RunAgentResult<Response<Bytes>> {
        if response.status().is_success() {
            return Ok(response);
        }
        let error = RunAgentError::from_response(&response, subject);
        if response.status() == StatusCode::NOT_FOUND && *error.code() == ErrorCode::VALIDATION_ERROR {
            let base = self.inner.api.base_url();
            return Err(error.with_suggestion(format!("Check the base URL: {base} does not have this call.")));
        }
        Err(error)
    }
}

impl fmt::Debug for Client {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Client").field("base_url", self.inner.api.base_url()).finish_non_exhaustive()
    }
}
