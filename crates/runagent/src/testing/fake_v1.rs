//! The documented REST API in memory.

mod address;
mod operations;
mod stream;

use std::{
    collections::BTreeMap,
    fmt,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::SystemTime,
};

use bytes::Bytes;
use http::{
    HeaderMap, HeaderValue, Method, Response, StatusCode,
    header::{AUTHORIZATION, CONTENT_TYPE},
    request::Parts,
};
use runagent_transport::{Body, BoxFuture, Request, Transport, TransportError};
use runagent_types::{
    ApiError,
    v1::{
        AgentHealth, AgentInfo, BatchReply, BatchRequest, InvokeOutput, InvokeRequest, Page, Pagination, error_to_json,
    },
};
use serde_json::{Value, json};

use self::{address::Address, operations::Operations};
use super::answer::to_api;
use crate::{ClientOptions, RunAgentResult};

type OnInvoke = dyn Fn(&InvokeRequest) -> RunAgentResult<Value> + Send + Sync;
type OnStream = dyn Fn(&InvokeRequest) -> RunAgentResult<Vec<String>> + Send + Sync;

/// How many agents a page has when nobody asks for another number.
const PAGE: u64 = 20;
/// When the rate limit is renewed, in seconds from now.
const HOUR: u64 = 3600;

/// The documented REST API in memory, for clients of [`v1`](crate::v1). It speaks its wire format, so everything but the
/// network is the real thing.
///
/// It lists its agents in pages, tells of them and of their health, runs them, streams (by POST and by GET), takes batches,
/// and makes operations, which are `pending` when they are asked for first, then `running`, then done. Each answer has the
/// headers of a rate limit.
///
/// | request | answer |
/// |---|---|
/// | any, once [`with_rate_limit`](Self::with_rate_limit) is used up | 429 `RATE_LIMITED`, with `Retry-After` |
/// | without a key | 401 `INVALID_API_KEY` |
/// | about another agent | 404 `AGENT_NOT_FOUND` |
/// | about another operation | 404 `OPERATION_NOT_FOUND` |
/// | to run an agent, without a query | 400 `INVALID_INPUT` |
/// | with a query, parameters or a session of another type | 400 `INVALID_FIELD_TYPE` |
/// | for which an agent fails | 500, with the code, message and details of the error |
///
/// Any other answer, and what goes wrong on the way, is for
/// [`ScriptedTransport`](crate::transport::testing::ScriptedTransport).
///
/// ```
/// use runagent::{ApiConfig, RunAgentError, testing::FakeV1, v1};
/// use serde_json::json;
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> runagent::RunAgentResult<()> {
/// let api = FakeV1::new("agent-123")
///     .on_invoke(|request| match request.query.as_deref() {
///         Some("Hello") => Ok(json!("Hi")),
///         _ => Err(RunAgentError::new("NO_ANSWER", "it knows one word")),
///     })
///     .on_stream(|_| Ok(vec!["Once ".to_owned(), "upon a time".to_owned()]));
/// let config = ApiConfig::new().with_api_key("key").with_options(api.clone().into_options());
/// let agent = v1::AgentClient::new("agent-123", config)?;
///
/// assert_eq!(agent.invoke(v1::Invoke::new("Hello")).await?.result, "Hi");
/// assert_eq!(agent.invoke(v1::Invoke::new("Bonjour")).await.expect_err("no answer").code(), "NO_ANSWER");
///
/// let mut story = String::new();
/// agent.stream(v1::Invoke::new("Tell a story")).await?.read_to_string(&mut story).await?;
/// assert_eq!(story, "Once upon a time");
/// assert_eq!(api.requests().len(), 3);
/// # Ok(())
/// # }
/// ```
#[derive(Clone)]
pub struct FakeV1(Arc<Mutex<State>>);

struct State {
    /// By id, in alphabetical order.
    agents: BTreeMap<String, AgentInfo>,
    on_invoke: Arc<OnInvoke>,
    on_stream: Arc<OnStream>,
    operations: Operations,
    limit: u64,
    requests: Vec<http::Request<Bytes>>,
}

/// What a request is answered, before it has headers: a status and a body, or an error.
type Answer = Result<(StatusCode, Bytes), (StatusCode, ApiError)>;

impl FakeV1 {
    /// An API with one agent, which answers with the query that it was asked, and streams its words.
    pub fn new(agent_id: impl Into<String>) -> Self {
        let state = State {
            agents: BTreeMap::new(),
            on_invoke: Arc::new(|request| Ok(json!(request.query))),
            on_stream: Arc::new(|request| {
                let query = request.query.as_deref().unwrap_or_default();
                Ok(query.split_inclusive(' ').map(str::to_owned).collect())
            }),
            operations: Operations::default(),
            limit: 1000,
            requests: Vec::new(),
        };
        Self(Arc::new(Mutex::new(state))).with_agent(agent_id)
    }

    /// Adds an agent. All of them do the same.
    #[must_use]
    pub fn with_agent(self, agent_id: impl Into<String>) -> Self {
        let mut agent = AgentInfo::new(agent_id);
        agent.status = Some("deployed".to_owned());
        self.state().agents.insert(agent.id.clone(), agent);
        self
    }

    /// Says what an agent returns, for invocations, batches and operations.
    #[must_use]
    pub fn on_invoke(self, run: impl Fn(&InvokeRequest) -> RunAgentResult<Value> + Send + Sync + 'static) -> Self {
        self.state().on_invoke = Arc::new(run);
        self
    }

    /// Says what an agent streams. An error is the `error` event of a stream that has started.
    #[must_use]
    pub fn on_stream(
        self,
        run: impl Fn(&InvokeRequest) -> RunAgentResult<Vec<String>> + Send + Sync + 'static,
    ) -> Self {
        self.state().on_stream = Arc::new(run);
        self
    }

    /// Allows this many requests. The default is 1,000.
    #[must_use]
    pub fn with_rate_limit(self, requests: u64) -> Self {
        self.state().limit = requests;
        self
    }

    /// The requests that came so far, in order, with their whole bodies. `Debug` shows no credentials.
    #[must_use]
    pub fn requests(&self) -> Vec<http::Request<Bytes>> {
        self.state().requests.clone()
    }

    /// Options for a client that calls this API, wherever its configuration says the API is. Clone it first to keep a handle.
    #[must_use]
    pub fn into_options(self) -> ClientOptions {
        ClientOptions::new().with_transport(self)
    }

    fn state(&self) -> MutexGuard<'_, State> {
        // What the test computes may have panicked: that is what the test fails for.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Records a request and answers it.
    fn respond(&self, head: &Parts, body: &Bytes) -> Response<Body> {
        let used = self.record(head, body);
        let limit = self.state().limit;
        let answer = if used > limit {
            Err((StatusCode::TOO_MANY_REQUESTS, ApiError::new("RATE_LIMITED", "no request is left in this hour")))
        } else if !head.headers.contains_key(AUTHORIZATION) {
            Err(refused(StatusCode::UNAUTHORIZED, "INVALID_API_KEY", "the request has no API key"))
        } else {
            self.answer(head, body)
        };
        let is_stream = answer.is_ok() && head.uri.path().ends_with("/stream");
        let (status, body) = answer.unwrap_or_else(|(status, error)| (status, error_to_json(&error).into()));
        let mut response = Response::new(Body::from(body));
        *response.status_mut() = status;
        let media_type = if is_stream { "text/event-stream" } else { "application/json" };
        let headers = response.headers_mut();
        headers.insert(CONTENT_TYPE, HeaderValue::from_static(media_type));
        headers.insert("x-request-id", number(used));
        headers.insert("x-ratelimit-limit", number(limit));
        headers.insert("x-ratelimit-remaining", number(limit.saturating_sub(used)));
        let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
        headers.insert("x-ratelimit-reset", number(now.as_secs() + HOUR));
        headers.insert("x-ratelimit-reset-after", number(HOUR));
        if status == StatusCode::TOO_MANY_REQUESTS {
            headers.insert("retry-after", number(HOUR));
        }
        response
    }

    /// Returns how many requests came so far.
    fn record(&self, head: &Parts, body: &Bytes) -> u64 {
        let mut request = http::Request::from_parts(head.clone(), body.clone());
        for (name, value) in request.headers_mut() {
            value.set_sensitive(matches!(name.as_str(), "authorization" | "cookie" | "proxy-authorization"));
        }
        let mut state = self.state();
        state.requests.push(request);
        state.requests.len() as u64
    }

    fn answer(&self, head: &Parts, body: &Bytes) -> Answer {
        let address = Address::of(&head.uri);
        match (&head.method, &*address.segments()) {
            (&Method::GET, ["agents"]) => self.page(&address),
            (&Method::GET, ["operations", id]) => self.state().operations.ask(id),
            (method, ["agents", id, rest @ ..]) => {
                let Some(agent) = self.state().agents.get(*id).cloned() else {
                    let message = format!("there is no agent {id}");
                    return Err((StatusCode::NOT_FOUND, ApiError::new("AGENT_NOT_FOUND", message)));
                };
                match (method, rest) {
                    (&Method::GET, []) => Ok(ok(agent.to_json())),
                    (&Method::GET, ["health"]) => Ok(ok(AgentHealth::new("healthy").to_json())),
                    (&Method::POST, ["invoke"]) => self.invoke(&head.headers, &read(body)?),
                    (&Method::POST, ["batch"]) => self.batch(body),
                    (&Method::POST, ["stream"]) => self.stream(&read(body)?),
                    (&Method::GET, ["stream"]) => self.stream(&check(address.request())?),
                    _ => Err(no_such_path()),
                }
            }
            _ => Err(no_such_path()),
        }
    }

    fn page(&self, address: &Address) -> Answer {
        let number = |name| match address.parameter(name).map(str::parse::<u64>) {
            None => Ok(None),
            Some(Ok(number @ 1..)) => Ok(Some(number)),
            Some(_) => {
                let message = format!("{name} is no number from 1 on");
                Err(refused(StatusCode::BAD_REQUEST, "INVALID_FIELD_TYPE", &message))
            }
        };
        let (page, limit) = (number("page")?.unwrap_or(1), number("limit")?.unwrap_or(PAGE));
        let state = self.state();
        let skipped = usize::try_from((page - 1).saturating_mul(limit)).unwrap_or(usize::MAX);
        let taken = usize::try_from(limit).unwrap_or(usize::MAX);
        let agents = state.agents.values().skip(skipped).take(taken).cloned().collect();
        let pagination = Pagination::new(page, limit, state.agents.len() as u64);
        let page = Page::<AgentInfo>::new(agents, Some(pagination)).to_json();
        page.map(ok).map_err(|error| refused(StatusCode::INTERNAL_SERVER_ERROR, "INTERNAL_ERROR", &error.to_string()))
    }

    fn invoke(&self, headers: &HeaderMap, request: &InvokeRequest) -> Answer {
        let output = self.output(request);
        if headers.get("prefer").is_some_and(|wish| wish == "respond-async") {
            return Ok((StatusCode::ACCEPTED, self.state().operations.start(output).into()));
        }
        match output {
            Ok(output) => Ok(ok(output.to_json())),
            Err(error) => Err((StatusCode::INTERNAL_SERVER_ERROR, error)),
        }
    }

    fn batch(&self, body: &Bytes) -> Answer {
        let batch = BatchRequest::from_slice(body)
            .map_err(|error| refused(StatusCode::BAD_REQUEST, "INVALID_INPUT", &error.to_string()))?;
        let result = |request: InvokeRequest| match check(request) {
            Ok(request) => self.output(&request),
            Err((_, error)) => Err(error),
        };
        Ok(ok(BatchReply::new(batch.batch.into_iter().map(result)).to_json()))
    }

    /// What an agent makes of a request. Not under the lock: what the test computes may look at the requests.
    fn output(&self, request: &InvokeRequest) -> Result<InvokeOutput, ApiError> {
        let run = self.state().on_invoke.clone();
        run(request).map(InvokeOutput::new).map_err(to_api)
    }

    fn stream(&self, request: &InvokeRequest) -> Answer {
        let run = self.state().on_stream.clone();
        Ok((StatusCode::OK, stream::encode(request, run(request).map_err(to_api)).into()))
    }
}

/// The request in a body, if it can be answered.
fn read(body: &Bytes) -> Result<InvokeRequest, (StatusCode, ApiError)> {
    let request = InvokeRequest::from_slice(body);
    check(request.map_err(|error| refused(StatusCode::BAD_REQUEST, "INVALID_INPUT", &error.to_string()))?)
}

fn check(request: InvokeRequest) -> Result<InvokeRequest, (StatusCode, ApiError)> {
    if let Some(field) = request.mistyped_member() {
        let (status, error) =
            refused(StatusCode::BAD_REQUEST, "INVALID_FIELD_TYPE", &format!("{field} has a wrong type"));
        return Err((status, error.with_details(json!({"field": field}))));
    }
    if request.query.is_none() {
        let (status, error) = refused(StatusCode::BAD_REQUEST, "INVALID_INPUT", "Query parameter is required");
        return Err((status, error.with_details(json!({"field": "query", "reason": "missing"}))));
    }
    Ok(request)
}

fn ok(body: Vec<u8>) -> (StatusCode, Bytes) {
    (StatusCode::OK, body.into())
}

fn refused(status: StatusCode, code: &'static str, message: &str) -> (StatusCode, ApiError) {
    (status, ApiError::new(code, message))
}

fn no_such_path() -> (StatusCode, ApiError) {
    refused(StatusCode::NOT_FOUND, "NOT_FOUND", "the API has no such path")
}

fn number(number: u64) -> HeaderValue {
    HeaderValue::from(number)
}

impl Transport for FakeV1 {
    fn send<'a>(&'a self, request: Request) -> BoxFuture<'a, Result<http::Response<Body>, TransportError>> {
        Box::pin(async move {
            let (head, body) = request.into_parts();
            let body = body.collect(usize::MAX).await?;
            Ok(self.respond(&head, &body))
        })
    }
}

impl fmt::Debug for FakeV1 {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let state = self.state();
        f.debug_struct("FakeV1")
            .field("agents", &state.agents.keys())
            .field("requests", &state.requests.len())
            .finish_non_exhaustive()
    }
}
