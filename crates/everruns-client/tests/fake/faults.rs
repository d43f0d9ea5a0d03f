//! Each fault, as a client meets it.

use std::time::Duration;

use everruns_sdk::testing::{Connection, FakeEverruns, Fault, Gate, Turn};
use runagent_transport::{Body, Progress, Transport, TransportErrorKind};
use serde_json::json;
use tokio::time::{Instant, timeout};

use crate::caller::{Answered, Got, Stream, event, field, get, kind, kinds, read, say, send, session};

/// A fake with a session whose only turn is over.
async fn with_a_turn() -> (FakeEverruns, String) {
    let fake = FakeEverruns::new().with_agent("assistant", |_| "One two");
    let id = session(&fake, "assistant").await;
    say(&fake, &id, "Hello").await;
    (fake, id)
}

fn request(method: &str, path: &str) -> http::Request<Body> {
    let uri = format!("https://example.com/v1{path}");
    http::Request::builder().method(method).uri(uri).body(Body::empty()).expect("a request")
}

#[tokio::test(start_paused = true)]
async fn answers_are_replaced_as_often_as_is_said() {
    let fake = FakeEverruns::new();
    fake.inject("GET /agents", 2, Fault::rate_limited(7));
    fake.inject("GET /agents", 1, Fault::html(502).with_header("retry-after", "1"));
    fake.inject("GET /agents", 1, Fault::status(503));
    fake.inject("GET /agents/*", 1, Fault::text(500, "oops"));
    fake.inject("* /agents", 1, Fault::problem(403, "insufficient_scope", "read only"));

    for _ in 0..2 {
        let limited = get(&fake, "/agents").await;
        assert_eq!((limited.status.as_u16(), &limited.json()["retry_after_seconds"]), (429, &json!(7)));
        assert_eq!(
            (limited.header("retry-after"), limited.header("content-type")),
            (None, Some("application/problem+json"))
        );
        assert!(limited.header("x-request-id").is_some());
    }
    let page = get(&fake, "/agents").await;
    assert_eq!((page.status.as_u16(), page.header("retry-after")), (502, Some("1")));
    assert!(page.body.starts_with(b"<html>"));
    let Answered { status, body, headers } = get(&fake, "/agents").await;
    assert_eq!((status.as_u16(), &*body, headers.get("content-type")), (503, &b""[..], None));
    assert_eq!(get(&fake, "/agents").await.json()["code"], "insufficient_scope");
    assert_eq!(get(&fake, "/agents").await.status, 200);
    assert_eq!(get(&fake, "/agents/x").await.body, "oops");
    assert_eq!(fake.requests().len(), 7);
}

#[tokio::test(start_paused = true)]
async fn requests_and_answers_are_lost() {
    let fake = FakeEverruns::new().with_agent("assistant", |_| "");
    fake.inject("GET /models", 1, Fault::not_sent());
    let error = fake.send(request("GET", "/models")).await.expect_err("a fault");
    assert_eq!((error.kind(), error.progress()), (TransportErrorKind::Connect, Progress::NotSent));

    let id = session(&fake, "assistant").await;
    fake.inject("DELETE /sessions/*", 1, Fault::answer_lost());
    let error = fake.send(request("DELETE", &format!("/sessions/{id}"))).await.expect_err("a fault");
    assert_eq!((error.kind(), error.progress()), (TransportErrorKind::Closed, Progress::MaybeSent));
    assert_eq!(get(&fake, &format!("/sessions/{id}")).await.status, 404, "it was carried out");

    fake.inject("GET /agents", 1, Fault::answer_cut_off());
    let response = fake.send(request("GET", "/agents")).await.expect("the head");
    assert!(response.into_body().collect(4096).await.is_err());

    fake.inject("GET /agents", 1, Fault::silence());
    assert!(timeout(Duration::from_secs(600), fake.send(request("GET", "/agents"))).await.is_err());
}

#[tokio::test(start_paused = true)]
async fn a_key_is_asked_for() {
    let fake = FakeEverruns::new().with_api_key("k");
    let status = |header: &'static str| {
        let fake = fake.clone();
        async move { read(send(&fake, "GET", "/agents", &[("authorization", header)], "").await).await }
    };
    assert_eq!(status("Bearer k").await.status, 200);
    assert_eq!(status("bearer k").await.status, 200);
    let refused = status("k").await;
    assert_eq!((refused.status.as_u16(), refused.header("www-authenticate")), (401, Some("Bearer")));
    assert_eq!(refused.json()["title"], "Unauthorized");
    assert_eq!(get(&fake, "/agents").await.status, 401);
    let fake = fake.with_bare_keys();
    assert_eq!(read(send(&fake, "GET", "/agents", &[("authorization", "k")], "").await).await.status, 200);
}

#[tokio::test(start_paused = true)]
async fn connections_end_in_each_way() {
    let (fake, id) = with_a_turn().await;
    fake.connect_as([
        Connection::new().ends_after(3),
        Connection::new().breaks_after(3),
        Connection::new().breaks_within(2),
        Connection::new().disconnects_after(2, "connection_cycle", 100),
        Connection::new().silent_after(1),
        Connection::new().only_heartbeats(),
    ]);
    let open = || Stream::open(&fake, &id, "?after_sequence=0");
    let frames = async |stream: &mut Stream, count| {
        for _ in 0..count {
            stream.frame().await;
        }
    };

    let mut stream = open().await;
    frames(&mut stream, 3).await;
    assert_eq!(stream.next().await, Got::End(String::new()));

    let mut stream = open().await;
    frames(&mut stream, 3).await;
    assert_eq!(stream.next().await, Got::Broken(String::new()));

    let mut stream = open().await;
    frames(&mut stream, 2).await;
    let Got::Broken(half) = stream.next().await else { panic!("it breaks") };
    assert!(half.starts_with("event: session.started\ndata: {"));

    let mut stream = open().await;
    frames(&mut stream, 2).await;
    let goodbye = stream.frame().await;
    assert_eq!(goodbye, "event: disconnecting\ndata: {\"reason\":\"connection_cycle\",\"retry_ms\":100}\nretry: 100");
    assert_eq!(stream.next().await, Got::End(String::new()));

    let mut stream = open().await;
    frames(&mut stream, 1).await;
    assert_eq!(stream.next().await, Got::Silence);

    let start = Instant::now();
    let mut stream = open().await;
    frames(&mut stream, 1).await;
    assert_eq!(stream.frame().await, ": heartbeat");
    assert_eq!(start.elapsed(), Duration::from_secs(30));

    // The next one is as it should be.
    assert_eq!(kind(open().await.until("session.idled").await.last().expect("a frame")), "session.idled");
}

#[tokio::test(start_paused = true)]
async fn connections_lose_repeat_and_garble_events() {
    let (fake, id) = with_a_turn().await;
    fake.connect_as([
        Connection::new().drops(3),
        Connection::new().repeats(),
        Connection::new().garbles(2),
        Connection::new().replays(4),
    ]);
    let open = || Stream::open(&fake, &id, "?after_sequence=0");
    let sequences =
        |frames: &[String]| frames[1..].iter().map(|frame| event(frame)["sequence"].as_u64()).collect::<Vec<_>>();

    let gap = open().await.until("turn.started").await;
    assert_eq!(sequences(&gap), [Some(1), Some(2), Some(4)]);

    let twice = open().await.until("session.started").await;
    assert_eq!(sequences(&twice), [Some(1), Some(1), Some(2)]);

    let garbled = open().await.until("session.started").await;
    let frame = garbled.last().expect("a frame");
    assert!(serde_json::from_str::<serde_json::Value>(field(frame, "data").expect("data")).is_err());

    let mut capped = open().await;
    let frames = capped.until("turn.started").await;
    assert_eq!(sequences(&frames), [Some(1), Some(2), Some(3), Some(4)]);
    assert_eq!(capped.frame().await, ": heartbeat");
}

#[tokio::test(start_paused = true)]
async fn old_servers_do_not_know_sequences() {
    let (fake, id) = with_a_turn().await;
    fake.connect_as([Connection::new().rejects_sequences(), Connection::new().ignores_sequences()]);
    let refused = get(&fake, &format!("/sessions/{id}/sse?after_sequence=0")).await;
    assert_eq!(refused.status, 400);
    let mut live = Stream::open(&fake, &id, "?after_sequence=0").await;
    assert_eq!(kind(&live.frame().await), "connected");
    assert_eq!(live.frame().await, ": heartbeat");
}

#[tokio::test(start_paused = true)]
async fn deltas_are_late_or_lost() {
    let gate = Gate::new();
    let fake = FakeEverruns::new().with_agent("slow", {
        let gate = gate.clone();
        move |_| Turn::new().wait_for(&gate).text("One two")
    });
    let id = session(&fake, "slow").await;
    say(&fake, &id, "Hello").await;
    fake.connect_as([Connection::new().late_deltas(), Connection::new().without_deltas()]);
    let mut late = Stream::open(&fake, &id, "").await;
    let mut without = Stream::open(&fake, &id, "").await;
    let mut good = Stream::open(&fake, &id, "").await;
    gate.open();

    let (delta, completed) = ("output.message.delta", "output.message.completed");
    let end = ["reason.completed", "turn.completed", "session.idled"];
    let late = late.until("session.idled").await;
    assert_eq!(kinds(&late)[1..], [&["llm.generation", completed, delta, delta], &end[..]].concat());
    let without = without.until("session.idled").await;
    assert_eq!(kinds(&without)[1..], [&["llm.generation", completed], &end[..]].concat());
    let good = good.until("session.idled").await;
    assert_eq!(kinds(&good)[1..], [&[delta, delta, "llm.generation", completed], &end[..]].concat());
}

#[tokio::test(start_paused = true)]
async fn a_stream_is_refused_when_it_comes_again() {
    let (fake, id) = with_a_turn().await;
    fake.connect_as([Connection::new().breaks_after(2)]);
    Stream::open(&fake, &id, "").await;
    fake.inject("GET /sessions/*/sse", 1, Fault::problem(401, "unauthorized", "the key is revoked"));
    assert_eq!(get(&fake, &format!("/sessions/{id}/sse")).await.status, 401);
}
