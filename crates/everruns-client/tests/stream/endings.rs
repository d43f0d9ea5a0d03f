//! How streams are given up.

use std::time::Duration;

use everruns_sdk::testing::{FakeEverruns, Gate, Turn};
use futures::StreamExt as _;

use crate::conversation::Conversation;

#[tokio::test(start_paused = true)]
async fn no_event_is_lost_when_the_wait_for_it_is_dropped() {
    let script = |_: &_| Turn::new().delta("Hello ").pause(Duration::from_millis(700)).delta("there!");
    let conversation = Conversation::with(FakeEverruns::new(), script).await;
    let mut events = conversation.client.events().stream(&conversation.session_id).await.expect("open");
    conversation.send("Hi").await;
    let mut sequences = Vec::new();
    let mut dropped = 0;
    loop {
        match tokio::time::timeout(Duration::from_micros(1), events.next()).await {
            Ok(event) => {
                let event = event.expect("more").expect("an event");
                sequences.extend(event.sequence());
                if event.kind() == "session.idled" {
                    break;
                }
            }
            Err(_) => dropped += 1,
        }
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
    assert_eq!(sequences, conversation.kept());
    assert!(dropped > 100, "{dropped}");
}

#[tokio::test(start_paused = true)]
async fn what_was_not_read_of_a_stream_comes_with_the_next_one() {
    let gate = Gate::new();
    let script = {
        let gate = gate.clone();
        move |_: &_| Turn::new().wait_for(&gate).delta("Hello!")
    };
    let conversation = Conversation::with(FakeEverruns::new(), script).await;
    conversation.send("Hi").await;
    let mut first = conversation.client.events().stream(&conversation.session_id).await.expect("open");
    let read = first.next().await.expect("more").expect("an event").sequence();
    drop(first);
    gate.open();
    let second = conversation.client.events().stream(&conversation.session_id).until_turn_ends().await.expect("open");
    let rest: Vec<_> = second.filter_map(async |event| event.expect("an event").sequence()).collect().await;
    assert_eq!(read, Some(1));
    assert_eq!(rest.first(), Some(&2));
}

#[test]
fn streams_can_be_sent_to_threads() {
    static_assertions::assert_impl_all!(everruns_sdk::EventStream: Send, Unpin);
    static_assertions::assert_impl_all!(everruns_sdk::TextStream: Send, Unpin);
    static_assertions::assert_impl_all!(everruns_sdk::Subscribe: Send, Unpin);
    static_assertions::assert_impl_all!(everruns_sdk::TurnCall: Send, Unpin);
    static_assertions::assert_impl_all!(everruns_sdk::Call<()>: Send, Unpin);
    static_assertions::assert_impl_all!(everruns_sdk::List<()>: Send, Unpin);
    static_assertions::assert_impl_all!(everruns_sdk::Client: Send, Sync, Clone);
}
