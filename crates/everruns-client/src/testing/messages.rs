//! `/sessions/{id}/messages`.

use http::StatusCode;
use serde_json::{Value, json};

use super::{
    collection::pick,
    dialect::Dialect,
    event::Scope,
    fake_everruns::FakeEverruns,
    problem::{Answer, Problem, ok, with_status},
    recorded_request::RecordedRequest,
    state::State,
};

/// What a user may say.
const PARTS: [&str; 4] = ["text", "image", "image_file", "file"];

impl State {
    pub(super) fn list_messages(&mut self, id: &str, request: &RecordedRequest) -> Answer {
        let limit = request.number("limit")?.unwrap_or(u64::MAX);
        let messages = self.session(id)?.messages();
        let skipped = messages.len().saturating_sub(usize::try_from(limit).unwrap_or(usize::MAX));
        ok(&json!({"data": messages[skipped..]}))
    }

    /// Writes a message of the user into a session.
    pub(super) fn add_message(&mut self, id: &str, body: &Value) -> Result<Value, Problem> {
        let only_text = self.dialect == Dialect::Serve;
        let (session, clock) = self.session_and_clock(id)?;
        let known = body["client_message_id"].as_str().map(str::to_owned);
        if let Some(known) = &known
            && let Some(message) =
                session.messages().into_iter().find(|message| message["client_message_id"] == **known)
        {
            return Ok(message);
        }
        let Some(content) = body["message"]["content"].as_array().filter(|content| !content.is_empty()) else {
            let message = "the JSON body lacks `message.content`";
            return Err(Problem::text(StatusCode::UNPROCESSABLE_ENTITY, message));
        };
        let is_known = |kind: &str| if only_text { kind == "text" } else { PARTS.contains(&kind) };
        if let Some(part) = content.iter().find(|part| !part["type"].as_str().is_some_and(is_known)) {
            return Err(Problem::bad_request(format!("unsupported content part {}", part["type"])));
        }
        let mut message = pick(body, &["controls", "metadata", "tags", "external_actor", "client_message_id"]);
        message["id"] = clock.id("message").into();
        message["role"] = "user".into();
        message["content"] = content.clone().into();
        message["created_at"] = clock.now().into();
        let event = session.append(clock, "input.message", &Scope::Session, json!({"message": message}));
        let mut answer = message.clone();
        answer["sequence"] = event.0["sequence"].clone();
        answer["session_id"] = event.0["session_id"].clone();
        session.inbox.push_back(message);
        Ok(answer)
    }
}

impl FakeEverruns {
    pub(super) async fn post_message(&self, id: &str, request: &RecordedRequest) -> Answer {
        self.lock().session(id)?;
        let body = request.object()?;
        let message = self.lock().add_message(id, &body)?;
        self.take_up(id);
        with_status(StatusCode::CREATED, &message)
    }
}
