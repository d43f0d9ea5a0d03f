//! Which request is for whom.

use http::Method;
use serde_json::json;

use super::{
    fake_everruns::FakeEverruns,
    problem::{Answer, Problem, ok},
    recorded_request::RecordedRequest,
    state::State,
};

impl FakeEverruns {
    pub(super) async fn answer(&self, request: &RecordedRequest) -> Answer {
        let segments = request.segments();
        let segments: Vec<_> = segments.iter().map(String::as_str).collect();
        let dialect = self.lock().dialect;
        if !dialect.has_route(&request.method, &segments) {
            return Err(Problem::no_route());
        }
        match (&request.method, segments.as_slice()) {
            (&Method::GET, ["sessions", id, "sse"]) => self.stream_events(id, request, None),
            (&Method::POST, ["sessions", id, "messages"]) => self.post_message(id, request).await,
            (&Method::POST, ["sessions", id, "tool-results"]) => self.take_tool_results(id, request).await,
            (&Method::POST, ["sessions", id, "question-answers"]) => self.take_question_answers(id, request).await,
            (&Method::POST, ["sessions", id, "tool-approvals"]) => self.take_tool_approvals(id, request).await,
            (&Method::POST, ["sessions", id, "cancel"]) => self.cancel(id),
            (_, ["channels", agent, rest @ ..]) => self.answer_channel(agent, request, rest).await,
            _ => self.lock().answer(request, &segments),
        }
    }
}

impl State {
    fn answer(&mut self, request: &RecordedRequest, segments: &[&str]) -> Answer {
        match segments {
            ["agents", rest @ ..] => self.answer_agents(request, rest),
            ["sessions", rest @ ..] => self.answer_sessions(request, rest),
            ["capabilities", rest @ ..] => self.answer_capabilities(request, rest),
            ["harnesses", rest @ ..] => self.answer_harnesses(request, rest),
            ["harness-examples"] => ok(&json!([])),
            ["models", rest @ ..] => self.answer_models(request, rest),
            ["workspaces", rest @ ..] => self.answer_workspaces(request, rest),
            ["memories", rest @ ..] => self.answer_memories(request, rest),
            ["images", rest @ ..] => self.answer_images(request, rest),
            ["user", "connections", rest @ ..] => self.answer_user_connections(request, rest),
            ["budgets", rest @ ..] => self.answer_budgets(request, rest),
            _ => Err(Problem::no_route()),
        }
    }
}
