//! A turn as it runs.

mod act;
mod generation;

use serde_json::{Value, json};
use tokio::sync::oneshot;

use self::{act::Call, generation::Generation};
use super::{
    dialect::Dialect,
    event::Scope,
    fake_everruns::FakeEverruns,
    session::{Awaits, Turning, Waiting},
    turn::{Step, Turn, TurnInput},
};

/// The model that writes.
const MODEL: &str = "fake-model";
/// Who serves it.
const PROVIDER: &str = "fake";

/// The turn was cancelled, or its session deleted.
struct Stopped;

type Progress = Result<(), Stopped>;

/// A turn as it runs.
struct Run {
    fake: FakeEverruns,
    dialect: Dialect,
    session_id: String,
    turn_id: String,
    input: TurnInput,
    agent: Option<String>,
    /// The agent and the harness as events name them.
    names: Value,
    /// How often the model was called.
    iterations: u64,
    tool_calls: u64,
    issues: u64,
    usage: (u64, u64),
    /// The message that is the answer, and its text.
    answer: Option<(String, String)>,
    /// Deltas that are told after the turn.
    trailing: Vec<(Scope, Value)>,
}

impl FakeEverruns {
    /// Lets a session take up its next message, unless a turn runs. The turn runs here as far as it goes without waiting,
    /// and then on its own.
    pub(super) fn take_up(&self, session_id: &str) {
        let Some((mut run, turn)) = self.next_turn(session_id) else {
            return;
        };
        let (fake, session_id, turn_id) = (self.clone(), session_id.to_owned(), run.turn_id.clone());
        let mut turning = Box::pin(async move {
            if run.perform(turn).await.is_ok() {
                run.fake.turn_ended(&run.session_id, &run.turn_id);
            }
        });
        let mut context = std::task::Context::from_waker(std::task::Waker::noop());
        if turning.as_mut().poll(&mut context).is_ready() {
            return;
        }
        let task = tokio::spawn(turning).abort_handle();
        if let Ok(session) = fake.lock().session(&session_id)
            && let Some(turning) = session.turn.as_mut().filter(|turning| turning.turn_id == turn_id)
        {
            turning.task = Some(task);
        }
    }

    fn next_turn(&self, session_id: &str) -> Option<(Run, Turn)> {
        let mut state = self.lock();
        let (dialect, harness_id) = (state.dialect, state.harness_id.clone());
        let (session, clock) = state.session_and_clock(session_id).ok()?;
        if session.turn.is_some() {
            return None;
        }
        let message = session.inbox.pop_front()?;
        session.turns += 1;
        let input_message_id = message["id"].as_str().unwrap_or_default().to_owned();
        let parts = message["content"].as_array().map(Vec::as_slice).unwrap_or_default();
        let input = TurnInput {
            text: parts.iter().filter_map(|part| part["text"].as_str()).collect(),
            number: session.turns,
            message,
            session_id: session_id.to_owned(),
        };
        let turn_id = clock.id("turn");
        session.turn = Some(Turning { turn_id: turn_id.clone(), input_message_id, task: None });
        session.set_status(clock, "active");
        let agent = session.agent.clone();
        let row = agent.as_deref().and_then(|name| state.agents.find("name", name));
        let names = json!({"agent_id": row.map(|row| row["id"].clone()), "harness_id": harness_id});
        let script = state.script(agent.as_deref());
        // The script is the test's own: it may ask the fake something.
        drop(state);
        let turn = script(&input);
        let run = Run {
            fake: self.clone(),
            dialect,
            session_id: session_id.to_owned(),
            turn_id,
            input,
            agent,
            names,
            iterations: 0,
            tool_calls: 0,
            issues: 0,
            usage: (0, 0),
            answer: None,
            trailing: Vec::new(),
        };
        Some((run, turn))
    }

    fn turn_ended(&self, session_id: &str, turn_id: &str) {
        if let Ok((session, clock)) = self.lock().session_and_clock(session_id)
            && session.turn.as_ref().is_some_and(|turning| turning.turn_id == turn_id)
        {
            session.turn = None;
            session.set_status(clock, "idle");
        }
        self.take_up(session_id);
    }
}

impl Run {
    async fn perform(&mut self, turn: Turn) -> Progress {
        self.begin()?;
        let mut generation = Some(self.generate()?);
        let mut steps = turn.steps.into_iter().peekable();
        while let Some(step) = steps.next() {
            let is_text = matches!(step, Step::Text(_) | Step::Delta(..) | Step::Thinking(_));
            match &mut generation {
                // The message before this one is complete.
                Some(open) if is_text && !open.goes_on_with(&step) => {
                    let open = generation.take();
                    self.complete(open, "commentary", &[])?;
                    generation = Some(self.generate()?);
                }
                None if is_text => generation = Some(self.generate()?),
                _ => {}
            }
            match step {
                Step::Text(_) | Step::Delta(..) | Step::Thinking(_) => {
                    if let Some(open) = &mut generation {
                        self.write(open, step)?;
                    }
                }
                Step::Tool(_) | Step::ClientTool(_) | Step::Question(_) | Step::Approval(_) => {
                    let mut calls = vec![self.call(step)?];
                    while let Some(next) = steps.next_if(|step| calls.iter().all(|call: &Call| call.goes_with(step))) {
                        calls.push(self.call(next)?);
                    }
                    let open = match generation.take() {
                        Some(open) => open,
                        None => self.generate()?,
                    };
                    self.complete(Some(open), "commentary", &calls)?;
                    self.act(calls).await?;
                    if steps.peek().is_some() {
                        generation = Some(self.generate()?);
                    }
                }
                Step::Replace(text) => {
                    if let Some(open) = &mut generation {
                        self.replace(open, text)?;
                    }
                }
                Step::Event(kind, data) => self.emit(&kind, &self.turn_scope(), data)?,
                Step::Pause(duration) => tokio::time::sleep(duration).await,
                Step::Wait(gate) => gate.passed().await,
                Step::Fail { code, message } => return self.fail(generation.take(), &code, &message),
                Step::Seal(reason) => return self.seal(&reason),
            }
        }
        self.complete(generation.take(), "final_answer", &[])?;
        self.end()
    }

    fn begin(&self) -> Progress {
        let turn_id = &self.turn_id;
        let input_message_id = &self.input.message["id"];
        if self.input.number == 1 {
            self.emit("session.started", &Scope::Session, self.names.clone())?;
        }
        let ids = json!({"turn_id": turn_id, "input_message_id": input_message_id});
        self.emit("session.activated", &self.turn_scope(), ids.clone())?;
        let mut started = ids;
        started["agent_id"] = self.names["agent_id"].clone();
        started["agent_name"] = self.agent.clone().into();
        started["input_content"] = self.input.text.clone().into();
        self.emit("turn.started", &self.turn_scope(), started)
    }

    fn end(&mut self) -> Progress {
        let (message_id, text) = self.answer.clone().unzip();
        let completed = json!({
            "turn_id": self.turn_id,
            "iterations": self.iterations,
            "duration_ms": 100,
            "usage": self.usage(),
            "final_message_id": message_id,
            "final_answer_preview": text,
            "time_to_first_token_ms": 20,
            "tool_call_count": self.tool_calls,
            "llm_call_count": self.iterations,
            "issue_count": self.issues,
            "status": "completed",
            "stop_reason": "stop",
            "termination_reason": "end_turn",
        });
        self.emit("turn.completed", &self.turn_scope(), completed)?;
        for (scope, delta) in std::mem::take(&mut self.trailing) {
            self.emit("output.message.delta", &scope, delta)?;
        }
        let idled = json!({"turn_id": self.turn_id, "iterations": self.iterations, "usage": self.usage()});
        self.emit("session.idled", &self.turn_scope(), idled)
    }

    fn fail(&mut self, open: Option<Generation>, code: &str, message: &str) -> Progress {
        let open = match open {
            Some(open) => open,
            None => self.generate()?,
        };
        let fields = json!({"model_id": MODEL, "provider": PROVIDER});
        self.generation_failed(&open, code, message, &fields)?;
        let failed = json!({
            "turn_id": self.turn_id,
            "error": message,
            "error_code": code,
            "error_disclosure": "standard",
            "error_fields": fields,
        });
        self.emit("turn.failed", &self.turn_scope(), failed)?;
        self.emit("session.idled", &self.turn_scope(), json!({"turn_id": self.turn_id}))
    }

    fn seal(&self, reason: &str) -> Progress {
        let sealed = json!({
            "turn_id": self.turn_id,
            "reason": reason,
            "iterations": self.iterations,
            "usage": self.usage(),
        });
        self.emit("turn.sealed", &self.turn_scope(), sealed)?;
        let idled = json!({"turn_id": self.turn_id, "iterations": self.iterations, "usage": self.usage()});
        self.emit("session.idled", &self.turn_scope(), idled)
    }

    fn usage(&self) -> Value {
        json!({"input_tokens": self.usage.0, "output_tokens": self.usage.1})
    }

    fn turn_scope(&self) -> Scope {
        Scope::Turn { turn_id: self.turn_id.clone(), input_message_id: self.input_message_id() }
    }

    fn input_message_id(&self) -> String {
        self.input.message["id"].as_str().unwrap_or_default().to_owned()
    }

    fn new_id(&self, prefix: &str) -> String {
        self.fake.lock().clock.id(prefix)
    }

    /// Writes an event; fields that are `null` are left out.
    fn emit(&self, kind: &str, scope: &Scope, mut data: Value) -> Progress {
        if let Some(fields) = data.as_object_mut() {
            fields.retain(|_, value| !value.is_null());
        }
        let mut state = self.fake.lock();
        let (session, clock) = state.session_and_clock(&self.session_id).map_err(|_| Stopped)?;
        if session.turn.as_ref().is_none_or(|turning| turning.turn_id != self.turn_id) {
            return Err(Stopped);
        }
        session.append(clock, kind, scope, data);
        Ok(())
    }

    /// Waits for the client's answer to some calls.
    async fn wait_for_answer(&self, awaits: Awaits, calls: Vec<Value>) -> Result<Vec<Value>, Stopped> {
        let (answer, answered) = oneshot::channel();
        {
            let mut state = self.fake.lock();
            let (session, clock) = state.session_and_clock(&self.session_id).map_err(|_| Stopped)?;
            let answers = vec![None; calls.len()];
            session.waiting = Some(Waiting { awaits, calls, answers, answer });
            session.set_status(clock, "waitingfortoolresults");
        }
        answered.await.map_err(|_| Stopped)
    }
}
