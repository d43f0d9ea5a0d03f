//! The types of events, of the contract 0.50.1.

use serde_json::{Map, Value};

use super::EventMeta;
use crate::types::{
    CapabilityUsageRecord, ContentPart, LlmGenerationMetadata, LlmGenerationOutput, Message, ModelMetadata, Phase,
    SessionTask, Severity, SideEffectClass, TaskMessage, Timestamp, TokenUsage, ToolCall, ToolCallSummary,
    ToolDefinitionSummary, ToolStatus,
};

events! {
    /// What happens in a session.
    ///
    /// All fields may be missing: servers differ by version, and an agent's channel shows only part of what happens. Text
    /// that is missing is empty, a count that is missing is 0. What is not known is kept: [`raw`](Event::raw) has the JSON as
    /// it came.
    ///
    /// ```
    /// use everruns_sdk::Event;
    ///
    /// fn show(event: &Event) {
    ///     match event {
    ///         Event::OutputMessageDelta { delta, .. } => print!("{delta}"),
    ///         Event::ToolStarted { tool_call, .. } => println!("({}…)", tool_call.name),
    ///         Event::TurnFailed { error, .. } => println!("it failed: {error}"),
    ///         Event::Unknown { kind, .. } => println!("({kind})"),
    ///         _ => {}
    ///     }
    /// }
    ///
    /// # let json = r#"{"type":"output.message.delta","data":{"delta":"Hello"}}"#;
    /// # show(&Event::from_json(json).expect("an event"));
    /// ```
    pub enum Event {
        /// Somebody said something to the agent, or the server did in their name.
        "input.message" InputMessage { message: Box<Message> }

        /// The agent begins a message.
        "output.message.started" OutputMessageStarted {
            turn_id: String,
            message_id: String,
            model: Option<String>,
            /// How many times the model was asked in this turn, from 1.
            iteration: Option<u64>,
            phase: Option<Phase>,
            reasoning_state: Option<Value>,
        }
        /// A piece of a message, in the order of its text. Ephemeral. [`EventStream`](crate::EventStream) adds one for text
        /// that no delta has brought.
        "output.message.delta" OutputMessageDelta {
            turn_id: String,
            message_id: String,
            delta: String,
            /// The text up to here, from servers that send it.
            accumulated: Option<String>,
            phase: Option<Phase>,
        }
        /// A message is complete.
        "output.message.completed" OutputMessageCompleted {
            message: Box<Message>,
            metadata: Option<ModelMetadata>,
            usage: Option<TokenUsage>,
            /// Why the turn failed, when the message only says so.
            error_code: Option<String>,
            error_fields: Option<Map<String, Value>>,
            error_disclosure: Option<String>,
        }
        /// A guardrail took back what was streamed of a message, and put other text in its place.
        "output.message.replaced" OutputMessageReplaced {
            turn_id: String,
            message_id: String,
            guardrail_capability_id: String,
            guardrail_id: String,
            reason_code: String,
            replacement: String,
        }
        /// The agent said something by a tool, such as in a chat elsewhere.
        "conversation.message" ConversationMessage {
            message_id: String,
            text: String,
            tool_call_id: String,
            /// Where it went: `platform`, `channel`, `message_ref`.
            delivery: Option<Map<String, Value>>,
        }

        /// A turn begins: the agent works on a message.
        "turn.started" TurnStarted {
            turn_id: String,
            input_message_id: String,
            input_content: Option<String>,
            agent_id: Option<String>,
            agent_name: Option<String>,
            agent_description: Option<String>,
        }
        /// A turn ended well.
        "turn.completed" TurnCompleted {
            turn_id: String,
            /// How many times the model was asked.
            iterations: u64,
            duration_ms: Option<u64>,
            usage: Option<TokenUsage>,
            input_content: Option<String>,
            /// The message with the answer.
            final_message_id: Option<String>,
            final_answer_preview: Option<String>,
            time_to_first_token_ms: Option<u64>,
            tool_call_count: Option<u64>,
            llm_call_count: Option<u64>,
            issue_count: Option<u64>,
            status: Option<String>,
            stop_reason: Option<String>,
            termination_reason: Option<String>,
        }
        /// A turn failed.
        "turn.failed" TurnFailed {
            turn_id: String,
            error: String,
            /// A word for programs, such as `provider_rate_limited`.
            error_code: Option<String>,
            error_fields: Option<Map<String, Value>>,
            error_disclosure: Option<String>,
        }
        /// A turn was cancelled.
        "turn.cancelled" TurnCancelled { turn_id: String, reason: Option<String>, usage: Option<TokenUsage> }
        /// A turn was closed without an answer, which is neither success nor failure.
        "turn.sealed" TurnSealed {
            turn_id: String,
            reason: String,
            detail: Option<String>,
            iterations: Option<u64>,
            usage: Option<TokenUsage>,
        }

        /// The model is asked.
        "reason.started" ReasonStarted {
            harness_id: String,
            agent_id: Option<String>,
            metadata: Option<ModelMetadata>,
        }
        /// The model has answered.
        "reason.completed" ReasonCompleted {
            success: bool,
            text_preview: Option<String>,
            has_tool_calls: bool,
            tool_call_count: u64,
            error: Option<String>,
            duration_ms: Option<u64>,
            usage: Option<TokenUsage>,
        }
        /// An answer that was cut off was taken up again.
        "reason.recovered" ReasonRecovered {
            turn_id: String,
            /// `finalize` or `restart`.
            mode: String,
            accumulated_len: u64,
        }
        /// The model begins to think aloud.
        "reason.thinking.started" ReasonThinkingStarted { turn_id: String, model: Option<String> }
        /// A piece of what the model thinks. Ephemeral.
        "reason.thinking.delta" ReasonThinkingDelta { turn_id: String, delta: String, accumulated: Option<String> }
        /// What the model thought.
        "reason.thinking.completed" ReasonThinkingCompleted { turn_id: String, thinking: String }
        /// A summary of hidden reasoning.
        "reason.item" ReasonItem {
            turn_id: String,
            provider: String,
            model: Option<String>,
            item_id: String,
            summary: Vec<String>,
            token_count: Option<u64>,
        }

        /// Tools are about to run.
        "act.started" ActStarted { tool_calls: Vec<ToolCallSummary>, headline: Option<String> }
        /// They have run.
        "act.completed" ActCompleted {
            completed: bool,
            success_count: u64,
            error_count: u64,
            duration_ms: Option<u64>,
            headline: Option<String>,
        }
        /// A tool starts.
        "tool.started" ToolStarted {
            tool_call: Box<ToolCall>,
            tool_call_fingerprint: Option<String>,
            display_name: Option<String>,
            narration: Option<String>,
            side_effect_class: Option<SideEffectClass>,
        }
        /// A tool says how far it is.
        "tool.progress" ToolProgress {
            tool_call_id: String,
            tool_name: String,
            message: String,
            display_name: Option<String>,
            current: Option<u64>,
            total: Option<u64>,
        }
        /// A piece of what a tool writes. Ephemeral.
        "tool.output.delta" ToolOutputDelta {
            tool_call_id: String,
            tool_name: String,
            delta: String,
            /// Such as `stdout`.
            stream: String,
        }
        /// A tool has run.
        "tool.completed" ToolCompleted {
            tool_call_id: String,
            tool_name: String,
            success: bool,
            status: Option<ToolStatus>,
            result: Vec<ContentPart>,
            error: Option<String>,
            duration_ms: Option<u64>,
            severity: Option<Severity>,
            display_name: Option<String>,
            narration: Option<String>,
            capability_id: Option<String>,
            capability_name: Option<String>,
            executed_arguments: Option<Value>,
            executed_arguments_truncated: Option<bool>,
            /// In whose name it ran.
            acted_as: Option<Value>,
            details: Option<Value>,
            tool_call_fingerprint: Option<String>,
            tool_result_fingerprint: Option<String>,
        }
        /// The turn waits for the caller: for the result of a tool, for the answer to a question (the tool `ask_user`), or for
        /// a decision (the tool `approve_tool_call`).
        "tool.call_requested" ToolCallRequested {
            tool_calls: Vec<ToolCall>,
            tool_summaries: Vec<ToolCallSummary>,
            headline: Option<String>,
            completed_headline: Option<String>,
        }
        /// A call that was not well formed was mended.
        "tool.call_repaired" ToolCallRepaired {
            turn_id: String,
            tool_call_id: String,
            tool_name: String,
            outcome: String,
        }
        /// A tool ran at the provider of the model.
        "tool.hosted_call" ToolHostedCall {
            turn_id: String,
            call_id: String,
            tool_name: String,
            status: String,
            summary: Option<String>,
        }
        /// A tool called another one.
        "tool.nested_call" ToolNestedCall {
            parent_tool_call_id: String,
            call_id: String,
            tool_name: String,
            command: String,
            status: String,
            input_preview: Option<Value>,
            error: Option<String>,
            duration_ms: Option<u64>,
        }
        /// The conversation was mended where a call had no result.
        "transcript.repaired" TranscriptRepaired { tool_call_id: String, tool_name: Option<String>, action: String }

        /// What was sent to the model and came back: it can be very large, and
        /// [streams leave it out](crate::Subscribe::exclude) by default.
        "llm.generation" LlmGeneration {
            messages: Vec<Message>,
            tools: Vec<ToolDefinitionSummary>,
            output: Box<LlmGenerationOutput>,
            metadata: Box<LlmGenerationMetadata>,
            request_body: Option<Value>,
        }
        /// Which capabilities were used.
        "capability.usage" CapabilityUsage { records: Vec<CapabilityUsageRecord> }

        /// The first turn of a session begins.
        "session.started" SessionStarted { harness_id: String, agent_id: Option<String>, model_id: Option<String> }
        /// The session works.
        "session.activated" SessionActivated { turn_id: String, input_message_id: String }
        /// The session waits for the next message.
        "session.idled" SessionIdled { turn_id: String, iterations: Option<u64>, usage: Option<TokenUsage> }
        /// The session has another title.
        "session.title.updated" SessionTitleUpdated { previous_title: Option<String>, title: String }
        /// The session has another model.
        "session.model.changed" SessionModelChanged {
            previous_model_id: Option<String>,
            previous_model_name: Option<String>,
            model_id: Option<String>,
            model_name: Option<String>,
        }

        /// A task in the background was started.
        "task.created" TaskCreated { task: Box<SessionTask> }
        /// A task in the background changed.
        "task.updated" TaskUpdated { task: Box<SessionTask> }
        /// A message to a task.
        "task.message.sent" TaskMessageSent { task_id: String, message: Box<TaskMessage> }
        /// A message from a task.
        "task.message.received" TaskMessageReceived { task_id: String, message: Box<TaskMessage> }

        /// The conversation is being made shorter for the model.
        "context.compacting" ContextCompacting {
            /// `proactive_budget`, `request_too_large` or `manual`.
            reason: String,
            trigger: Option<String>,
            strategy: String,
            model: Option<String>,
            messages_before: u64,
            tokens_before: Option<u64>,
        }
        /// The conversation was made shorter.
        "context.compacted" ContextCompacted {
            strategy_used: String,
            messages_before: u64,
            messages_after: u64,
            duration_ms: Option<u64>,
            steps: Vec<Value>,
        }
        /// The conversation stayed as long as it was.
        "context.compaction.skipped" ContextCompactionSkipped {
            reason: String,
            trigger: Option<String>,
            skip_reason: String,
            strategy: String,
            model: Option<String>,
            tokens_observed: Option<u64>,
            messages_observed: Option<u64>,
        }
        /// The conversation could not be made shorter.
        "context.compaction.failed" ContextCompactionFailed {
            reason: String,
            trigger: Option<String>,
            /// How far it came.
            stage: String,
            error: String,
            strategy: String,
            model: Option<String>,
            tokens_before: Option<u64>,
            messages_before: Option<u64>,
        }

        /// A file was written.
        "file.written" FileWritten { path: String, operation: String, size_bytes: u64, created: bool }

        /// A budget is nearly spent.
        "budget.warning" BudgetWarning {
            budget_id: String,
            balance: f64,
            limit: f64,
            currency: String,
            message: Option<String>,
            soft_limit: Option<f64>,
        }
        /// A budget has paused the session.
        "budget.paused" BudgetPaused {
            budget_id: String,
            balance: f64,
            limit: f64,
            currency: String,
            message: Option<String>,
            soft_limit: Option<f64>,
        }
        /// A budget is spent.
        "budget.exhausted" BudgetExhausted {
            budget_id: String,
            balance: f64,
            limit: f64,
            currency: String,
            message: Option<String>,
            soft_limit: Option<f64>,
        }
        /// A budget lets the session go on.
        "budget.resumed" BudgetResumed {
            budget_id: String,
            balance: f64,
            limit: f64,
            currency: String,
            message: Option<String>,
            soft_limit: Option<f64>,
        }

        /// The agent has set a timer.
        "timer.set" TimerSet {
            timer_id: String,
            purpose: Option<String>,
            fire_at: Option<Timestamp>,
            cron_expression: Option<String>,
            timezone: Option<String>,
            description: Option<String>,
            metadata: Option<Value>,
        }
        /// A timer has gone off.
        "timer.fired" TimerFired {
            timer_id: String,
            fired_at: Option<Timestamp>,
            next_fire_at: Option<Timestamp>,
        }
        /// A timer was cancelled.
        "timer.cancelled" TimerCancelled { timer_id: String }
        /// A schedule has started a turn, on older servers.
        "schedule.triggered" ScheduleTriggered { schedule_id: Option<String> }

        /// The sandbox of the session was lost.
        "sandbox.instance_lost" SandboxInstanceLost {
            sandbox_id: Option<String>,
            provider: String,
            previous_instance_id: String,
            current_instance_id: Option<String>,
            generation: Option<i64>,
            process_state_lost: bool,
        }
        /// The session has a sandbox again.
        "sandbox.recovered" SandboxRecovered {
            sandbox_id: Option<String>,
            provider: String,
            previous_instance_id: String,
            current_instance_id: Option<String>,
            generation: Option<i64>,
            process_state_lost: bool,
        }
        /// What older servers say in the place of `sandbox.instance_lost`.
        "environment.instance_lost" EnvironmentInstanceLost {
            provider: String,
            previous_instance_id: String,
            current_instance_id: Option<String>,
        }
        /// What older servers say in the place of `sandbox.recovered`.
        "environment.recovered" EnvironmentRecovered {
            provider: String,
            previous_instance_id: String,
            current_instance_id: Option<String>,
        }

        /// A voice connection was made.
        "voice.session.started" VoiceSessionStarted {
            voice_connection_id: String,
            model: String,
            voice: String,
            transport: String,
            reasoning_effort: Option<String>,
        }
        /// A voice connection has ended.
        "voice.session.ended" VoiceSessionEnded {
            voice_connection_id: String,
            duration_ms: Option<u64>,
            reason: Option<String>,
        }
        /// A voice connection failed.
        "voice.session.failed" VoiceSessionFailed { voice_connection_id: String, error: String }
        /// A piece of what the user says. Ephemeral.
        "voice.input_transcript.delta" VoiceInputTranscriptDelta {
            voice_connection_id: String,
            item_id: Option<String>,
            delta: String,
            accumulated: Option<String>,
        }
        /// What the user has said.
        "voice.input_transcript.completed" VoiceInputTranscriptCompleted {
            voice_connection_id: String,
            item_id: Option<String>,
            accumulated: String,
        }
        /// A piece of what the agent says. Ephemeral.
        "voice.output_transcript.delta" VoiceOutputTranscriptDelta {
            voice_connection_id: String,
            item_id: Option<String>,
            response_id: Option<String>,
            delta: String,
            accumulated: Option<String>,
            phase: Option<String>,
        }
        /// What the agent has said.
        "voice.output_transcript.completed" VoiceOutputTranscriptCompleted {
            voice_connection_id: String,
            item_id: Option<String>,
            response_id: Option<String>,
            accumulated: String,
            phase: Option<String>,
        }
        /// The user has interrupted the agent.
        "voice.output.interrupted" VoiceOutputInterrupted {
            voice_connection_id: String,
            /// What was heard by then.
            heard: String,
            /// What was not.
            unspoken: String,
            policy: Option<String>,
        }

        /// The agent goes over its memories.
        "dreaming.activity" DreamingActivity {
            operation_id: String,
            status: String,
            note_count: Option<u64>,
            reason: Option<String>,
            cost_usd: Option<f64>,
            model: Option<String>,
            usage: Option<TokenUsage>,
        }
    }
}

impl Event {
    /// The turn that the data names.
    pub(super) fn own_turn_id(&self) -> Option<&str> {
        match self {
            Self::OutputMessageStarted { turn_id, .. }
            | Self::OutputMessageDelta { turn_id, .. }
            | Self::OutputMessageReplaced { turn_id, .. }
            | Self::TurnStarted { turn_id, .. }
            | Self::TurnCompleted { turn_id, .. }
            | Self::TurnFailed { turn_id, .. }
            | Self::TurnCancelled { turn_id, .. }
            | Self::TurnSealed { turn_id, .. }
            | Self::ReasonRecovered { turn_id, .. }
            | Self::ReasonThinkingStarted { turn_id, .. }
            | Self::ReasonThinkingDelta { turn_id, .. }
            | Self::ReasonThinkingCompleted { turn_id, .. }
            | Self::ReasonItem { turn_id, .. }
            | Self::ToolCallRepaired { turn_id, .. }
            | Self::ToolHostedCall { turn_id, .. }
            | Self::SessionActivated { turn_id, .. }
            | Self::SessionIdled { turn_id, .. } => Some(turn_id),
            _ => None,
        }
    }

    /// A delta with text that no delta of the server has brought.
    pub(crate) fn added_delta(after: &EventMeta, turn_id: &str, message_id: &str, delta: &str) -> Self {
        let meta = EventMeta {
            timestamp: after.timestamp.clone(),
            session_id: after.session_id.clone(),
            context: after.context.clone(),
            ..EventMeta::default()
        };
        Self::OutputMessageDelta {
            meta: Box::new(meta),
            turn_id: turn_id.to_owned(),
            message_id: message_id.to_owned(),
            delta: delta.to_owned(),
            accumulated: None,
            phase: None,
        }
    }
}
