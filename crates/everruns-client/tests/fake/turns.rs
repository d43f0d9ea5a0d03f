//! What agents do in turns, as the platform tells of it.

use std::time::Duration;

use everruns_sdk::testing::{FakeEverruns, Gate, Tool, Turn};
use serde_json::{Value, json};
use tokio::time::Instant;

use crate::caller::{Stream, ask, event, get, kind, say, session};

/// The events of a turn with this script.
async fn events_of(turn: Turn) -> Vec<Value> {
    let fake = FakeEverruns::new().with_agent("agent", move |_| turn.clone());
    let id = session(&fake, "agent").await;
    say(&fake, &id, "go").await;
    fake.events(&id)
}

fn kinds(events: &[Value]) -> Vec<&str> {
    events.iter().map(|event| event["type"].as_str().expect("a type")).collect()
}

fn of<'a>(events: &'a [Value], kind: &str) -> Vec<&'a Value> {
    events.iter().filter(|event| event["type"] == kind).map(|event| &event["data"]).collect()
}

#[tokio::test(start_paused = true)]
async fn thinking_comes_before_the_text_of_its_message() {
    let events = events_of(Turn::new().thinking("A riddle.").text("An egg.")).await;
    let kinds = kinds(&events);
    let started = kinds.iter().position(|kind| *kind == "reason.thinking.started").expect("thinking");
    assert_eq!(kinds[started - 1], "output.message.started");
    let thinking = ["started", "delta", "delta", "completed"].map(|end| format!("reason.thinking.{end}"));
    assert_eq!(kinds[started..started + 4], thinking);
    assert_eq!(of(&events, "reason.thinking.delta")[1]["accumulated"], "A riddle.");
    assert_eq!(of(&events, "output.message.completed").len(), 1);
}

#[tokio::test(start_paused = true)]
async fn the_last_message_is_the_answer() {
    let events = events_of(Turn::new().text("Wait.").delta("It ").delta("rains.").text("Done.")).await;
    let messages = of(&events, "output.message.completed");
    let told: Vec<_> =
        messages.iter().map(|data| (&data["message"]["content"][0]["text"], &data["message"]["phase"])).collect();
    let (commentary, answer) = (json!("commentary"), json!("final_answer"));
    assert_eq!(told, [(&json!("Wait."), &commentary), (&json!("It rains."), &commentary), (&json!("Done."), &answer),]);
    let completed = of(&events, "turn.completed")[0];
    assert_eq!(completed["final_message_id"], messages[2]["message"]["id"]);
    assert_eq!(completed["iterations"], 3);
}

#[tokio::test(start_paused = true)]
async fn a_client_tool_waits_for_all_of_its_results() {
    let fake = FakeEverruns::new().with_agent("agent", |_| {
        Turn::new()
            .text("Let me look.")
            .client_tool(Tool::new("look").with_id("a"))
            .client_tool(Tool::new("look").with_id("b"))
            .text("Seen.")
    });
    let id = session(&fake, "agent").await;
    let path = format!("/sessions/{id}/tool-results");
    let results = |ids: &[&str]| {
        let result = |id: &&str| json!({"tool_call_id": id, "result": {"seen": true}});
        json!({"tool_results": ids.iter().map(result).collect::<Vec<_>>()})
    };
    let early = ask(&fake, "POST", &path, results(&["a"])).await;
    assert_eq!((early.status.as_u16(), &early.json()["code"]), (409, &json!("session_not_waiting")));

    say(&fake, &id, "go").await;
    let requested = fake.events(&id).pop().expect("an event");
    assert_eq!(requested["type"], "tool.call_requested");
    assert_eq!(requested["data"]["tool_calls"][1]["id"], "b");
    assert_eq!(ask(&fake, "POST", &path, results(&["x"])).await.status, 400);
    let first = ask(&fake, "POST", &path, results(&["a"])).await.json();
    assert_eq!(first, json!({"accepted": 1, "status": "waitingfortoolresults"}));
    let second = json!({"tool_results": [{"tool_call_id": "b", "error": "too dark"}]});
    assert_eq!(ask(&fake, "POST", &path, second).await.json(), json!({"accepted": 1, "status": "active"}));

    let events = fake.events(&id);
    let completed = of(&events, "tool.completed");
    assert_eq!((&completed[0]["success"], &completed[1]["error"]), (&json!(true), &json!("too dark")));
    assert_eq!(events.last().expect("an event")["type"], "session.idled");
}

#[tokio::test(start_paused = true)]
async fn turns_are_sealed_replaced_and_odd() {
    let events = events_of(Turn::new().text("Half").seals("blocked_by_hook")).await;
    assert_eq!(kinds(&events)[kinds(&events).len() - 2..], ["turn.sealed", "session.idled"]);

    let turn =
        Turn::new().delta("The key is 123").replaced_by("I may not say.").event("moon.landed", json!({"crew": 3}));
    let events = events_of(turn).await;
    let replaced = of(&events, "output.message.replaced")[0];
    assert_eq!(replaced["message_id"], of(&events, "output.message.started")[0]["message_id"]);
    assert_eq!(of(&events, "output.message.completed")[0]["message"]["content"][0]["text"], "I may not say.");
    assert_eq!(of(&events, "moon.landed"), [&json!({"crew": 3})]);
}

#[tokio::test(start_paused = true)]
async fn tools_print_and_report() {
    let events =
        events_of(Turn::new().tool(Tool::new("ls").prints("a\n").reports("half").prints("b\n")).text("Two.")).await;
    let output: Vec<_> = of(&events, "tool.output.delta").iter().map(|data| data["delta"].clone()).collect();
    assert_eq!(output, [json!("a\n"), json!("b\n")]);
    assert_eq!(of(&events, "tool.progress")[0]["message"], "half");
    let output = events.iter().find(|event| event["type"] == "tool.output.delta").expect("output");
    assert_eq!(output["sequence"], Value::Null);
}

#[tokio::test(start_paused = true)]
async fn time_passes_in_a_turn_and_messages_wait_for_it() {
    let fake =
        FakeEverruns::new().with_agent("slow", |turn| Turn::new().pause(Duration::from_secs(20)).text(&turn.text));
    let id = session(&fake, "slow").await;
    let mut stream = Stream::open(&fake, &id, "").await;
    let start = Instant::now();
    say(&fake, &id, "one").await;
    say(&fake, &id, "two").await;
    let frames = stream.until("turn.completed").await;
    assert_eq!(start.elapsed(), Duration::from_secs(20));
    assert_eq!(frames.iter().filter(|frame| kind(frame) == "input.message").count(), 2);
    let second = stream.until("turn.completed").await;
    assert_eq!(start.elapsed(), Duration::from_secs(40));
    assert_eq!(event(second.last().expect("a frame"))["data"]["final_answer_preview"], "two");
}

#[tokio::test(start_paused = true)]
async fn a_turn_is_cancelled() {
    let gate = Gate::new();
    let fake = FakeEverruns::new().with_agent("slow", {
        let gate = gate.clone();
        move |turn| if turn.number == 1 { Turn::new().delta("Half").wait_for(&gate) } else { Turn::from("Again") }
    });
    let id = session(&fake, "slow").await;
    say(&fake, &id, "go").await;
    assert_eq!(get(&fake, &format!("/sessions/{id}")).await.json()["status"], "active");
    let cancelled = ask(&fake, "POST", &format!("/sessions/{id}/cancel"), None).await;
    assert_eq!((cancelled.status.as_u16(), &cancelled.json()["status"]), (200, &json!("cancelled")));
    let again = ask(&fake, "POST", &format!("/sessions/{id}/cancel"), None).await;
    assert_eq!(again.json()["status"], "no_op");
    gate.open();
    tokio::time::sleep(Duration::from_secs(1)).await;
    let events = fake.events(&id);
    let end = ["turn.cancelled", "input.message", "output.message.completed", "session.idled"];
    assert_eq!(kinds(&events)[kinds(&events).len() - 4..], end);
    say(&fake, &id, "again").await;
    assert_eq!(kinds(&fake.events(&id)).last(), Some(&"session.idled"));
}

#[tokio::test(start_paused = true)]
async fn an_approval_is_refused_or_forgotten() {
    for (decisions, outcome) in
        [(json!([{"tool_call_id": "tool_approval_c", "decision": "reject"}]), "reject"), (json!([]), "not_approved")]
    {
        let fake = FakeEverruns::new()
            .with_agent("agent", |_| Turn::new().approval(Tool::new("rm").with_id("c")).text("Well."));
        let id = session(&fake, "agent").await;
        say(&fake, &id, "go").await;
        let resolved =
            ask(&fake, "POST", &format!("/sessions/{id}/tool-approvals"), json!({"decisions": decisions})).await;
        assert_eq!(resolved.json()["resolved"][0]["outcome"], outcome);
        let events = fake.events(&id);
        let result = &of(&events, "tool.completed")[1]["result"][0]["text"];
        assert!(result.as_str().expect("text").contains("false"));
    }
}
