//! Redirects: refused, and followed on request.

use runagent_transport::{
    CallOptions,
    sse::{EventSource, EventSourceErrorKind},
};

use crate::script::{Answer, Server, answer, last_error, next_data, stream};

fn redirect(status: u16, location: &str) -> Answer {
    answer(status, Some(("location", location)), "")
}

fn targets(server: &Server) -> Vec<String> {
    server.requests().iter().map(|seen| seen.request.uri().to_string()).collect()
}

#[tokio::test(start_paused = true)]
async fn they_are_refused_by_default() {
    for code in [301, 302, 303, 307, 308] {
        let server = Server::new([redirect(code, "http://other/")]);
        let error = last_error(&mut server.builder().build()).await;
        assert_eq!(error.kind(), EventSourceErrorKind::Status);
        assert_eq!(error.response().expect("the answer").headers()["location"], "http://other/");
        assert_eq!(server.requests().len(), 1);
    }
}

#[tokio::test(start_paused = true)]
async fn on_request_301_and_307_are_followed_and_others_are_not() {
    for code in [301, 307] {
        let server = Server::new([redirect(code, "/moved?x#y"), stream("data: one\n\n"), stream("data: two\n\n")]);
        let mut source = server.builder().max_redirects(1).build();
        assert_eq!(next_data(&mut source).await, "one");
        // The next connection starts where the first did.
        assert_eq!(next_data(&mut source).await, "two");
        let events = "http://server/events?a=b";
        assert_eq!(targets(&server), [events, "http://server/moved?x", events]);
    }
    for code in [300, 302, 303, 308] {
        let server = Server::new([redirect(code, "/moved")]);
        let error = last_error(&mut server.builder().max_redirects(5).build()).await;
        assert_eq!(error.kind(), EventSourceErrorKind::Status, "{code}");
        assert_eq!(server.requests().len(), 1);
    }
}

#[tokio::test(start_paused = true)]
async fn one_that_leads_nowhere_is_an_error_and_not_a_loop() {
    for code in [301, 307] {
        for (answer, message) in [
            (answer(code, None, ""), "a redirect without `Location`"),
            (redirect(code, ""), "a redirect with an empty `Location`"),
            (redirect(code, "ftp://other/"), "a redirect with a `Location` that is no http URL"),
            (redirect(code, "http://user:CANARY@other/"), "a redirect with a `Location` that is no http URL"),
            (redirect(code, "/caf\u{e9}"), "a redirect with a `Location` that is no http URL"),
        ] {
            let server = Server::new([answer]);
            let error = last_error(&mut server.builder().max_redirects(5).build()).await;
            assert_eq!(error.kind(), EventSourceErrorKind::Redirect);
            assert_eq!(error.to_string(), message);
            assert_eq!(server.requests().len(), 1);
        }
    }
}

#[tokio::test(start_paused = true)]
async fn there_is_a_last_one() {
    let server = Server::new((0..4).map(|_| redirect(307, "/events")));
    let error = last_error(&mut server.builder().max_redirects(3).build()).await;
    assert_eq!(error.kind(), EventSourceErrorKind::Redirect);
    assert_eq!(error.to_string(), "more than 3 redirects");
    assert_eq!(server.requests().len(), 4);
}

#[tokio::test(start_paused = true)]
async fn from_https_to_http_none_is_followed() {
    let server = Server::new([redirect(307, "http://server/")]);
    let request = http::Request::get("https://server/").body("").expect("a request");
    let mut source = EventSource::builder(server.transport(), request).max_redirects(5).build();
    let error = last_error(&mut source).await;
    assert_eq!(error.to_string(), "a redirect from https to http");
    assert_eq!(server.requests().len(), 1);
}

#[tokio::test(start_paused = true)]
async fn credentials_stay_at_their_origin() {
    for (location, is_same) in [
        ("http://server:80/x", true),
        ("http://SERVER/x", true),
        ("//server/x", true),
        ("http://server:81/x", false),
        ("http://server.example/x", false),
        ("https://server/x", false),
    ] {
        // From another origin there is no way back either.
        let back = if is_same { "http://server/y" } else { location };
        let server = Server::new([redirect(307, location), redirect(301, back), stream("data: one\n\n")]);
        let mut request = http::Request::post("http://server/")
            .header("authorization", "CANARY")
            .header("cookie", "CANARY")
            .header("x-api-key", "CANARY")
            .header("content-type", "application/json")
            .header("user-agent", "test/1")
            .body("{}")
            .expect("a request");
        request.extensions_mut().insert(CallOptions::new());
        let mut source = EventSource::builder(server.transport(), request).max_redirects(2).last_event_id("7").build();
        assert_eq!(next_data(&mut source).await, "one", "{location}");
        for (index, seen) in server.requests().iter().enumerate() {
            assert_eq!(seen.request.method(), "POST");
            assert_eq!(seen.request.body(), b"{}");
            for name in ["accept", "cache-control", "content-type", "user-agent", "last-event-id"] {
                assert!(seen.header(name).is_some(), "{location}: {name}");
            }
            assert!(seen.request.extensions().get::<CallOptions>().is_some());
            for name in ["authorization", "cookie", "x-api-key"] {
                assert_eq!(seen.header(name).is_some(), index == 0 || is_same, "{location} {index}: {name}");
            }
        }
    }
}

#[tokio::test(start_paused = true)]
async fn the_cursor_goes_along() {
    let server = Server::new([redirect(307, "http://other/e?k=v"), stream("data: one\n\n")]);
    let mut source = server.builder().max_redirects(1).cursor_parameter("after").last_event_id("7").build();
    assert_eq!(next_data(&mut source).await, "one");
    assert_eq!(targets(&server), ["http://server/events?a=b&after=7", "http://other/e?k=v&after=7"]);
}
