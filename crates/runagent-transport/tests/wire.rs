//! The scripted server against raw sockets.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]
#![cfg(feature = "test-util")]

use std::{io::ErrorKind, time::Duration};

#[cfg(target_os = "linux")]
use runagent_transport::testing::wire::BlackHole;
use runagent_transport::testing::wire::{Event, Gate, RecordedRequest, Script, WireServer, encode_frame, refused_port};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

const GET: &[u8] = b"GET /a?b=c HTTP/1.1\r\nHost: localhost\r\nX-Two:  1 \r\nx-two: 2\r\n\r\n";
const OK: &str = "HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok";
/// The example of RFC 6455 §1.3.
const UPGRADE: &[u8] = b"GET /ws HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\
    Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n";

async fn connect(server: &WireServer) -> TcpStream {
    TcpStream::connect(server.addr()).await.unwrap()
}

/// Everything up to the end of the stream, and the error if it did not end well.
async fn read_all(client: &mut TcpStream) -> (Vec<u8>, Option<ErrorKind>) {
    let mut bytes = Vec::new();
    let end = client.read_to_end(&mut bytes).await;
    (bytes, end.err().map(|error| error.kind()))
}

async fn read_exactly(client: &mut TcpStream, length: usize) -> Vec<u8> {
    let mut bytes = vec![0; length];
    client.read_exact(&mut bytes).await.unwrap();
    bytes
}

/// Sends `bytes` to a server that reads one request, and returns it.
async fn recorded(bytes: &[u8]) -> RecordedRequest {
    let server = WireServer::start([Script::new().read_request()]).await;
    let mut client = connect(&server).await;
    client.write_all(bytes).await.unwrap();
    server.wait_for(|events| events.contains(&Event::RequestRead { connection: 0 })).await;
    server.requests().remove(0)
}

/// A client's frame, masked.
fn masked(opcode: u8, fin: bool, payload: &[u8]) -> Vec<u8> {
    let mut frame = encode_frame(opcode, fin, payload);
    let start = frame.len() - payload.len();
    frame[1] |= 0x80;
    let mask = [0x12, 0x34, 0x56, 0x78];
    for (position, byte) in frame[start..].iter_mut().enumerate() {
        *byte ^= mask[position % 4];
    }
    frame.splice(start..start, mask);
    frame
}

/// Sends the handshake and reads the answer's head.
async fn upgraded(server: &WireServer) -> TcpStream {
    let mut client = connect(server).await;
    client.write_all(UPGRADE).await.unwrap();
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        head.push(client.read_u8().await.unwrap());
    }
    let head = String::from_utf8(head).unwrap();
    assert!(head.starts_with("HTTP/1.1 101 "), "{head}");
    assert!(head.contains("\r\nsec-websocket-accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n"), "{head}");
    client
}

#[tokio::test]
async fn answers_then_reads_until_the_client_leaves() {
    let server = WireServer::start([Script::new().read_request().send(OK)]).await;
    assert_eq!(server.url("/x"), format!("http://{}/x", server.addr()));
    let mut client = connect(&server).await;
    client.write_all(GET).await.unwrap();
    assert_eq!(read_exactly(&mut client, OK.len()).await, OK.as_bytes());
    client.write_all(b"not answered").await.unwrap();
    drop(client);
    server.wait_for(|events| events.contains(&Event::ClientClosed { connection: 0 })).await;
    assert_eq!(
        server.events(),
        [
            Event::Accepted { connection: 0 },
            Event::RequestRead { connection: 0 },
            Event::Silent { connection: 0 },
            Event::ClientClosed { connection: 0 },
        ]
    );
}

#[tokio::test]
async fn records_a_request_as_it_came() {
    let request = recorded(GET).await;
    assert_eq!(request.connection, 0);
    assert_eq!((request.method.as_str(), request.target.as_str()), ("GET", "/a?b=c"));
    let headers: Vec<(&str, &str)> =
        request.headers.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    assert_eq!(headers, [("host", "localhost"), ("x-two", "1"), ("x-two", "2")]);
    assert_eq!(request.header("X-Two"), Some("1"));
    assert_eq!(request.header("x-three"), None);
    assert_eq!(request.body, b"");
}

#[tokio::test]
async fn a_recorded_request_shows_no_credentials() {
    let request =
        recorded(b"POST / HTTP/1.1\r\nAuthorization: Bearer CANARY\r\nCookie: CANARY\r\ncontent-length: 4\r\n\r\nbody")
            .await;
    assert_eq!(request.header("authorization"), Some("Bearer CANARY"));
    let shown = format!("{request:?}");
    assert!(!shown.contains("CANARY"), "{shown}");
    assert!(shown.contains("authorization: [redacted]") && shown.contains("body"), "{shown}");
}

#[tokio::test]
async fn reads_bodies_by_length_and_in_chunks() {
    let sized = recorded(b"POST / HTTP/1.1\r\ncontent-length: 5\r\n\r\nhello").await;
    assert_eq!(sized.body, b"hello");
    let chunked = recorded(
        b"POST / HTTP/1.1\r\nTransfer-Encoding: Chunked\r\n\r\n\
          3\r\nhel\r\nA;x=y\r\nlo, world!\r\n0\r\ntrailer: 1\r\n\r\n",
    )
    .await;
    assert_eq!(chunked.body, b"hello, world!");
}

#[tokio::test]
async fn takes_two_requests_on_one_connection() {
    let script = Script::new().read_request().send(OK).read_request().send("bye").close();
    let server = WireServer::start([script]).await;
    let mut client = connect(&server).await;
    client.write_all(&[GET, GET].concat()).await.unwrap();
    let (bytes, error) = read_all(&mut client).await;
    assert_eq!((bytes, error), (format!("{OK}bye").into_bytes(), None));
    assert_eq!(server.requests().len(), 2);
}

#[tokio::test]
async fn plays_scripts_in_order_and_resets_the_rest() {
    let script = |answer: &str| Script::new().read_request().send(answer).close();
    let server = WireServer::start([script("one"), script("two")]).await;
    for answer in ["one", "two"] {
        let mut client = connect(&server).await;
        client.write_all(GET).await.unwrap();
        assert_eq!(read_all(&mut client).await, (answer.into(), None));
    }
    let mut refused = connect(&server).await;
    assert_eq!(read_all(&mut refused).await, (Vec::new(), Some(ErrorKind::ConnectionReset)));
    server.wait_for(|events| events.contains(&Event::Unscripted { connection: 2 })).await;
    assert_eq!(server.connections(), 3);
    assert_eq!(server.requests()[1].connection, 1);
}

#[tokio::test]
async fn repeats_one_script() {
    let server = WireServer::start_repeating(Script::new().read_request().send(OK).close()).await;
    for _ in 0..20 {
        let mut client = connect(&server).await;
        client.write_all(GET).await.unwrap();
        assert_eq!(read_all(&mut client).await, (OK.into(), None));
    }
    assert_eq!(server.connections(), 20);
}

#[tokio::test]
async fn what_was_sent_arrives_before_a_reset() {
    for _ in 0..50 {
        let script = Script::new().read_request().send("HTTP/1.1 200 OK\r\n").reset();
        let server = WireServer::start([script]).await;
        let mut client = connect(&server).await;
        client.write_all(GET).await.unwrap();
        let (bytes, error) = read_all(&mut client).await;
        assert_eq!(bytes, b"HTTP/1.1 200 OK\r\n");
        assert_eq!(error, Some(ErrorKind::ConnectionReset));
    }
}

#[tokio::test]
async fn close_is_a_clean_end_though_a_body_is_unread() {
    let server = WireServer::start([Script::new().read_head().send(OK).close()]).await;
    let mut client = connect(&server).await;
    let post = b"POST / HTTP/1.1\r\ncontent-length: 1000\r\n\r\nnot all of it";
    client.write_all(post).await.unwrap();
    assert_eq!(read_all(&mut client).await, (OK.into(), None));
    server.wait_for(|events| events.contains(&Event::Closed { connection: 0 })).await;
    assert!(server.events().contains(&Event::HeadRead { connection: 0 }));
    assert_eq!(server.requests()[0].body, b"");
}

#[tokio::test]
async fn a_half_closed_connection_still_reads() {
    let server = WireServer::start([Script::new().half_close().read_request()]).await;
    let mut client = connect(&server).await;
    assert_eq!(read_all(&mut client).await, (Vec::new(), None));
    client.write_all(GET).await.unwrap();
    server.wait_for(|events| events.contains(&Event::RequestRead { connection: 0 })).await;
}

#[tokio::test]
async fn a_gate_holds_the_answer_back() {
    let gate = Gate::new();
    let script = Script::new().read_request().wait(&gate).send(OK).close();
    let server = WireServer::start_repeating(script).await;
    let mut client = connect(&server).await;
    client.write_all(GET).await.unwrap();
    server.wait_for(|events| events.contains(&Event::AtGate { connection: 0 })).await;
    let early = client.try_read(&mut [0; 1]).unwrap_err();
    assert_eq!(early.kind(), ErrorKind::WouldBlock);
    gate.open();
    assert_eq!(read_all(&mut client).await, (OK.into(), None));
    // It stays open.
    let mut late = connect(&server).await;
    late.write_all(GET).await.unwrap();
    assert_eq!(read_all(&mut late).await, (OK.into(), None));
}

#[tokio::test]
async fn a_stalled_client_can_leave() {
    let server = WireServer::start([Script::new().read_request().stall()]).await;
    let mut client = connect(&server).await;
    client.write_all(GET).await.unwrap();
    server.wait_for(|events| events.contains(&Event::Silent { connection: 0 })).await;
    let early = client.try_read(&mut [0; 1]).unwrap_err();
    assert_eq!(early.kind(), ErrorKind::WouldBlock);
    drop(client);
    server.wait_for(|events| events.last() == Some(&Event::ClientClosed { connection: 0 })).await;
}

#[tokio::test]
async fn a_request_cut_short_is_no_violation() {
    for cut in [&b"GET / HT"[..], b"GET / HTTP/1.1\r\nho", b"POST / HTTP/1.1\r\ncontent-length: 9\r\n\r\nx"] {
        let server = WireServer::start([Script::new().read_request().send(OK)]).await;
        let mut client = connect(&server).await;
        client.write_all(cut).await.unwrap();
        drop(client);
        server.wait_for(|events| events.last() == Some(&Event::ClientClosed { connection: 0 })).await;
        assert_eq!(server.requests(), []);
    }
}

#[tokio::test]
async fn slow_bytes_come_piece_by_piece() {
    let server = WireServer::start([Script::new().send_slowly(OK, 1).close()]).await;
    let mut client = connect(&server).await;
    let mut pieces = Vec::new();
    let mut buffer = [0; 64];
    loop {
        let read = client.read(&mut buffer).await.unwrap();
        if read == 0 {
            break;
        }
        pieces.push(buffer[..read].to_vec());
    }
    assert_eq!(pieces.concat(), OK.as_bytes());
    assert_eq!(pieces.len(), OK.len(), "each byte was read alone");
}

#[tokio::test]
async fn speaks_websocket() {
    let script = Script::new()
        .upgrade()
        .expect_ws_text()
        .ws_ping("beat")
        .expect_pong()
        .ws_text("hello")
        .ws_frame(2, false, [0xFF])
        .ws_close(1012, "restart")
        .expect_ws_close()
        .close();
    let server = WireServer::start([script]).await;
    let mut client = upgraded(&server).await;
    client.write_all(&masked(1, true, b"start")).await.unwrap();
    assert_eq!(read_exactly(&mut client, 6).await, b"\x89\x04beat");
    client.write_all(&masked(10, true, b"beat")).await.unwrap();
    client.write_all(&masked(8, true, &[0x03, 0xF4])).await.unwrap();
    let (rest, error) = read_all(&mut client).await;
    assert_eq!(error, None);
    assert_eq!(rest, b"\x81\x05hello\x02\x01\xFF\x88\x09\x03\xF4restart");
    server.wait_for(|events| events.last() == Some(&Event::Closed { connection: 0 })).await;
    assert_eq!(
        server.events()[2..5],
        [
            Event::WsText { connection: 0, text: "start".into() },
            Event::Pong { connection: 0, payload: b"beat".into() },
            Event::WsClose { connection: 0, code: Some(1012), reason: String::new() },
        ]
    );
}

#[tokio::test]
async fn puts_fragments_together_around_control_frames() {
    let server = WireServer::start([Script::new().read_head().upgrade()]).await;
    let mut client = upgraded(&server).await;
    let frames = [
        masked(1, false, "gr\u{fc}".as_bytes()),
        masked(9, true, b"ping"),
        masked(0, false, b""),
        masked(0, true, b"n"),
        masked(2, true, &[0, 159]),
        masked(8, true, b""),
    ];
    client.write_all(&frames.concat()).await.unwrap();
    server.wait_for(|events| matches!(events.last(), Some(Event::WsClose { .. }))).await;
    assert_eq!(
        server.events()[3..],
        [
            Event::Ping { connection: 0, payload: b"ping".into() },
            Event::WsText { connection: 0, text: "gr\u{fc}n".into() },
            Event::WsBinary { connection: 0, payload: vec![0, 159] },
            Event::WsClose { connection: 0, code: None, reason: String::new() },
        ]
    );
}

#[tokio::test]
async fn understands_every_form_of_length() {
    let lengths = [0, 125, 126, 65_535, 65_536, 16 << 20];
    let server = WireServer::start([Script::new().upgrade()]).await;
    let mut client = upgraded(&server).await;
    for length in lengths {
        client.write_all(&masked(2, true, &vec![7; length])).await.unwrap();
    }
    let received = |events: &[Event]| -> Vec<usize> {
        let length = |event: &Event| match event {
            Event::WsBinary { payload, .. } => Some(payload.len()),
            _ => None,
        };
        events.iter().filter_map(length).collect()
    };
    server.wait_for(|events| received(events) == lengths).await;
}

/// Starts a server, sends it `bytes` and returns what it had to say about them.
async fn violation(script: Script, bytes: &[u8]) -> String {
    let server = WireServer::start([script]).await;
    let mut client = connect(&server).await;
    client.write_all(bytes).await.unwrap();
    let mut found = None;
    server
        .wait_for(|events| {
            found = events.iter().find_map(|event| match event {
                Event::Violation { reason, .. } => Some(reason.clone()),
                _ => None,
            });
            found.is_some()
        })
        .await;
    let failure = tokio::task::spawn_blocking(move || drop(server)).await;
    assert!(failure.unwrap_err().is_panic(), "the test must not go unnoticed");
    found.unwrap()
}

#[tokio::test]
async fn finds_what_http_forbids() {
    let rows: [(&[u8], &str); 8] = [
        (b"GET / HTTP/1.0\r\n\r\n", "request line"),
        (b"GET  / HTTP/1.1\r\n\r\n", "request line"),
        (b"GET / HTTP/1.1\n\n", "without CR"),
        (b"GET / HTTP/1.1\r\nkey : secret\r\n\r\n", "without a name"),
        (b"POST / HTTP/1.1\r\ncontent-length: 1\r\ncontent-length: 1\r\n\r\n", "framed by"),
        (b"POST / HTTP/1.1\r\ncontent-length: x\r\n\r\n", "content-length"),
        (b"POST / HTTP/1.1\r\ntransfer-encoding: chunked\r\n\r\nx\r\n", "chunk size"),
        (b"POST / HTTP/1.1\r\ntransfer-encoding: chunked\r\n\r\n1\r\nab\r\n", "longer than"),
    ];
    for (bytes, expected) in rows {
        let reason = violation(Script::new().read_request(), bytes).await;
        assert!(reason.contains(expected), "{reason}");
        assert!(!reason.contains("secret"), "{reason}");
    }
    let reason = violation(Script::new().upgrade(), GET).await;
    assert!(reason.contains("sec-websocket-key"), "{reason}");
}

#[tokio::test]
async fn finds_what_websockets_forbid() {
    let reserved = |mut frame: Vec<u8>| {
        frame[0] |= 0x40;
        frame
    };
    let rows: [(Vec<u8>, &str); 12] = [
        (encode_frame(1, true, "bare"), "mask"),
        (reserved(masked(1, true, b"")), "reserved bits"),
        (masked(3, true, b""), "opcode 3"),
        (masked(0, true, b""), "fragment of nothing"),
        ([masked(1, false, b""), masked(1, true, b"")].concat(), "inside a message"),
        (masked(9, false, b""), "control frame"),
        (masked(9, true, &[0; 126]), "control frame"),
        (masked(8, true, &[3]), "half a close code"),
        (masked(8, true, &1006_u16.to_be_bytes()), "close code 1006"),
        (masked(1, true, &[0xFF]), "UTF-8"),
        ([masked(8, true, b""), masked(1, true, b"")].concat(), "after Close"),
        ([&[0x82, 0xFF][..], &u64::MAX.to_be_bytes()].concat(), "16 MiB"),
    ];
    for (frame, expected) in rows {
        let bytes = [UPGRADE, &frame].concat();
        let reason = violation(Script::new().upgrade(), &bytes).await;
        assert!(reason.contains(expected), "{reason}");
    }
}

#[tokio::test]
async fn waiting_in_vain_names_what_happened() {
    let server = WireServer::start([]).await;
    let mut client = connect(&server).await;
    assert_eq!(read_all(&mut client).await.1, Some(ErrorKind::ConnectionReset));
    let waiting = tokio::spawn(async move {
        server.wait_for_within(Duration::ZERO, |_| false).await;
    });
    let panic = waiting.await.unwrap_err().into_panic();
    let message = panic.downcast_ref::<String>().unwrap();
    assert!(message.contains("tests/wire.rs:"), "{message}");
    assert!(message.contains("Unscripted"), "{message}");
}

#[tokio::test]
async fn dropping_the_server_drops_its_connections() {
    let server = WireServer::start_repeating(Script::new().wait(&Gate::new())).await;
    let addr = server.addr();
    let mut client = connect(&server).await;
    server.wait_for(|events| events.contains(&Event::AtGate { connection: 0 })).await;
    drop(server);
    assert_eq!(read_all(&mut client).await, (Vec::new(), None));
    let refused = TcpStream::connect(addr).await.unwrap_err();
    assert_eq!(refused.kind(), ErrorKind::ConnectionRefused);
}

#[test]
#[should_panic(expected = "nothing can follow")]
fn no_step_follows_the_last() {
    let _ = Script::new().reset().send("never");
}

#[test]
#[should_panic(expected = "before upgrade()")]
fn no_message_comes_before_the_upgrade() {
    let _ = Script::new().read_request().expect_ws_text();
}

#[tokio::test]
async fn a_refused_port_refuses() {
    assert_eq!(refused_port(), refused_port());
    let refused = TcpStream::connect(("127.0.0.1", refused_port())).await.unwrap_err();
    assert_eq!(refused.kind(), ErrorKind::ConnectionRefused);
}

#[cfg(target_os = "linux")]
#[tokio::test]
async fn a_black_hole_answers_nobody() {
    // Enough exchanges over loopback that an attempt with an answer would have had it.
    async fn while_others_are_served() {
        let script = Script::new().read_request().send(OK).close();
        let server = WireServer::start_repeating(script).await;
        for _ in 0..20 {
            let mut client = connect(&server).await;
            client.write_all(GET).await.unwrap();
            assert_eq!(read_all(&mut client).await, (OK.into(), None));
        }
    }
    for _ in 0..20 {
        let silent = BlackHole::start().await;
        assert_eq!(silent.url("/x"), format!("http://{}/x", silent.addr()));
        tokio::select! {
            biased;
            answer = TcpStream::connect(silent.addr()) => panic!("{answer:?}"),
            () = while_others_are_served() => {}
        }
    }
}
