//! Servers that break the rules of WebSockets.

use super::{
    case::{Case, Verdict, ensure, error_of, same},
    faults::{SHORT, says},
    sockets::next,
    subject::connect,
};
use crate::{
    CallOptions, Progress, Socket, Transport, TransportError, TransportErrorKind,
    testing::wire::{Event, Script, WireServer, refused_port},
};

pub(super) fn cases(transport: &dyn Transport) -> Vec<Case<'_>> {
    vec![
        Case::new("a refused handshake connection is Refused, NotSent", refused(transport)),
        Case::new("a handshake against the rules is Protocol", handshake(transport)),
        Case::new("a handshake keeps the time to a connection", connect_timeout(transport)),
        Case::new("a socket that ends without a Close frame is Closed", lost(transport)),
        Case::new("a frame against the rules is Protocol", frames(transport)),
        Case::new("a PING is answered", ping(transport)),
    ]
}

/// Opens a socket at this URL, or not.
async fn open(transport: &dyn Transport, url: &str) -> Verdict<Result<Socket, TransportError>> {
    connect(transport, http::Request::get(url).body(())?).await
}

async fn refused(transport: &dyn Transport) -> Verdict {
    let url = format!("http://127.0.0.1:{}/", refused_port());
    let error = error_of("a handshake with nobody", open(transport, &url).await?)?;
    says(&error, TransportErrorKind::Refused, Progress::NotSent)
}

async fn handshake(transport: &dyn Transport) -> Verdict {
    const SWITCHING: &str = "HTTP/1.1 101 Switching Protocols\r\n";
    for headers in [
        "connection: upgrade\r\nupgrade: other\r\n",
        "connection: close\r\nupgrade: websocket\r\n",
        "connection: upgrade\r\nupgrade: websocket\r\n",
        "connection: upgrade\r\nupgrade: websocket\r\nsec-websocket-accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n",
    ] {
        let script = Script::new().read_request().send(format!("{SWITCHING}{headers}\r\n"));
        let server = WireServer::start_repeating(script).await;
        let error = error_of("a wrong upgrade", open(transport, &server.url("/")).await?)?;
        same("the kind of error", error.kind(), TransportErrorKind::Protocol)?;
    }
    Ok(())
}

async fn connect_timeout(transport: &dyn Transport) -> Verdict {
    let server = WireServer::start([Script::new().read_request().stall()]).await;
    let options = CallOptions::new().with_connect_timeout(SHORT);
    let request = http::Request::get(server.url("/")).extension(options).body(())?;
    let error = error_of("a handshake without an answer", connect(transport, request).await?)?;
    says(&error, TransportErrorKind::Timeout, Progress::MaybeSent)
}

async fn lost(transport: &dyn Transport) -> Verdict {
    let opened = || Script::new().upgrade().ws_text("one");
    for script in [opened().close(), opened().reset(), opened().send(b"\x81\x05he").close()] {
        let server = WireServer::start_repeating(script).await;
        let mut socket = open(transport, &server.url("/")).await??;
        same("the message before the end", next(&mut socket).await?.as_text(), Some("one"))?;
        broken(&mut socket, TransportErrorKind::Closed).await?;
    }
    Ok(())
}

async fn frames(transport: &dyn Transport) -> Verdict {
    // Reserved bits, a reserved opcode, a mask, a fragment of nothing, text that is not UTF-8.
    for frame in [&b"\xC1\x01x"[..], b"\x83\x01x", b"\x81\x81\0\0\0\0x", b"\x80\x01x", b"\x81\x01\xFF"] {
        let server = WireServer::start_repeating(Script::new().upgrade().send(frame)).await;
        let mut socket = open(transport, &server.url("/")).await??;
        broken(&mut socket, TransportErrorKind::Protocol).await?;
    }
    Ok(())
}

/// Whether the next thing that comes is an error of this kind, and nothing after it.
async fn broken(socket: &mut Socket, kind: TransportErrorKind) -> Verdict {
    let message = socket.recv().await.unwrap_or_else(|| Ok(crate::Message::Close(None)));
    let error = error_of("the end of a broken socket", message)?;
    same("the kind of error", error.kind(), kind)?;
    ensure(socket.recv().await.is_none(), || "something came after the error".to_owned())
}

async fn ping(transport: &dyn Transport) -> Verdict {
    let script = Script::new().upgrade().ws_ping("beat").expect_pong().ws_text("alive");
    let server = WireServer::start([script]).await;
    let mut socket = open(transport, &server.url("/")).await??;
    same("the message after the PING", next(&mut socket).await?.as_text(), Some("alive"))?;
    let pong = Event::Pong { connection: 0, payload: b"beat".into() };
    ensure(server.events().contains(&pong), || "the PONG does not repeat the PING".to_owned())
}
