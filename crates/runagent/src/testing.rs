//! Agents that answer from memory, for tests without a network.

use std::{
    collections::{BTreeMap, VecDeque},
    fmt,
    sync::Arc,
    task::{Context, Poll},
};

use bytes::Bytes;
use http::{Response as HttpResponse, StatusCode};
use runagent_transport::{
    BaseUrl, Body, BoxFuture, Message, Progress, Request, Response, Socket, SocketIo, Transport, TransportError,
    TransportErrorKind,
};
use runagent_types::{ApiError, Architecture, Entrypoint, ErrorCode, Health, Reply, RunRequest, StreamFrame};
use serde_json::{Map, Value};

use crate::{ClientOptions, RunAgentError, RunAgentResult};

type Run = Arc<dyn Fn(&[Value], &Map<String, Value>) -> RunAgentResult<Value> + Send + Sync>;
type RunStream = Arc<dyn Fn(&[Value], &Map<String, Value>) -> Vec<Value> + Send + Sync>;

/// An agent in memory. It speaks the wire format of the RunAgent protocol, so everything but the network is the real thing.
///
/// ```
/// use runagent::{RunAgentClient, RunAgentClientConfig, RunAgentError, testing::FakeAgent};
/// use serde_json::json;
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> runagent::RunAgentResult<()> {
/// let agent = FakeAgent::new("agent-id")
///     .on_run("double", |args, _| Ok(json!(args[0].as_i64().unwrap_or(0) * 2)))
///     .on_run("broken", |_, _| Err(RunAgentError::new("NO_CREDIT", "nothing left")));
/// let options = agent.into_options();
///
/// let config = RunAgentClientConfig::new("agent-id", "double").with_api_key("key").with_options(options.clone());
/// assert_eq!(RunAgentClient::new(config).await?.run_with_args(&[json!(21)], &[]).await?, 42);
///
/// let config = RunAgentClientConfig::new("agent-id", "broken").with_api_key("key").with_options(options);
/// let error = RunAgentClient::new(config).await?.run(&[]).await.expect_err("it is broken");
/// assert_eq!(error.code(), "NO_CREDIT");
/// # Ok(())
/// # }
/// ```
#[derive(Clone)]
pub struct FakeAgent {
    agent_id: String,
    runs: BTreeMap<String, Run>,
    streams: BTreeMap<String, RunStream>,
}

impl FakeAgent {
    /// An agent without entrypoints.
    pub fn new(agent_id: impl Into<String>) -> Self {
        Self { agent_id: agent_id.into(), runs: BTreeMap::new(), streams: BTreeMap::new() }
    }

    /// Adds an entrypoint: what it returns for its positional and keyword arguments.
    #[must_use]
    pub fn on_run(
        mut self,
        tag: impl Into<String>,
        run: impl Fn(&[Value], &Map<String, Value>) -> RunAgentResult<Value> + Send + Sync + 'static,
    ) -> Self {
        self.runs.insert(tag.into(), Arc::new(run));
        self
    }

    /// Adds a streaming entrypoint: the chunks it yields for its positional and keyword arguments. Its tag ends with
    /// `_stream`.
    #[must_use]
    pub fn on_stream(
        mut self,
        tag: impl Into<String>,
        run: impl Fn(&[Value], &Map<String, Value>) -> Vec<Value> + Send + Sync + 'static,
    ) -> Self {
        self.streams.insert(tag.into(), Arc::new(run));
        self
    }

    /// Options for a client that calls this agent, wherever its configuration says the agent is.
    #[must_use]
    pub fn into_options(self) -> ClientOptions {
        ClientOptions::new().with_transport(self)
    }

    fn answer(&self, path: &str, body: &[u8]) -> (StatusCode, Vec<u8>) {
        match path.rsplit('/').next().unwrap_or_default() {
            "health" => {
                let mut health = Health::new("healthy");
                health.agent_id = Some(self.agent_id.clone());
                (StatusCode::OK, serde_json::to_vec(&health).unwrap_or_default())
            }
            _ if !self.is_served_at(path) => (StatusCode::NOT_FOUND, br#"{"detail":"Not Found"}"#.to_vec()),
            "architecture" => {
                let tags = self.runs.keys().chain(self.streams.keys()).map(Entrypoint::new).collect();
                let architecture = Architecture::new(&*self.agent_id, tags);
                let reply = Reply::success_data(&architecture).map(|reply| reply.to_json()).unwrap_or_default();
                (StatusCode::OK, reply)
            }
            "run" => self.run(body),
            _ => (StatusCode::NOT_FOUND, br#"{"detail":"Not Found"}"#.to_vec()),
        }
    }

    /// As a local server, it knows of no other agent than its own.
    fn is_served_at(&self, path: &str) -> bool {
        let base = BaseUrl::http("localhost", 80).and_then(|base| base.join(&["agents", &self.agent_id], None));
        base.is_ok_and(|base| path.rsplit_once('/').is_some_and(|(agent, _)| agent.ends_with(base.path())))
    }

    fn run(&self, body: &[u8]) -> (StatusCode, Vec<u8>) {
        let failure = |status, error: &ApiError| (status, Reply::failure(error).to_json());
        let request = match RunRequest::from_slice(body) {
            Ok(request) => request,
            Err(error) => {
                let error = ApiError::new(ErrorCode::VALIDATION_ERROR, error.to_string());
                return failure(StatusCode::UNPROCESSABLE_ENTITY, &error);
            }
        };
        let Some(run) = self.runs.get(&*request.entrypoint_tag) else {
            return failure(StatusCode::NOT_FOUND, &unknown(&request.entrypoint_tag));
        };
        match run(&request.input_args, &request.input_kwargs) {
            Ok(value) => (StatusCode::OK, Reply::success(&value).to_json()),
            Err(error) => failure(StatusCode::OK, &to_api(error)),
        }
    }

    fn stream(&self, request: &str) -> Vec<String> {
        let Ok(request) = RunRequest::from_slice(request.as_bytes()) else {
            return vec![StreamFrame::refusal("not a run request")];
        };
        let Some(run) = self.streams.get(&*request.entrypoint_tag) else {
            return vec![StreamFrame::refusal(&unknown(&request.entrypoint_tag).message)];
        };
        let chunks = run(&request.input_args, &request.input_kwargs);
        let total_chunks = Some(chunks.len() as u64);
        let mut frames = vec![StreamFrame::Started { invocation_id: None }];
        frames.extend(chunks.into_iter().map(StreamFrame::Data));
        frames.push(StreamFrame::Completed { total_chunks, execution_time: None, invocation_id: None });
        frames.iter().map(StreamFrame::to_json).collect()
    }
}

fn unknown(tag: &str) -> ApiError {
    ApiError::new("NOT_FOUND", format!("Entrypoint {tag} not found"))
}

fn to_api(error: RunAgentError) -> ApiError {
    let RunAgentError::Execution { code, message, suggestion, details } = error;
    let mut api = ApiError::new(code, message);
    api.suggestion = suggestion;
    api.details = details.map(|details| (*details).clone()).filter(|details| !details.is_null());
    api
}

impl Transport for FakeAgent {
    fn send<'a>(&'a self, request: Request) -> BoxFuture<'a, Result<Response, TransportError>> {
        Box::pin(async move {
            let path = request.uri().path().to_owned();
            let body = request.into_body().collect(usize::MAX).await?;
            let (status, body) = self.answer(&path, &body);
            let mut response = HttpResponse::new(Body::from(body));
            *response.status_mut() = status;
            Ok(response)
        })
    }

    fn connect<'a>(&'a self, request: http::Request<()>) -> BoxFuture<'a, Result<Socket, TransportError>> {
        Box::pin(async move {
            if self.is_served_at(request.uri().path()) {
                return Ok(Socket::new(Conversation { agent: self.clone(), frames: VecDeque::new() }));
            }
            let mut answer = HttpResponse::new(Bytes::new());
            *answer.status_mut() = StatusCode::FORBIDDEN;
            let message = "this agent is not served here";
            let error = TransportError::new(TransportErrorKind::Rejected, Progress::ResponseStarted, message);
            Err(error.with_response(answer))
        })
    }
}

impl fmt::Debug for FakeAgent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("FakeAgent")
            .field("agent_id", &self.agent_id)
            .field("runs", &self.runs.keys())
            .field("streams", &self.streams.keys())
            .finish()
    }
}

/// The agent's side of a stream.
#[derive(Debug)]
struct Conversation {
    agent: FakeAgent,
    frames: VecDeque<String>,
}

impl SocketIo for Conversation {
    fn poll_recv(&mut self, _: &mut Context<'_>) -> Poll<Option<Result<Message, TransportError>>> {
        Poll::Ready(self.frames.pop_front().map(|frame| Ok(Message::text(frame))))
    }

    fn poll_send(&mut self, message: &mut Option<Message>, _: &mut Context<'_>) -> Poll<Result<(), TransportError>> {
        if let Some(Message::Text(request)) = message.take() {
            self.frames.extend(self.agent.stream(&request));
        }
        Poll::Ready(Ok(()))
    }
}
