//! Events that come twice, and events that don't come.

use everruns_sdk::testing::{Connection, FakeEverruns, Fault};

use crate::conversation::{Conversation, listen};

#[tokio::test(start_paused = true)]
async fn each_event_comes_once() {
    let fake = FakeEverruns::new();
    fake.connect_as([Connection::new().repeats()]);
    let conversation = Conversation::with(fake, |_| "Hello there!").await;
    let mut events = conversation.client.events().stream(&conversation.session_id).await.expect("open");
    conversation.send("Hi").await;
    let heard = listen(&mut events).await;
    assert_eq!(heard.sequences, conversation.kept());
    assert_eq!(heard.text, "Hello there!");
}

#[tokio::test(start_paused = true)]
async fn an_event_that_is_lost_is_asked_for() {
    // The last one is not missed before the next turn.
    for lost in 1..10 {
        let fake = FakeEverruns::new();
        fake.connect_as([Connection::new().drops(lost)]);
        let conversation = Conversation::with(fake, |_| "Hello there!").await;
        let mut events = conversation.client.events().stream(&conversation.session_id).await.expect("open");
        conversation.send("Hi").await;
        let heard = listen(&mut events).await;
        assert_eq!(heard.sequences, conversation.kept(), "without {lost}");
        assert_eq!(heard.text, "Hello there!", "without {lost}");
    }
}

#[tokio::test(start_paused = true)]
async fn what_lies_further_back_than_the_server_replays_is_asked_for() {
    let fake = FakeEverruns::new();
    fake.connect_as([Connection::new().replays(3)]);
    let conversation = Conversation::with(fake, |_| "Hello there!").await;
    conversation.send("Hi").await;
    let mut events = conversation.client.events().stream(&conversation.session_id).await.expect("open");
    assert_eq!(listen(&mut events).await.sequences, conversation.kept());
}

#[tokio::test(start_paused = true)]
async fn servers_that_know_no_sequences_lose_nothing() {
    for connection in [Connection::new().rejects_sequences(), Connection::new().ignores_sequences()] {
        let fake = FakeEverruns::new();
        let broken = connection.clone().breaks_after(4);
        fake.connect_as([broken, connection.clone(), connection.clone(), connection.clone(), connection]);
        let conversation = Conversation::with(fake, |_| "Hello there!").await;
        conversation.send("Hi").await;
        let mut events = conversation.client.events().stream(&conversation.session_id).await.expect("open");
        let heard = listen(&mut events).await;
        assert!(heard.error.is_none(), "{heard:?}");
        assert_eq!(heard.sequences, conversation.kept());
        assert_eq!(heard.text, "Hello there!");
    }
}

const LIST: &str = "GET /sessions/*/events";

#[tokio::test(start_paused = true)]
async fn a_list_that_is_kept_from_the_key_ends_no_stream() {
    for status in [400, 403, 404, 405] {
        // A hole that may well be what a channel does not show.
        let fake = FakeEverruns::new();
        fake.connect_as([Connection::new().drops(3)]);
        let conversation = Conversation::with(fake, |_| "Hello there!").await;
        conversation.fake.inject(LIST, 99, Fault::status(status));
        let mut events = conversation.stranger().events().stream(&conversation.session_id).await.expect("open");
        conversation.send("Hi").await;
        let heard = listen(&mut events).await;
        assert!(heard.error.is_none(), "{heard:?}");
        assert_eq!(heard.text, "Hello there!");
        assert_eq!(heard.kinds.last().map(String::as_str), Some("session.idled"), "{status}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_list_that_is_too_busy_is_asked_again() {
    let fake = FakeEverruns::new();
    fake.connect_as(std::iter::repeat_n(Connection::new().replays(0), 9));
    let conversation = Conversation::with(fake, |_| "Hello there!").await;
    conversation.send("Hi").await;
    conversation.fake.inject(LIST, 6, Fault::rate_limited(1));
    let mut events = conversation.client.events().stream(&conversation.session_id).await.expect("open");
    let heard = tokio::time::timeout(std::time::Duration::from_secs(600), listen(&mut events)).await.expect("no hang");
    assert_eq!(heard.sequences, conversation.kept());
}
