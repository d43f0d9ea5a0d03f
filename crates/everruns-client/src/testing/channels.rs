//! `/channels/{agent}`: the API of one agent.

use http::{HeaderValue, Method};
use serde_json::json;

use super::{
    collection::pick,
    dialect::Dialect,
    events::{Filter, cursor},
    fake_everruns::FakeEverruns,
    idempotency::Remembered,
    problem::{Answer, Problem, created, ok},
    recorded_request::RecordedRequest,
    session::Session,
    state::State,
};

/// How many sessions a page has when nobody says, and at most.
const SESSIONS: (u64, u64) = (50, 200);
/// How many events a page has when nobody says, and at most.
const EVENTS: (u64, u64) = (100, 500);
/// How many approvals one request decides.
const MAX_DECISIONS: usize = 100;

impl FakeEverruns {
    pub(super) async fn answer_channel(&self, agent: &str, request: &RecordedRequest, segments: &[&str]) -> Answer {
        self.lock().agents.find("name", agent).ok_or_else(|| Problem::not_found("agent", agent))?;
        if let ["sessions", id, ..] = segments {
            let mut state = self.lock();
            // Others' sessions are as unknown as those that are not there.
            if state.session(id)?.agent.as_deref() != Some(agent) {
                return Err(Problem::not_found("session", id));
            }
        }
        match (&request.method, segments) {
            (&Method::POST, ["sessions"] | ["sessions", _, "messages"]) => self.once(agent, request, segments).await,
            (&Method::GET, ["sessions", id, "sse"]) => self.stream_events(id, request, Some(Filter::none())),
            (&Method::POST, ["sessions", id, "cancel"]) => self.cancel(id),
            (&Method::POST, ["sessions", id, "question-answers"]) => self.take_question_answers(id, request).await,
            (&Method::POST, ["sessions", id, "tool-approvals"]) => {
                let decisions = request.object()?["decisions"].as_array().map_or(0, Vec::len);
                if decisions > MAX_DECISIONS {
                    return Err(Problem::bad_request(format!("at most {MAX_DECISIONS} decisions at a time")));
                }
                self.take_tool_approvals(id, request).await
            }
            (&Method::GET, []) => self.lock().card(agent),
            (&Method::GET, ["sessions"]) => self.lock().list_channel_sessions(agent, request),
            (&Method::GET, ["sessions", id]) => ok(&self.lock().session(id)?.view()),
            (&Method::GET, ["sessions", id, "events"]) => self.lock().list_channel_events(id, request),
            (&Method::POST, ["runtime-auth"]) => self.lock().runtime_token(request),
            _ => Err(Problem::no_route()),
        }
    }

    /// Carries out a request, or repeats what was answered to it.
    async fn once(&self, agent: &str, request: &RecordedRequest, segments: &[&str]) -> Answer {
        let key = request.header("idempotency-key").map(|key| format!("{agent} {key}"));
        if let Some(key) = &key
            && let Some(remembered) = self.lock().remembered.get(key)
        {
            return remembered.replay(request);
        }
        let response = match segments {
            ["sessions", id, ..] => self.post_message(id, request).await?,
            _ => self.lock().create_channel_session(agent, request)?,
        };
        let Some(key) = key else {
            return Ok(response);
        };
        let (remembered, response) = Remembered::new(request, response);
        self.lock().remembered.insert(key, remembered);
        Ok(response)
    }
}

impl State {
    fn card(&mut self, agent: &str) -> Answer {
        let auth = if self.api_key.is_some() { json!([{"type": "agent_key"}]) } else { json!([]) };
        let row = self.agents.find("name", agent).ok_or_else(|| Problem::not_found("agent", agent))?;
        let mut card = json!({
            "name": agent,
            "streaming": true,
            "input": {"text": true, "images": true, "files": true},
            "auth": auth,
            "links": {"sessions": format!("/v1/channels/{agent}/sessions")},
        });
        super::collection::merge(&mut card, &pick(row, &["description"]));
        ok(&card)
    }

    fn create_channel_session(&mut self, agent: &str, request: &RecordedRequest) -> Answer {
        let body = request.optional_object()?;
        if self.dialect == Dialect::Hosted && !body["metadata"].is_null() {
            return Err(Problem::bad_request("unknown field `metadata`"));
        }
        let session = self.create_session(Some(agent.to_owned()), &pick(&body, &["title", "metadata"]));
        created(&format!("/v1/channels/{agent}/sessions/{}", session.id()), &session.view())
    }

    fn list_channel_sessions(&self, agent: &str, request: &RecordedRequest) -> Answer {
        let limit = request.number("limit")?.unwrap_or(SESSIONS.0).min(SESSIONS.1) as usize;
        let start: usize = match request.query("page_token").map(str::parse) {
            Some(Err(_)) => return Err(Problem::bad_request("invalid page_token")),
            Some(Ok(start)) => start,
            None => 0,
        };
        let sessions = || self.sessions.iter().rev().filter(|session| session.agent.as_deref() == Some(agent));
        let page: Vec<_> = sessions().skip(start).take(limit).map(Session::view).collect();
        let mut answer = json!({"data": page});
        if sessions().count() > start + limit {
            answer["next_page_token"] = (start + limit).to_string().into();
        }
        ok(&answer)
    }

    fn list_channel_events(&mut self, id: &str, request: &RecordedRequest) -> Answer {
        let limit = request.number("limit")?.unwrap_or(EVENTS.0);
        if !(1..=EVENTS.1).contains(&limit) {
            return Err(Problem::bad_request(format!("limit is between 1 and {}", EVENTS.1)));
        }
        let dialect = self.dialect;
        let session = self.session(id)?;
        let after = cursor(request, session, dialect)?.unwrap_or(0);
        let events = session.durable().filter(|event| event.sequence() > Some(after));
        let data: Vec<_> = events.take(limit as usize).map(|event| &event.0).collect();
        ok(&json!({"data": data}))
    }

    fn runtime_token(&mut self, request: &RecordedRequest) -> Answer {
        let Some(user) = request.header("end-user").filter(|user| !user.is_empty()) else {
            return Err(Problem::bad_request("the header End-User is required").with_code("end_user_required"));
        };
        let token = json!({
            "access_token": format!("runtime-token-of-{user}"),
            "token_type": "Bearer",
            "expires_in": 3600,
            "virtual_user_id": self.clock.id("identity"),
        });
        let mut response = ok(&token)?;
        response.headers_mut().insert("cache-control", HeaderValue::from_static("no-store"));
        Ok(response)
    }
}
