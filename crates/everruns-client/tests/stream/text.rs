//! The text of a turn.

use everruns_sdk::{
    Error, TurnError,
    testing::{FakeEverruns, Tool, Turn},
};
use serde_json::json;

use crate::conversation::Conversation;

async fn text(conversation: &Conversation) -> (String, Option<Error>) {
    conversation.send("Hi").await;
    let stream = conversation.client.events().stream(&conversation.session_id).await.expect("open");
    let mut pieces = stream.into_text();
    let (mut text, mut failure) = (String::new(), None);
    while let Some(piece) = pieces.next().await {
        match piece {
            Ok(piece) => text.push_str(&piece),
            Err(error) => failure = Some(error),
        }
    }
    assert!(pieces.next().await.is_none());
    (text, failure)
}

#[tokio::test(start_paused = true)]
async fn it_ends_with_the_turn() {
    for fake in [FakeEverruns::new(), FakeEverruns::serve()] {
        let conversation = Conversation::with(fake, |_| "Hello there, all of you!").await;
        let (text, failure) = text(&conversation).await;
        assert_eq!(text, "Hello there, all of you!");
        assert!(failure.is_none());
    }
}

#[tokio::test(start_paused = true)]
async fn messages_are_apart() {
    let script = |_: &_| Turn::new().text("I roll.").tool(Tool::new("dice").returns(json!(4))).text("A four.");
    let conversation = Conversation::with(FakeEverruns::new(), script).await;
    assert_eq!(text(&conversation).await.0, "I roll.\n\nA four.");
}

#[tokio::test(start_paused = true)]
async fn what_replaces_a_message_follows_it() {
    let script = |_: &_| Turn::new().text("a secret").replaced_by("I can't say.");
    let conversation = Conversation::with(FakeEverruns::new(), script).await;
    let (text, failure) = text(&conversation).await;
    assert!(text.ends_with("I can't say."), "{text}");
    assert!(failure.is_none());
}

#[tokio::test(start_paused = true)]
async fn a_turn_that_fails_is_an_error_and_one_that_is_sealed_is_none() {
    let script = |_: &_| Turn::new().fails("provider_unavailable", "The model is gone.");
    let conversation = Conversation::with(FakeEverruns::new(), script).await;
    let (_, failure) = text(&conversation).await;
    let Some(Error::Turn(TurnError::Failed { code, .. })) = &failure else { panic!("{failure:?}") };
    assert_eq!(code.as_deref(), Some("provider_unavailable"));

    let conversation = Conversation::with(FakeEverruns::new(), |_| {
        Turn::new().text("So far.").tool(Tool::new("dice").returns(json!(4))).seals("budget")
    })
    .await;
    let (text, failure) = text(&conversation).await;
    assert_eq!(text, "So far.");
    assert!(failure.is_none());
}

#[tokio::test(start_paused = true)]
async fn a_turn_that_waits_for_the_caller_is_an_error_and_no_hang() {
    for script in [
        Turn::new().client_tool(Tool::new("temperature")),
        Turn::new().asks("target", "Where to?", ["here", "there"]),
        Turn::new().approval(Tool::new("delete_record")),
    ] {
        let conversation = Conversation::with(FakeEverruns::new(), move |_| script.clone()).await;
        let (_, failure) = text(&conversation).await;
        let Some(Error::Turn(TurnError::Waiting { calls })) = &failure else { panic!("{failure:?}") };
        assert_eq!(calls.len(), 1);
    }
}
