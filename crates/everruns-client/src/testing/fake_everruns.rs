//! The fake itself.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use http::{HeaderValue, header::AUTHORIZATION};
use runagent_transport::{BoxFuture, Request, Response, Transport, TransportError};
use serde_json::json;

use super::{
    connection::Connection,
    dialect::Dialect,
    fault::{Failing, Fault, Injection, cut},
    problem::Problem,
    recorded_request::RecordedRequest,
    state::{Script, State},
    turn::{Turn, TurnInput},
};

/// An Everruns in memory. It is a [`Transport`], to be given to a client in the place of the network; clones are the same
/// server.
///
/// Its agents follow scripts: see [`Turn`]. It remembers what it is asked to create, tells of it by polling and by
/// streams as the servers do, and gives each id, time and sequence anew in every run alike.
///
/// ```
/// use everruns_sdk::testing::FakeEverruns;
/// use runagent_transport::{Body, Transport};
/// use serde_json::{Value, json};
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let fake = FakeEverruns::new().with_agent("assistant", |_| "Hello there!");
///
/// // A client does this:
/// let post = |path: &str, body: Value| {
///     let request = http::Request::post(format!("https://example.com/api/v1{path}"));
///     request.header("content-type", "application/json").body(Body::from(body.to_string()))
/// };
/// let answer = fake.send(post("/sessions", json!({"agent_name": "assistant"}))?).await?;
/// assert_eq!(answer.status(), 201);
/// let session: Value = serde_json::from_slice(&answer.into_body().collect(4096).await?)?;
/// let id = session["id"].as_str().unwrap_or_default();
/// let message = json!({"message": {"role": "user", "content": [{"type": "text", "text": "Hi"}]}});
/// fake.send(post(&format!("/sessions/{id}/messages"), message)?).await?;
///
/// let events = fake.events(id);
/// assert!(events.iter().any(|event| event["type"] == "turn.completed"));
/// assert_eq!(fake.requests()[0].json()["agent_name"], "assistant");
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug)]
pub struct FakeEverruns(Arc<Mutex<State>>);

impl FakeEverruns {
    /// The platform, with all of its API. It takes any key, and its agents repeat what they are told.
    #[must_use]
    pub fn new() -> Self {
        Self(Arc::new(Mutex::new(State::new(Dialect::Hosted))))
    }

    /// An application that serves its own agents, with sessions and the agents' own API. It differs in more than that:
    ///
    /// | | platform | application |
    /// |---|---|---|
    /// | other routes | there | 404 |
    /// | a new session is | `started` | `idle` |
    /// | an agent is known by | its id | its name |
    /// | a malformed id | 400 | 404 |
    /// | the code of an error | told | not told |
    /// | `since_id` of an event that was not kept | nothing comes | 400 |
    /// | an unknown type in a filter | 400 | nothing comes |
    /// | the header `Last-Event-ID` | ignored | a cursor |
    /// | a delta has the text so far | yes | no |
    /// | a cancellation | 200 `cancelled`, with a last message | 202 `accepted` |
    #[must_use]
    pub fn serve() -> Self {
        Self(Arc::new(Mutex::new(State::new(Dialect::Serve))))
    }

    /// Adds an agent, and what it does in each turn: a [`Turn`], or only a text.
    #[must_use]
    pub fn with_agent<T: Into<Turn>>(
        self,
        name: impl Into<String>,
        script: impl Fn(&TurnInput) -> T + Send + Sync + 'static,
    ) -> Self {
        let name = name.into();
        let script: Script = Arc::new(move |input| script(input).into());
        let mut state = self.lock();
        if state.agents.find("name", &name).is_none() {
            state.add_agent(&json!({"name": name, "description": format!("The agent {name}.")}));
        }
        state.scripts.insert(name, script);
        drop(state);
        self
    }

    /// What all agents do that have no script of their own.
    #[must_use]
    pub fn with_other_agents<T: Into<Turn>>(self, script: impl Fn(&TurnInput) -> T + Send + Sync + 'static) -> Self {
        self.lock().script = Arc::new(move |input| script(input).into());
        self
    }

    /// Refuses requests with another key than this, by 401.
    #[must_use]
    pub fn with_api_key(self, key: impl Into<String>) -> Self {
        self.lock().api_key = Some(key.into());
        self
    }

    /// Takes the key without `Bearer` as well, as old servers do.
    #[must_use]
    pub fn with_bare_keys(self) -> Self {
        self.lock().takes_bare_keys = true;
        self
    }

    /// Knows no files of sessions, as servers that are not new: they are those of the session's workspace.
    #[must_use]
    pub fn without_session_files(self) -> Self {
        self.lock().has_session_files = false;
        self
    }

    /// What it was asked so far, in the order in which it was asked.
    #[must_use]
    pub fn requests(&self) -> Vec<RecordedRequest> {
        self.lock().requests.clone()
    }

    /// The id of an agent that it has.
    ///
    /// # Panics
    ///
    /// When it has none of this name.
    #[must_use]
    pub fn agent_id(&self, name: &str) -> String {
        let id = self.lock().agents.find("name", name).map(|agent| agent["id"].as_str().unwrap_or_default().to_owned());
        id.expect("an agent of this name")
    }

    /// All events of a session so far, in the order in which they happened, those that are never told again among them.
    /// None when there is no such session.
    #[must_use]
    pub fn events(&self, session_id: &str) -> Vec<serde_json::Value> {
        let mut state = self.lock();
        state
            .session(session_id)
            .map(|session| session.log.iter().map(|event| event.0.clone()).collect())
            .unwrap_or_default()
    }

    /// Lets the next requests of a route fail. A route is a method and a path below the version, where `*` is any
    /// segment: `"GET /sessions/*/sse"`. Faults of one route strike one after the other.
    ///
    /// # Panics
    ///
    /// When the route has no blank.
    pub fn inject(&self, route: &str, times: usize, fault: Fault) {
        self.lock().injections.push(Injection::new(route, times, fault));
    }

    /// How the next connections for streams of events behave, one each. Those after them are as they should be.
    pub fn connect_as(&self, connections: impl IntoIterator<Item = Connection>) {
        self.lock().connections.extend(connections);
    }

    async fn respond(&self, request: &RecordedRequest) -> Response {
        let answer = if self.admits(request) { self.answer(request).await } else { Err(Problem::unauthorized()) };
        let dialect = self.lock().dialect;
        answer.unwrap_or_else(|problem| problem.into_response(dialect, &request.path))
    }

    pub(super) fn lock(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Whether the key is the right one.
    fn admits(&self, request: &RecordedRequest) -> bool {
        let state = self.lock();
        let Some(key) = &state.api_key else {
            return true;
        };
        let given = request.header(AUTHORIZATION.as_str()).unwrap_or_default();
        let bearer = given.split_once(' ').filter(|(scheme, _)| scheme.eq_ignore_ascii_case("bearer"));
        bearer.is_some_and(|(_, token)| token == key) || (state.takes_bare_keys && given == key)
    }
}

impl Default for FakeEverruns {
    fn default() -> Self {
        Self::new()
    }
}

impl Transport for FakeEverruns {
    fn send<'a>(&'a self, request: Request) -> BoxFuture<'a, Result<Response, TransportError>> {
        Box::pin(async move {
            let (head, body) = request.into_parts();
            let request = RecordedRequest::new(head, body.collect(usize::MAX).await?);
            let (number, fault) = {
                let mut state = self.lock();
                state.requests.push(request.clone());
                let fault = state.injections.iter_mut().find_map(|injection| injection.strikes(&request));
                (state.requests.len(), fault)
            };
            let mut response = match fault.map(Fault::strike) {
                None => self.respond(&request).await,
                Some(Failing::With(outcome)) => outcome?,
                Some(Failing::Silent) => std::future::pending().await,
                Some(Failing::AnswerLost(error)) => {
                    self.respond(&request).await;
                    return Err(error);
                }
                Some(Failing::AnswerCutOff) => cut(self.respond(&request).await).await?,
            };
            if let Ok(id) = HeaderValue::from_str(&format!("req_{number}")) {
                response.headers_mut().insert("x-request-id", id);
            }
            Ok(response)
        })
    }
}
