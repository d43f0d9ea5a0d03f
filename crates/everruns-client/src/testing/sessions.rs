//! `/sessions`.

use http::Method;
use serde_json::{Value, json};

use super::{
    collection::{merge, page},
    dialect::Dialect,
    event::Scope,
    fake_everruns::FakeEverruns,
    problem::{Answer, Problem, created, no_content, ok, with_status},
    recorded_request::RecordedRequest,
    session::Session,
    state::State,
};

/// The only organisation.
const ORGANIZATION: &str = "org_00000000000000000000000000000001";

impl State {
    pub(super) fn answer_sessions(&mut self, request: &RecordedRequest, segments: &[&str]) -> Answer {
        match (&request.method, segments) {
            (&Method::GET, []) => self.list_sessions(request),
            (&Method::POST, []) => {
                let body = request.object()?;
                let agent = self.agent_of(&body)?;
                let session = self.create_session(agent, &body).view();
                created(&format!("/v1/sessions/{}", session["id"].as_str().unwrap_or_default()), &session)
            }
            (&Method::GET, [id]) => ok(&self.session(id)?.view()),
            (&Method::PATCH, [id]) => {
                let body = request.object()?;
                let (session, clock) = self.session_and_clock(id)?;
                merge(&mut session.row, &body);
                session.row["updated_at"] = clock.now().into();
                ok(&session.view())
            }
            (&Method::DELETE, [id]) => {
                self.session(id)?;
                self.sessions.retain(|session| session.id() != *id);
                no_content()
            }
            (&Method::GET, [id, "messages"]) => self.list_messages(id, request),
            (&Method::GET, [id, "events"]) => self.list_events(id, request),
            (&Method::GET, [id, "events", "summary"]) => self.summarize_events(id),
            (_, [id, rest @ ..]) => self.act_on_session(id, request, rest),
            _ => Err(Problem::no_route()),
        }
    }

    pub(super) fn create_session(&mut self, agent: Option<String>, body: &Value) -> &mut Session {
        let now = self.clock.now();
        let agent_id = match (self.dialect, &agent) {
            (Dialect::Hosted, Some(name)) => self.agents.find("name", name).map(|agent| agent["id"].clone()),
            (_, name) => name.clone().map(Value::from),
        };
        let mut row = json!({
            "harness_id": self.harness_id,
            "organization_id": ORGANIZATION,
            "suspension_reason": null,
            "tags": [],
        });
        merge(&mut row, body);
        let fixed = json!({
            "id": self.clock.id("session"),
            "agent_id": agent_id,
            "agent_name": agent,
            "status": self.dialect.first_status(),
            "created_at": now,
            "updated_at": now,
        });
        merge(&mut row, &fixed);
        if self.dialect == Dialect::Serve {
            row["build_id"] = "fake".into();
        }
        if self.dialect == Dialect::Hosted {
            self.add_what_the_platform_tells(&mut row);
            self.add_initial_files(row["workspace_id"].as_str().unwrap_or_default(), &body["initial_files"]);
        }
        self.sessions.push(Session::new(row, agent));
        self.sessions.last_mut().expect("it was pushed")
    }

    fn add_what_the_platform_tells(&mut self, row: &mut Value) {
        if row["workspace_id"].is_null() {
            row["workspace_id"] = self.clock.id("wsp").into();
        }
        row["owner_principal_id"] = "principal_00000000000000000000000000000001".into();
        let id = row["id"].as_str().unwrap_or_default();
        let links = json!({
            "self_url": format!("/v1/sessions/{id}"),
            "view_url": format!("/sessions/{id}"),
            "ui_link": format!("/sessions/{id}"),
            "allowed_actions": [],
        });
        merge(row, &links);
    }

    fn list_sessions(&self, request: &RecordedRequest) -> Answer {
        let archived = (request.flag("include_archived"), request.flag("archived_only"));
        let search = request.query("search").unwrap_or_default().to_lowercase();
        let wanted = |row: &Value| {
            let is_archived = !row["archived_at"].is_null();
            let shown = if archived.1 { is_archived } else { archived.0 || !is_archived };
            let same = |field| request.query(field).is_none_or(|value| row[field] == value);
            let title = row["title"].as_str().unwrap_or_default().to_lowercase();
            shown && same("agent_id") && same("status") && title.contains(&search)
        };
        let mut rows: Vec<_> = self.sessions.iter().map(Session::view).filter(wanted).collect();
        if request.query("order") != Some("asc") {
            rows.reverse();
        }
        page(request, &rows.iter().collect::<Vec<_>>())
    }
}

impl FakeEverruns {
    /// Ends the turn that runs, at once.
    pub(super) fn cancel(&self, id: &str) -> Answer {
        let mut state = self.lock();
        let dialect = state.dialect;
        let (session, clock) = state.session_and_clock(id)?;
        session.waiting = None;
        let Some(turn) = session.turn.take() else {
            let (status, word) = dialect.nothing_to_cancel();
            return with_status(status, &json!({"status": word, "message": "No turn runs"}));
        };
        if let Some(task) = turn.task {
            task.abort();
        }
        let scope = Scope::Turn { turn_id: turn.turn_id.clone(), input_message_id: turn.input_message_id };
        let reason = json!({"turn_id": turn.turn_id, "reason": "The user cancelled it"});
        session.append(clock, "turn.cancelled", &scope, reason);
        let mut message = |role: &str, text: &str| {
            let content = json!([{"type": "text", "text": text}]);
            json!({"message": {"id": clock.id("message"), "role": role, "content": content, "created_at": clock.now()}})
        };
        let (asked, done) = (message("user", "The user asks to stop."), message("agent", "The work was stopped."));
        session.append(clock, "input.message", &scope, asked);
        if dialect == Dialect::Hosted {
            session.append(clock, "output.message.completed", &scope, done);
        }
        session.append(clock, "session.idled", &scope, json!({"turn_id": turn.turn_id}));
        session.set_status(clock, "idle");
        let (status, word) = dialect.cancelled();
        let answer = with_status(status, &json!({"status": word, "message": "The turn is cancelled"}));
        drop(state);
        self.take_up(id);
        answer
    }
}
