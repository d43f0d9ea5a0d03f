//! Whole turns.

use std::{
    sync::{Arc, Mutex},
    time::Duration,
};

use everruns_sdk::{
    Error, TurnError, TurnStatus,
    testing::{Connection, FakeEverruns, Fault, Gate, Tool, Turn},
    types::{AnswerQuestionsRequest, ApprovalDecision, QuestionAnswer},
};
use serde_json::json;

use crate::conversation::Conversation;

#[tokio::test(start_paused = true)]
async fn a_turn_brings_its_answer() {
    for fake in [FakeEverruns::new(), FakeEverruns::serve()] {
        let script = |_: &_| Turn::new().text("I roll.").tool(Tool::new("dice").returns(json!(4))).text("A four.");
        let conversation = Conversation::with(fake, script).await;
        let outcome = conversation.client.turn(conversation.message("Roll a die.")).await.expect("an outcome");
        assert_eq!(outcome.status, TurnStatus::Completed);
        assert_eq!(outcome.text, "A four.");
        assert_eq!(outcome.messages.len(), 2);
        assert!(!outcome.turn_id.is_empty());
    }
}

#[tokio::test(start_paused = true)]
async fn the_caller_runs_tools_decides_and_answers() {
    for fake in [FakeEverruns::new(), FakeEverruns::serve()] {
        let tools = conversation_of(&fake).await;
        let script = move |_: &_| {
            let turn = Turn::new()
                .asks("target", "Where to?", ["staging", "production"])
                .approval(Tool::new("delete_record").with_arguments(json!({"id": "r1"})).returns(json!("deleted")));
            let turn = if tools {
                turn.client_tool(Tool::new("temperature").with_arguments(json!({"city": "Kyiv"})))
            } else {
                turn
            };
            turn.text("Done.")
        };
        let conversation = Conversation::with(fake, script).await;
        let log = Arc::new(Mutex::new(Vec::new()));
        let note = |log: &Arc<Mutex<Vec<String>>>, line: String| log.lock().expect("whole").push(line);
        let (first, second, third) = (log.clone(), log.clone(), log.clone());
        let outcome = conversation
            .client
            .turn(conversation.message("Go."))
            .on_tool(move |call| {
                note(&first, format!("{} {}", call.name, call.arguments));
                async { Ok::<_, String>(json!({"celsius": 21})) }
            })
            .on_approval(move |request| {
                note(&second, format!("{} {}", request.tool, request.arguments));
                async { ApprovalDecision::Allow }
            })
            .on_question(move |request| {
                note(&third, request.questions[0].question.clone());
                let id = request.questions[0].id.clone();
                async move { vec![QuestionAnswer::selected(id, ["staging"])] }
            })
            .await
            .expect("an outcome");
        assert_eq!(outcome.text, "Done.");
        let mut expected = vec!["Where to?".to_owned(), r#"delete_record {"id":"r1"}"#.to_owned()];
        expected.extend(tools.then(|| r#"temperature {"city":"Kyiv"}"#.to_owned()));
        assert_eq!(*log.lock().expect("whole"), expected);
    }
}

/// Whether the server has tools that the caller runs: an application that serves its own agents has none.
async fn conversation_of(fake: &FakeEverruns) -> bool {
    let client = everruns_sdk::Client::builder().api_key("key").transport(fake.clone()).build();
    client.agents().list().await.is_ok()
}

#[tokio::test(start_paused = true)]
async fn nobody_to_answer_is_an_error_that_names_what_is_asked() {
    let script = |_: &_| Turn::new().client_tool(Tool::new("temperature"));
    let conversation = Conversation::with(FakeEverruns::new(), script).await;
    let error = conversation.client.turn(conversation.message("Go.")).await.expect_err("waiting");
    let Error::Turn(TurnError::Waiting { calls }) = &error else { panic!("{error:?}") };
    assert_eq!(calls[0].name, "temperature");
    assert!(error.to_string().contains("temperature"), "{error}");
}

#[tokio::test(start_paused = true)]
async fn a_turn_that_is_cancelled_or_sealed_has_an_outcome_and_one_that_fails_an_error() {
    let conversation = Conversation::with(FakeEverruns::new(), |_| Turn::new().text("So far.").seals("budget")).await;
    let outcome = conversation.client.turn(conversation.message("Go.")).await.expect("an outcome");
    assert!(matches!(&outcome.status, TurnStatus::Sealed { reason } if reason == "budget"), "{outcome:?}");

    let script = |_: &_| Turn::new().pause(Duration::from_secs(600)).text("Too late.");
    let conversation = Conversation::with(FakeEverruns::new(), script).await;
    let turn = conversation.client.turn(conversation.message("Go."));
    let cancel = async {
        tokio::time::sleep(Duration::from_secs(5)).await;
        conversation.client.sessions().cancel(&conversation.session_id).await.expect("cancelled");
    };
    let (outcome, ()) = tokio::join!(turn, cancel);
    assert!(matches!(outcome.expect("an outcome").status, TurnStatus::Cancelled { .. }));

    let script = |_: &_| Turn::new().fails("provider_unavailable", "The model is gone.");
    let conversation = Conversation::with(FakeEverruns::new(), script).await;
    let error = conversation.client.turn(conversation.message("Go.")).await.expect_err("failed");
    assert_eq!(error.code(), Some("provider_unavailable"));
}

#[tokio::test(start_paused = true)]
async fn connections_that_break_lose_nothing_of_a_turn() {
    for frames in 1..12 {
        let fake = FakeEverruns::new();
        fake.connect_as((0..4).map(|more| Connection::new().breaks_within(frames + more)));
        let conversation = Conversation::with(fake, |_| Turn::new().text("I think.").text("So it is.")).await;
        let outcome = conversation.client.turn(conversation.message("Go.")).await.expect("an outcome");
        assert_eq!(outcome.text, "So it is.", "{frames}");
        assert_eq!(outcome.messages.len(), 2, "{frames}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_turn_before_is_not_taken_for_this_one() {
    let conversation = Conversation::with(FakeEverruns::new(), |turn| format!("You said: {}", turn.text)).await;
    for round in ["one", "two"] {
        let outcome = conversation.client.turn(conversation.message(round)).await.expect("an outcome");
        assert_eq!(outcome.text, format!("You said: {round}"));
    }
    let mut events = conversation.stranger().turn(conversation.message("three"));
    events = events.on_event(|event| assert!(event.sequence() != Some(1)));
    assert_eq!(events.await.expect("an outcome").text, "You said: three");
}

#[tokio::test(start_paused = true)]
async fn a_turn_has_a_time_limit_when_it_is_given_one() {
    let conversation = Conversation::with(FakeEverruns::new(), |_| Turn::new().pause(Duration::from_secs(600))).await;
    let turn = conversation.client.turn(conversation.message("Go.")).timeout(Duration::from_secs(60));
    assert!(matches!(turn.await, Err(Error::Timeout(_))));
}

#[tokio::test(start_paused = true)]
async fn the_state_may_come_after_the_event() {
    let script = |_: &_| Turn::new().client_tool(Tool::new("temperature")).text("Warm.");
    let conversation = Conversation::with(FakeEverruns::new(), script).await;
    let conflict = Fault::problem(409, "not_waiting", "the session is not waiting for tool results");
    conversation.fake.inject("POST /sessions/*/tool-results", 3, conflict);
    let turn = conversation.client.turn(conversation.message("Go.")).on_tool(async |_| Ok::<_, String>(json!(21)));
    assert_eq!(turn.await.expect("an outcome").text, "Warm.");
}

#[tokio::test(start_paused = true)]
async fn a_turn_that_ends_meanwhile_is_not_taken_for_this_one() {
    for stranger in [false, true] {
        let gate = Gate::new();
        let script = {
            let gate = gate.clone();
            move |turn: &everruns_sdk::testing::TurnInput| {
                Turn::new().wait_for(&gate).text(format!("You said: {}", turn.text))
            }
        };
        let conversation = Conversation::with(FakeEverruns::new(), script).await;
        conversation.send("one").await;
        let client = if stranger { conversation.stranger() } else { conversation.client.clone() };
        let opens = async {
            tokio::time::sleep(Duration::from_secs(5)).await;
            gate.open();
        };
        let (outcome, ()) = tokio::join!(client.turn(conversation.message("two")), opens);
        let outcome = outcome.expect("an outcome");
        assert_eq!((outcome.text.as_str(), outcome.messages.len()), ("You said: two", 1));
    }
}

#[tokio::test(start_paused = true)]
async fn a_turn_that_is_cancelled_while_the_user_thinks_is_over() {
    let script = |_: &_| Turn::new().asks("target", "Where to?", ["here", "there"]).text("Done.");
    let conversation = Conversation::with(FakeEverruns::new(), script).await;
    let turn =
        conversation.client.turn(conversation.message("Go.")).on_question(async |_| std::future::pending().await);
    let cancel = async {
        tokio::time::sleep(Duration::from_secs(5)).await;
        conversation.client.sessions().cancel(&conversation.session_id).await.expect("cancelled");
    };
    let both = async { tokio::join!(turn, cancel).0 };
    let outcome = tokio::time::timeout(Duration::from_secs(60), both).await.expect("no hang");
    assert!(matches!(outcome.expect("an outcome").status, TurnStatus::Cancelled { .. }));
}

#[tokio::test(start_paused = true)]
async fn somebody_else_may_answer_first() {
    let script = |_: &_| {
        let pause = Duration::from_secs(5);
        Turn::new().asks("target", "Where to?", ["here", "there"]).pause(pause).text("Done.")
    };
    let conversation = Conversation::with(FakeEverruns::new(), script).await;
    let (other, session_id) = (conversation.stranger(), conversation.session_id.clone());
    let turn = conversation.client.turn(conversation.message("Go.")).on_question(move |_| {
        let (other, session_id) = (other.clone(), session_id.clone());
        async move {
            let answers = vec![QuestionAnswer::selected("target", ["here"])];
            let request = AnswerQuestionsRequest { answers: answers.clone(), ..Default::default() };
            other.messages().answer_questions(&session_id, request).await.expect("the first answer");
            answers
        }
    });
    assert_eq!(turn.await.expect("an outcome").text, "Done.");
}

#[tokio::test(start_paused = true)]
async fn an_end_that_is_not_shown_is_no_hang() {
    let script = |_: &_| Turn::new().pause(Duration::from_secs(1)).text("Done.");
    let conversation = Conversation::with(FakeEverruns::new(), script).await;
    conversation.client.turn(conversation.message("Go.")).await.expect("an outcome");
    let end = conversation.kept().last().copied().expect("an event") as u64;
    let hidden = Connection::new().drops(2 * end - 1).drops(2 * end).drops(2 * end - 2);
    conversation.fake.connect_as([hidden]);
    let started = tokio::time::Instant::now();
    let turn = conversation.client.turn(conversation.message("Go."));
    let outcome = tokio::time::timeout(Duration::from_secs(600), turn).await.expect("no hang");
    assert_eq!(outcome.expect("an outcome").text, "Done.");
    assert!(started.elapsed() < Duration::from_secs(120), "{:?}", started.elapsed());
}

#[tokio::test]
async fn outside_a_runtime_a_turn_is_an_error() {
    let conversation = Conversation::with(FakeEverruns::new(), |_| "Done.").await;
    let turn = conversation.client.turn(conversation.message("Go."));
    let thread = std::thread::spawn(move || futures::executor::block_on(turn).map(drop));
    assert!(matches!(thread.join().expect("no panic"), Err(Error::Config(_))));
}
