//! One call of the model: a message, and what leads to it.

use serde_json::{Value, json};

use super::{MODEL, PROVIDER, Progress, Run, Stopped, act::Call};
use crate::testing::{
    dialect::Dialect,
    event::Scope,
    turn::{Step, Told},
};

/// A message that is being written.
pub(super) struct Generation {
    message_id: String,
    exec_id: String,
    span_id: String,
    text: String,
    thinking: String,
    /// Whether it is a whole text.
    is_whole: bool,
    late: Vec<Value>,
}

impl Generation {
    /// Whether a step continues the message.
    pub(super) fn goes_on_with(&self, step: &Step) -> bool {
        match step {
            Step::Delta(..) => !self.is_whole,
            _ => self.text.is_empty(),
        }
    }
}

impl Run {
    /// Calls the model.
    pub(super) fn generate(&mut self) -> Result<Generation, Stopped> {
        self.iterations += 1;
        let open = Generation {
            message_id: self.new_id("message"),
            exec_id: self.new_id("exec"),
            span_id: self.new_id("span"),
            text: String::new(),
            thinking: String::new(),
            is_whole: false,
            late: Vec::new(),
        };
        self.emit("reason.started", &self.span(&open), self.names.clone())?;
        let records = json!([
            {"capability_id": "ask_user", "capability_name": "Ask User", "usage_kind": "resolved", "usage_count": 1},
            {
                "capability_id": "ask_user",
                "capability_name": "Ask User",
                "tool_name": "ask_user",
                "usage_kind": "exposed",
                "usage_count": 1,
            },
        ]);
        self.emit("capability.usage", &self.execution(&open), json!({"records": records}))?;
        let started = json!({
            "turn_id": self.turn_id,
            "message_id": open.message_id,
            "model": MODEL,
            "iteration": self.iterations,
        });
        self.emit("output.message.started", &self.execution(&open), started)?;
        Ok(open)
    }

    /// Writes on.
    pub(super) fn write(&mut self, open: &mut Generation, step: Step) -> Progress {
        match step {
            Step::Text(chunks) => {
                open.is_whole = true;
                chunks.iter().try_for_each(|chunk| self.tell(open, chunk, Told::InTime))
            }
            Step::Delta(chunk, told) => self.tell(open, &chunk, told),
            Step::Thinking(chunks) => self.think(open, &chunks),
            _ => Ok(()),
        }
    }

    fn tell(&mut self, open: &mut Generation, chunk: &str, told: Told) -> Progress {
        open.text.push_str(chunk);
        let mut delta = json!({"turn_id": self.turn_id, "message_id": open.message_id, "delta": chunk});
        if self.dialect == Dialect::Hosted {
            delta["accumulated"] = open.text.clone().into();
        }
        match told {
            Told::InTime => return self.emit("output.message.delta", &self.execution(open), delta),
            Told::AfterMessage => open.late.push(delta),
            Told::AfterTurn => self.trailing.push((self.execution(open), delta)),
        }
        Ok(())
    }

    fn think(&self, open: &mut Generation, chunks: &[String]) -> Progress {
        let scope = self.execution(open);
        self.emit("reason.thinking.started", &scope, json!({"turn_id": self.turn_id, "model": MODEL}))?;
        for chunk in chunks {
            open.thinking.push_str(chunk);
            let delta = json!({"turn_id": self.turn_id, "delta": chunk, "accumulated": open.thinking});
            self.emit("reason.thinking.delta", &scope, delta)?;
        }
        let completed = json!({"turn_id": self.turn_id, "thinking": open.thinking});
        self.emit("reason.thinking.completed", &scope, completed)
    }

    /// A guardrail replaces what was written.
    pub(super) fn replace(&self, open: &mut Generation, text: String) -> Progress {
        let replaced = json!({
            "turn_id": self.turn_id,
            "message_id": open.message_id,
            "guardrail_capability_id": "guardrails",
            "guardrail_id": "fake_guardrail",
            "reason_code": "blocked",
            "replacement": text,
        });
        open.text = text;
        self.emit("output.message.replaced", &self.execution(open), replaced)
    }

    /// The message is complete, if there is one, and the tools are to be called.
    pub(super) fn complete(&mut self, open: Option<Generation>, phase: &str, calls: &[Call]) -> Progress {
        let Some(mut open) = open else {
            return Ok(());
        };
        let tokens = |text: &str| text.split_whitespace().count() as u64;
        let usage = (tokens(&self.input.text) + 1, tokens(&open.text) + calls.len() as u64);
        self.usage = (self.usage.0 + usage.0, self.usage.1 + usage.1);
        let usage = json!({"input_tokens": usage.0, "output_tokens": usage.1});
        let (span, text) = (self.span(&open), (!open.text.is_empty()).then_some(&open.text));
        let calls: Vec<_> = calls.iter().map(Call::as_requested).collect();

        let output = output(text, &calls);
        let metadata = self.metadata(&open, json!({"success": true, "usage": usage, "response_model": MODEL}));
        self.emit("llm.generation", &span, self.llm_generation(output, metadata))?;

        let mut content: Vec<_> = text.iter().map(|text| json!({"type": "text", "text": text})).collect();
        content.extend(calls.iter().map(|call| {
            let mut part = call.clone();
            part["type"] = "tool_call".into();
            part
        }));
        let message = json!({
            "id": open.message_id,
            "role": "agent",
            "content": content,
            "phase": phase,
            "phase_source": "derived",
            "metadata": {"model": MODEL, "provider": PROVIDER},
            "created_at": self.fake.lock().clock.now(),
        });
        self.emit("output.message.completed", &span, json!({"message": message, "usage": usage}))?;
        let reasoned = json!({
            "success": true,
            "text_preview": text,
            "has_tool_calls": !calls.is_empty(),
            "tool_call_count": calls.len(),
            "duration_ms": 20,
            "usage": usage,
        });
        self.emit("reason.completed", &span, reasoned)?;
        let scope = self.execution(&open);
        for delta in std::mem::take(&mut open.late) {
            self.emit("output.message.delta", &scope, delta)?;
        }
        self.answer = Some((open.message_id, open.text));
        Ok(())
    }

    /// The model failed: what is written in the place of its message.
    pub(super) fn generation_failed(&self, open: &Generation, code: &str, message: &str, fields: &Value) -> Progress {
        let span = self.span(open);
        let metadata = self.metadata(open, json!({"success": false, "error": message}));
        self.emit("llm.generation", &span, self.llm_generation(json!({}), metadata))?;
        let message = json!({
            "id": self.new_id("message"),
            "role": "agent",
            "content": [{"type": "text", "text": message}],
            "metadata": {"error_code": code, "error_fields": fields},
            "created_at": self.fake.lock().clock.now(),
        });
        let completed = json!({
            "message": message,
            "error_code": code,
            "error_disclosure": "standard",
            "error_fields": fields,
        });
        self.emit("output.message.completed", &span, completed)?;
        let reasoned = json!({
            "success": false,
            "error": format!("the model failed: {code}"),
            "has_tool_calls": false,
            "tool_call_count": 0,
            "duration_ms": 20,
        });
        self.emit("reason.completed", &span, reasoned)
    }

    fn llm_generation(&self, output: Value, metadata: Value) -> Value {
        let tools = json!([{"name": "ask_user", "description": "Asks the user.", "capability_id": "ask_user"}]);
        json!({"messages": [self.input.message], "tools": tools, "output": output, "metadata": metadata})
    }

    fn metadata(&self, open: &Generation, more: Value) -> Value {
        let mut metadata = json!({
            "model": MODEL,
            "provider": PROVIDER,
            "provider_id": PROVIDER,
            "duration_ms": 20,
            "finish_reasons": ["stop"],
            "request_options": {"stream": true, "metadata": {"turn_id": self.turn_id, "exec_id": open.exec_id}},
        });
        crate::testing::collection::merge(&mut metadata, &more);
        if !open.text.is_empty() {
            metadata["time_to_first_token_ms"] = 20.into();
        }
        metadata
    }

    fn execution(&self, open: &Generation) -> Scope {
        Scope::Execution {
            turn_id: self.turn_id.clone(),
            input_message_id: self.input_message_id(),
            exec_id: open.exec_id.clone(),
        }
    }

    fn span(&self, open: &Generation) -> Scope {
        Scope::Span {
            turn_id: self.turn_id.clone(),
            input_message_id: self.input_message_id(),
            exec_id: open.exec_id.clone(),
            span_id: open.span_id.clone(),
        }
    }
}

fn output(text: Option<&String>, calls: &[Value]) -> Value {
    let mut output = json!({});
    if let Some(text) = text {
        output["text"] = text.clone().into();
    }
    if !calls.is_empty() {
        output["tool_calls"] = calls.into();
    }
    output
}
