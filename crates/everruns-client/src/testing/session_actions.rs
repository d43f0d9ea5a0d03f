//! What is done with sessions, beside talking.

use http::Method;
use serde_json::{Value, json};

use super::{
    budgets::check,
    collection::{merge, pick},
    file_system::Owner,
    problem::{Answer, Problem, created, no_content, ok, with_type},
    recorded_request::RecordedRequest,
    state::State,
};

/// What a fork takes over.
const FORKED: [&str; 7] = ["harness_id", "title", "tags", "locale", "model_id", "system_prompt", "hints"];

impl State {
    pub(super) fn act_on_session(&mut self, id: &str, request: &RecordedRequest, segments: &[&str]) -> Answer {
        match (&request.method, segments) {
            (&Method::POST, ["fork"]) => self.fork(id, &request.optional_object()?),
            (&Method::PUT, ["archive"]) => {
                let now = self.clock.now();
                self.set(id, json!({"archived_at": now}))
            }
            (&Method::DELETE, ["archive"]) => self.set(id, json!({"archived_at": null})),
            (&Method::PUT, ["pin"]) => self.set(id, json!({"is_pinned": true})),
            (&Method::DELETE, ["pin"]) => self.set(id, json!({"is_pinned": false})),
            (&Method::GET, ["export"]) => self.export(id),
            (&Method::GET, ["budgets"]) => {
                self.session(id)?;
                ok(&json!(self.session_budgets(id)))
            }
            (&Method::GET, ["budget-check"]) => {
                self.session(id)?;
                let worst = self.session_budgets(id).into_iter().map(check).find(|check| check["action"] != "continue");
                ok(&worst.unwrap_or_else(|| json!({"action": "continue"})))
            }
            (&Method::POST, ["resume"]) => self.resume(id),
            (&Method::PUT, ["storage", "secrets"]) => {
                let secrets = request.object()?["secrets"].as_object().cloned().unwrap_or_default();
                self.session(id)?.secrets.extend(secrets.keys().cloned());
                ok(&json!({"count": secrets.len()}))
            }
            (&Method::GET, ["storage", "secrets"]) => {
                let names = self.session(id)?.secrets.iter().map(|name| json!({"name": name}));
                ok(&json!({"data": names.collect::<Vec<_>>()}))
            }
            (_, ["fs", path @ ..]) if self.has_session_files => {
                let workspace = self.workspace_of(id)?;
                self.answer_files(Owner::Workspace, &workspace, request, path)
            }
            _ => Err(Problem::no_route()),
        }
    }

    fn set(&mut self, id: &str, fields: Value) -> Answer {
        merge(&mut self.session(id)?.row, &fields);
        no_content()
    }

    fn fork(&mut self, id: &str, body: &Value) -> Answer {
        let session = self.session(id)?;
        if session.turn.is_some() {
            return Err(Problem::conflict("a turn runs").with_code("session_busy"));
        }
        let agent = session.agent.clone();
        let mut fields = pick(&session.row, &FORKED);
        let sequence = session.last_sequence();
        merge(&mut fields, body);
        merge(&mut fields, &json!({"forked_from_session_id": id, "forked_from_sequence": sequence}));
        self.create_session(agent, &fields);
        let (fork, others) = self.sessions.split_last_mut().expect("it was created");
        if let Some(origin) = others.iter().find(|session| session.id() == id) {
            fork.continue_from(origin);
        }
        created(&format!("/v1/sessions/{}", fork.id()), &fork.view())
    }

    fn export(&mut self, id: &str) -> Answer {
        let lines = self.session(id)?.messages().into_iter().map(|message| format!("{message}\n"));
        Ok(with_type("application/x-ndjson", lines.collect::<String>()))
    }

    fn resume(&mut self, id: &str) -> Answer {
        self.session(id)?;
        let is_paused = |row: &&Value| row["status"] == "paused";
        let ids: Vec<_> = self.session_budgets(id).into_iter().filter(is_paused).map(|row| row["id"].clone()).collect();
        for budget in &ids {
            self.budgets.update(&mut self.clock, budget.as_str().unwrap_or_default(), &json!({"status": "active"}))?;
        }
        let (session, clock) = self.session_and_clock(id)?;
        if session.row["status"] == "paused" {
            session.set_status(clock, "idle");
        }
        ok(&json!({"resumed_budgets": ids.len(), "session_id": id}))
    }
}
