use proptest::prelude::*;
use serde_json::{Value, json};

use super::*;

/// What a server does to a message.
#[derive(Clone, Debug)]
enum Act {
    /// Tells the next so many characters.
    Tell(usize),
    /// Tells one of the last deltas again.
    Repeat(usize),
    /// The connection breaks, and so many characters are told to nobody.
    Break(usize),
    /// The model is asked again, and says the same.
    Restart,
    /// The model is asked again while there is no connection.
    RestartUnseen,
}

/// A session with one message, and what comes of its deltas.
struct Telling {
    transcript: Transcript,
    ready: VecDeque<Event>,
    accumulates: bool,
    text: Vec<char>,
    told: usize,
    sequence: i64,
    ids: usize,
    deltas: Vec<Value>,
}

impl Telling {
    fn of(text: &str, accumulates: bool) -> Self {
        let mut transcript = Transcript::default();
        transcript.caught_up(Some(0));
        let (ready, deltas, text) = (VecDeque::new(), Vec::new(), text.chars().collect());
        Self { transcript, ready, accumulates, text, told: 0, sequence: 0, ids: 0, deltas }
    }

    fn event(&mut self, event: &Value) {
        self.transcript.follow(Event::from_json(event.to_string()).expect("an event"), &mut self.ready);
    }

    fn durable(&mut self, kind: &str, data: &Value) {
        self.sequence += 1;
        self.event(&json!({"id": "", "type": kind, "sequence": self.sequence, "data": data}));
    }

    fn start(&mut self) {
        self.told = 0;
        self.durable("output.message.started", &json!({"turn_id": "t", "message_id": "m"}));
    }

    fn next(&mut self, count: usize) -> Value {
        let end = self.text.len().min(self.told + count);
        let piece: String = self.text[self.told..end].iter().collect();
        let so_far: String = self.text[..end].iter().collect();
        self.told = end;
        self.ids += 1;
        let mut data = json!({"turn_id": "t", "message_id": "m", "delta": piece});
        if self.accumulates {
            data["accumulated"] = so_far.into();
        }
        json!({"id": format!("event_{}", self.ids), "type": "output.message.delta", "data": data})
    }

    fn act(&mut self, act: &Act) {
        match act {
            Act::Tell(count) => {
                let delta = self.next(*count);
                self.event(&delta);
                self.deltas.push(delta);
            }
            Act::Repeat(back) => {
                let delta = self.deltas.iter().rev().take(RECENT).nth(*back).cloned();
                delta.iter().for_each(|delta| self.event(delta));
            }
            Act::Break(lost) => {
                self.transcript.interrupted();
                self.next(*lost);
                self.transcript.caught_up(Some(self.sequence));
            }
            Act::Restart => self.start(),
            Act::RestartUnseen => {
                self.transcript.interrupted();
                self.start();
                self.next(1);
                self.transcript.caught_up(Some(self.sequence));
            }
        }
    }

    fn complete(&mut self) {
        let text: String = self.text.iter().collect();
        let message = json!({"id": "m", "role": "agent", "content": [{"type": "text", "text": text}]});
        self.durable("output.message.completed", &json!({"message": message}));
    }

    fn pieces(&self) -> Vec<String> {
        let delta = |event: &Event| match event {
            Event::OutputMessageDelta { delta, .. } => Some(delta.clone()),
            _ => None,
        };
        self.ready.iter().filter_map(delta).collect()
    }
}

fn acts() -> impl Strategy<Value = Vec<Act>> {
    let act = prop_oneof![
        8 => (0..6_usize).prop_map(Act::Tell),
        2 => (0..20_usize).prop_map(Act::Repeat),
        1 => (0..6_usize).prop_map(Act::Break),
        1 => Just(Act::Restart),
        1 => Just(Act::RestartUnseen),
    ];
    prop::collection::vec(act, 0..24)
}

proptest! {
    #[test]
    fn the_deltas_that_are_handed_out_are_the_text(
        text in "[abü ]{0,30}",
        accumulates: bool,
        acts in acts(),
        late in 0..4_usize,
    ) {
        let mut telling = Telling::of(&text, accumulates);
        telling.start();
        acts.iter().for_each(|act| telling.act(act));
        telling.complete();
        for count in 0..late {
            telling.act(&Act::Tell(count));
            telling.act(&Act::Repeat(count));
        }
        prop_assert_eq!(telling.pieces().concat(), text);
        prop_assert!(telling.transcript.open.is_empty());
    }
}

#[test]
fn what_is_handed_out_when() {
    use Act::{Break, Repeat, Restart, Tell};

    let once = ["He", "llo", "!"];
    for (accumulates, acts, expected) in [
        (false, vec![Tell(2), Tell(3), Tell(1)], &once[..]),
        (true, vec![Tell(2), Tell(3), Tell(1)], &once),
        // Repeated.
        (false, vec![Tell(2), Repeat(0), Tell(3), Repeat(1), Tell(1)], &once),
        (true, vec![Tell(2), Repeat(0), Tell(3), Repeat(1), Tell(1)], &once),
        // Lost on the way: what follows waits, unless it tells what came before it.
        (false, vec![Tell(2), Break(1), Tell(2), Tell(1)], &["He", "llo!"]),
        (true, vec![Tell(2), Break(1), Tell(2), Tell(1)], &once),
        // Lost at the end.
        (false, vec![Tell(2)], &["He", "llo!"]),
        (true, vec![], &["Hello!"]),
        // Said again.
        (false, vec![Tell(2), Restart, Tell(1), Tell(4), Tell(1)], &once),
        (true, vec![Tell(2), Restart, Tell(1), Tell(4), Tell(1)], &once),
        (false, vec![Tell(2), Break(2), Restart, Tell(5), Tell(1)], &once),
    ] {
        let mut telling = Telling::of("Hello!", accumulates);
        telling.start();
        acts.iter().for_each(|act| telling.act(act));
        telling.complete();
        assert_eq!(telling.pieces(), expected, "{acts:?}");
    }
}

#[test]
fn a_delta_before_the_beginning_is_not_missed() {
    let mut telling = Telling::of("Hello!", false);
    telling.act(&Act::Tell(2));
    let told = telling.told;
    telling.start();
    telling.told = told;
    telling.act(&Act::Tell(3));
    telling.complete();
    assert_eq!(telling.pieces(), ["Hello!"]);
}

#[test]
fn a_model_that_is_asked_again_without_a_beginning_says_nothing_twice() {
    let mut telling = Telling::of("Hello!", false);
    telling.start();
    telling.act(&Act::Tell(2));
    telling.durable("reason.recovered", &json!({"turn_id": "t", "mode": "restart"}));
    telling.told = 0;
    telling.act(&Act::Tell(2));
    telling.complete();
    assert_eq!(telling.pieces(), ["He", "llo!"]);
}

#[test]
fn a_message_whose_text_is_not_shown_stays_as_it_was() {
    let mut telling = Telling::of("Hello!", false);
    telling.start();
    telling.act(&Act::Tell(2));
    telling.durable("output.message.completed", &json!({"message": {"id": "m", "role": "agent", "content": []}}));
    assert_eq!(telling.pieces(), ["He"]);
}

#[test]
fn messages_that_are_never_completed_are_not_kept() {
    let mut telling = Telling::of("Hello!", false);
    for number in 0..2 * REMEMBERED {
        let id = format!("message_{number}");
        telling.durable("output.message.started", &json!({"turn_id": "t", "message_id": id}));
        assert!(telling.transcript.open.len() <= REMEMBERED && telling.transcript.closed.len() <= REMEMBERED);
    }
    assert!(telling.transcript.open.contains_key(&format!("message_{}", 2 * REMEMBERED - 1)));
    telling.durable("session.idled", &json!({}));
    assert!(telling.transcript.open.is_empty());
}
