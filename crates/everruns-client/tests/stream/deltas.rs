//! The deltas of a message are its text.

use std::{
    sync::{Arc, Mutex},
    time::Duration,
};

use everruns_sdk::{
    Event,
    testing::{Connection, FakeEverruns, Gate, Turn},
};

use crate::conversation::{Conversation, listen};

/// Both sorts of server: one tells the text so far with each delta, one does not.
fn servers() -> [FakeEverruns; 2] {
    [FakeEverruns::new(), FakeEverruns::serve()]
}

#[tokio::test(start_paused = true)]
async fn deltas_come_one_by_one() {
    for fake in servers() {
        let gates = [Gate::new(), Gate::new()];
        let script = {
            let gates = gates.clone();
            move |_: &_| Turn::new().delta("one ").wait_for(&gates[0]).delta("two ").wait_for(&gates[1]).delta("three")
        };
        let conversation = Conversation::with(fake, script).await;
        let stream = conversation.client.events().stream(&conversation.session_id);
        let mut events = conversation.caught_up(stream).await;
        conversation.send("go").await;
        let mut pieces = Vec::new();
        while let Some(event) = events.next().await {
            match event.expect("an event") {
                Event::OutputMessageDelta { delta, .. } => {
                    if let Some(gate) = gates.get(pieces.len()) {
                        gate.open();
                    }
                    pieces.push(delta);
                }
                event if event.ends_turn() => break,
                _ => {}
            }
        }
        assert_eq!(pieces, ["one ", "two ", "three"]);
    }
}

#[tokio::test(start_paused = true)]
async fn what_no_delta_brings_comes_before_the_message() {
    for fake in servers() {
        fake.connect_as([Connection::new().without_deltas()]);
        let conversation = Conversation::with(fake, |_| "Hello there, all of you!").await;
        conversation.send("Hi").await;
        let mut events = conversation.client.events().stream(&conversation.session_id).await.expect("open");
        let heard = listen(&mut events).await;
        assert_eq!((heard.text.as_str(), heard.added), ("Hello there, all of you!", 1));
        let delta = heard.kinds.iter().position(|kind| kind == "output.message.delta").expect("a delta");
        assert_eq!(heard.kinds[delta + 1], "output.message.completed");
    }
}

#[tokio::test(start_paused = true)]
async fn deltas_after_the_message_are_dropped() {
    for fake in servers() {
        fake.connect_as([Connection::new().late_deltas()]);
        let conversation = Conversation::with(fake, |_| Turn::new().delta("Hello").late_delta(" there!")).await;
        conversation.send("Hi").await;
        let mut events = conversation.client.events().stream(&conversation.session_id).await.expect("open");
        assert_eq!(listen(&mut events).await.text, "Hello there!");
    }
}

#[tokio::test(start_paused = true)]
async fn deltas_after_the_turn_are_dropped() {
    for fake in servers() {
        let script = |_: &_| Turn::new().delta("Hello ").trailing_delta("there!");
        let conversation = Conversation::with(fake, script).await;
        conversation.send("Hi").await;
        let stream = conversation.client.events().stream(&conversation.session_id);
        let mut events = stream.await.expect("open");
        let mut text = String::new();
        while let Ok(Some(event)) = tokio::time::timeout(Duration::from_secs(5), events.next()).await {
            if let Event::OutputMessageDelta { delta, .. } = event.expect("an event") {
                text.push_str(&delta);
            }
        }
        assert_eq!(text, "Hello there!");
    }
}

#[tokio::test(start_paused = true)]
async fn a_stream_that_starts_in_the_middle_of_a_message_has_its_whole_text() {
    for fake in servers() {
        let gate = Gate::new();
        let script = {
            let gate = gate.clone();
            move |_: &_| Turn::new().delta("Hello ").delta("there, ").wait_for(&gate).delta("all of you!")
        };
        let conversation = Conversation::with(fake, script).await;
        conversation.send("Hi").await;
        tokio::time::sleep(Duration::from_secs(1)).await;
        let mut events = conversation.client.events().stream(&conversation.session_id).await.expect("open");
        let opens = async {
            tokio::time::sleep(Duration::from_secs(1)).await;
            gate.open();
        };
        let (heard, ()) = tokio::join!(listen(&mut events), opens);
        assert_eq!(heard.text, "Hello there, all of you!");
    }
}

#[tokio::test(start_paused = true)]
async fn a_connection_that_breaks_in_the_middle_of_a_message_loses_no_text() {
    for frames in 1..14 {
        for fake in servers() {
            let script = |_: &_| {
                let pause = Duration::from_millis(300);
                Turn::new().delta("Hello ").pause(pause).delta("there, ").pause(pause).delta("all ").delta("of you!")
            };
            fake.connect_as([Connection::new().breaks_after(frames), Connection::new().breaks_within(frames)]);
            let conversation = Conversation::with(fake, script).await;
            let mut events = conversation.client.events().stream(&conversation.session_id).await.expect("open");
            conversation.send("Hi").await;
            let heard = listen(&mut events).await;
            assert_eq!(heard.text, "Hello there, all of you!", "after {frames} frames");
            assert_eq!(heard.sequences, conversation.kept(), "after {frames} frames");
        }
    }
}

#[tokio::test(start_paused = true)]
async fn nothing_is_added_to_what_a_guardrail_took_back() {
    let script = |_: &_| Turn::new().text("a secret").replaced_by("I can't say.");
    let conversation = Conversation::with(FakeEverruns::new(), script).await;
    conversation.send("Hi").await;
    let mut events = conversation.client.events().stream(&conversation.session_id).await.expect("open");
    let heard = listen(&mut events).await;
    let replaced = heard.kinds.iter().position(|kind| kind == "output.message.replaced").expect("replaced");
    assert!(!heard.kinds[replaced..].iter().any(|kind| kind == "output.message.delta"), "{:?}", heard.kinds);
}

#[tokio::test(start_paused = true)]
async fn a_turn_that_fails_says_so_in_its_text() {
    let script = |_: &_| Turn::new().fails("provider_unavailable", "The model is gone.");
    let conversation = Conversation::with(FakeEverruns::new(), script).await;
    conversation.send("Hi").await;
    let mut events = conversation.client.events().stream(&conversation.session_id).await.expect("open");
    let heard = listen(&mut events).await;
    assert!(heard.kinds.iter().any(|kind| kind == "turn.failed"));
    assert!(!heard.text.is_empty());
}

#[tokio::test(start_paused = true)]
async fn a_delta_that_comes_as_late_as_the_next_stream_is_dropped() {
    let before = Arc::new(Mutex::new(serde_json::Value::Null));
    let script = {
        let before = before.clone();
        move |turn: &everruns_sdk::testing::TurnInput| {
            let late = before.lock().expect("whole").clone();
            let turn = Turn::new().text(format!("You said: {}", turn.text));
            if late.is_null() { turn } else { Turn::new().event("output.message.delta", late).text("Two.") }
        }
    };
    let conversation = Conversation::with(FakeEverruns::new(), script).await;
    let stream = || conversation.client.events().stream(&conversation.session_id);
    conversation.send("one").await;
    assert_eq!(listen(&mut stream().await.expect("open")).await.text, "You said: one");
    let events = conversation.fake.events(&conversation.session_id);
    let last = events.iter().rfind(|event| event["type"] == "output.message.delta").expect("a delta");
    assert_eq!(last["data"]["accumulated"], "You said: one");
    *before.lock().expect("whole") = last["data"].clone();

    let mut events = conversation.caught_up(stream()).await;
    conversation.send("two").await;
    assert_eq!(listen(&mut events).await.text, "Two.");
}
