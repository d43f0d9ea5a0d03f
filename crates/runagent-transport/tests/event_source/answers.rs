//! What each answer to a request leads to.

use std::{error::Error as _, time::Duration};

use runagent_transport::{Body, TransportErrorKind, sse::EventSourceErrorKind};

use crate::script::{Server, answer, failure, last_error, live, next_data, next_report, status, stream};

#[tokio::test(start_paused = true)]
async fn status_204_is_the_end() {
    let server = Server::new([status(204)]);
    let mut source = server.builder().build();
    for _ in 0..3 {
        assert!(source.next().await.is_none());
    }
    assert_eq!(server.requests().len(), 1);

    let server = Server::new([stream("data: one\n\n"), status(204)]);
    let mut source = server.builder().build();
    assert_eq!(next_data(&mut source).await, "one");
    assert!(source.next().await.is_none());
    assert_eq!(server.requests().len(), 2);
}

#[tokio::test(start_paused = true)]
async fn final_statuses_end_it_after_one_request_with_the_answer() {
    for code in [201, 202, 206, 300, 301, 302, 303, 304, 307, 308, 400, 401, 403, 404, 405, 409, 410, 418, 422, 451] {
        for first in [None, Some(stream("data: one\n\n"))] {
            let reconnected = usize::from(first.is_some());
            let refusal = answer(code, Some(("x-request-id", "r1")), r#"{"error":"CANARY"}"#);
            let server = Server::new(first.into_iter().chain([refusal]));
            let mut source = server.builder().build();
            if reconnected > 0 {
                assert_eq!(next_data(&mut source).await, "one");
            }
            let error = last_error(&mut source).await;
            assert_eq!(error.kind(), EventSourceErrorKind::Status, "{code}");
            let response = error.response().expect("the answer");
            assert_eq!(response.status(), code);
            assert_eq!(response.headers()["x-request-id"], "r1");
            assert_eq!(response.body(), r#"{"error":"CANARY"}"#);
            assert!(error.to_string().starts_with(&format!("the server answered with {code} ")), "{error}");
            assert!(!format!("{error} {error:?}").contains("CANARY"));
            assert_eq!(server.requests().len(), reconnected + 1, "{code}");
        }
    }
}

#[tokio::test(start_paused = true)]
async fn passing_statuses_are_tried_again() {
    for code in [408, 429, 500, 501, 502, 503, 504, 599] {
        let server = Server::new([status(code), stream("data: one\n\n")]);
        let mut source = server.builder().report_reconnects(true).build();
        let (error, after) = next_report(&mut source).await;
        assert_eq!(error.response().expect("the answer").status(), code);
        assert_eq!(next_data(&mut source).await, "one");
        assert_eq!(server.gaps().len(), 1);
        assert!(server.gaps()[0] >= after && after >= Duration::from_secs(1), "{code}: {after:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn retry_after_takes_the_place_of_the_backoff() {
    for (header, value, expected) in [
        ("retry-after", "20", 20_000),
        ("retry-after", "0.5", 500),
        ("retry-after", "60", 60_000),
        ("retry-after-ms", "1500", 1500),
    ] {
        for code in [408, 429, 503] {
            let server = Server::new([answer(code, Some((header, value)), ""), stream("data: one\n\n")]);
            assert_eq!(next_data(&mut server.builder().build()).await, "one");
            assert_eq!(server.gaps(), [Duration::from_millis(expected)], "{code} {header}: {value}");
        }
    }
    for value in ["0", "-5", "soon", "inf", ""] {
        let server = Server::new([answer(429, Some(("retry-after", value)), ""), stream("data: one\n\n")]);
        assert_eq!(next_data(&mut server.builder().build()).await, "one");
        assert!(server.gaps()[0] >= Duration::from_secs(1) && server.gaps()[0] <= Duration::from_secs(2), "{value:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_server_that_asks_for_more_than_a_minute_is_not_asked_again() {
    for value in ["61", "86400", "99999999999999"] {
        let server = Server::new([answer(503, Some(("retry-after", value)), "")]);
        let error = last_error(&mut server.builder().build()).await;
        assert_eq!(error.response().expect("the answer").headers()["retry-after"], value);
        assert_eq!(server.requests().len(), 1);
    }
}

#[tokio::test(start_paused = true)]
async fn only_an_event_stream_is_read_as_one() {
    for content_type in ["text/event-stream", "TEXT/Event-Stream ; charset=utf-8", "text/event-stream;"] {
        let server = Server::new([answer(200, Some(("content-type", content_type)), "data: one\n\n")]);
        assert_eq!(next_data(&mut server.builder().build()).await, "one", "{content_type}");
    }
    for content_type in ["text/html", "text/event-stream-2", "text/plain, text/event-stream", "", "\u{e9}\u{1f512}"] {
        let server = Server::new([answer(200, Some(("content-type", content_type)), "<html>log in</html>")]);
        let error = last_error(&mut server.builder().build()).await;
        assert_eq!(error.kind(), EventSourceErrorKind::ContentType, "{content_type}");
        assert_eq!(error.response().expect("the answer").body(), "<html>log in</html>");
    }
    let server = Server::new([answer(200, Some(("content-type", "text/html; charset=utf-8")), "")]);
    let error = last_error(&mut server.builder().build()).await;
    assert_eq!(error.to_string(), "the answer is `text/html; charset=utf-8` and no `text/event-stream`");
    let server = Server::new([answer(200, None, "data: one\n\n")]);
    let error = last_error(&mut server.builder().build()).await;
    assert_eq!(error.to_string(), "the answer has no content type, where an event stream has `text/event-stream`");
}

#[tokio::test(start_paused = true)]
async fn of_the_body_of_an_error_64_kib_are_kept_and_a_second_waited_for() {
    let server = Server::new([answer(404, None, vec![b'x'; 100_000])]);
    let error = last_error(&mut server.builder().build()).await;
    assert_eq!(error.response().expect("the answer").body().len(), 64 * 1024);

    let (writer, body) = live();
    let crate::script::Answer::Response(response) = body else { panic!("a response") };
    writer.send("half of");
    let server = Server::new([answer(404, None, response.into_body())]);
    let started = tokio::time::Instant::now();
    let error = last_error(&mut server.builder().build()).await;
    assert_eq!(error.response().expect("the answer").body(), "half of");
    assert_eq!(started.elapsed(), Duration::from_secs(1));
    assert!(writer.is_closed());
}

#[tokio::test(start_paused = true)]
async fn without_an_answer_it_tries_again_unless_the_request_is_at_fault() {
    use TransportErrorKind::{Closed, Connect, Protocol, Refused, Request, Timeout, Tls, Unsupported};

    for kind in [Refused, Connect, Tls, Timeout, Closed, Protocol] {
        let server = Server::new([failure(kind), stream("data: one\n\n")]);
        assert_eq!(next_data(&mut server.builder().build()).await, "one", "{kind:?}");
    }
    for kind in [Request, Unsupported] {
        let server = Server::new([failure(kind)]);
        let error = last_error(&mut server.builder().build()).await;
        assert_eq!(error.kind(), EventSourceErrorKind::Transport);
        assert_eq!(error.transport().expect("the transport's error").kind(), kind);
        assert_eq!(error.to_string(), "scripted");
        assert!(error.source().is_none() && error.response().is_none());
    }
}

#[tokio::test(start_paused = true)]
async fn an_event_above_the_limit_ends_it() {
    let (writer, open) = live();
    let server = Server::new([open]);
    let mut source = server.builder().max_event_bytes(10).build();
    writer.send("id: 1\ndata: 0123456789\n\ndata: 01234567890\n\n");
    assert_eq!(next_data(&mut source).await, "0123456789");
    let error = last_error(&mut source).await;
    assert_eq!(error.kind(), EventSourceErrorKind::TooLarge);
    assert!(error.to_string().contains("10 bytes"), "{error}");
    assert!(writer.is_closed());
    assert_eq!(source.last_event_id(), "1");
}

#[tokio::test(start_paused = true)]
async fn comments_come_on_request() {
    const TEXT: &str = ": one\ndata: two\n:three\n\n";
    let server = Server::new([stream(TEXT), status(204)]);
    let mut source = server.builder().build();
    assert_eq!(next_data(&mut source).await, "two");
    assert!(source.next().await.is_none());

    let server = Server::new([stream(TEXT), status(204)]);
    let mut source = server.builder().comments(true).build();
    let mut items = Vec::new();
    while let Some(item) = source.next().await {
        items.push(format!("{:?}", item.expect("an item")));
    }
    let event = r#"Event(OwnedEvent { kind: "message", data: "two", id: "" })"#;
    assert_eq!(items, [r#"Comment(" one")"#, r#"Comment("three")"#, event]);
}

/// What the debug output of a source and its builder must not show.
#[test]
fn debug_shows_no_secrets() {
    let request = http::Request::get("http://server/?token=CANARY").header("authorization", "CANARY");
    let request = request.body("CANARY").expect("a request");
    let transport = runagent_transport::transport_fn(|_| async { Ok(http::Response::new(Body::empty())) });
    let builder = runagent_transport::sse::EventSource::builder(transport, request);
    assert!(!format!("{builder:?}").contains("CANARY"));
    let source = builder.build();
    assert!(format!("{source:?}").contains("disconnected"));
    assert!(!format!("{source:?}").contains("CANARY"));
}

#[tokio::test(start_paused = true)]
async fn what_the_server_and_the_transport_said_is_told_to_those_who_connect_again_themselves() {
    let server = Server::new([
        stream("retry: 20\ndata: one\n\nretry: 2500\ndata: two\n\n"),
        failure(TransportErrorKind::Protocol),
    ]);
    let mut source = server.builder().max_reconnects(1).build();
    assert_eq!(source.reconnection_time(), None);
    assert_eq!(next_data(&mut source).await, "one");
    assert_eq!(source.reconnection_time(), Some(Duration::from_millis(100)));
    assert_eq!(next_data(&mut source).await, "two");
    assert_eq!(source.reconnection_time(), Some(Duration::from_millis(2500)));
    let error = last_error(&mut source).await.into_transport().expect("the transport's");
    assert_eq!(error.kind(), TransportErrorKind::Protocol);

    let server = Server::new([status(404)]);
    let error =
        last_error(&mut server.builder().build()).await.into_transport().expect_err("no error of the transport");
    assert_eq!(error.kind(), EventSourceErrorKind::Status);
}
