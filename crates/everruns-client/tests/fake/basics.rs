//! Agents, sessions, messages, polling and streams.

use everruns_sdk::testing::{FakeEverruns, Gate, Turn};
use serde_json::{Value, json};

use crate::caller::{Got, Stream, ask, event, field, get, kind, kinds, say, send, session};

#[tokio::test(start_paused = true)]
async fn agents_are_created_found_changed_and_archived() {
    let fake = FakeEverruns::new();
    let agent = json!({"name": "helper", "system_prompt": "Help.", "description": "It helps."});
    let created = ask(&fake, "POST", "/agents", agent.clone()).await;
    assert_eq!(created.status, 201);
    let id = created.json()["id"].as_str().expect("an id").to_owned();
    assert_eq!(created.header("location"), Some(&*format!("/v1/agents/{id}")));
    assert!(created.header("x-request-id").is_some());

    // The name is taken: it is an upsert.
    let again = ask(&fake, "POST", "/agents", agent).await;
    assert_eq!((again.status.as_u16(), &again.json()["id"]), (200, &json!(id)));

    let patch = json!({"description": null, "tags": ["a"]});
    let patched = ask(&fake, "PATCH", &format!("/agents/{id}"), patch).await.json();
    assert_eq!((&patched["description"], &patched["tags"]), (&Value::Null, &json!(["a"])));

    let page = get(&fake, "/agents?search=HELP&limit=5").await.json();
    assert_eq!((&page["total"], &page["limit"], &page["offset"]), (&json!(1), &json!(5), &json!(0)));

    assert_eq!(ask(&fake, "DELETE", &format!("/agents/{id}"), None).await.status, 204);
    assert_eq!(get(&fake, "/agents").await.json()["total"], 0);
    assert_eq!(get(&fake, "/agents?include_archived=true").await.json()["total"], 1);
    assert_eq!(ask(&fake, "POST", &format!("/agents/{id}/delete"), None).await.status, 204);
    assert_eq!(get(&fake, &format!("/agents/{id}")).await.status, 404);
}

#[tokio::test(start_paused = true)]
async fn a_message_makes_a_turn() {
    let fake =
        FakeEverruns::new().with_agent("assistant", |turn| format!("{} for the time {}", turn.text, turn.number));
    let id = session(&fake, "assistant").await;
    let message = say(&fake, &id, "Hello").await;
    assert_eq!(message["sequence"], 1);
    say(&fake, &id, "Bye").await;

    let messages = get(&fake, &format!("/sessions/{id}/messages")).await.json();
    let texts: Vec<_> =
        messages["data"].as_array().expect("messages").iter().map(|m| &m["content"][0]["text"]).collect();
    assert_eq!(texts, ["Hello", "Hello for the time 1", "Bye", "Bye for the time 2"]);

    let events = get(&fake, &format!("/sessions/{id}/events")).await.json();
    let sequences: Vec<_> = events["data"].as_array().expect("events").iter().map(|e| e["sequence"].as_u64()).collect();
    let dense: Vec<_> = (1..=sequences.len() as u64).map(Some).collect();
    assert_eq!(sequences, dense);
    let last = get(&fake, &format!("/sessions/{id}/events?limit=1")).await;
    assert_eq!(last.header("x-total-count"), Some(&*dense.len().to_string()));
    assert_eq!(last.json()["data"][0]["type"], "session.idled");
}

#[tokio::test(start_paused = true)]
async fn a_stream_tells_the_past_and_what_is_to_come() {
    let gate = Gate::new();
    let fake = FakeEverruns::new().with_agent("slow", {
        let gate = gate.clone();
        move |_| Turn::new().delta("Half").wait_for(&gate).delta(" and half")
    });
    let id = session(&fake, "slow").await;
    say(&fake, &id, "Hello").await;

    let mut stream = Stream::open(&fake, &id, "?after_sequence=0").await;
    let past = stream.until("output.message.started").await;
    assert_eq!(past[0], "event: connected\ndata: {\"status\":\"connected\"}\nretry: 500");
    assert_eq!(kinds(&past)[..3], ["connected", "input.message", "session.started"]);
    assert_eq!(field(&past[1], "id"), event(&past[1])["id"].as_str());

    // The delta of the past is lost.
    gate.open();
    let rest = stream.until("session.idled").await;
    assert_eq!(kind(&rest[0]), "output.message.delta");
    assert_eq!(event(&rest[0])["data"]["delta"], " and half");
    assert_eq!(event(&rest[0])["data"]["accumulated"], "Half and half");
    assert_eq!(field(&rest[0], "id"), None);
    assert_eq!(stream.frame().await, ": heartbeat");
    assert_eq!(stream.frame().await, ": heartbeat");

    // Without a cursor there is no past.
    let mut live = Stream::open(&fake, &id, "").await;
    assert_eq!(kind(&live.frame().await), "connected");
    assert_eq!(live.frame().await, ": heartbeat");
    assert_eq!(ask(&fake, "DELETE", &format!("/sessions/{id}"), None).await.status, 204);
    assert_eq!(live.next().await, Got::End(String::new()));
}

#[tokio::test(start_paused = true)]
async fn a_stream_goes_on_after_an_event() {
    let fake = FakeEverruns::new().with_other_agents(|_| "One two");
    ask(&fake, "POST", "/agents", json!({"name": "late", "system_prompt": ""})).await;
    let created = ask(&fake, "POST", "/sessions", json!({"agent_id": fake.agent_id("late")})).await.json();
    let id = created["id"].as_str().expect("an id");
    say(&fake, id, "Hello").await;
    let events = fake.events(id);
    let of = |kind: &str| events.iter().find(|event| event["type"] == kind).expect("an event");
    let since = |event: &Value| format!("?since_id={}", event["id"].as_str().expect("an id"));

    let mut stream = Stream::open(&fake, id, &since(of("reason.completed"))).await;
    assert_eq!(kinds(&stream.until("session.idled").await), ["connected", "turn.completed", "session.idled"]);
    let filtered =
        format!("{}&types=turn.started&types=turn.completed&exclude=turn.started", since(of("input.message")));
    let mut stream = Stream::open(&fake, id, &filtered).await;
    assert_eq!(kinds(&stream.until("turn.completed").await), ["connected", "turn.completed"]);
    assert_eq!(stream.frame().await, ": heartbeat");

    // Nothing is after an event that was not kept, and nobody says so.
    let mut stream = Stream::open(&fake, id, &since(of("output.message.delta"))).await;
    assert_eq!(kind(&stream.frame().await), "connected");
    assert_eq!(stream.frame().await, ": heartbeat");

    // The header is a cursor of applications only.
    let header = [("last-event-id", of("reason.completed")["id"].as_str().expect("an id"))];
    let mut stream = Stream::of(send(&fake, "GET", &format!("/sessions/{id}/sse"), &header, "").await).await;
    stream.frame().await;
    assert_eq!(stream.frame().await, ": heartbeat");
    let served = FakeEverruns::serve().with_agent("agent", |_| "");
    let id = session(&served, "agent").await;
    say(&served, &id, "Hello").await;
    let last = served.events(&id);
    let last = last[last.len() - 2]["id"].as_str().expect("an id");
    let mut stream =
        Stream::of(send(&served, "GET", &format!("/sessions/{id}/sse"), &[("last-event-id", last)], "").await).await;
    assert_eq!(kinds(&stream.until("session.idled").await), ["connected", "session.idled"]);
}

#[tokio::test(start_paused = true)]
async fn events_are_polled_by_each_cursor() {
    let fake = FakeEverruns::new().with_agent("agent", |turn| turn.text.clone());
    let id = session(&fake, "agent").await;
    say(&fake, &id, "one").await;
    say(&fake, &id, "two").await;
    let sequences = async |query: &str| {
        let events = get(&fake, &format!("/sessions/{id}/events?{query}")).await.json();
        let events = events["data"].as_array().expect("events").clone();
        events.iter().filter_map(|event| event["sequence"].as_u64()).collect::<Vec<_>>()
    };
    let all = sequences("").await;
    let last = *all.last().expect("an event");
    assert_eq!(sequences("after_sequence=3&before_sequence=6").await, [4, 5]);
    assert_eq!(sequences(&format!("after_sequence={last}")).await, [0; 0]);
    assert_eq!(sequences("before_sequence=4&order_desc=true").await, [3, 2, 1]);
    assert_eq!(sequences("types=input.message&q=TWO").await.len(), 1);

    let events = fake.events(&id);
    let turns: Vec<_> = events.iter().filter(|event| event["type"] == "turn.started").collect();
    let turn = turns[1]["context"]["turn_id"].as_str().expect("a turn");
    let of_turn = sequences(&format!("turn_id={turn}")).await;
    assert_eq!(of_turn.last(), Some(&last));
    let around = turns[0]["id"].as_str().expect("an id");
    assert_eq!(sequences(&format!("around={around}&window=2")).await, [3, 4]);
    // A page begins where a turn does, if one does.
    let begin = turns[1]["sequence"].as_u64().expect("a sequence");
    assert_eq!(sequences(&format!("limit={}", last - begin + 4)).await.first(), Some(&begin));
    assert_eq!(get(&fake, &format!("/sessions/{id}/events?limit=0")).await.status, 400);
}
