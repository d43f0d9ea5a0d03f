//! `/workspaces`, `/memories` and `/user/connections`.

use http::{Method, StatusCode};
use serde_json::json;

use super::{
    collection::required,
    file_system::Owner,
    problem::{Answer, Problem, no_content, ok, with_status},
    recorded_request::RecordedRequest,
    state::State,
};

impl State {
    pub(super) fn answer_workspaces(&mut self, request: &RecordedRequest, segments: &[&str]) -> Answer {
        if let [id, "fs", path @ ..] = segments {
            // The workspace of a session need not be one of the list.
            if !self.files.contains_key(*id) {
                self.workspaces.get(id)?;
            }
            return self.answer_files(Owner::Workspace, id, request, path);
        }
        self.workspaces.answer(&mut self.clock, request, segments, json!({"status": "active"}))
    }

    pub(super) fn answer_memories(&mut self, request: &RecordedRequest, segments: &[&str]) -> Answer {
        match (&request.method, segments) {
            (_, [id, "fs", path @ ..]) => {
                self.memories.get(id)?;
                self.answer_files(Owner::Memory, id, request, path)
            }
            (&Method::POST, [id, "sync"]) => {
                let fields = json!({"sync_status": "synced", "last_synced_at": self.clock.now()});
                ok(self.memories.update(&mut self.clock, id, &fields)?)
            }
            _ => {
                let source = request.json()["source"].clone();
                let source = if source.is_null() { json!({"type": "manual"}) } else { source };
                let defaults = json!({
                    "status": "active",
                    "sync_status": "idle",
                    "is_readonly": source["type"] != "manual",
                    "source_type": source["type"],
                    "source": source,
                });
                self.memories.answer(&mut self.clock, request, segments, defaults)
            }
        }
    }

    pub(super) fn answer_user_connections(&mut self, request: &RecordedRequest, segments: &[&str]) -> Answer {
        match (&request.method, segments) {
            (&Method::GET, []) => ok(&json!({"data": self.user_connections})),
            (&Method::POST, [provider]) => {
                required(&request.object()?, "api_key")?;
                let connection = json!({
                    "provider": provider,
                    "connection_type": "api_key",
                    "connected_at": self.clock.now(),
                });
                self.user_connections.retain(|connection| connection["provider"] != *provider);
                self.user_connections.push(connection.clone());
                with_status(StatusCode::CREATED, &connection)
            }
            (&Method::DELETE, [provider]) => {
                let before = self.user_connections.len();
                self.user_connections.retain(|connection| connection["provider"] != *provider);
                if self.user_connections.len() == before {
                    return Err(Problem::not_found("connection", provider));
                }
                no_content()
            }
            _ => Err(Problem::no_route()),
        }
    }
}
