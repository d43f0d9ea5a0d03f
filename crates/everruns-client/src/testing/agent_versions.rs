//! `/agents/{id}/versions` and `/agents/{id}/health-checks`.

use http::Method;
use serde_json::{Value, json};

use super::{
    collection::{pick, required},
    problem::{Answer, Problem, ok},
    recorded_request::RecordedRequest,
    state::State,
};

/// What a version keeps.
const AUTHORED: [&str; 10] = [
    "name",
    "display_name",
    "description",
    "system_prompt",
    "default_model_id",
    "capabilities",
    "tools",
    "initial_files",
    "tags",
    "max_iterations",
];

impl State {
    pub(super) fn answer_agent_versions(&mut self, id: &str, request: &RecordedRequest, segments: &[&str]) -> Answer {
        self.agents.get(id)?;
        match (&request.method, segments) {
            (&Method::GET, []) => ok(&self.versions.iter().filter(|row| row["agent_id"] == id).cloned().collect()),
            (&Method::POST, []) => {
                let body = request.optional_object()?;
                let kind = body["change_kind"].as_str().unwrap_or("manual").to_owned();
                ok(&self.add_version(id, &kind, &body)?)
            }
            (&Method::POST, ["default"]) => {
                let body = request.object()?;
                let version = self.version(id, required(&body, "version_id")?)?;
                let fields = json!({"default_version_id": version["id"]});
                ok(self.agents.update(&mut self.clock, id, &fields)?)
            }
            (&Method::GET, [from, "diff", to]) => {
                let (a, b) = (self.version(id, from)?, self.version(id, to)?);
                let difference = difference(&a["authored_config"], &b["authored_config"]);
                ok(&json!({
                    "from_version_id": from,
                    "to_version_id": to,
                    "authored_diff": difference,
                    "resolved_diff": difference,
                }))
            }
            (&Method::POST, [version, "fork"]) => {
                let body = request.object()?;
                let mut fields = self.version(id, version)?["authored_config"].clone();
                fields["name"] = required(&body, "name")?.into();
                super::collection::merge(&mut fields, &pick(&body, &["display_name", "description"]));
                fields["forked_from_agent_id"] = id.into();
                fields["forked_from_version_id"] = (*version).into();
                ok(self.add_agent(&fields))
            }
            (&Method::POST, [version, "rollback"]) => {
                let fields = self.version(id, version)?["authored_config"].clone();
                self.agents.update(&mut self.clock, id, &fields)?;
                self.add_version(id, "rollback", &request.optional_object()?)?;
                ok(self.agents.get(id)?)
            }
            _ => Err(Problem::no_route()),
        }
    }

    fn version(&mut self, agent: &str, id: &str) -> Result<Value, Problem> {
        let version = self.versions.get(id)?;
        if version["agent_id"] == agent { Ok(version.clone()) } else { Err(Problem::not_found("version", id)) }
    }

    fn add_version(&mut self, id: &str, kind: &str, body: &Value) -> Result<Value, Problem> {
        let config = pick(self.agents.get(id)?, &AUTHORED);
        let number = self.versions.iter().filter(|row| row["agent_id"] == id).count() + 1;
        let fields = json!({
            "agent_id": id,
            "version_number": number,
            "semver_major": 0,
            "semver_minor": 0,
            "semver_patch": number,
            "version": format!("0.0.{number}"),
            "is_published": true,
            "change_kind": kind,
            "summary": body["summary"],
            "config_hash": format!("sha256:{number}"),
            "authored_config": config,
            "resolved_config": config,
        });
        Ok(self.versions.add(&mut self.clock, json!({}), &fields).clone())
    }

    pub(super) fn answer_health_checks(&mut self, id: &str, request: &RecordedRequest, segments: &[&str]) -> Answer {
        self.agents.get(id)?;
        let runs = || self.health_checks.iter().filter(|row| row["agent_id"] == id);
        match (&request.method, segments) {
            (&Method::GET, []) => ok(&runs().cloned().collect()),
            (&Method::GET, ["latest"]) => ok(&json!({"config_changed": false, "run": runs().next_back()})),
            (&Method::POST, []) => {
                let summary = json!({
                    "total": 0,
                    "passed": 0,
                    "failed": 0,
                    "errored": 0,
                    "pass_rate": 1.0,
                    "avg_score": 1.0,
                    "avg_turns": 1.0,
                    "total_input_tokens": 0,
                    "total_output_tokens": 0,
                });
                let fields = json!({
                    "agent_id": id,
                    "config_hash": "sha256:1",
                    "status": "completed",
                    "results": [],
                    "summary": summary,
                    "completed_at": self.clock.now(),
                });
                ok(self.health_checks.add(&mut self.clock, json!({}), &fields))
            }
            (&Method::GET, [run]) => ok(self.health_checks.get(run)?),
            _ => Err(Problem::no_route()),
        }
    }
}

/// The fields that differ, before and after.
fn difference(from: &Value, to: &Value) -> Value {
    let changed = AUTHORED.iter().filter(|field| from[**field] != to[**field]);
    let of = |field: &&str| ((*field).to_owned(), json!({"from": from[*field], "to": to[*field]}));
    Value::Object(changed.map(of).collect())
}
