//! What a client answers to a turn that waits: results of tools, answers to questions, and approvals.

use serde_json::{Value, json};

use super::{
    fake_everruns::FakeEverruns,
    problem::{Answer, Problem, ok},
    recorded_request::RecordedRequest,
    session::{Awaits, Session, Waiting},
};

impl FakeEverruns {
    pub(super) async fn take_tool_results(&self, id: &str, request: &RecordedRequest) -> Answer {
        let body = request.object()?;
        let accepted = {
            let mut state = self.lock();
            let (session, clock) = state.session_and_clock(id)?;
            let Some(waiting) = awaiting(session, Awaits::ToolResults) else {
                let problem = Problem::conflict("the session is not waiting for tool results");
                return Err(problem.with_code("session_not_waiting"));
            };
            let results = body["tool_results"].as_array().map(Vec::as_slice).unwrap_or_default();
            for result in results {
                let position = waiting.calls.iter().position(|call| call["id"] == result["tool_call_id"]);
                let unknown = || Problem::bad_request(format!("no tool call {} waits", result["tool_call_id"]));
                waiting.answers[position.ok_or_else(unknown)?] = Some(result.clone());
            }
            if waiting.answers.iter().all(Option::is_some) {
                session.go_on(clock);
            }
            ok(&json!({"accepted": results.len(), "status": session.row["status"]}))
        };
        // The turn goes on before the client reads the answer.
        tokio::task::yield_now().await;
        accepted
    }

    pub(super) async fn take_question_answers(&self, id: &str, request: &RecordedRequest) -> Answer {
        let body = request.object()?;
        let answered = {
            let mut state = self.lock();
            let (session, clock) = state.session_and_clock(id)?;
            let nothing = || {
                let problem = Problem::new(http::StatusCode::NOT_FOUND, "no questions wait for answers");
                problem.with_code("questions_not_found")
            };
            let waiting = awaiting(session, Awaits::QuestionAnswers).ok_or_else(nothing)?;
            if !body["tool_call_id"].is_null() && body["tool_call_id"] != waiting.calls[0]["id"] {
                return Err(nothing());
            }
            let status = body["status"].as_str().unwrap_or("answered");
            let answers = body["answers"].as_array().map(Vec::as_slice).unwrap_or_default();
            let answers: Vec<_> = answers.iter().map(answer).collect();
            waiting.answers[0] = Some(json!({"status": status, "answered_by": "user", "answers": answers}));
            session.go_on(clock);
            ok(&json!({"status": status, "answered_by": "user", "session_status": session.row["status"]}))
        };
        tokio::task::yield_now().await;
        answered
    }

    pub(super) async fn take_tool_approvals(&self, id: &str, request: &RecordedRequest) -> Answer {
        let body = request.object()?;
        let resolved = {
            let mut state = self.lock();
            let (session, clock) = state.session_and_clock(id)?;
            let nothing = || {
                let problem = Problem::new(http::StatusCode::NOT_FOUND, "no tool calls wait for approval");
                problem.with_code("approvals_not_found")
            };
            let waiting = awaiting(session, Awaits::ToolApprovals).ok_or_else(nothing)?;
            let decisions = body["decisions"].as_array().map(Vec::as_slice).unwrap_or_default();
            let mut resolved = Vec::new();
            for (call, answer) in waiting.calls.iter().zip(&mut waiting.answers) {
                let decision = decisions.iter().find(|decision| decision["tool_call_id"] == call["id"]);
                let decision = decision.map_or("not_approved".into(), |decision| decision["decision"].clone());
                resolved.push(json!({
                    "tool_call_id": call["id"],
                    "tool": call["arguments"]["tool"],
                    "outcome": decision,
                }));
                *answer = Some(json!({"decision": decision}));
            }
            session.go_on(clock);
            ok(&json!({"resolved": resolved, "status": session.row["status"]}))
        };
        tokio::task::yield_now().await;
        resolved
    }
}

fn awaiting(session: &mut Session, awaits: Awaits) -> Option<&mut Waiting> {
    session.waiting.as_mut().filter(|waiting| waiting.awaits == awaits)
}

/// An answer as the tool gives it to the model.
fn answer(answer: &Value) -> Value {
    json!({
        "id": answer["id"],
        "selected": answer["selected"].as_array().cloned().unwrap_or_default(),
        "other_text": answer["other_text"],
    })
}
