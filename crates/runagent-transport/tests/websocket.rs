//! Sockets over an upgrade, against scripted sockets and against ourselves.
#![allow(clippy::expect_used, reason = "a test fails by panicking")]
#![cfg(feature = "ws")]

use std::time::Duration;

use runagent_transport::{
    CallOptions, CloseFrame, HttpTransport, Message, Progress, Socket, Transport, TransportError, TransportErrorKind,
    socket::SocketConfig,
    testing::wire::{Event, Gate, Script, WireServer},
};

async fn connect(server: &WireServer) -> Result<Socket, TransportError> {
    connect_with(server, SocketConfig::new()).await
}

async fn connect_with(server: &WireServer, config: SocketConfig) -> Result<Socket, TransportError> {
    let mut request = http::Request::get(server.url("/socket?x=y")).header("x-test", "1").body(()).expect("a request");
    request.extensions_mut().insert(CallOptions::new().with_socket(config));
    HttpTransport::new().connect(request).await
}

async fn next_text(socket: &mut Socket) -> String {
    let message = socket.recv().await.expect("not ended").expect("a message");
    message.as_text().expect("text").to_owned()
}

#[tokio::test]
async fn messages_go_both_ways_and_a_close_ends_it() {
    let script = Script::new().upgrade().expect_ws_text().ws_text("one").ws_text("two").ws_close(1012, "restart");
    let server = WireServer::start([script]).await;
    let mut socket = connect(&server).await.expect("a socket");
    socket.send(Message::text("hello")).await.expect("sent");
    assert_eq!(next_text(&mut socket).await, "one");
    assert_eq!(next_text(&mut socket).await, "two");
    let close = socket.recv().await.expect("a close").expect("no error");
    assert_eq!(close, Message::Close(Some(CloseFrame::new(1012, "restart"))));
    assert!(socket.recv().await.is_none());
    assert!(socket.recv().await.is_none());
    assert!(socket.send(Message::text("late")).await.is_err());
    server.wait_for(|events| events.iter().any(|e| matches!(e, Event::WsClose { code: Some(1012), .. }))).await;

    let request = &server.requests()[0];
    assert_eq!(request.target, "/socket?x=y");
    assert_eq!(request.header("x-test"), Some("1"));
    assert_eq!(request.header("sec-websocket-version"), Some("13"));
    assert_eq!(request.header("sec-websocket-extensions"), None);
}

#[tokio::test]
async fn why_a_peer_hung_up_is_told_although_it_took_no_more() {
    // It leaves the message unread, so that its close is a reset.
    let server = WireServer::start([Script::new().upgrade().ws_close(1009, "too big").close()]).await;
    let mut socket = connect(&server).await.expect("a socket");
    socket.send(Message::text("x".repeat(20_000_000))).await.expect("queued");
    let close = socket.recv().await.expect("a close").expect("no error");
    assert_eq!(close, Message::Close(Some(CloseFrame::new(1009, "too big"))));
    assert!(socket.recv().await.is_none());
}

#[tokio::test]
async fn answers_other_than_an_upgrade_are_handed_over() {
    for (status, body) in [("401 Unauthorized", r#"{"detail":"no"}"#), ("403 Forbidden", ""), ("200 OK", "hi")] {
        let answer = format!("HTTP/1.1 {status}\r\ncontent-length: {}\r\n\r\n{body}", body.len());
        let server = WireServer::start([Script::new().read_request().send(answer)]).await;
        let error = connect(&server).await.expect_err("no upgrade");
        assert_eq!(error.kind(), TransportErrorKind::Rejected);
        let response = error.response().expect("the answer");
        assert_eq!(response.status().as_str(), &status[..3]);
        assert_eq!(response.body(), body);
    }
}

#[tokio::test]
async fn upgrades_that_break_the_rules_are_refused() {
    let upgrade = "HTTP/1.1 101 Switching Protocols\r\nupgrade: websocket\r\nconnection: upgrade\r\n";
    for head in [
        "HTTP/1.1 101 Switching Protocols\r\nconnection: upgrade\r\nupgrade: other\r\n".to_owned(),
        "HTTP/1.1 101 Switching Protocols\r\nupgrade: websocket\r\nconnection: close\r\n".to_owned(),
        upgrade.to_owned(),
        format!("{upgrade}sec-websocket-accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n"),
    ] {
        let server = WireServer::start([Script::new().read_request().send(head + "\r\n")]).await;
        let error = connect(&server).await.expect_err("not a WebSocket");
        assert_eq!(error.kind(), TransportErrorKind::Protocol, "{error:?}");
    }
}

#[tokio::test]
async fn a_handshake_that_never_ends_is_given_up() {
    let server = WireServer::start([Script::new().read_request().stall()]).await;
    let mut request = http::Request::get(server.url("/")).body(()).expect("a request");
    request.extensions_mut().insert(CallOptions::new().with_connect_timeout(Duration::from_millis(50)));
    let error = HttpTransport::new().connect(request).await.expect_err("silence");
    assert_eq!((error.kind(), error.progress()), (TransportErrorKind::Timeout, Progress::MaybeSent));
    server.wait_for(|events| events.contains(&Event::ClientClosed { connection: 0 })).await;
}

#[tokio::test]
async fn an_end_without_a_close_frame_is_an_error() {
    for script in [
        Script::new().upgrade().ws_text("one").close(),
        Script::new().upgrade().ws_text("one").reset(),
        Script::new().upgrade().ws_text("one").send(b"\x81\x05he").close(),
    ] {
        let server = WireServer::start([script]).await;
        let mut socket = connect(&server).await.expect("a socket");
        assert_eq!(next_text(&mut socket).await, "one");
        let error = socket.recv().await.expect("an error").expect_err("not an end");
        assert_eq!(error.kind(), TransportErrorKind::Closed);
        assert!(socket.recv().await.is_none());
    }
}

#[tokio::test]
async fn frames_that_break_the_protocol_are_errors() {
    for frame in [&b"\xC1\x01x"[..], b"\x83\x01x", b"\x81\x81\0\0\0\0x", b"\x80\x01x", b"\x81\x01\xFF"] {
        let server = WireServer::start([Script::new().upgrade().send(frame)]).await;
        let mut socket = connect(&server).await.expect("a socket");
        let error = socket.recv().await.expect("an error").expect_err("a fault");
        assert_eq!(error.kind(), TransportErrorKind::Protocol, "{frame:?}");
    }
}

#[tokio::test]
async fn pings_are_answered_while_nobody_reads() {
    let script =
        Script::new().upgrade().ws_text("one").ws_ping(b"a").expect_pong().ws_ping(b"b").expect_pong().ws_text("two");
    let server = WireServer::start([script]).await;
    let mut socket = connect(&server).await.expect("a socket");
    server.wait_for(|events| events.iter().filter(|e| matches!(e, Event::Pong { .. })).count() == 2).await;
    assert_eq!(next_text(&mut socket).await, "one");
    assert_eq!(next_text(&mut socket).await, "two");
}

#[tokio::test]
async fn a_full_queue_holds_the_peer_back_and_its_pings_wait() {
    let gate = Gate::new();
    let big = "x".repeat(1000);
    let script =
        Script::new().upgrade().ws_text(&big).ws_text(&big).wait(&gate).ws_ping(b"p").expect_pong().ws_text("end");
    let server = WireServer::start([script]).await;
    let mut socket = connect_with(&server, SocketConfig::new().with_queue_bytes(1500)).await.expect("a socket");
    server.wait_for(|events| events.iter().any(|e| matches!(e, Event::AtGate { .. }))).await;
    gate.open();
    // Two messages of 1000 bytes fill the queue; the PING behind them is read once there is room again.
    assert_eq!(next_text(&mut socket).await, big);
    assert_eq!(next_text(&mut socket).await, big);
    server.wait_for(|events| events.iter().any(|e| matches!(e, Event::Pong { .. }))).await;
    assert_eq!(next_text(&mut socket).await, "end");
}

#[tokio::test]
async fn a_stalled_reader_costs_no_more_than_the_queue() {
    let messages: usize = 400;
    let script = (0..messages).fold(Script::new().upgrade(), |script, _| script.ws_text("x".repeat(64 * 1024)));
    let server = WireServer::start([script.ws_close(1000, "")]).await;
    let mut socket = connect_with(&server, SocketConfig::new().with_queue_bytes(256 * 1024)).await.expect("a socket");
    // 25 MiB do not fit what lies between the two: the server can't be done before somebody reads.
    for _ in 0..100 {
        tokio::task::yield_now().await;
    }
    assert!(!server.events().iter().any(|event| matches!(event, Event::Silent { .. })));
    let queued = format!("{socket:?}");
    let bytes: usize = queued
        .split("queued_bytes: ")
        .nth(1)
        .and_then(|s| s.split(',').next())
        .and_then(|s| s.parse().ok())
        .expect(&queued);
    assert!(bytes <= 256 * 1024 + 64 * 1024, "{queued}");
    for _ in 0..messages {
        assert_eq!(next_text(&mut socket).await.len(), 64 * 1024);
    }
    assert!(matches!(socket.recv().await, Some(Ok(Message::Close(_)))));
}

#[tokio::test]
async fn messages_over_the_limit_are_an_error_that_the_peer_hears() {
    for script in [
        Script::new().upgrade().ws_text("x".repeat(1001)),
        Script::new().upgrade().ws_frame(1, false, "x".repeat(600)).ws_frame(0, true, "x".repeat(600)),
    ] {
        let server = WireServer::start([script.expect_ws_close()]).await;
        let config = SocketConfig::new().with_max_message_bytes(1000);
        let mut socket = connect_with(&server, config).await.expect("a socket");
        let error = socket.recv().await.expect("an error").expect_err("too large");
        assert_eq!(error.kind(), TransportErrorKind::TooLarge);
        server.wait_for(|events| events.iter().any(|e| matches!(e, Event::WsClose { code: Some(1009), .. }))).await;
    }
}

#[tokio::test]
async fn a_broken_rule_is_answered_with_1002() {
    let server = WireServer::start([Script::new().upgrade().send(b"\x83\x01x").expect_ws_close()]).await;
    let mut socket = connect(&server).await.expect("a socket");
    assert!(matches!(socket.recv().await, Some(Err(_))));
    server.wait_for(|events| events.iter().any(|e| matches!(e, Event::WsClose { code: Some(1002), .. }))).await;
}

#[tokio::test]
async fn empty_messages_are_not_free() {
    let script = Script::new().upgrade().send(b"\x81\x00".repeat(200_000)).ws_close(1000, "");
    let server = WireServer::start([script]).await;
    let mut socket = connect_with(&server, SocketConfig::new().with_queue_bytes(64 * 100)).await.expect("a socket");
    assert_eq!(next_text(&mut socket).await, "");
    for _ in 0..1000 {
        tokio::task::yield_now().await;
    }
    let queued = format!("{socket:?}");
    let number = queued.split("queued_messages: ").nth(1).and_then(|s| s.split(',').next()).expect("a number");
    assert!(number.parse::<usize>().expect("a number") <= 100, "{queued}");
    for _ in 1..200_000 {
        assert_eq!(next_text(&mut socket).await, "");
    }
    assert!(matches!(socket.recv().await, Some(Ok(Message::Close(_)))));
}

#[tokio::test]
async fn closing_after_the_peer_has_closed_is_no_error() {
    let server = WireServer::start([Script::new().upgrade().ws_close(1000, "").expect_ws_close()]).await;
    let socket = connect(&server).await.expect("a socket");
    server.wait_for(|events| events.iter().any(|e| matches!(e, Event::WsClose { .. }))).await;
    socket.close(CloseFrame::NORMAL).await.expect("closed by both");
}

#[tokio::test]
async fn nothing_is_sent_behind_a_close_frame() {
    let server = WireServer::start([Script::new().upgrade().expect_ws_close().ws_close(1000, "")]).await;
    let mut socket = connect(&server).await.expect("a socket");
    socket.send(Message::Close(None)).await.expect("sent");
    assert!(socket.send(Message::text("late")).await.is_err());
    assert!(matches!(socket.recv().await, Some(Ok(Message::Close(_)))));
}

#[cfg(feature = "tokio")]
#[tokio::test(start_paused = true)]
async fn a_peer_that_sends_pings_and_takes_no_pongs_is_not_read() {
    use tokio::io::AsyncWriteExt as _;
    let (mut client, server) = tokio::io::duplex(4096);
    let socket = Socket::server(server, SocketConfig::new());
    // 125 bytes each, masked with zeros: the PONGs fill the pipe, then 8 KiB, and then nothing is read any more.
    let ping = [&[0x89, 0x80 | 125, 0, 0, 0, 0][..], &[b'x'; 125]].concat();
    let mut taken = 0;
    while let Ok(written) = tokio::time::timeout(Duration::from_millis(200), client.write_all(&ping)).await {
        written.expect("written");
        taken += 1;
        assert!(taken < 1000, "PINGs are read without an end");
    }
    drop(socket);
}

#[tokio::test]
async fn a_message_of_eleven_mebibytes_arrives() {
    let big = "x".repeat(11 * 1024 * 1024);
    let server = WireServer::start([Script::new().upgrade().ws_text(&big)]).await;
    let mut socket = connect(&server).await.expect("a socket");
    assert_eq!(next_text(&mut socket).await.len(), big.len());
}

#[tokio::test]
async fn fragments_are_one_message() {
    let script = Script::new().upgrade().ws_frame(1, false, &"na\u{ef}".as_bytes()[..3]).ws_ping(b"").ws_frame(
        0,
        true,
        &"\u{ef}ve".as_bytes()[1..],
    );
    let server = WireServer::start([script]).await;
    let mut socket = connect(&server).await.expect("a socket");
    assert_eq!(next_text(&mut socket).await, "naïve");
}

#[tokio::test]
async fn dropping_a_socket_says_goodbye() {
    let server = WireServer::start([Script::new().upgrade().ws_text("one").expect_ws_close().close()]).await;
    let mut socket = connect(&server).await.expect("a socket");
    assert_eq!(next_text(&mut socket).await, "one");
    drop(socket);
    server.wait_for(|events| events.iter().any(|e| matches!(e, Event::WsClose { code: Some(1000), .. }))).await;
}

#[tokio::test]
async fn a_dropped_socket_is_gone_within_a_second_even_when_the_peer_ignores_it() {
    // The server reads the Close and never answers it.
    let server = WireServer::start([Script::new().upgrade().ws_text("one")]).await;
    let mut socket = connect(&server).await.expect("a socket");
    assert_eq!(next_text(&mut socket).await, "one");
    let before = std::time::Instant::now();
    drop(socket);
    server.wait_for(|events| events.contains(&Event::ClientClosed { connection: 0 })).await;
    assert!(before.elapsed() < Duration::from_secs(3), "{:?}", before.elapsed());
}

#[tokio::test]
async fn close_waits_for_the_peer() {
    let server = WireServer::start([Script::new().upgrade().ws_text("one").expect_ws_close().ws_close(1000, "")]).await;
    let socket = connect(&server).await.expect("a socket");
    socket.close(CloseFrame::new(1000, "done")).await.expect("closed");
    server
        .wait_for(|events| events.iter().any(|e| matches!(e, Event::WsClose { reason, .. } if reason == "done")))
        .await;

    let server = WireServer::start([Script::new().upgrade().expect_ws_close().close()]).await;
    let socket = connect(&server).await.expect("a socket");
    assert!(socket.close(CloseFrame::NORMAL).await.is_err(), "no Close frame came back");
}

#[test]
fn a_socket_whose_runtime_is_gone_ends() {
    let runtime = || tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    let first = runtime();
    let (server, mut socket) = first.block_on(async {
        let server = WireServer::start([Script::new().upgrade()]).await;
        let socket = connect(&server).await.expect("a socket");
        (server, socket)
    });
    drop(server);
    drop(first);
    let end = runtime().block_on(socket.recv());
    assert!(matches!(end, Some(Err(_))), "{end:?}");
}

#[cfg(feature = "tokio")]
#[tokio::test]
async fn the_server_side_speaks_to_any_client() {
    let (client, server) = tokio::io::duplex(1024);
    let serving = tokio::spawn(echo(Socket::server(server, SocketConfig::new())));
    // A client written out by hand: a masked text frame, then a masked Close.
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
    let mut client = client;
    client.write_all(b"\x81\x82\x01\x02\x03\x04\x69\x6b").await.expect("written");
    let mut answer = [0; 4];
    client.read_exact(&mut answer).await.expect("an echo");
    assert_eq!(&answer, b"\x81\x02hi");
    client.write_all(b"\x88\x82\0\0\0\0\x03\xE8").await.expect("written");
    let mut close = [0; 4];
    client.read_exact(&mut close).await.expect("a Close");
    assert_eq!(&close, b"\x88\x02\x03\xE8");
    serving.await.expect("no panic");
}

/// A frame as a client sends it.
#[cfg(feature = "tokio")]
fn masked(opcode: u8, fin: bool, mask: [u8; 4], payload: &[u8]) -> Vec<u8> {
    let mut frame = vec![(u8::from(fin) << 7) | opcode];
    match payload.len() {
        length @ 0..=125 => frame.push(0x80 | length as u8),
        length => {
            frame.push(0x80 | 126);
            frame.extend((length as u16).to_be_bytes());
        }
    }
    frame.extend(mask);
    frame.extend(payload.iter().zip(mask.iter().cycle()).map(|(byte, mask)| byte ^ mask));
    frame
}

#[cfg(feature = "tokio")]
proptest::proptest! {
    #[test]
    fn messages_arrive_whatever_their_fragments_and_the_pieces_on_the_wire(
        messages in proptest::collection::vec((proptest::bool::ANY, ".{0,120}", 1_usize..300), 0..6),
        mask in proptest::array::uniform4(0_u8..),
        pipe in 1_usize..50,
    ) {
        use tokio::io::AsyncWriteExt as _;
        let mut stream = Vec::new();
        let mut expected = Vec::new();
        for (is_text, text, fragment) in messages {
            let kind = if is_text { 1 } else { 2 };
            // An empty message is one fragment too.
            let fragments = text.len().div_ceil(fragment).max(1);
            for index in 0..fragments {
                let payload = text.as_bytes().chunks(fragment).nth(index).unwrap_or_default();
                let opcode = if index == 0 { kind } else { 0 };
                stream.extend(masked(opcode, index + 1 == fragments, mask, payload));
                stream.extend(masked(9, true, mask, b"between"));
            }
            expected.push(if is_text { Message::text(text) } else { Message::Binary(text.into()) });
        }
        stream.extend(masked(8, true, mask, b"\x03\xE8bye"));
        expected.push(Message::Close(Some(CloseFrame::new(1000, "bye"))));

        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
        let received = runtime.block_on(async {
            let (client, server) = tokio::io::duplex(pipe);
            let (mut answers, mut client) = tokio::io::split(client);
            tokio::spawn(async move { tokio::io::copy(&mut answers, &mut tokio::io::sink()).await });
            tokio::spawn(async move { client.write_all(&stream).await });
            let mut socket = Socket::server(server, SocketConfig::new());
            let mut received = Vec::new();
            while let Some(message) = socket.recv().await {
                received.push(message.expect("a message"));
            }
            received
        });
        proptest::prop_assert_eq!(received, expected);
    }
}

/// Sends back what comes, until the peer closes.
#[cfg(feature = "tokio")]
async fn echo(mut socket: Socket) {
    while let Some(message) = socket.recv().await {
        match message.expect("a message") {
            Message::Close(_) => {}
            message => socket.send(message).await.expect("sent"),
        }
    }
}

#[test]
fn pings_wait_while_the_runtime_of_the_socket_stands_still() {
    // The one always runs, the other only inside `block_on`.
    let running =
        tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().expect("a runtime");
    let standing = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    let gates = [Gate::new(), Gate::new()];
    let scripts = gates.each_ref().map(|gate| Script::new().upgrade().wait(gate).ws_ping(b"p"));
    let server = running.block_on(WireServer::start(scripts));
    let has_ponged = |number| {
        let is_pong = move |event: &Event| matches!(event, Event::Pong { connection, .. } if *connection == number);
        move |events: &[Event]| events.iter().any(is_pong)
    };
    let first = standing.block_on(connect(&server)).expect("a socket");
    let second = running.block_on(connect(&server)).expect("a socket");

    gates[0].open();
    running.block_on(server.wait_for(|events| events.contains(&Event::Silent { connection: 0 })));
    // From the PING to the first socket to here there is time for a whole PING and PONG on the second.
    gates[1].open();
    running.block_on(server.wait_for(has_ponged(1)));
    assert!(!has_ponged(0)(&server.events()));

    standing.block_on(server.wait_for(has_ponged(0)));
    drop((first, second));
}

#[cfg(feature = "tokio")]
#[tokio::test(start_paused = true)]
async fn a_server_hangs_up_as_soon_as_both_have_closed() {
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

    let (mut client, server) = tokio::io::duplex(1024);
    let start = tokio::time::Instant::now();
    drop(Socket::server(server, SocketConfig::new()));
    let mut close = [0; 4];
    client.read_exact(&mut close).await.expect("a Close frame");
    assert_eq!(close, [0x88, 2, 0x03, 0xE8]);
    // The client's own, after which it waits for the server to hang up (RFC 6455, section 7.1.1).
    client.write_all(&[0x88, 0x82, 0, 0, 0, 0, 0x03, 0xE8]).await.expect("sent");
    assert_eq!(client.read(&mut close).await.expect("no error"), 0);
    assert_eq!(start.elapsed(), Duration::ZERO);
}
