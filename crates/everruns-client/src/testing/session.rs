//! A session, and what happened in it.

use std::collections::{BTreeSet, VecDeque};

use serde_json::{Value, json};
use tokio::{
    sync::{oneshot, watch},
    task::AbortHandle,
};

use super::{
    clock::Clock,
    event::{Event, Scope, is_ephemeral},
};

/// A session, and what happened in it.
#[derive(Debug)]
pub(super) struct Session {
    /// What the API tells of it.
    pub(super) row: Value,
    /// The name of its agent.
    pub(super) agent: Option<String>,
    /// All events in the order in which they happened, the ephemeral ones among them.
    pub(super) log: Vec<Event>,
    /// The messages that no turn has taken up.
    pub(super) inbox: VecDeque<Value>,
    /// The turn that runs.
    pub(super) turn: Option<Turning>,
    /// How many turns there were.
    pub(super) turns: usize,
    /// What its turn waits for.
    pub(super) waiting: Option<Waiting>,
    /// The names of its secrets.
    pub(super) secrets: BTreeSet<String>,
    changed: watch::Sender<()>,
    sequence: u64,
}

/// A turn that runs.
#[derive(Debug)]
pub(super) struct Turning {
    pub(super) turn_id: String,
    pub(super) input_message_id: String,
    /// Once it runs on its own.
    pub(super) task: Option<AbortHandle>,
}

/// What a turn waits for.
#[derive(Debug)]
pub(super) struct Waiting {
    pub(super) awaits: Awaits,
    /// The calls that are to be answered: `id`, `name` and `arguments`.
    pub(super) calls: Vec<Value>,
    /// Of each call, once it is there.
    pub(super) answers: Vec<Option<Value>>,
    pub(super) answer: oneshot::Sender<Vec<Value>>,
}

/// Which route has the answer.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Awaits {
    ToolResults,
    QuestionAnswers,
    ToolApprovals,
}

impl Session {
    pub(super) fn new(row: Value, agent: Option<String>) -> Self {
        Self {
            row,
            agent,
            log: Vec::new(),
            inbox: VecDeque::new(),
            turn: None,
            turns: 0,
            waiting: None,
            secrets: BTreeSet::new(),
            changed: watch::Sender::new(()),
            sequence: 0,
        }
    }

    pub(super) fn id(&self) -> &str {
        self.row["id"].as_str().unwrap_or_default()
    }

    /// Writes an event, and tells those who listen.
    pub(super) fn append(&mut self, clock: &mut Clock, kind: &str, scope: &Scope, data: Value) -> &Event {
        let mut event = json!({
            "id": clock.id("event"),
            "type": kind,
            "ts": clock.now(),
            "session_id": self.id(),
            "context": scope.context(),
            "data": data,
        });
        if !is_ephemeral(kind) {
            self.sequence += 1;
            event["sequence"] = self.sequence.into();
        }
        self.log.push(Event(event));
        self.changed.send_replace(());
        self.log.last().expect("it was pushed")
    }

    /// Those that are kept, the oldest first.
    pub(super) fn durable(&self) -> impl DoubleEndedIterator<Item = &Event> {
        self.log.iter().filter(|event| event.sequence().is_some())
    }

    /// How many were kept.
    pub(super) const fn last_sequence(&self) -> u64 {
        self.sequence
    }

    /// Begins to copy the events of another session, as a fork has them.
    pub(super) fn continue_from(&mut self, other: &Self) {
        self.log = other.durable().cloned().collect();
        self.sequence = other.sequence;
        self.turns = other.turns;
    }

    /// Tells of each event from now on.
    pub(super) fn listen(&self) -> watch::Receiver<()> {
        self.changed.subscribe()
    }

    /// Its messages, the oldest first.
    pub(super) fn messages(&self) -> Vec<Value> {
        let of = |event: &Event| {
            let is_message = matches!(event.kind(), "input.message" | "output.message.completed");
            is_message.then(|| {
                let mut message = event.0["data"]["message"].clone();
                message["session_id"] = event.0["session_id"].clone();
                message["sequence"] = event.0["sequence"].clone();
                message
            })
        };
        self.durable().filter_map(of).collect()
    }

    /// As the API tells of it now.
    pub(super) fn view(&self) -> Value {
        let mut row = self.row.clone();
        row["turn_id"] = self.turn.as_ref().map(|turn| turn.turn_id.clone()).into();
        let calls = |awaits, view: fn(&Value) -> Value| -> Value {
            let waiting = self.waiting.iter().filter(|waiting| waiting.awaits == awaits);
            waiting.flat_map(|waiting| waiting.calls.iter().map(view)).collect()
        };
        row["pending_questions"] = calls(
            Awaits::QuestionAnswers,
            |call| json!({"tool_call_id": call["id"], "questions": call["arguments"]["questions"]}),
        );
        row["pending_approvals"] = calls(Awaits::ToolApprovals, |call| {
            let arguments = &call["arguments"];
            json!({
                "tool_call_id": call["id"],
                "tool_name": arguments["tool"],
                "arguments": arguments["arguments"],
            })
        });
        row
    }

    /// Hands the answers to the turn that waits for them.
    pub(super) fn go_on(&mut self, clock: &mut Clock) {
        if let Some(waiting) = self.waiting.take() {
            self.set_status(clock, "active");
            // A turn that is gone needs none.
            drop(waiting.answer.send(waiting.answers.into_iter().flatten().collect()));
        }
    }

    pub(super) fn set_status(&mut self, clock: &mut Clock, status: &str) {
        self.row["status"] = status.into();
        self.row["updated_at"] = clock.now().into();
    }
}
