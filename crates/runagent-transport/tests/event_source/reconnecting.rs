//! What a new connection asks for, and how long it waits.

use std::time::Duration;

use bytes::Bytes;
use runagent_transport::{
    TransportErrorKind,
    sse::{EventSource, EventSourceErrorKind},
};

use crate::script::{Server, event, failure, last_error, live, next_data, next_report, status, stream};

const fn seconds(seconds: u64) -> Duration {
    Duration::from_secs(seconds)
}

#[tokio::test(start_paused = true)]
async fn the_first_request_is_what_the_standard_asks_for() {
    let server = Server::new([stream("data: one\n\n")]);
    let mut source = server.builder().build();
    assert!(server.requests().is_empty(), "connected before it was polled");
    assert_eq!(next_data(&mut source).await, "one");
    let seen = &server.requests()[0];
    assert_eq!(seen.request.method(), "GET");
    assert_eq!(seen.request.uri(), "http://server/events?a=b");
    assert_eq!(seen.header("accept"), Some(&b"text/event-stream"[..]));
    assert_eq!(seen.header("cache-control"), Some(&b"no-cache"[..]));
    assert_eq!(seen.header("last-event-id"), None);
    assert_eq!(seen.request.body(), b"");
    assert_eq!(seen.at, Duration::ZERO);
}

#[tokio::test(start_paused = true)]
async fn headers_of_the_request_win_and_are_sent_each_time_like_its_body() {
    let server = Server::new([stream("data: one\n\n"), stream("data: two\n\n")]);
    let request = http::Request::post("http://server/")
        .header("accept", "text/event-stream, application/json")
        .header("cache-control", "no-store")
        .header("authorization", "Bearer x")
        .body(Bytes::from_static(b"{\"stream\":true}"))
        .expect("a request");
    let mut source = EventSource::new(server.transport(), request);
    assert_eq!(next_data(&mut source).await, "one");
    assert_eq!(next_data(&mut source).await, "two");
    for seen in server.requests() {
        assert_eq!(seen.request.method(), "POST");
        assert_eq!(seen.header("accept"), Some(&b"text/event-stream, application/json"[..]));
        assert_eq!(seen.header("cache-control"), Some(&b"no-store"[..]));
        assert_eq!(seen.header("authorization"), Some(&b"Bearer x"[..]));
        assert_eq!(seen.request.body(), b"{\"stream\":true}");
    }
}

#[tokio::test(start_paused = true)]
async fn it_goes_on_after_the_last_id_and_drops_what_was_half_received() {
    for cut in [b"id: 9\ndata: half".as_slice(), b"id: 9\ndata: half\n", b"id: 9\ndata: \xE2\x82", b"\xEF", b"\r"] {
        for breaks in [false, true] {
            let (writer, open) = live();
            let server = Server::new([open, stream("data: two\n\n")]);
            let mut source = server.builder().build();
            writer.send("id: 7\ndata: one\n\n");
            let one = event(source.next().await);
            assert_eq!((one.kind.as_ref(), one.data.as_str(), one.id.as_str()), ("message", "one", "7"));
            writer.send(cut);
            if breaks {
                writer.break_off();
            } else {
                drop(writer);
            }
            let two = event(source.next().await);
            assert_eq!((two.data.as_str(), two.id.as_str()), ("two", "7"));
            assert_eq!(server.requests()[1].header("last-event-id"), Some(&b"7"[..]));
            assert_eq!(source.last_event_id(), "7");
        }
    }
}

#[tokio::test(start_paused = true)]
async fn the_id_can_be_set_at_first_and_emptied_by_the_server() {
    let answers = || [stream("data: one\n\n"), stream("id:\ndata: two\n\n"), stream("data: three\n\n")];
    let server = Server::new(answers());
    let mut source = server.builder().last_event_id("41").build();
    assert_eq!(source.last_event_id(), "41");
    assert_eq!(event(source.next().await).id, "41");
    assert_eq!(event(source.next().await).id, "");
    assert_eq!(next_data(&mut source).await, "three");
    let ids: Vec<_> = server.requests().iter().map(|seen| seen.header("last-event-id").map(<[u8]>::to_vec)).collect();
    assert_eq!(ids, [Some(b"41".to_vec()), Some(b"41".to_vec()), None]);

    // One in the request means the same.
    let server = Server::new(answers());
    let request = http::Request::get("http://server/").header("last-event-id", "41").body("").expect("a request");
    let mut source = EventSource::new(server.transport(), request);
    for expected in ["one", "two", "three"] {
        assert_eq!(next_data(&mut source).await, expected);
    }
    assert_eq!(server.requests()[0].header("last-event-id"), Some(&b"41"[..]));
    assert_eq!(server.requests()[2].header("last-event-id"), None);

    let server = Server::new(answers());
    let mut source = server.builder().last_event_id("").build();
    assert_eq!(next_data(&mut source).await, "one");
    assert_eq!(server.requests()[0].header("last-event-id"), None);
}

#[tokio::test(start_paused = true)]
async fn the_id_can_travel_in_the_query() {
    let server = Server::new([stream("id: a&b …\u{1}\ndata: one\n\n"), stream("data: two\n\n")]);
    let mut source = server.builder().cursor_parameter("after").build();
    assert_eq!(next_data(&mut source).await, "one");
    assert_eq!(next_data(&mut source).await, "two");
    let requests = server.requests();
    assert_eq!(requests[0].request.uri(), "http://server/events?a=b");
    assert_eq!(requests[1].request.uri(), "http://server/events?a=b&after=a%26b%20%E2%80%A6%01");
    assert_eq!(requests[1].header("last-event-id"), None);
}

#[tokio::test(start_paused = true)]
async fn an_id_travels_byte_for_byte_or_not_at_all() {
    let server = Server::new([stream("id: …\ndata: one\n\n"), stream("data: two\n\n")]);
    let mut source = server.builder().build();
    assert_eq!(next_data(&mut source).await, "one");
    assert_eq!(next_data(&mut source).await, "two");
    assert_eq!(server.requests()[1].header("last-event-id"), Some(&b"\xE2\x80\xA6"[..]));

    // To start over without it would give every event again.
    let server = Server::new([stream("id: a\u{1}b\ndata: one\n\n")]);
    let mut source = server.builder().build();
    assert_eq!(next_data(&mut source).await, "one");
    let error = last_error(&mut source).await;
    assert_eq!(error.transport().expect("an error").kind(), TransportErrorKind::Request);
    assert_eq!(server.requests().len(), 1);
}

#[tokio::test(start_paused = true)]
async fn the_wait_starts_at_the_reconnection_time_and_grows_with_each_failure() {
    let failures = (0..8).map(|_| failure(TransportErrorKind::Refused));
    let server = Server::new(failures.chain([stream("data: one\n\n"), stream("data: two\n\n")]));
    let mut source = server.builder().reconnection_time(seconds(2)).build();
    assert_eq!(next_data(&mut source).await, "one");
    assert_eq!(next_data(&mut source).await, "two");
    // At least the reconnection time, and on top of it at most that time, doubled with each failure. After an event it
    // starts anew.
    let most = [4, 6, 10, 18, 32, 32, 32, 32, 4];
    let gaps = server.gaps();
    assert_eq!(gaps.len(), most.len());
    for (gap, most) in gaps.iter().zip(most) {
        // Tokio's clock counts in milliseconds.
        assert!(*gap >= seconds(2) && *gap <= seconds(most) + Duration::from_millis(1), "{gaps:?}");
    }
    assert!(gaps.iter().any(|gap| *gap != gaps[0]), "without jitter: {gaps:?}");
}

#[tokio::test(start_paused = true)]
async fn the_servers_reconnection_time_is_kept_between_100_ms_and_30_s() {
    for (retry, least, most) in [
        ("0", 100, 200),
        ("250", 250, 500),
        ("5000", 5000, 10_000),
        ("99999999999999999999999999", 30_000, 60_000),
        // None of these is a time, so that of the client holds.
        ("soon", 1000, 2000),
        ("-1", 1000, 2000),
        ("1.5", 1000, 2000),
        ("", 1000, 2000),
    ] {
        let (writer, open) = live();
        let server = Server::new([open, stream("data: two\n\n")]);
        let mut source = server.builder().build();
        writer.send(format!("retry: {retry}\ndata: one\n\n"));
        drop(writer);
        assert_eq!(next_data(&mut source).await, "one");
        assert_eq!(next_data(&mut source).await, "two");
        let gap = server.gaps()[0];
        let (least, most) = (Duration::from_millis(least), Duration::from_millis(most + 1));
        assert!(gap >= least && gap <= most, "{retry:?}: {gap:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn after_so_many_in_a_row_the_last_error_ends_it() {
    for (max, requests) in [(0, 1), (1, 2), (3, 4)] {
        let server = Server::new((0..requests).map(|_| stream(": nothing\n\nid: 5\n\n")));
        let mut source = server.builder().max_reconnects(max).build();
        let error = last_error(&mut source).await;
        assert_eq!(error.kind(), EventSourceErrorKind::Ended);
        assert_eq!(error.to_string(), "the server ended the stream");
        assert_eq!(server.requests().len(), requests);
    }
    let server = Server::new((0..11).map(|_| status(503)));
    let error = last_error(&mut server.builder().build()).await;
    assert_eq!(error.response().expect("the answer").status(), 503);
    assert_eq!(server.requests().len(), 11);
}

#[tokio::test(start_paused = true)]
async fn an_event_ends_the_row_and_so_do_bytes_after_a_minute() {
    let server = Server::new((0..20).flat_map(|_| [stream(""), stream("data: one\n\n")]).chain([status(204)]));
    // From one event to the next it connects twice.
    let mut source = server.builder().max_reconnects(2).build();
    for _ in 0..20 {
        assert_eq!(next_data(&mut source).await, "one");
    }
    assert!(source.next().await.is_none());

    for (up, survives) in [(seconds(60), false), (seconds(63), true)] {
        let (writer, open) = live();
        let server = Server::new([stream(""), open, status(204)]);
        let mut source = server.builder().max_reconnects(1).build();
        tokio::spawn(async move {
            // The second connection is made after a wait of 1 to 2 s.
            tokio::time::sleep(up).await;
            writer.send(":\n");
        });
        let last = source.next().await;
        assert_eq!(last.is_none(), survives, "{up:?}: {last:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn losses_are_reported_on_request() {
    let (writer, open) = live();
    let server = Server::new([failure(TransportErrorKind::Refused), status(500), open, stream(""), status(204)]);
    let mut source = server.builder().report_reconnects(true).build();
    let mut kinds = Vec::new();
    for _ in 0..2 {
        kinds.push(next_report(&mut source).await.0.kind());
    }
    writer.break_off();
    for _ in 0..2 {
        kinds.push(next_report(&mut source).await.0.kind());
    }
    use EventSourceErrorKind::{Ended, Status, Transport};
    assert_eq!(kinds, [Transport, Status, Transport, Ended]);
    assert!(source.next().await.is_none());
}

#[tokio::test(start_paused = true)]
async fn a_caller_can_have_another_connection() {
    let (first, open) = live();
    let server = Server::new([open, stream("data: two\n\n"), status(204)]);
    let mut source = server.builder().report_reconnects(true).build();
    first.send("id: 1\ndata: one\n\nid: 2\ndata: unread\n\n");
    assert_eq!(next_data(&mut source).await, "one");
    source.reconnect();
    assert!(first.is_closed());
    assert_eq!(next_data(&mut source).await, "two");
    assert_eq!(server.requests()[1].header("last-event-id"), Some(&b"1"[..]));
    assert!(server.gaps()[0] >= seconds(1) && server.gaps()[0] <= Duration::from_millis(2001));
    next_report(&mut source).await;
    assert!(source.next().await.is_none());
    source.reconnect();
    assert!(source.next().await.is_none(), "came back from its end");
}
