//! An agent in memory.

use std::{fmt, sync::Arc};

use http::HeaderMap;
use runagent_transport::{
    BaseUrl, Body, BoxFuture, Progress, Request, Response, Socket, Transport, TransportError, TransportErrorKind,
    testing::{Reply, ScriptedTransport},
};
use runagent_types::{ApiError, Architecture, Entrypoint, ErrorCode, Health, Reply as Envelope, RunRequest};
use serde_json::{Map, Value};

use super::{
    Expectation, RecordedCall, RunAnswer, StreamAnswer,
    conversation::Conversation,
    ledger::{Ledger, Verdict},
};
use crate::{ClientOptions, RunAgentResult};

/// An agent in memory. It speaks the wire format of the RunAgent protocol, so everything but the network is the real thing.
///
/// [`on_run`](Self::on_run) and [`on_stream`](Self::on_stream) say how the agent works; [`expect_run`](Self::expect_run)
/// and [`expect_stream`](Self::expect_stream) which calls must come. Expectations go first, in the order in which they were
/// added, and `on_…` answers what they leave. What is registered is what the agent's architecture lists; its health is
/// "healthy".
///
/// An agent with expectations is strict. A call that nobody expects fails: on the client's side with a `CONFIG_ERROR`, and
/// in the test by a panic that lists what was expected and what came, in [`verify`](Self::verify), or else when the last
/// handle of the agent goes, clones and clients among them.
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
/// let options = agent.clone().into_options();
///
/// let config = RunAgentClientConfig::new("agent-id", "double").with_api_key("key").with_options(options.clone());
/// assert_eq!(RunAgentClient::new(config).await?.run_with_args(&[json!(21)], &[]).await?, 42);
///
/// let config = RunAgentClientConfig::new("agent-id", "broken").with_api_key("key").with_options(options);
/// let error = RunAgentClient::new(config).await?.run(&[]).await.expect_err("it is broken");
/// assert_eq!(error.code(), "NO_CREDIT");
/// assert_eq!(agent.calls().len(), 2);
/// # Ok(())
/// # }
/// ```
#[derive(Clone)]
pub struct FakeAgent {
    ledger: Arc<Ledger>,
}

impl FakeAgent {
    /// An agent without entrypoints.
    pub fn new(agent_id: impl Into<String>) -> Self {
        Self { ledger: Arc::new(Ledger::new(agent_id.into())) }
    }

    /// Adds an entrypoint: what it returns for its positional and keyword arguments, in any number of calls.
    #[must_use]
    pub fn on_run(
        self,
        tag: impl Into<String>,
        run: impl Fn(&[Value], &Map<String, Value>) -> RunAgentResult<Value> + Send + Sync + 'static,
    ) -> Self {
        self.ledger.state().runs.stub(tag.into(), RunAnswer::computed(run));
        self
    }

    /// Adds a streaming entrypoint: the chunks it yields for its positional and keyword arguments, in any number of calls.
    /// Its tag ends with `_stream`.
    #[must_use]
    pub fn on_stream(
        self,
        tag: impl Into<String>,
        run: impl Fn(&[Value], &Map<String, Value>) -> Vec<Value> + Send + Sync + 'static,
    ) -> Self {
        self.ledger.state().streams.stub(tag.into(), StreamAnswer::computed(run));
        self
    }

    /// Expects runs of an entrypoint: see [`Expectation`] for which, how often, and what is answered.
    ///
    /// ```
    /// use runagent::{RunAgentClient, RunAgentClientConfig, testing::FakeAgent};
    /// use serde_json::json;
    ///
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> runagent::RunAgentResult<()> {
    /// let agent = FakeAgent::new("agent-id")
    ///     .expect_run("greet", |call| call.kwargs(json!({"name": "Ada"})).returns("Hello, Ada!"));
    /// let options = agent.clone().into_options();
    ///
    /// let config = RunAgentClientConfig::new("agent-id", "greet").with_api_key("key").with_options(options);
    /// let client = RunAgentClient::new(config).await?;
    /// assert_eq!(client.run(&[("name", json!("Ada"))]).await?, "Hello, Ada!");
    /// agent.verify();
    /// # Ok(())
    /// # }
    /// ```
    #[must_use]
    #[track_caller]
    pub fn expect_run(
        self,
        tag: impl Into<String>,
        expect: impl FnOnce(Expectation<RunAnswer>) -> Expectation<RunAnswer>,
    ) -> Self {
        let expectation = expect(Expectation::new(tag, false));
        self.ledger.state().runs.expect(expectation);
        self
    }

    /// Expects streams of an entrypoint, whose tag ends with `_stream`: see [`expect_run`](Self::expect_run).
    #[must_use]
    #[track_caller]
    pub fn expect_stream(
        self,
        tag: impl Into<String>,
        expect: impl FnOnce(Expectation<StreamAnswer>) -> Expectation<StreamAnswer>,
    ) -> Self {
        let expectation = expect(Expectation::new(tag, true));
        self.ledger.state().streams.expect(expectation);
        self
    }

    /// The runs and streams that came so far, in order. What else a client asks (architecture, health) is not among them.
    #[must_use]
    pub fn calls(&self) -> Vec<RecordedCall> {
        self.ledger.calls()
    }

    /// Checks that the calls that were expected came, and no others. The last handle of the agent does the same when it
    /// goes; where that may be in a task, whose panic nobody sees, call this at the end of the test.
    ///
    /// # Panics
    ///
    /// When they did not: at the line of the test, with what was expected and what came.
    #[track_caller]
    pub fn verify(&self) {
        if let Some(faults) = self.ledger.faults() {
            panic!("{faults}");
        }
    }

    /// Options for a client that calls this agent, wherever its configuration says the agent is. It reads neither the
    /// environment nor the configuration files of the machine, on which no test should depend; where one should,
    /// [`with_environment`](ClientOptions::with_environment) names it. Clone the agent first to keep a handle of it.
    #[must_use]
    pub fn into_options(self) -> ClientOptions {
        ClientOptions::new().with_transport(self).with_environment(|_| None)
    }

    fn reply(&self, path: &str, headers: HeaderMap, body: &[u8]) -> Reply {
        match path.rsplit('/').next().unwrap_or_default() {
            "health" => {
                let mut health = Health::new("healthy");
                health.agent_id = Some(self.ledger.agent_id.clone());
                Reply::json(200, serde_json::to_vec(&health).unwrap_or_default())
            }
            _ if !self.is_served_at(path) => not_found(),
            "architecture" => {
                let envelope = Envelope::success_data(&self.architecture()).map(|envelope| envelope.to_json());
                Reply::json(200, envelope.unwrap_or_default())
            }
            "run" => self.run(headers, body),
            _ => not_found(),
        }
    }

    /// As a local server, it knows of no other agent than its own.
    fn is_served_at(&self, path: &str) -> bool {
        let base = BaseUrl::http("localhost", 80).and_then(|base| base.join(&["agents", &self.ledger.agent_id], None));
        base.is_ok_and(|base| path.rsplit_once('/').is_some_and(|(agent, _)| agent.ends_with(base.path())))
    }

    fn architecture(&self) -> Architecture {
        let state = self.ledger.state();
        let tags = state.runs.tags().into_iter().chain(state.streams.tags());
        Architecture::new(&*self.ledger.agent_id, tags.map(Entrypoint::new).collect())
    }

    fn run(&self, headers: HeaderMap, body: &[u8]) -> Reply {
        let request = match RunRequest::from_slice(body) {
            Ok(request) => request,
            Err(error) => {
                let error = ApiError::new(ErrorCode::VALIDATION_ERROR, error.to_string());
                return Reply::json(422, Envelope::failure(&error).to_json());
            }
        };
        let call = RecordedCall::new(request, headers, false);
        // What the test computes is computed when the ledger is closed again: it may look into it.
        match self.ledger.run(&call) {
            Verdict::Answer(answer) => answer.reply(&call),
            Verdict::Unexpected => unexpected(&call).into(),
            Verdict::Unknown => Reply::json(404, Envelope::failure(&unknown(&call.tag)).to_json()),
        }
    }
}

fn not_found() -> Reply {
    Reply::json(404, r#"{"detail":"Not Found"}"#)
}

pub(super) fn unknown(tag: &str) -> ApiError {
    ApiError::new("NOT_FOUND", format!("Entrypoint {tag} not found"))
}

/// What the client is told of a call that fails the test. Without its arguments: it may end up in a log.
pub(super) fn unexpected(call: &RecordedCall) -> TransportError {
    let kind = if call.streams { "stream" } else { "run" };
    let tag = call.tag.escape_debug();
    let message = format!("the test expects no such {kind} of `{tag}`, or no further one: FakeAgent::verify says more");
    TransportError::new(TransportErrorKind::Unsupported, Progress::NotSent, message)
}

impl Transport for FakeAgent {
    fn send<'a>(&'a self, request: Request) -> BoxFuture<'a, Result<Response, TransportError>> {
        Box::pin(async move {
            let (head, body) = request.into_parts();
            let body = body.collect(usize::MAX).await?;
            let reply = self.reply(head.uri.path(), head.headers, &body);
            ScriptedTransport::new([reply]).send(Request::new(Body::empty())).await
        })
    }

    fn connect<'a>(&'a self, request: http::Request<()>) -> BoxFuture<'a, Result<Socket, TransportError>> {
        Box::pin(async move {
            let reply = if self.is_served_at(request.uri().path()) {
                Socket::new(Conversation::new(self.ledger.clone(), request.headers().clone())).into()
            } else {
                Reply::json(403, "")
            };
            ScriptedTransport::new([reply]).connect(request).await
        })
    }
}

impl fmt::Debug for FakeAgent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let state = self.ledger.state();
        f.debug_struct("FakeAgent")
            .field("agent_id", &self.ledger.agent_id)
            .field("runs", &state.runs.tags())
            .field("streams", &state.streams.tags())
            .finish()
    }
}
