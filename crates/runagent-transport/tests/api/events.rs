//! Event streams over an API.

use std::time::Duration;

use http::header::{ACCEPT, AUTHORIZATION};
use runagent_transport::{
    Api, ApiKey, Attempts, BaseUrl, Body, HttpTransport, Interceptor, OperationContext, Progress, TransportError,
    TransportErrorKind, credentials_fn,
    sse::{EventSource, EventSourceErrorKind, EventSourceItem},
    testing::{
        Reply, cut_off, unending,
        wire::{Event, Script, WireServer},
    },
};
use tokio::time::Instant;

use super::script::{answer, header, lost, ok, scripted};

fn stream(body: impl Into<Body>) -> Reply {
    let response = http::Response::builder().header("content-type", "text/event-stream").header("x-run-id", "run_1");
    response.body(body).expect("a response").into()
}

async fn next_data(source: &mut EventSource) -> String {
    match source.next().await {
        Some(Ok(EventSourceItem::Event(event))) => event.data,
        other => panic!("no event: {other:?}"),
    }
}

/// Says of each attempt which one it is.
#[derive(Debug)]
struct Numbered;

impl Interceptor for Numbered {
    fn before_attempt(
        &self,
        context: &OperationContext,
        request: &mut http::request::Parts,
    ) -> Result<(), TransportError> {
        let value = format!("{} {}", context.name(), context.attempt()).parse().expect("a value");
        request.headers.insert("x-attempt", value);
        Ok(())
    }
}

#[tokio::test(start_paused = true)]
async fn each_connection_is_a_call_with_all_that_belongs_to_one() {
    let replies = [answer(401, &[]), stream("id: 7\ndata: one\n\n"), lost(), stream("data: two\n\n"), answer(204, &[])];
    let credentials = credentials_fn(|refused: Option<ApiKey>| async move {
        Ok(ApiKey::new(if refused.is_some() { "fresh" } else { "stale" }).expect("a key"))
    });
    let (api, script) = scripted(replies, |api| api.credentials(credentials).interceptor(Numbered));
    let mut source = api.get(&["events"]).query("a", "b").operation("watch").events().build();
    assert_eq!(script.requests().len(), 0);
    assert_eq!(next_data(&mut source).await, "one");
    assert_eq!(next_data(&mut source).await, "two");
    assert!(source.next().await.is_none());

    assert_eq!(header(&script, AUTHORIZATION)[..3], ["Bearer stale", "Bearer fresh", "Bearer stale"]);
    assert_eq!(header(&script, "x-attempt"), ["watch 1", "watch 2", "watch 1", "watch 2", "watch 1"]);
    assert_eq!(header(&script, "last-event-id"), ["", "", "7", "7", "7"]);
    for request in script.requests() {
        assert_eq!(request.uri(), "https://api.example.com/events?a=b");
        assert_eq!(request.headers().get_all(ACCEPT).iter().collect::<Vec<_>>(), ["text/event-stream"]);
        assert_eq!(request.headers()["cache-control"], "no-cache");
    }
}

#[tokio::test(start_paused = true)]
async fn the_cursor_can_travel_in_the_query() {
    let replies = [stream("id: a&b\ndata: one\n\n"), stream("id: c\ndata: two\n\n"), answer(204, &[])];
    let (api, script) = scripted(replies, |api| api);
    let mut source = api.get(&["e"]).query("x", "1").events().cursor_parameter("since_id").last_event_id("0").build();
    assert_eq!(next_data(&mut source).await, "one");
    assert_eq!(next_data(&mut source).await, "two");
    assert!(source.next().await.is_none());
    let queries: Vec<_> = script.requests().iter().map(|request| request.uri().query().map(str::to_owned)).collect();
    assert_eq!(queries, ["x=1&since_id=0", "x=1&since_id=a%26b", "x=1&since_id=c"].map(|query| Some(query.to_owned())));
    assert_eq!(header(&script, "last-event-id"), ["", "", ""]);
}

#[tokio::test(start_paused = true)]
async fn a_run_is_posted_once_however_its_stream_ends() {
    for body in
        [cut_off("data: one\n\n"), "data: one\n\n".into(), "data: one\n\ndata: ha".into(), unending("data: one\n\n")]
    {
        let (api, script) = scripted([stream(body), ok()], |api| api);
        let mut source = api.post_json(&["runs"], "{}").events().max_reconnects(0).build();
        assert_eq!(next_data(&mut source).await, "one");
        source.next().await.expect("an item").expect_err("the stream is broken");
        assert!(source.next().await.is_none());
        assert_eq!(script.requests().len(), 1);
    }
}

#[tokio::test]
async fn a_run_is_posted_once_when_its_connection_is_reset() {
    let head = "HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\n\r\n";
    for script in [
        Script::new().read_request().send(head).reset(),
        Script::new().read_request().send(head).send("data: one\n\n").close(),
        Script::new().read_request().reset(),
        Script::new().read_request().send("HTTP/1.1 502 Bad Gateway\r\ncontent-length: 0\r\n\r\n"),
    ] {
        let server = WireServer::start([script, Script::new().read_request()]).await;
        let base = BaseUrl::parse(&server.url("")).expect("a URL");
        let api = Api::builder(base, HttpTransport::new()).build();
        let mut source = api.post_json(&["runs"], r#"{"x":1}"#).events().max_reconnects(0).build();
        while let Some(item) = source.next().await {
            if item.is_err() {
                break;
            }
        }
        assert!(source.next().await.is_none());
        assert_eq!((server.connections(), server.requests().len()), (1, 1));
        assert_eq!(server.requests()[0].body, br#"{"x":1}"#);
        drop(source);
        server
            .wait_for(|events| {
                events.iter().any(|event| matches!(event, Event::Closed { .. } | Event::ClientClosed { .. }))
            })
            .await;
    }
}

#[tokio::test(start_paused = true)]
async fn a_run_that_was_never_taken_is_posted_again() {
    let unsent = TransportError::new(TransportErrorKind::Connect, Progress::NotSent, "no route");
    let replies = [unsent.into(), answer(429, &[("retry-after", "3")]), stream("data: one\n\n"), ok()];
    let (api, script) = scripted(replies, |api| api);
    let mut source = api.post_json(&["runs"], "{}").events().max_reconnects(0).build();
    source.connect().await.expect("a stream");
    let head = source.response().expect("the head");
    assert_eq!(
        (head.headers()["x-run-id"].as_bytes(), head.extensions().get::<Attempts>().map(|count| count.0)),
        (&b"run_1"[..], Some(3))
    );
    assert_eq!(next_data(&mut source).await, "one");
    let error = source.next().await.expect("an item").expect_err("the end");
    assert_eq!(error.kind(), EventSourceErrorKind::Ended);
    assert_eq!(script.requests().len(), 3);
}

#[tokio::test(start_paused = true)]
async fn a_refusal_is_the_error_of_connect_with_all_there_is_to_tell() {
    for (status, content_type) in [(402, "application/json"), (200, "text/html"), (302, "text/html")] {
        let response = http::Response::builder().status(status).header("content-type", content_type);
        let response = response.header("x-request-id", "r1").body(r#"{"error":"rk_CANARY is broke"}"#);
        let key = ApiKey::new("rk_CANARY").expect("a key");
        let (api, script) = scripted([lost(), response.expect("a response").into(), ok()], |api| api.api_key(key));
        let mut source = api.get(&["runs"]).events().build();
        let error = source.connect().await.expect_err("refused");
        let response = error.response().expect("the answer");
        assert_eq!(
            (response.status().as_u16(), &response.headers()["x-request-id"]),
            (status, &"r1".parse().expect("a value"))
        );
        let key = response.extensions().get::<ApiKey>().expect("the key");
        assert_eq!(&key.redact(response.body())[..], br#"{"error":"[redacted] is broke"}"#);
        assert_eq!(response.extensions().get::<Attempts>().map(|count| count.0), Some(2));
        assert!(!format!("{error} {error:?} {source:?}").contains("CANARY"));

        assert!(source.response().is_none());
        assert!(source.connect().await.is_ok() && source.next().await.is_none());
        assert_eq!(script.requests().len(), 2);
    }
}

#[tokio::test(start_paused = true)]
async fn connect_goes_on_as_next_does_and_keeps_what_has_come() {
    let start = Instant::now();
    let (api, script) = scripted([answer(501, &[]), stream("data: one\n\n"), answer(204, &[])], |api| api);
    let mut source = api.get(&["x"]).events().report_reconnects(true).build();
    source.connect().await.expect("a stream");
    assert!(start.elapsed() >= Duration::from_secs(1));
    source.connect().await.expect("still open");
    assert_eq!(script.requests().len(), 2);
    assert_eq!(next_data(&mut source).await, "one");
    assert!(matches!(source.next().await, Some(Ok(EventSourceItem::Reconnecting { .. }))));
    source.connect().await.expect("the end is no error");
    assert!(source.next().await.is_none());
}

#[tokio::test(start_paused = true)]
async fn connect_can_be_dropped_and_called_again() {
    let (api, script) = scripted([Reply::silence()], |api| api);
    let mut source = api.get(&["x"]).events().build();
    for _ in 0..3 {
        assert!(tokio::time::timeout(Duration::from_secs(1), source.connect()).await.is_err());
    }
    assert_eq!(script.requests().len(), 1);
}

#[tokio::test(start_paused = true)]
async fn a_request_that_cannot_be_sent_is_not_tried_ten_times() {
    let (api, script) = scripted([], |api| api);
    let mut source = api.get(&["a", ".."]).events().cursor_parameter("after").last_event_id("7").build();
    let error = source.connect().await.expect_err("no path");
    assert_eq!(error.transport().expect("an error").kind(), TransportErrorKind::Request);
    assert_eq!(script.requests().len(), 0);
}

#[tokio::test(start_paused = true)]
async fn silence_before_the_answer_is_the_timeout_of_an_attempt() {
    let start = Instant::now();
    let (api, _) = scripted([Reply::silence()], |api| api);
    let request = api.post_json(&["x"], "{}").timeout(Duration::from_secs(300));
    let mut source = request.events().max_reconnects(0).idle_timeout(Duration::from_secs(5)).build();
    let error = source.connect().await.expect_err("silence");
    assert_eq!(error.transport().expect("an error").kind(), TransportErrorKind::Timeout);
    assert_eq!(start.elapsed(), Duration::from_secs(5));
    // Waits of ours are no silence of the server.
    let (api, _) = scripted([answer(429, &[("retry-after", "30")]), stream("data: one\n\n")], |api| api);
    let mut source = api.get(&["x"]).events().max_reconnects(0).idle_timeout(Duration::from_secs(5)).build();
    assert_eq!(next_data(&mut source).await, "one");
}

#[tokio::test(start_paused = true)]
async fn a_used_up_rate_limit_is_waited_for_or_ends_it() {
    for (seconds, survives) in [("30", true), ("3600", false)] {
        let limited = [
            ("content-type", "text/event-stream"),
            ("x-ratelimit-remaining", "0"),
            ("x-ratelimit-reset-after", seconds),
        ];
        let (api, script) = scripted([answer(200, &limited), stream("data: one\n\n")], |api| api.pacing(true));
        let mut source = api.get(&["x"]).events().build();
        let start = Instant::now();
        if survives {
            assert_eq!(next_data(&mut source).await, "one");
            assert!(start.elapsed() >= Duration::from_secs(30));
        } else {
            let error = source.next().await.expect("an item").expect_err("used up");
            assert_eq!(error.transport().expect("an error").kind(), TransportErrorKind::Throttled);
            assert!(start.elapsed() < Duration::from_secs(5));
        }
        assert_eq!(script.requests().len(), 1 + usize::from(survives));
    }
}

#[tokio::test(start_paused = true)]
async fn redirects_stay_at_the_origin_of_the_api() {
    for (location, followed) in [
        ("/moved?x", true),
        ("https://API.example.com:443/moved?x", true),
        ("https://evil.example/moved?x", false),
        ("//evil.example/moved?x", false),
        ("https://api.example.com:8443/moved?x", false),
        ("http://api.example.com/moved?x", false),
        ("https://user:CANARY@api.example.com/moved?x", false),
    ] {
        let key = ApiKey::new("key").expect("a key");
        let replies = [answer(307, &[("location", location)]), stream("data: one\n\n")];
        let (api, script) = scripted(replies, |api| api.api_key(key));
        let mut source = api.get(&["x"]).events().max_redirects(1).max_reconnects(0).build();
        let opened = source.connect().await;
        assert_eq!(script.requests().len(), 1 + usize::from(followed), "{location}");
        match opened {
            Ok(()) => assert_eq!(script.requests()[1].uri().path_and_query().expect("a path"), "/moved?x"),
            Err(error) => assert_eq!(error.kind(), EventSourceErrorKind::Redirect, "{location}"),
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_stream_keeps_its_place_until_it_is_lost_or_dropped() {
    let replies = [stream(unending("data: one\n\n")), ok(), stream(unending("data: two\n\n")), ok()];
    let (api, _) = scripted(replies, |api| api.max_concurrent_calls(1));
    let call = || api.get(&["y"]).timeout(Duration::from_secs(1)).send();
    let mut source = api.get(&["x"]).events().build();
    assert_eq!(next_data(&mut source).await, "one");
    assert_eq!(call().await.expect_err("no place").kind(), TransportErrorKind::Throttled);
    source.reconnect();
    assert_eq!(call().await.expect("an answer").status(), 200);
    assert_eq!(next_data(&mut source).await, "two");
    drop(source);
    assert_eq!(call().await.expect("an answer").status(), 200);
}
