//! Agents as documents: import, export, copies and analysis.

use http::StatusCode;
use serde_json::{Value, json};

use super::{
    collection::required,
    problem::{Answer, Problem, created, ok, with_type},
    recorded_request::RecordedRequest,
    state::State,
};

impl State {
    /// A document becomes an agent: fields between two lines of three hyphens, then the system prompt.
    pub(super) fn import_agent(&mut self, request: &RecordedRequest) -> Answer {
        if let Some(example) = request.query("from-example") {
            let fields = json!({"name": example, "system_prompt": format!("You are {example}.")});
            return self.create_agent(&fields);
        }
        let is_text = request.header("content-type").is_some_and(|value| value.starts_with("text/plain"));
        if !is_text {
            let message = "Expected a request whose `Content-Type` is `text/plain`";
            return Err(Problem::text(StatusCode::UNSUPPORTED_MEDIA_TYPE, message));
        }
        let text = String::from_utf8_lossy(&request.body);
        let parts = text.strip_prefix("---\n").and_then(|rest| rest.split_once("\n---\n"));
        let (head, prompt) = parts.ok_or_else(|| Problem::bad_request("the document has no fields at its head"))?;
        let mut fields = json!({"system_prompt": prompt.trim()});
        for (name, value) in head.lines().filter_map(|line| line.split_once(':')) {
            fields[name.trim()] = value.trim().trim_matches('"').into();
        }
        required(&fields, "name")?;
        self.create_agent(&fields)
    }

    pub(super) fn export_agent(&mut self, id: &str) -> Answer {
        let agent = self.agents.get(id)?;
        let mut text = "---\n".to_owned();
        for field in ["name", "display_name", "description"] {
            if let Some(value) = agent[field].as_str() {
                text.push_str(&format!("{field}: {value}\n"));
            }
        }
        text.push_str(&format!("---\n\n{}\n", agent["system_prompt"].as_str().unwrap_or_default()));
        Ok(with_type("text/markdown; charset=utf-8", text))
    }

    pub(super) fn copy_agent(&mut self, id: &str) -> Answer {
        let mut fields = self.agents.get(id)?.clone();
        fields["name"] = format!("{}-copy", fields["name"].as_str().unwrap_or_default()).into();
        fields["id"] = self.clock.id("agent").into();
        let row = self.add_agent(&fields);
        created(&format!("/v1/agents/{}", row["id"].as_str().unwrap_or_default()), row)
    }

    pub(super) fn agent_stats(&mut self, id: &str) -> Answer {
        let agent = self.agents.get(id)?["name"].as_str().map(str::to_owned);
        let sessions: Vec<_> = self.sessions.iter().filter(|session| session.agent == agent).collect();
        let count = |status: &str| sessions.iter().filter(|session| session.row["status"] == status).count();
        let usages = || {
            let events = sessions.iter().flat_map(|session| session.durable());
            events.filter(|event| event.kind() == "turn.completed").map(|event| &event.0["data"]["usage"])
        };
        let tokens = |field: &str| usages().filter_map(|usage| usage[field].as_u64()).sum::<u64>();
        ok(&json!({
            "session_count": sessions.len(),
            "active_session_count": count("active"),
            "idle_session_count": count("idle"),
            "started_session_count": count("started"),
            "waiting_for_tool_results_session_count": count("waitingfortoolresults"),
            "execution_count": sessions.iter().map(|session| session.turns).sum::<usize>(),
            "total_session_duration_ms": 0,
            "total_input_tokens": tokens("input_tokens"),
            "total_output_tokens": tokens("output_tokens"),
            "total_cache_read_tokens": 0,
            "total_cache_creation_tokens": 0,
            "total_actual_cost_usd": 0.0,
            "total_estimated_cost_usd": 0.0,
            "total_cost_usd": 0.0,
        }))
    }
}

/// What is to be said of an agent to be.
pub(super) fn analyze(body: &Value) -> Answer {
    let is_empty = body["system_prompt"].as_str().unwrap_or_default().trim().is_empty();
    let finding = json!({
        "rule_id": "empty-system-prompt",
        "category": "completeness",
        "severity": "warning",
        "source": "builtin",
        "message": "The agent is not told what to do.",
        "location": {"field": "system_prompt"},
    });
    ok(&json!({"findings": if is_empty { vec![finding] } else { Vec::new() }}))
}
