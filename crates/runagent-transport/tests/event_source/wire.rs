//! Over sockets.

use std::time::Duration;

use runagent_transport::{
    HttpTransport,
    sse::{EventSource, EventSourceBuilder, EventSourceErrorKind},
    testing::wire::{Event, Gate, Script, WireServer},
};

use crate::script::{event, last_error, next_data, next_report};

const HEAD: &str = "HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\n\r\n";
const CHUNKED: &str = "HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ntransfer-encoding: chunked\r\n\r\n";
const END: &str = "HTTP/1.1 204 No Content\r\n\r\n";

fn builder(server: &WireServer) -> EventSourceBuilder {
    let request = http::Request::post(server.url("/events")).body("{}").expect("a request");
    EventSource::builder(HttpTransport::new(), request)
        .reconnection_time(Duration::from_millis(100))
        .report_reconnects(true)
}

#[tokio::test]
async fn it_survives_every_way_in_which_a_connection_ends() {
    let first = |script: Script| script.read_request().send(HEAD).send("id: 1\ndata: one\n\nid: 2\ndata: ha");
    let gate = Gate::new();
    let server = WireServer::start([
        Script::new().read_request().close(),
        Script::new().read_request().reset(),
        first(Script::new()).close(),
        first(Script::new()).half_close(),
        first(Script::new()).wait(&gate).reset(),
        Script::new().read_request().send(CHUNKED).send("12\r\nid: 1\ndata: one\n\nid\r\n").close(),
        Script::new().read_request().send(END),
    ])
    .await;
    let mut source = builder(&server).build();
    for _ in 0..2 {
        assert_eq!(next_report(&mut source).await.0.kind(), EventSourceErrorKind::Transport);
    }
    for (connection, kind) in [
        (2, EventSourceErrorKind::Ended),
        (3, EventSourceErrorKind::Ended),
        (4, EventSourceErrorKind::Transport),
        (5, EventSourceErrorKind::Transport),
    ] {
        assert_eq!(event(source.next().await).id, "1");
        if connection == 4 {
            // Not before: a reset may overtake what is not read yet.
            gate.open();
        }
        assert_eq!(next_report(&mut source).await.0.kind(), kind, "{connection}");
    }
    assert!(source.next().await.is_none());
    let requests = server.requests();
    assert_eq!(requests.len(), 7);
    for (index, request) in requests.iter().enumerate() {
        assert_eq!((request.method.as_str(), &request.body[..]), ("POST", &b"{}"[..]));
        assert_eq!(request.header("last-event-id"), (index > 2).then_some("1"), "{index}");
    }
}

#[tokio::test]
async fn silence_closes_the_socket() {
    let server = WireServer::start([
        Script::new().read_request().send(HEAD).send("data: one\n\n").stall(),
        Script::new().read_request().stall(),
        Script::new().read_request().send(HEAD).send("data: two\n\n").stall(),
    ])
    .await;
    let mut source = builder(&server).idle_timeout(Duration::from_secs(1)).build();
    assert_eq!(next_data(&mut source).await, "one");
    for _ in 0..2 {
        assert_eq!(next_report(&mut source).await.0.kind(), EventSourceErrorKind::Idle);
    }
    assert_eq!(next_data(&mut source).await, "two");
    drop(source);
    for connection in 0..3 {
        server.wait_for(|events| events.contains(&Event::ClientClosed { connection })).await;
    }
}

#[tokio::test]
async fn a_refused_stream_says_why() {
    let answer = "HTTP/1.1 401 Unauthorized\r\ncontent-length: 7\r\n\r\nbad key";
    let server = WireServer::start([Script::new().read_request().send(answer)]).await;
    let error = last_error(&mut builder(&server).build()).await;
    let response = error.response().expect("the answer");
    assert_eq!((response.status().as_u16(), &response.body()[..]), (401, &b"bad key"[..]));
    assert_eq!(server.requests().len(), 1);
}

#[tokio::test]
async fn every_piece_size_gives_the_same_events() {
    for size in [1, 2, 3, 7, 4093] {
        let text = "\u{feff}id: 1\r\ndata: €\r\n\r\n:x\rdata: two\r\rdata: three\ndata\n\n";
        let script = Script::new().read_request().send(HEAD).send_slowly(text, size).close();
        let server = WireServer::start([script, Script::new().read_request().send(END)]).await;
        let mut source = builder(&server).report_reconnects(false).build();
        for expected in ["€", "two", "three\n"] {
            assert_eq!(next_data(&mut source).await, expected, "{size}");
        }
        assert!(source.next().await.is_none());
    }
}
