//! Where a stream starts.

use everruns_sdk::{Event, testing::FakeEverruns};

use crate::conversation::{Conversation, listen};

#[tokio::test(start_paused = true)]
async fn what_was_sent_before_is_heard_afterwards() {
    for fake in [FakeEverruns::new(), FakeEverruns::serve()] {
        let conversation = Conversation::with(fake, |_| "Hello there, all of you!").await;
        conversation.send("Hi").await;
        tokio::time::sleep(std::time::Duration::from_secs(60)).await;

        let mut events = conversation.client.events().stream(&conversation.session_id).await.expect("open");
        let heard = listen(&mut events).await;
        assert_eq!(heard.text, "Hello there, all of you!");
        assert_eq!(heard.sequences, conversation.kept());
        assert!(conversation.connections()[0].starts_with("exclude=llm.generation&after_sequence=0"));
    }
}

#[tokio::test(start_paused = true)]
async fn the_loop_of_the_documentation_prints_each_turn_once() {
    let conversation = Conversation::with(FakeEverruns::new(), |turn| format!("You said: {}", turn.text)).await;
    for round in ["one", "two", "three"] {
        conversation.send(round).await;
        let mut printed = String::new();
        let mut stream = conversation.client.events().stream(&conversation.session_id).await.expect("open");
        while let Some(event) = stream.next().await {
            match event.expect("an event") {
                Event::OutputMessageDelta { delta, .. } => printed.push_str(&delta),
                Event::TurnCompleted { .. } => break,
                _ => {}
            }
        }
        assert_eq!(printed, format!("You said: {round}"));
    }
}

#[tokio::test(start_paused = true)]
async fn a_message_to_a_session_that_is_not_known_asks_first_where_it_is() {
    let conversation = Conversation::with(FakeEverruns::new(), |turn| format!("You said: {}", turn.text)).await;
    conversation.send("one").await;
    let stranger = conversation.stranger();
    stranger.messages().create(conversation.message("two")).await.expect("sent");

    let mut events = stranger.events().stream(&conversation.session_id).await.expect("open");
    let heard = listen(&mut events).await;
    assert_eq!(heard.text, "You said: two");
}

#[tokio::test(start_paused = true)]
async fn in_a_session_that_is_not_known_a_stream_starts_with_what_comes() {
    let conversation = Conversation::with(FakeEverruns::new(), |turn| format!("You said: {}", turn.text)).await;
    conversation.send("one").await;
    let mut events = conversation.stranger().events().stream(&conversation.session_id).await.expect("open");
    conversation.send("two").await;
    assert_eq!(listen(&mut events).await.text, "You said: two");
}

#[tokio::test(start_paused = true)]
async fn a_start_can_be_chosen() {
    let conversation = Conversation::with(FakeEverruns::new(), |turn| format!("You said: {}", turn.text)).await;
    conversation.send("one").await;
    let kept = conversation.kept();
    let stream = || conversation.client.events().stream(&conversation.session_id);

    let heard = listen(&mut stream().from_start().await.expect("open")).await;
    assert_eq!(heard.sequences, kept);
    let heard = listen(&mut stream().after(kept[2]).await.expect("open")).await;
    assert_eq!(heard.sequences, kept[3..]);

    let mut live = stream().live().await.expect("open");
    assert_eq!(live.sequence(), None);
    conversation.send("two").await;
    assert_eq!(listen(&mut live).await.text, "You said: two");
    assert_eq!(live.sequence(), conversation.kept().last().copied());
}

#[tokio::test(start_paused = true)]
async fn only_what_is_asked_for_comes() {
    let conversation = Conversation::with(FakeEverruns::new(), |_| "Hello!").await;
    conversation.send("one").await;
    let stream = || conversation.client.events().stream(&conversation.session_id).from_start();

    let mut events = stream().types(["turn.started", "session.idled"]).await.expect("open");
    assert_eq!(listen(&mut events).await.kinds, ["turn.started", "session.idled"]);
    assert!(conversation.connections()[0].contains("types=turn.started&types=session.idled"));

    let mut events = stream().exclude(["turn.started", "output.message.delta"]).await.expect("open");
    let heard = listen(&mut events).await;
    assert!(heard.kinds.iter().any(|kind| kind == "llm.generation"), "{:?}", heard.kinds);
    assert!(!heard.kinds.iter().any(|kind| kind == "turn.started"), "{:?}", heard.kinds);

    // Who asks for it by name gets it.
    let mut events = stream().types(["llm.generation", "session.idled"]).await.expect("open");
    assert_eq!(listen(&mut events).await.kinds, ["llm.generation", "session.idled"]);
}

#[tokio::test(start_paused = true)]
async fn a_stream_can_end_with_the_turn() {
    let conversation = Conversation::with(FakeEverruns::new(), |_| "Hello!").await;
    conversation.send("one").await;
    let stream = conversation.client.events().stream(&conversation.session_id).until_turn_ends();
    let mut events = stream.await.expect("open");
    let heard = listen(&mut events).await;
    assert_eq!(heard.kinds.last().map(String::as_str), Some("turn.completed"));
    assert!(heard.error.is_none());
    assert!(events.next().await.is_none());
}

#[tokio::test(start_paused = true)]
async fn deltas_alone_can_be_asked_for() {
    for fake in [FakeEverruns::new(), FakeEverruns::serve()] {
        let conversation = Conversation::with(fake, |_| "Hello there, all of you!").await;
        let types = ["output.message.delta", "session.idled"];
        let stream = conversation.client.events().stream(&conversation.session_id).types(types);
        let mut events = conversation.caught_up(stream).await;
        conversation.send("Hi").await;
        assert_eq!(listen(&mut events).await.text, "Hello there, all of you!");
    }
}

#[tokio::test(start_paused = true)]
async fn what_happens_next_comes_delta_by_delta() {
    for fake in [FakeEverruns::new(), FakeEverruns::serve()] {
        let conversation = Conversation::with(fake, |_| "Hello there, all of you!").await;
        let stream = conversation.client.events().stream(&conversation.session_id).live();
        let mut events = conversation.caught_up(stream).await;
        conversation.send("Hi").await;
        let heard = listen(&mut events).await;
        assert_eq!((heard.text.as_str(), heard.added), ("Hello there, all of you!", 0));
    }
}
