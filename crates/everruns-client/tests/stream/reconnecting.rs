//! Connections that are lost.

use std::time::Duration;

use everruns_sdk::{
    Error,
    testing::{Connection, FakeEverruns, Fault, Turn},
};
use tokio::time::Instant;

use crate::conversation::{Conversation, listen};

const SSE: &str = "GET /sessions/*/sse";

#[tokio::test(start_paused = true)]
async fn a_connection_that_is_lost_is_made_again_after_the_last_event() {
    for lost in [
        Connection::new().ends_after(4),
        Connection::new().breaks_after(4),
        Connection::new().breaks_within(4),
        Connection::new().disconnects_after(4, "connection_cycle", 100),
        Connection::new().silent_after(4),
        Connection::new().garbles(4),
    ] {
        let fake = FakeEverruns::new();
        fake.connect_as([lost.clone(), Connection::new()]);
        let conversation = Conversation::with(fake, |_| "Hello there!").await;
        let stream = conversation.client.events().stream(&conversation.session_id);
        let mut events = conversation.caught_up(stream).await;
        conversation.send("Hi").await;
        let heard = listen(&mut events).await;
        assert_eq!(heard.sequences, conversation.kept(), "{lost:?}");
        assert_eq!(heard.text, "Hello there!", "{lost:?}");
        for query in conversation.connections() {
            // One cursor, and one that the server has kept.
            assert_eq!(query.matches("after_sequence=").count() + query.matches("since_id=").count(), 1, "{query}");
        }
    }
}

#[tokio::test(start_paused = true)]
async fn heartbeats_keep_a_quiet_connection() {
    let fake = FakeEverruns::new();
    let script = |_: &_| Turn::new().pause(Duration::from_secs(600)).delta("Done.");
    let conversation = Conversation::with(fake, script).await;
    let mut events = conversation.client.events().stream(&conversation.session_id).await.expect("open");
    conversation.send("Think it over.").await;
    assert_eq!(listen(&mut events).await.text, "Done.");
    assert_eq!(conversation.connections().len(), 1);
}

#[tokio::test(start_paused = true)]
async fn a_silent_connection_is_given_up_after_forty_five_seconds() {
    let fake = FakeEverruns::new();
    fake.connect_as([Connection::new().silent_after(1), Connection::new()]);
    let conversation = Conversation::with(fake, |_| "Hello there!").await;
    let mut events = conversation.caught_up(conversation.client.events().stream(&conversation.session_id)).await;
    conversation.send("Hi").await;
    let started = Instant::now();
    assert_eq!(listen(&mut events).await.text, "Hello there!");
    let elapsed = started.elapsed();
    assert!((45..48).contains(&elapsed.as_secs()), "{elapsed:?}");
}

#[tokio::test(start_paused = true)]
async fn the_server_says_when_it_cycles_and_that_costs_nothing() {
    for (asked, least, most) in [(0, 10, 20), (250, 250, 260), (3_600_000, 30_000, 30_010)] {
        let fake = FakeEverruns::new();
        let cycles = Connection::new().disconnects_after(2, "connection_cycle", asked);
        fake.connect_as([cycles, Connection::new().disconnects_after(1, "something_new", asked)]);
        let conversation = Conversation::with(fake, |_| "Hello there!").await;
        let stream = conversation.client.events().stream(&conversation.session_id).max_reconnects(0);
        let mut events = conversation.caught_up(stream).await;
        let started = Instant::now();
        conversation.send("Hi").await;
        let heard = listen(&mut events).await;
        assert!(heard.error.is_none(), "{heard:?}");
        assert_eq!(heard.text, "Hello there!");
        let elapsed = started.elapsed().as_millis();
        assert!((least..=most).contains(&elapsed), "asked for {asked} ms: {elapsed} ms");
    }
}

#[tokio::test(start_paused = true)]
async fn refusals_in_passing_are_waited_for() {
    for (fault, least) in [
        (Fault::rate_limited(7), 7),
        (Fault::status(503), 0),
        (Fault::html(502), 0),
        (Fault::status(408), 0),
        (Fault::not_sent(), 0),
        (Fault::answer_lost(), 0),
        (Fault::status(503).with_header("retry-after", "3"), 3),
    ] {
        let fake = FakeEverruns::new();
        let conversation = Conversation::with(fake, |_| "Hello there!").await;
        conversation.send("Hi").await;
        conversation.fake.inject(SSE, 2, fault.clone());
        let started = Instant::now();
        let mut events = conversation.client.events().stream(&conversation.session_id).await.expect("open");
        assert_eq!(listen(&mut events).await.text, "Hello there!", "{fault:?}");
        assert!(started.elapsed() >= Duration::from_secs(2 * least), "{fault:?}: {:?}", started.elapsed());
        assert_eq!(conversation.connections().len(), 3, "each is one connection");
    }
}

#[tokio::test(start_paused = true)]
async fn what_another_try_would_not_change_is_told_at_once() {
    for (status, expected) in
        [(400, "Validation"), (401, "Authentication"), (403, "PermissionDenied"), (404, "NotFound"), (410, "NotFound")]
    {
        let conversation = Conversation::with(FakeEverruns::new(), |_| "Hello there!").await;
        conversation.fake.inject(SSE, 9, Fault::problem(status, "some_code", "because"));
        let started = Instant::now();
        let opened = conversation.client.events().stream(&conversation.session_id).live().await;
        let error = opened.expect_err("a refusal");
        assert!(format!("{error:?}").starts_with(expected), "{error:?}");
        assert_eq!(error.code(), Some("some_code"));
        assert_eq!(started.elapsed(), Duration::ZERO);
        assert_eq!(conversation.connections().len(), 1);
    }
}

#[tokio::test(start_paused = true)]
async fn a_refusal_in_the_middle_ends_the_stream_for_good() {
    let fake = FakeEverruns::new();
    fake.connect_as([Connection::new().ends_after(3)]);
    let conversation = Conversation::with(fake, |_| "Hello there!").await;
    conversation.send("Hi").await;
    let mut events = conversation.client.events().stream(&conversation.session_id).from_start().await.expect("open");
    conversation.fake.inject(SSE, 9, Fault::problem(401, "expired", "the key is not valid any more"));
    conversation.fake.inject("GET /sessions/*/events", 9, Fault::status(503));
    let mut last = None;
    while let Some(event) = events.next().await {
        last = Some(event);
    }
    assert!(matches!(last, Some(Err(Error::Authentication(_)))), "{last:?}");
    assert!(events.next().await.is_none());
}

#[tokio::test(start_paused = true)]
async fn what_is_no_event_stream_is_told_at_once() {
    for fault in [Fault::text(200, "hello"), Fault::html(200), Fault::json(200, &serde_json::json!({}))] {
        let conversation = Conversation::with(FakeEverruns::new(), |_| "Hello there!").await;
        conversation.fake.inject(SSE, 9, fault);
        let opened = conversation.client.events().stream(&conversation.session_id).await;
        assert!(matches!(opened, Err(Error::Config(_))), "{opened:?}");
        assert_eq!(conversation.connections().len(), 1);
    }
}

#[tokio::test(start_paused = true)]
async fn enough_is_enough() {
    let fake = FakeEverruns::new();
    let conversation = Conversation::with(fake, |_| "Hello there!").await;
    conversation.fake.inject(SSE, 99, Fault::status(503));
    let opened = conversation.client.events().stream(&conversation.session_id).max_reconnects(4).await;
    assert!(matches!(opened, Err(Error::Server(_))), "{opened:?}");
    assert_eq!(conversation.connections().len(), 5);
}

#[tokio::test(start_paused = true)]
async fn a_server_that_asks_for_an_hour_is_not_waited_for() {
    let conversation = Conversation::with(FakeEverruns::new(), |_| "Hello there!").await;
    conversation.fake.inject(SSE, 99, Fault::rate_limited(3600));
    let opened = conversation.client.events().stream(&conversation.session_id).await;
    assert!(matches!(&opened, Err(error @ Error::RateLimit(_)) if error.retry_after().is_some()), "{opened:?}");
    assert_eq!(conversation.connections().len(), 1);
}

#[tokio::test(start_paused = true)]
async fn what_can_not_be_read_is_asked_for() {
    let fake = FakeEverruns::new();
    fake.connect_as(std::iter::repeat_n(Connection::new().garbles(3), 50));
    let conversation = Conversation::with(fake, |_| "Hello there!").await;
    let mut events = conversation.client.events().stream(&conversation.session_id).await.expect("open");
    conversation.send("Hi").await;
    let heard = listen(&mut events).await;
    // The list has it all the same.
    assert_eq!(heard.text, "Hello there!");
}

#[tokio::test(start_paused = true)]
async fn what_can_never_be_read_ends_the_stream() {
    let fake = FakeEverruns::new();
    fake.connect_as(std::iter::repeat_n(Connection::new().garbles(3), 50));
    let conversation = Conversation::with(fake, |_| "Hello there!").await;
    conversation.fake.inject("GET /sessions/*/events", 99, Fault::status(403));
    let mut events = conversation.client.events().stream(&conversation.session_id).await.expect("open");
    conversation.send("Hi").await;
    let heard = listen(&mut events).await;
    assert!(matches!(heard.error, Some(Error::Stream(_))), "{heard:?}");
    assert_eq!(heard.sequences, [1, 2]);
    assert!(events.next().await.is_none());
}

#[tokio::test]
async fn outside_a_runtime_it_is_an_error() {
    let conversation = Conversation::with(FakeEverruns::new(), |_| "Hello there!").await;
    let subscribe = conversation.client.events().stream(&conversation.session_id);
    let thread = std::thread::spawn(move || futures::executor::block_on(subscribe).map(drop));
    assert!(thread.join().expect("no panic").is_err());
}

#[tokio::test(start_paused = true)]
async fn a_server_that_hangs_up_again_and_again_is_asked_less_often() {
    let fake = FakeEverruns::new();
    fake.connect_as(std::iter::repeat_n(Connection::new().disconnects_after(1, "shutdown", 0), 9999));
    let conversation = Conversation::with(fake, |_| "Hello there!").await;
    let mut events = conversation.client.events().stream(&conversation.session_id).await.expect("open");
    assert!(tokio::time::timeout(Duration::from_secs(600), events.next()).await.is_err());
    assert!(conversation.connections().len() < 40, "{}", conversation.connections().len());
}

#[tokio::test]
async fn a_connection_that_is_lost_outside_a_runtime_is_an_error() {
    let fake = FakeEverruns::new();
    fake.connect_as([Connection::new().ends_after(1)]);
    let conversation = Conversation::with(fake, |_| "Hello there!").await;
    let stream = conversation.client.events().stream(&conversation.session_id).live();
    let mut events = stream.await.expect("open");
    let thread = std::thread::spawn(move || futures::executor::block_on(events.next()));
    assert!(matches!(thread.join().expect("no panic"), Some(Err(_))));
}
