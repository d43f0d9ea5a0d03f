//! The fake against what real servers sent: the types of events in their order and the names of fields.

use std::collections::BTreeSet;

use everruns_sdk::testing::{FakeEverruns, Gate, Tool, Turn};
use serde_json::{Value, json};

use crate::caller::{Answered, Stream, ask, event, field, get, kind, read, say, send, session};

fn fixture(name: &str) -> Value {
    let text = match name {
        "turns" => include_str!("../fixtures/everruns/turns.json"),
        _ => include_str!("../fixtures/everruns/answers.json"),
    };
    serde_json::from_str(text).expect("a fixture")
}

/// An application with the agents of the captures.
fn application(gate: &Gate) -> FakeEverruns {
    let gate = gate.clone();
    FakeEverruns::serve()
        .with_agent("echo", |turn| Turn::new().chunks(["Echo:".to_owned(), format!(" {}", turn.text)]))
        .with_agent("lorem", |_| Turn::new().chunks(["a ", "b ", "c ", "d ", "e ", "f ", "g ", "h"]))
        .with_agent("dicer", |_| {
            Turn::new()
                .late_delta("Rolling")
                .late_delta(" twice.")
                .tool(
                    Tool::new("roll")
                        .with_id("a")
                        .with_arguments(json!({"sides": 6}))
                        .reports("a d6")
                        .returns(json!(4)),
                )
                .tool(Tool::new("roll").with_id("b").with_arguments(json!({"sides": 1})).fails("too few sides"))
                .delta("A")
                .late_delta(" four.")
        })
        .with_agent("asker", |_| {
            Turn::new().asks("target", "Where to?", ["staging", "production"]).chunks(["Deploying", " there."])
        })
        .with_agent("approver", |_| {
            Turn::new()
                .approval(Tool::new("delete_record").with_id("c").with_arguments(json!({"id": "r1"})))
                .trailing_delta("Handled")
                .trailing_delta(" it.")
        })
        .with_agent("failer", |_| Turn::new().fails("processing_error", "It did not work."))
        .with_agent("slow", move |_| Turn::new().wait_for(&gate).text("Never"))
}

/// What a fixture tells of an event, told of a frame.
fn outline(frame: &str) -> Value {
    let event = event(frame);
    let names = |value: &Value| value.as_object().expect("an object").keys().cloned().collect::<Vec<_>>();
    let mut data: BTreeSet<_> = names(&event["data"]).into_iter().collect();
    if event["data"]["message"].is_object() {
        data.extend(names(&event["data"]["message"]).iter().map(|name| format!("message.{name}")));
    }
    let context: BTreeSet<_> = names(&event["context"]).into_iter().collect();
    let is_durable = field(frame, "id").is_some();
    assert_eq!(event["type"], kind(frame));
    assert_eq!(event["sequence"].is_u64(), is_durable);
    json!({"type": kind(frame), "durable": is_durable, "context": context, "data": data})
}

fn assert_same(name: &str, outlines: &[Value], expected: &[Value]) {
    for (outline, expected) in outlines.iter().zip(expected) {
        assert_eq!(outline, expected, "of {name}");
    }
    assert_eq!(outlines.len(), expected.len(), "of {name}");
}

/// All events come as they were captured.
fn assert_like(name: &str, frames: &[String]) {
    let outlines: Vec<_> = frames.iter().map(|frame| outline(frame)).collect();
    assert_same(name, &outlines, fixture("turns")[name].as_array().expect("events"));
}

/// The same, but for when deltas come: they travel on a way of their own.
fn assert_like_but_for_deltas(name: &str, frames: &[String]) {
    let by_kind = |outlines: &[Value]| -> (Vec<Value>, Vec<Value>) {
        outlines.iter().cloned().partition(|outline| outline["durable"] == true)
    };
    let outlines: Vec<_> = frames.iter().map(|frame| outline(frame)).collect();
    let (durable, deltas) = by_kind(&outlines);
    let (expected_durable, expected_deltas) = by_kind(fixture("turns")[name].as_array().expect("events"));
    assert_same(name, &durable, &expected_durable);
    assert_same(name, &deltas, &expected_deltas);
}

#[tokio::test(start_paused = true)]
async fn turns_are_like_those_of_the_server() {
    let fake = application(&Gate::new());
    for agent in ["echo", "lorem", "dicer", "failer"] {
        let id = session(&fake, agent).await;
        let mut stream = Stream::open(&fake, &id, "?after_sequence=0").await;
        assert_eq!(stream.frame().await, "event: connected\ndata: {\"status\":\"connected\"}\nretry: 1000");
        say(&fake, &id, "go").await;
        let frames = stream.until("session.idled").await;
        match agent {
            "echo" => assert_like_but_for_deltas(agent, &frames),
            _ => assert_like(agent, &frames),
        }
    }
}

#[tokio::test(start_paused = true)]
async fn turns_that_wait_are_like_those_of_the_server() {
    let fake = application(&Gate::new());

    let id = session(&fake, "asker").await;
    let mut stream = Stream::open(&fake, &id, "?after_sequence=0").await;
    stream.frame().await;
    say(&fake, &id, "go").await;
    let mut frames = stream.until("tool.call_requested").await;
    let answers = json!({"answers": [{"id": "target", "selected": ["staging"]}]});
    ask(&fake, "POST", &format!("/sessions/{id}/question-answers"), answers).await;
    frames.extend(stream.until("session.idled").await);
    assert_like("asker", &frames);

    let id = session(&fake, "approver").await;
    let mut stream = Stream::open(&fake, &id, "?after_sequence=0").await;
    stream.frame().await;
    say(&fake, &id, "go").await;
    let mut frames = stream.until("tool.call_requested").await;
    let decisions = json!({"decisions": [{"tool_call_id": "tool_approval_c", "decision": "allow"}]});
    ask(&fake, "POST", &format!("/sessions/{id}/tool-approvals"), decisions).await;
    frames.extend(stream.until("session.idled").await);
    assert_like("approver", &frames);

    let id = session(&fake, "slow").await;
    let mut stream = Stream::open(&fake, &id, "?after_sequence=0").await;
    stream.frame().await;
    say(&fake, &id, "go").await;
    ask(&fake, "POST", &format!("/sessions/{id}/cancel"), None).await;
    assert_like("cancelled", &stream.until("session.idled").await);
}

#[tokio::test(start_paused = true)]
async fn frames_have_their_fields_in_the_order_of_the_server() {
    let fake = application(&Gate::new());
    let id = session(&fake, "echo").await;
    let mut stream = Stream::open(&fake, &id, "").await;
    say(&fake, &id, "go").await;
    for frame in stream.until("session.idled").await {
        let names: Vec<_> = frame.lines().map(|line| line.split_once(": ").expect("a field").0).collect();
        match kind(&frame) {
            "connected" | "output.message.delta" => assert_eq!(names, ["event", "data", "retry"]),
            _ => assert_eq!(names, ["event", "data", "retry", "id"]),
        }
    }
    let response = send(&fake, "GET", &format!("/sessions/{id}/sse"), &[], "").await;
    assert_eq!(response.headers()["content-type"], "text/event-stream");
    assert_eq!(response.headers()["cache-control"], "no-cache");
}

/// Compares status, headers, field names, and the words that are no prose.
fn assert_answer(name: &str, answered: &Answered) {
    let expected = &fixture("answers")[name];
    assert_eq!(answered.status.as_u16(), expected["status"].as_u64().expect("a status") as u16, "of {name}");
    assert_eq!(answered.header("content-type"), expected["content_type"].as_str(), "of {name}");
    for header in expected["headers"].as_array().expect("headers") {
        assert!(answered.header(header.as_str().expect("a name")).is_some(), "{header} of {name}");
    }
    if let Some(is_empty) = expected["empty"].as_bool() {
        assert_eq!(answered.body.is_empty(), is_empty, "of {name}");
        return;
    }
    let body = answered.json();
    let fields: BTreeSet<_> = body.as_object().expect("an object").keys().cloned().collect();
    assert_eq!(json!(fields), expected["fields"], "of {name}");
    assert_eq!(body.get("title").filter(|_| expected["title"].is_string()), expected.get("title"), "of {name}");
    if let Some(word) = expected.get("word") {
        assert_eq!(&body["status"], word, "of {name}");
    }
    if expected["title"].is_string() {
        assert_eq!(body["status"], expected["status"], "of {name}");
    }
}

#[tokio::test(start_paused = true)]
async fn answers_are_like_those_of_the_server() {
    let fake = application(&Gate::new());
    let create = |agent: &str| json!({"agent_id": agent, "title": "cap", "tags": ["t"]});
    let mut body = create("dicer");
    body["hints"] = json!({"k": 1});
    assert_answer("create_session", &ask(&fake, "POST", "/sessions", body).await);
    let created = ask(&fake, "POST", "/sessions", create("dicer")).await.json();
    let id = created["id"].as_str().expect("an id");
    assert_answer("get_session", &get(&fake, &format!("/sessions/{id}")).await);
    let content = |kind: &str| json!({"message": {"role": "user", "content": [{"type": kind, "text": "go"}]}});
    let messages = format!("/sessions/{id}/messages");
    assert_answer("create_message", &ask(&fake, "POST", &messages, content("text")).await);
    let events = format!("/sessions/{id}/events");
    assert_answer("list_events", &get(&fake, &events).await);
    assert_answer("list_events_limit", &get(&fake, &format!("{events}?limit=3")).await);
    assert_answer("list_unknown_type", &get(&fake, &format!("{events}?types=nope")).await);

    let stream = format!("/sessions/{id}/sse");
    let delta = fake.events(id).into_iter().find(|event| event["type"] == "output.message.delta").expect("a delta");
    let since = |id: &Value| format!("{stream}?since_id={}", id.as_str().expect("an id"));
    assert_answer("both_cursors", &get(&fake, &format!("{}&after_sequence=1", since(&delta["id"]))).await);
    assert_answer("foreign_cursor", &get(&fake, &since(&delta["id"])).await);
    assert_answer("bad_since", &get(&fake, &since(&json!("bogus"))).await);
    let unknown = "/sessions/session_00000000000000000000000000000000";
    assert_answer("unknown_session", &get(&fake, &format!("{unknown}/events")).await);
    assert_answer("unknown_session_sse", &get(&fake, &format!("{unknown}/sse")).await);
    assert_answer("bad_id", &get(&fake, "/sessions/nope").await);
    assert_answer("bad_part", &ask(&fake, "POST", &messages, content("image")).await);
    let with_type = [("content-type", "application/json")];
    assert_answer("bad_json", &read(send(&fake, "POST", &messages, &with_type, "{oops}").await).await);
    assert_answer("no_content_type", &read(send(&fake, "POST", &messages, &[], "{}").await).await);
    assert_answer("no_route", &get(&fake, "/agents").await);
    assert_answer("unknown_agent", &ask(&fake, "POST", "/sessions", create("nobody")).await);
    assert_answer("cancel_nothing", &ask(&fake, "POST", &format!("/sessions/{id}/cancel"), None).await);

    assert_answer("card", &get(&fake, "/channels/dicer").await);
    assert_answer("channel_sessions", &get(&fake, "/channels/dicer/sessions").await);
    assert_answer("wrong_agent", &get(&fake, &format!("/channels/echo/sessions/{id}")).await);
    assert_answer("unauthorized", &get(&fake.with_api_key("k"), "/sessions/nope").await);
}

#[tokio::test(start_paused = true)]
async fn answers_to_turns_that_wait_are_like_those_of_the_server() {
    let fake = application(&Gate::new());
    let waiting = async |agent: &str| {
        let body = json!({"agent_id": agent, "title": "cap"});
        let created = ask(&fake, "POST", "/sessions", body).await.json();
        let path = format!("/sessions/{}", created["id"].as_str().expect("an id"));
        say(&fake, created["id"].as_str().expect("an id"), "go").await;
        path
    };

    let asker = waiting("asker").await;
    let answered = get(&fake, &asker).await;
    assert_answer("waiting_asker", &answered);
    assert_eq!(answered.json()["status"], "waitingfortoolresults");
    assert_eq!(answered.json()["pending_questions"][0]["questions"][0]["id"], "target");
    let answers = json!({"answers": [{"id": "target", "selected": ["staging"]}]});
    let path = format!("{asker}/question-answers");
    assert_answer("answer", &ask(&fake, "POST", &path, answers.clone()).await);
    assert_answer("answer_again", &ask(&fake, "POST", &path, answers).await);
    assert_eq!(get(&fake, &asker).await.json()["status"], "idle");

    let approver = waiting("approver").await;
    let answered = get(&fake, &approver).await;
    assert_answer("waiting_approver", &answered);
    let pending = &answered.json()["pending_approvals"][0];
    assert_eq!((&pending["tool_name"], &pending["arguments"]), (&json!("delete_record"), &json!({"id": "r1"})));
    let decisions = json!({"decisions": [{"tool_call_id": pending["tool_call_id"], "decision": "allow"}]});
    let approved = ask(&fake, "POST", &format!("{approver}/tool-approvals"), decisions).await;
    assert_answer("approve", &approved);
    assert_eq!(approved.json()["resolved"][0]["outcome"], "allow");

    let slow = waiting("slow").await;
    assert_answer("cancel", &ask(&fake, "POST", &format!("{slow}/cancel"), None).await);
    assert_eq!(get(&fake, &slow).await.json()["status"], "idle");
}
