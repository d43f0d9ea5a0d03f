//! `/agents`.

use http::{Method, StatusCode};
use serde_json::{Value, json};

use super::{
    agent_package::analyze,
    collection::required,
    problem::{Answer, Problem, created, no_content, ok},
    recorded_request::RecordedRequest,
    state::State,
};

/// How long a name may be.
const MAX_NAME: usize = 64;

impl State {
    pub(super) fn answer_agents(&mut self, request: &RecordedRequest, segments: &[&str]) -> Answer {
        match (&request.method, segments) {
            (&Method::GET, []) => self.agents.page(request),
            (&Method::POST, []) => self.create_agent(&request.object()?),
            (&Method::GET, [id]) => ok(self.agents.get(id)?),
            (&Method::PUT, [id]) => {
                let mut body = request.object()?;
                body["id"] = (*id).into();
                self.create_agent(&body)
            }
            (&Method::PATCH, [id]) => ok(self.agents.update(&mut self.clock, id, &request.object()?)?),
            (&Method::DELETE, [id]) => {
                self.agents.archive(&mut self.clock, id)?;
                no_content()
            }
            (&Method::POST, ["analyze"]) => analyze(&request.object()?),
            (&Method::POST, ["import"]) => self.import_agent(request),
            (&Method::POST, [id, "copy"]) => self.copy_agent(id),
            (&Method::GET, [id, "export"]) => self.export_agent(id),
            (&Method::GET, [id, "stats"]) => self.agent_stats(id),
            (_, [id, "versions", rest @ ..]) => self.answer_agent_versions(id, request, rest),
            (_, [id, "health-checks", rest @ ..]) => self.answer_health_checks(id, request, rest),
            (&Method::POST, [id, "delete"]) => self.destroy_agent(id),
            _ => Err(Problem::no_route()),
        }
    }

    /// Creates an agent, or replaces the one with its id or its name.
    pub(super) fn create_agent(&mut self, body: &Value) -> Answer {
        let name = required(body, "name")?;
        if !is_slug(name) {
            return Err(Problem::bad_request(format!("invalid agent name {name:?}")));
        }
        required(body, "system_prompt")?;
        let known = match body["id"].as_str() {
            Some(id) => self.agents.find("id", id),
            None => self.agents.find("name", name),
        };
        let Some(id) = known.map(|agent| agent["id"].as_str().unwrap_or_default().to_owned()) else {
            let row = self.add_agent(body);
            return created(&format!("/v1/agents/{}", row["id"].as_str().unwrap_or_default()), row);
        };
        ok(self.agents.update(&mut self.clock, &id, body)?)
    }

    fn destroy_agent(&mut self, id: &str) -> Answer {
        if self.agents.get(id)?["status"] != "archived" {
            return Err(Problem::conflict("only an archived agent can be deleted").with_code("agent_not_archived"));
        }
        self.agents.remove(id)?;
        no_content()
    }

    /// The name of the agent that a session is for.
    pub(super) fn agent_of(&mut self, body: &Value) -> Result<Option<String>, Problem> {
        let (id, name) = (body["agent_id"].as_str(), body["agent_name"].as_str());
        let agent = match (id, name) {
            (Some(_), Some(_)) => return Err(Problem::bad_request("agent_id and agent_name are mutually exclusive")),
            (None, None) => return Ok(None),
            (Some(id), None) if self.dialect == super::dialect::Dialect::Hosted => self.agents.get(id)?,
            (_, name) => {
                let name = name.or(id).unwrap_or_default();
                self.agents.find("name", name).ok_or_else(|| Problem::not_found("agent", name))?
            }
        };
        if agent["status"] == "archived" {
            let problem = Problem::new(StatusCode::CONFLICT, "the agent is archived");
            return Err(problem.with_code("agent_archived"));
        }
        agent["session_count"] = json!(agent["session_count"].as_u64().unwrap_or_default() + 1);
        Ok(agent["name"].as_str().map(str::to_owned))
    }
}

/// Whether a name is words of small letters and digits, with hyphens between them.
pub(super) fn is_slug(name: &str) -> bool {
    let is_word = |word: &str| !word.is_empty() && word.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'z'));
    name.len() <= MAX_NAME && name.split('-').all(is_word)
}
