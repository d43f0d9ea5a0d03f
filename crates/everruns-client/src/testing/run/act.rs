//! What the agent does between two messages: tools, questions and approvals.

use std::time::Duration;

use serde_json::{Value, json};

use super::{Progress, Run, Stopped};
use crate::testing::{event::Scope, session::Awaits, tool::Tool, turn::Step};

/// How long a question waits.
const QUESTION: Duration = Duration::from_secs(300);
/// How long an approval waits.
const APPROVAL: Duration = Duration::from_secs(900);

/// A call of a tool, with its id.
pub(super) struct Call {
    id: String,
    tool: Tool,
    by: By,
}

/// Who makes a call.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum By {
    Server,
    Client,
    /// It is a question.
    User,
    /// The server, once the user allows it.
    Permission,
}

impl Call {
    /// Whether it is made together with the one of a step.
    pub(super) const fn goes_with(&self, step: &Step) -> bool {
        matches!((self.by, step), (By::Server, Step::Tool(_)) | (By::Client, Step::ClientTool(_)))
    }

    pub(super) fn as_requested(&self) -> Value {
        json!({"id": self.id, "name": self.tool.name, "arguments": self.tool.arguments})
    }
}

impl Run {
    /// The call that a step stands for.
    pub(super) fn call(&mut self, step: Step) -> Result<Call, Stopped> {
        let (tool, by) = match step {
            Step::ClientTool(tool) => (tool, By::Client),
            Step::Approval(tool) => (tool, By::Permission),
            Step::Question(questions) => (Tool::new("ask_user").with_arguments(self.question(&questions)), By::User),
            Step::Tool(tool) => (tool, By::Server),
            _ => return Err(Stopped),
        };
        self.tool_calls += 1;
        let id = tool.id.clone().unwrap_or_else(|| self.new_id("call"));
        Ok(Call { id, tool, by })
    }

    fn question(&self, questions: &Value) -> Value {
        let mut state = self.fake.lock();
        json!({
            "questions": questions,
            "timeout_seconds": QUESTION.as_secs(),
            "asked_at": state.clock.now(),
            "nudge_at": state.clock.later(QUESTION * 4 / 5),
            "expires_at": state.clock.later(QUESTION),
        })
    }

    /// Makes the calls: several of the server or of the client, or one of another kind.
    pub(super) async fn act(&mut self, calls: Vec<Call>) -> Progress {
        let scope = Scope::Execution {
            turn_id: self.turn_id.clone(),
            input_message_id: self.input_message_id(),
            exec_id: self.new_id("exec"),
        };
        match calls.first().map(|call| call.by) {
            Some(By::Client) => self.ask_client(&scope, &calls).await,
            Some(By::User) => self.ask_user(&scope, &calls[0]).await,
            Some(By::Permission) => self.ask_permission(&scope, &calls[0]).await,
            _ => self.run_tools(&calls),
        }
    }

    /// Runs tools on the server.
    fn run_tools(&mut self, calls: &[Call]) -> Progress {
        let scope = Scope::Span {
            turn_id: self.turn_id.clone(),
            input_message_id: self.input_message_id(),
            exec_id: self.new_id("exec"),
            span_id: self.new_id("span"),
        };
        let summary = |call: &Call| {
            json!({
                "id": call.id,
                "name": call.tool.name,
                "narration": format!("Running {}", call.tool.name),
                "completed_narration": format!("Ran {}", call.tool.name),
            })
        };
        let summaries: Vec<_> = calls.iter().map(summary).collect();
        let names: Vec<_> = calls.iter().map(|call| call.tool.name.as_str()).collect();
        let names = names.join(", ");
        self.emit("act.started", &scope, json!({"tool_calls": summaries, "headline": format!("Running {names}")}))?;
        let mut errors = 0;
        for call in calls {
            errors += u64::from(call.tool.outcome.is_err());
            self.run_tool(&scope, call)?;
        }
        self.issues += errors;
        let completed = json!({
            "completed": true,
            "success_count": calls.len() as u64 - errors,
            "error_count": errors,
            "duration_ms": 20,
            "headline": format!("Ran {names}"),
        });
        self.emit("act.completed", &scope, completed)
    }

    fn run_tool(&self, scope: &Scope, call: &Call) -> Progress {
        let (id, tool) = (&call.id, &call.tool);
        let started = json!({
            "tool_call": call.as_requested(),
            "tool_call_fingerprint": format!("sha256:{id}"),
            "narration": format!("Running {}", tool.name),
            "side_effect_class": "AtMostOnce",
        });
        self.emit("tool.started", scope, started)?;
        for message in &tool.progress {
            let progress = json!({"tool_call_id": id, "tool_name": tool.name, "message": message});
            self.emit("tool.progress", scope, progress)?;
        }
        for text in &tool.output {
            let output = json!({"tool_call_id": id, "tool_name": tool.name, "delta": text, "stream": "stdout"});
            self.emit("tool.output.delta", scope, output)?;
        }
        let mut completed = json!({
            "tool_call_id": id,
            "tool_name": tool.name,
            "capability_id": tool.name,
            "capability_name": tool.name,
            "duration_ms": 10,
            "tool_call_fingerprint": format!("sha256:{id}"),
            "tool_result_fingerprint": format!("sha256:{id}"),
        });
        outcome(&mut completed, &tool.outcome);
        completed["narration"] = match &tool.outcome {
            Ok(_) => format!("Ran {}", tool.name),
            Err(_) => format!("Failed to run {}", tool.name),
        }
        .into();
        if tool.outcome.is_err() {
            completed["severity"] = "issue".into();
        }
        self.emit("tool.completed", scope, completed)
    }

    async fn ask_client(&mut self, scope: &Scope, calls: &[Call]) -> Progress {
        let requests = calls.iter().map(Call::as_requested).collect();
        let answers = self.request(scope, Awaits::ToolResults, requests).await?;
        for (call, answer) in calls.iter().zip(answers) {
            let outcome = match answer["error"].as_str() {
                Some(error) => Err(error.to_owned()),
                None => Ok(answer["result"].clone()),
            };
            self.issues += u64::from(outcome.is_err());
            self.answered(&call.id, &call.tool.name, &outcome)?;
        }
        Ok(())
    }

    async fn ask_user(&self, scope: &Scope, call: &Call) -> Progress {
        let answers = self.request(scope, Awaits::QuestionAnswers, vec![call.as_requested()]).await?;
        self.answered(&call.id, &call.tool.name, &Ok(answers.into_iter().next().unwrap_or_default()))
    }

    async fn ask_permission(&mut self, scope: &Scope, call: &Call) -> Progress {
        let refused = "a person has to allow this call first, so it did not run";
        let held = Tool { outcome: Err(refused.to_owned()), ..call.tool.clone() };
        self.run_tools(&[Call { id: call.id.clone(), tool: held, by: By::Server }])?;
        let arguments = {
            let mut state = self.fake.lock();
            json!({
                "tool": call.tool.name,
                "tool_call_id": call.id,
                "arguments": call.tool.arguments,
                "arguments_truncated": false,
                "code": "tool_approval_required",
                "error": refused,
                "fingerprint": format!("sha256:{}", call.id),
                "mode": "normal",
                "risk": "policy",
                "asked_at": state.clock.now(),
                "expires_at": state.clock.later(APPROVAL),
            })
        };
        let id = format!("tool_approval_{}", call.id);
        let request = json!({"id": id, "name": "approve_tool_call", "arguments": arguments});
        let answers = self.request(scope, Awaits::ToolApprovals, vec![request]).await?;
        let decision = answers.into_iter().next().unwrap_or_default();
        let decision = decision["decision"].as_str().unwrap_or("not_approved").to_owned();
        let is_approved = decision.starts_with("allow");
        let result = json!({"approved": is_approved, "decision": decision});
        self.answered(&id, "approve_tool_call", &Ok(result))?;
        let verb = if is_approved { "allow" } else { "do not allow" };
        let message = {
            let mut state = self.fake.lock();
            json!({
                "id": state.clock.id("message"),
                "role": "user",
                "content": [{"type": "text", "text": format!("I {verb} `{}`.", call.tool.name)}],
                "created_at": state.clock.now(),
            })
        };
        self.emit("input.message", &self.turn_scope(), json!({"message": message}))
    }

    /// Tells the client of calls that it has to answer, and waits for that.
    async fn request(&self, scope: &Scope, awaits: Awaits, calls: Vec<Value>) -> Result<Vec<Value>, Stopped> {
        let summary = |call: &Value| {
            let name = call["name"].as_str().unwrap_or_default();
            json!({
                "id": call["id"],
                "name": name,
                "display_name": name,
                "narration": format!("Running {name}"),
                "completed_narration": format!("Ran {name}"),
            })
        };
        let summaries: Vec<_> = calls.iter().map(summary).collect();
        let names: Vec<_> = calls.iter().filter_map(|call| call["name"].as_str()).collect();
        let names = names.join(", ");
        let requested = json!({
            "tool_calls": calls,
            "tool_summaries": summaries,
            "headline": format!("Running {names}"),
            "completed_headline": format!("Ran {names}"),
        });
        self.emit("tool.call_requested", scope, requested)?;
        self.wait_for_answer(awaits, calls).await
    }

    fn answered(&self, id: &str, name: &str, result: &Result<Value, String>) -> Progress {
        let mut completed = json!({"tool_call_id": id, "tool_name": name});
        outcome(&mut completed, result);
        self.emit("tool.completed", &self.turn_scope(), completed)
    }
}

/// Adds what came of a call.
fn outcome(completed: &mut Value, outcome: &Result<Value, String>) {
    completed["success"] = outcome.is_ok().into();
    match outcome {
        Ok(result) => {
            let text = result.as_str().map_or_else(|| result.to_string(), str::to_owned);
            completed["status"] = "success".into();
            completed["result"] = json!([{"type": "text", "text": text}]);
        }
        Err(error) => {
            completed["status"] = "error".into();
            completed["error"] = error.clone().into();
        }
    }
}
