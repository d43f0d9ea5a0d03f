//! That each agent of the server does as its name says, in raw HTTP: when this fails, no other test here says anything.

use http::StatusCode;
use http::header::AUTHORIZATION;
use runagent_transport::sse::{EventSource, EventSourceItem};
use runagent_transport::{Body, HttpTransport, Transport};
use serde_json::{Value, json};
use tokio::time::timeout;

use crate::server::{PATIENCE, Server};

/// What ends every turn, whatever came of it.
const END: &str = "session.idled";

/// A session, and what has happened in it.
struct Session {
    url: String,
    source: EventSource,
    events: Vec<Value>,
}

impl Session {
    /// A new session with this agent, which is told something.
    async fn start(agent: &str) -> Self {
        let server = Server::shared().await;
        let sessions = format!("{}/v1/sessions", server.url());
        let session = post(&sessions, &json!({ "agent_name": agent })).await;
        let url = format!("{sessions}/{}", session["id"].as_str().expect("an id"));
        let request = http::Request::get(format!("{url}/sse?after_sequence=0")).body("").expect("a request");
        let source = EventSource::new(HttpTransport::new(), request);
        let session = Self { url, source, events: Vec::new() };
        session.post("messages", &json!({"message": {"content": [{"type": "text", "text": "Hello"}]}})).await;
        session
    }

    /// Reads on until an event of this kind, and returns its data.
    async fn until(&mut self, kind: &str) -> Value {
        loop {
            let item = timeout(PATIENCE, self.source.next()).await.expect("an event in time");
            let Some(Ok(EventSourceItem::Event(event))) = item else { panic!("no {kind}: {item:?}") };
            let event: Value = serde_json::from_str(&event.data).expect("JSON");
            self.events.push(event.clone());
            if event["type"] == kind {
                return event["data"].clone();
            }
        }
    }

    /// The data of all events of this kind so far.
    fn all(&self, kind: &str) -> Vec<&Value> {
        self.events.iter().filter(|event| event["type"] == kind).map(|event| &event["data"]).collect()
    }

    /// Waits for the end of the turn, and returns the answer.
    async fn answer(&mut self) -> String {
        self.until(END).await;
        let completed = self.all("output.message.completed").pop().expect("an answer");
        completed["message"]["content"][0]["text"].as_str().expect("text").to_owned()
    }

    async fn post(&self, path: &str, body: &Value) -> Value {
        post(&format!("{}/{path}", self.url), body).await
    }
}

async fn post(url: &str, body: &Value) -> Value {
    let request = http::Request::post(url).header("content-type", "application/json");
    let request = request.body(Body::from(body.to_string())).expect("a request");
    let response = HttpTransport::new().send(request).await.expect("an answer");
    let status = response.status();
    let body = response.into_body().collect(1 << 20).await.expect("a body");
    assert!(status.is_success(), "{url}: {status} {}", String::from_utf8_lossy(&body));
    serde_json::from_slice(&body).expect("JSON")
}

#[tokio::test]
async fn all_agents_are_there() {
    let agents = ["approver", "asker", "authfail", "dicer", "echo", "failer", "lorem", "silent", "slow", "slowtool"];
    assert_eq!(Server::shared().await.agents(), agents);
}

#[tokio::test]
async fn echo_repeats() {
    assert_eq!(Session::start("echo").await.answer().await, "Echo: Hello");
}

#[tokio::test]
async fn lorem_streams() {
    let mut session = Session::start("lorem").await;
    let answer = session.answer().await;
    let deltas = session.all("output.message.delta").len();
    assert!(answer.len() > 1000 && deltas > 10, "{deltas} deltas: {answer}");
}

#[tokio::test]
async fn dicer_calls_twice_and_fails_once() {
    let mut session = Session::start("dicer").await;
    session.until(END).await;
    // They run at the same time: either may end first.
    let mut ends = session.all("tool.completed");
    ends.sort_by_key(|end| end["tool_call_id"].as_str());
    let ends: Vec<_> = ends.iter().map(|end| (&end["tool_call_id"], &end["status"])).collect();
    assert_eq!(json!(ends), json!([["call_a", "success"], ["call_b", "error"]]));
}

#[tokio::test]
async fn asker_waits_for_an_answer() {
    let mut session = Session::start("asker").await;
    let call = session.until("tool.call_requested").await["tool_calls"][0].clone();
    assert_eq!(call["name"], "ask_user");
    let answers = json!({"tool_call_id": call["id"], "answers": [{"id": "target", "selected": ["staging"]}]});
    session.post("question-answers", &answers).await;
    assert_eq!(session.answer().await, "Deploying as you asked.");
}

#[tokio::test]
async fn approver_waits_for_approval() {
    let mut session = Session::start("approver").await;
    let call = session.until("tool.call_requested").await["tool_calls"][0].clone();
    assert_eq!(call["name"], "approve_tool_call");
    let decisions = json!({"decisions": [{"tool_call_id": call["id"], "decision": "allow"}]});
    session.post("tool-approvals", &decisions).await;
    assert_eq!(session.answer().await, "Handled the record.");
    let ran = session.all("tool.completed").pop().expect("a tool that ran");
    assert_eq!(ran["result"][0]["text"], "deleted r1");
}

#[tokio::test]
async fn failing_agents_fail() {
    for (agent, code) in [("failer", "processing_error"), ("authfail", "provider_misconfigured")] {
        let mut session = Session::start(agent).await;
        assert_eq!(session.until("turn.failed").await["error_code"], code, "{agent}");
        session.until(END).await;
    }
}

#[tokio::test]
async fn slow_agents_can_be_cancelled() {
    for (agent, begun) in [("slow", "reason.started"), ("silent", "reason.started"), ("slowtool", "tool.progress")] {
        let mut session = Session::start(agent).await;
        session.until(begun).await;
        assert_eq!(session.post("cancel", &Value::Null).await["status"], "accepted", "{agent}");
        session.until("turn.cancelled").await;
        session.until(END).await;
    }
}

#[tokio::test]
async fn a_server_with_keys_asks_for_one() {
    let server = Server::start(&["right", "other"]).await;
    for (key, expected) in [("right", StatusCode::OK), ("wrong", StatusCode::UNAUTHORIZED)] {
        let request = http::Request::get(format!("{}/v1/agent", server.url()));
        let request = request.header(AUTHORIZATION, format!("Bearer {key}")).body(Body::empty()).expect("a request");
        assert_eq!(HttpTransport::new().send(request).await.expect("an answer").status(), expected, "{key}");
    }
}
