//! The client for one agent.

use std::{fmt, sync::Arc, time::Instant};

use http::{HeaderName, HeaderValue};
use runagent_transport::{ApiRequest, BoxFuture};
use runagent_types::{
    ErrorCode,
    v1::{AgentHealth, AgentInfo, BatchReply, BatchRequest, InvokeRequest},
};
use serde::de::DeserializeOwned;
use serde_json::Value;

use super::{
    EventStream, Invocation, Invoke, OperationHandle, Reply, event_stream,
    invoke::prepare,
    service::{Received, Service, documented},
};
use crate::{
    ApiConfig, CancelToken, RunAgentError, RunAgentResult, RunOptions,
    client::Prepared,
    error::{Action, Subject},
    telemetry,
};

/// RFC 7240, section 4.1.
const PREFER: HeaderName = HeaderName::from_static("prefer");

/// Calls one agent by the documented REST API. Cloning is cheap: clones share their connections.
///
/// It comes from [`Client::agent`](super::Client::agent), or alone from [`new`](Self::new).
///
/// ```
/// use runagent::{ApiConfig, testing::FakeV1, v1};
/// use serde_json::json;
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> runagent::RunAgentResult<()> {
/// # let options = FakeV1::new("agent-123").on_invoke(|_| Ok(json!("Hi"))).on_stream(|_| Ok(vec!["Once ".into()])).into_options();
/// let agent = v1::AgentClient::new("agent-123", ApiConfig::new().with_api_key("key").with_options(options))?;
///
/// let invoke = v1::Invoke::new("Hello").with_parameter("temperature", 0.7).with_session_id("s1");
/// let answer = agent.invoke(invoke).await?;
/// assert_eq!(answer.result, "Hi");
///
/// let mut story = agent.stream(v1::Invoke::new("Tell a story")).await?.into_text();
/// while let Some(text) = story.next().await {
///     print!("{}", text?);
/// }
///
/// for answer in agent.batch([v1::Invoke::new("Question 1"), v1::Invoke::new("Question 2")]).await? {
///     println!("{}", answer?.result);
/// }
///
/// let operation = agent.start(v1::Invoke::new("Something long")).await?;
/// println!("{} is under way", operation.id());
/// # Ok(())
/// # }
/// ```
///
/// # Cancel safety
///
/// The futures own what they send. Dropping one closes its connection; the agent may have run all the same.
#[derive(Clone)]
pub struct AgentClient {
    pub(super) service: Arc<Service>,
    agent_id: Arc<str>,
}

impl AgentClient {
    /// Makes a client for one agent, without touching the network.
    ///
    /// # Errors
    ///
    /// As [`Client::new`](super::Client::new) and [`Client::agent`](super::Client::agent).
    pub fn new(agent_id: impl Into<String>, config: ApiConfig) -> RunAgentResult<Self> {
        Self::of(Arc::new(Service::new(config)?), agent_id.into())
    }

    pub(super) fn of(service: Arc<Service>, agent_id: String) -> RunAgentResult<Self> {
        service.check_id("agent", &agent_id)?;
        Ok(Self { service, agent_id: agent_id.into() })
    }

    /// The id of the agent.
    #[must_use]
    pub fn id(&self) -> &str {
        &self.agent_id
    }

    /// What the server tells of the agent (`GET /v1/agents/{id}`).
    ///
    /// # Errors
    ///
    /// The server's own code, else that of the [status](super#errors): `AGENT_NOT_FOUND_REMOTE` when there is no such
    /// agent. `DECODE_ERROR` for an answer that is no agent.
    ///
    /// # Cancel safety
    ///
    /// See [`AgentClient`].
    pub async fn get(&self) -> RunAgentResult<Reply<AgentInfo>> {
        let request = self.service.get(&["agents", &self.agent_id], "get_agent");
        let received = self.service.send(request, self.subject(Action::Read)).await?;
        Ok(received.reply(received.read(AgentInfo::decode)?))
    }

    /// The agent's health (`GET /v1/agents/{id}/health`). An agent that is not well is no error.
    ///
    /// # Errors
    ///
    /// As [`get`](Self::get).
    ///
    /// # Cancel safety
    ///
    /// See [`AgentClient`].
    pub async fn health(&self) -> RunAgentResult<Reply<AgentHealth>> {
        let request = self.service.get(&["agents", &self.agent_id, "health"], "agent_health");
        let received = self.service.send(request, self.subject(Action::Read)).await?;
        Ok(received.reply(received.read(AgentHealth::decode)?))
    }

    /// Runs the agent and returns its result (`POST /v1/agents/{id}/invoke`).
    ///
    /// Where the server answers with an operation, because the run takes long, this waits for it.
    ///
    /// # Errors
    ///
    /// - The server's own code, with its message and details, else that of the [status](super#errors).
    /// - `TIMEOUT_ERROR`, `CONNECTION_ERROR`: [`is_retryable`](RunAgentError::is_retryable) says whether the agent may
    ///   have run.
    /// - `VALIDATION_ERROR`: a setting of the call can't be used. Nothing was sent.
    /// - `CANCELLED`: by the [token](RunOptions::with_cancel) of the call.
    /// - `DECODE_ERROR`, `RESPONSE_TOO_LARGE`: the agent ran, and its answer can't be used.
    ///
    /// # Cancel safety
    ///
    /// See [`AgentClient`].
    pub fn invoke(&self, invoke: Invoke) -> impl Future<Output = RunAgentResult<Invocation>> + Send + use<> {
        self.invoke_as::<Value>(invoke)
    }

    /// Runs the agent and returns its result as a `T`: see [`invoke`](Self::invoke). A typed result is exact: `i128` and
    /// `u128` hold what [`Value`] can't.
    ///
    /// ```
    /// use runagent::{ApiConfig, testing::FakeV1, v1};
    /// use serde_json::json;
    ///
    /// #[derive(serde::Deserialize)]
    /// struct Summary {
    ///     title: String,
    /// }
    ///
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> runagent::RunAgentResult<()> {
    /// # let options = FakeV1::new("agent-123").on_invoke(|_| Ok(json!({"title": "Rain"}))).into_options();
    /// # let agent = v1::AgentClient::new("agent-123", ApiConfig::new().with_api_key("key").with_options(options))?;
    /// let summary = agent.invoke_as::<Summary>(v1::Invoke::new("It rains.")).await?.result;
    /// assert_eq!(summary.title, "Rain");
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    ///
    /// As [`invoke`](Self::invoke); a `DECODE_ERROR` says where the result is no `T`.
    ///
    /// # Cancel safety
    ///
    /// See [`AgentClient`].
    pub fn invoke_as<T: DeserializeOwned>(
        &self,
        invoke: Invoke,
    ) -> impl Future<Output = RunAgentResult<Invocation<T>>> + Send + use<T> {
        self.invoking(invoke.prepare())
    }

    /// Runs the agent with a call that is ready.
    pub(super) fn invoking<T: DeserializeOwned>(
        &self,
        call: RunAgentResult<Prepared>,
    ) -> impl Future<Output = RunAgentResult<Invocation<T>>> + Send + use<T> {
        let agent = self.clone();
        let work = async move {
            let started = Instant::now();
            let (body, mut options) = call?.into_parts();
            let request = agent.service.post(&["agents", &agent.agent_id, "invoke"], "invoke", body);
            let received = agent.answer(request, &options).await?;
            if !received.is_accepted() {
                return Invocation::read(&received);
            }
            let limit = options.timeout.unwrap_or(agent.service.limits.run);
            options.timeout = Some(limit.saturating_sub(started.elapsed()));
            let operation = OperationHandle::started(agent.service.clone(), received, options)?;
            let mut invocation = Box::pin(operation.wait_as()).await?;
            invocation.elapsed = started.elapsed();
            Ok(invocation)
        };
        telemetry::within(telemetry::invoke_agent(&self.agent_id, None, false), work)
    }

    /// Runs the agent and returns its answer piece by piece (`POST /v1/agents/{id}/stream`).
    ///
    /// It is done when the server has answered; that the agent has started is the stream's first event.
    ///
    /// The request is repeated only as long as the server has not taken it: with nothing sent, a 429, a 503 with
    /// `Retry-After`. A stream that breaks off is never begun again by itself. Where a server can resume it, send a new
    /// request with the [parameter](Invoke::with_parameter) `resume_from_index` and the session of the stream.
    ///
    /// # Errors
    ///
    /// - What [`invoke`](Self::invoke) lists. Once the server has answered with a stream, errors come out of that.
    /// - `STREAM_IDLE`: the server took the request and says nothing.
    /// - `DECODE_ERROR`: the answer is no stream of events.
    ///
    /// # Cancel safety
    ///
    /// See [`AgentClient`].
    pub fn stream(&self, invoke: Invoke) -> impl Future<Output = RunAgentResult<EventStream>> + Send + use<> {
        self.streaming(invoke.prepare())
    }

    /// The same by `GET /v1/agents/{id}/stream`, which has room for a query and a session, in the URL: for servers that
    /// have that form only. As any GET it is repeated when no answer comes, although an agent runs.
    ///
    /// # Errors
    ///
    /// As [`stream`](Self::stream); `VALIDATION_ERROR` when the request has parameters.
    ///
    /// # Cancel safety
    ///
    /// See [`AgentClient`].
    pub fn stream_get(&self, invoke: Invoke) -> impl Future<Output = RunAgentResult<EventStream>> + Send + use<> {
        let call = invoke.into_query().map(|(query, options)| {
            let request = self.service.api.get(&["agents", &self.agent_id, "stream"]).operation("stream");
            let request = query.into_iter().fold(request, |request, (name, value)| request.query(name, value));
            (documented(request), options)
        });
        self.opening(call)
    }

    /// Streams with a call that is ready.
    pub(super) fn streaming(
        &self,
        call: RunAgentResult<Prepared>,
    ) -> impl Future<Output = RunAgentResult<EventStream>> + Send + use<> {
        let segments = ["agents", &*self.agent_id, "stream"];
        let call = call.map(Prepared::into_parts);
        let call = call.map(|(body, options)| (self.service.post(&segments, "stream", body), options));
        self.opening(call)
    }

    fn opening(
        &self,
        call: RunAgentResult<(ApiRequest, RunOptions)>,
    ) -> impl Future<Output = RunAgentResult<EventStream>> + Send + use<> {
        let agent = self.clone();
        let span = telemetry::invoke_agent(&self.agent_id, None, true);
        let of_stream = span.clone();
        let work = async move {
            let (request, options) = call?;
            let Self { service, agent_id } = agent;
            Box::pin(event_stream::open(&service.limits, agent_id, request, options, of_stream)).await
        };
        telemetry::within(span, work)
    }

    /// Runs the agent once for each of these, in one call (`POST /v1/agents/{id}/batch`), and returns their results in the
    /// same order. An empty batch is not sent.
    ///
    /// # Errors
    ///
    /// That one of them fails is in its place. The call itself fails as [`invoke`](Self::invoke); with a
    /// `VALIDATION_ERROR` when one of them has options; with a `DECODE_ERROR` when there are not as many results.
    ///
    /// # Cancel safety
    ///
    /// See [`AgentClient`].
    pub fn batch(
        &self,
        requests: impl IntoIterator<Item = Invoke>,
    ) -> BoxFuture<'static, RunAgentResult<Vec<RunAgentResult<Invocation>>>> {
        self.batch_with(requests, RunOptions::new())
    }

    /// The same with settings for the call as a whole.
    ///
    /// # Errors
    ///
    /// As [`batch`](Self::batch).
    ///
    /// # Cancel safety
    ///
    /// See [`AgentClient`].
    pub fn batch_with(
        &self,
        requests: impl IntoIterator<Item = Invoke>,
        options: RunOptions,
    ) -> BoxFuture<'static, RunAgentResult<Vec<RunAgentResult<Invocation>>>> {
        let requests: RunAgentResult<Vec<InvokeRequest>> = requests.into_iter().map(Invoke::into_part).collect();
        let agent = self.clone();
        let work = async move {
            let requests = requests?;
            let sent = requests.len();
            let (body, options) = prepare(BatchRequest::new(requests).to_json(), options)?.into_parts();
            if sent == 0 {
                return Ok(Vec::new());
            }
            let request = agent.service.post(&["agents", &agent.agent_id, "batch"], "batch", body);
            results(&agent.answer(request, &options).await?, sent)
        };
        Box::pin(telemetry::within(telemetry::invoke_agent(&self.agent_id, None, false), work))
    }

    /// Starts the agent and returns at once, with a handle to what it does (`POST /v1/agents/{id}/invoke` with
    /// `Prefer: respond-async`). The handle keeps the options of the call.
    ///
    /// # Errors
    ///
    /// As [`invoke`](Self::invoke).
    ///
    /// # Cancel safety
    ///
    /// See [`AgentClient`].
    pub fn start(&self, invoke: Invoke) -> impl Future<Output = RunAgentResult<OperationHandle>> + Send + use<> {
        let agent = self.clone();
        let call = invoke.prepare();
        let work = async move {
            let (body, options) = call?.into_parts();
            let request = agent.service.post(&["agents", &agent.agent_id, "invoke"], "start", body);
            let request = request.header(PREFER, HeaderValue::from_static("respond-async"));
            let received = agent.answer(request, &options).await?;
            OperationHandle::started(agent.service, received, options)
        };
        telemetry::within(telemetry::invoke_agent(&self.agent_id, None, false), work)
    }

    /// The answer to something that runs the agent.
    async fn answer(&self, request: ApiRequest, options: &RunOptions) -> RunAgentResult<Received> {
        let request = options.apply(request).timeout(options.timeout.unwrap_or(self.service.limits.run));
        let answer = self.service.send(request, self.subject(Action::Invoke));
        CancelToken::race(options.cancel.as_ref(), answer).await
    }

    fn subject(&self, action: Action) -> Subject<'_> {
        Subject { agent_id: Some(&self.agent_id), local: false, action }
    }
}

/// What a batch of so many came to.
fn results(received: &Received, sent: usize) -> RunAgentResult<Vec<RunAgentResult<Invocation>>> {
    let reply = received.read(BatchReply::decode)?;
    if reply.results.len() != sent {
        let message = format!("the server was sent {sent} requests and gave {} results", reply.results.len());
        return Err(RunAgentError::new(ErrorCode::DECODE_ERROR, message).with_answer(&received.response));
    }
    let outcome = |result| match result {
        Ok(output) => Ok(Invocation::new(output, received)),
        Err(error) => Err(RunAgentError::from_agent(error, &received.response)),
    };
    Ok(reply.results.into_iter().map(outcome).collect())
}

impl fmt::Debug for AgentClient {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AgentClient")
            .field("agent_id", &self.agent_id)
            .field("base_url", self.service.api.base_url())
            .field("limits", &self.service.limits)
            .finish_non_exhaustive()
    }
}
