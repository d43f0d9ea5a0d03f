//! The same messages at every chunking, and what breaks the rules.

use std::{collections::VecDeque, task::Waker};

use proptest::prelude::*;
use tokio::io::ReadBuf;

use super::*;

const LIMIT: usize = 100_000;

/// A connection that brings its bytes in pieces, then ends, and takes everything.
#[derive(Debug, Default)]
struct Pieces {
    pieces: VecDeque<Vec<u8>>,
    written: Vec<u8>,
    /// Takes nothing.
    broken: bool,
}

impl AsyncRead for Pieces {
    fn poll_read(mut self: Pin<&mut Self>, _: &mut Context<'_>, buf: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        if let Some(mut piece) = self.pieces.pop_front() {
            let rest = piece.split_off(piece.len().min(buf.remaining()));
            buf.put_slice(&piece);
            if !rest.is_empty() {
                self.pieces.push_front(rest);
            }
        }
        Poll::Ready(Ok(()))
    }
}

impl AsyncWrite for Pieces {
    fn poll_write(mut self: Pin<&mut Self>, _: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        if self.broken {
            return Poll::Ready(Err(io::ErrorKind::BrokenPipe.into()));
        }
        self.written.extend_from_slice(bytes);
        Poll::Ready(Ok(bytes.len()))
    }

    fn poll_flush(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn poll_shutdown(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }
}

/// A frame of a client, or of a server.
fn frame(from: Role, opcode: Opcode, last: bool, payload: &[u8]) -> Vec<u8> {
    let key = (from == Role::Client).then_some([1, 2, 3, 4]);
    let mut bytes = BytesMut::new();
    Header { last, opcode, mask: key, length: payload.len() as u64 }.write(&mut bytes);
    let start = bytes.len();
    bytes.extend_from_slice(payload);
    if let Some(key) = key {
        mask(key, 0, &mut bytes[start..]);
    }
    bytes.to_vec()
}

/// The messages in the bytes, why there are no more, and what was answered.
fn read(role: Role, pieces: impl IntoIterator<Item = Vec<u8>>) -> (Vec<Message>, Fault, Vec<u8>) {
    let pieces = Pieces { pieces: pieces.into_iter().filter(|piece| !piece.is_empty()).collect(), ..Pieces::default() };
    let mut framed = Framed::new(pieces, role, LIMIT);
    let mut cx = Context::from_waker(Waker::noop());
    let mut messages = Vec::new();
    loop {
        match framed.poll_recv(&mut cx) {
            Poll::Ready(Ok(message)) => messages.extend(message),
            Poll::Ready(Err(fault)) => {
                assert!(framed.poll_flush(&mut cx).is_ready());
                return (messages, fault, framed.io.written);
            }
            Poll::Pending => panic!("these connections never wait"),
        }
    }
}

fn fault(bytes: &[u8]) -> Fault {
    let whole = read(Role::Client, [bytes.to_vec()]).1;
    let slow = read(Role::Client, bytes.chunks(1).map(<[u8]>::to_vec)).1;
    assert_eq!(format!("{whole:?}"), format!("{slow:?}"), "{bytes:?}");
    whole
}

#[test]
fn messages_that_wait_hold_little_more_than_they_are() {
    for length in [1, 100, MIN_SHARED - 1, MIN_SHARED, READ, 3 * READ] {
        let pieces = (0..10).map(|_| frame(Role::Server, Opcode::Binary, true, &vec![b'a'; length]));
        let (messages, ..) = read(Role::Client, pieces);
        assert_eq!(messages.len(), 10);
        for message in messages {
            let Message::Binary(payload) = message else { panic!("not what was sent") };
            let held = payload.try_into_mut().map_or(READ, |payload| payload.capacity());
            let most = if length < MIN_SHARED { length } else { 4 * length };
            assert!(held <= most, "{length} bytes hold {held}");
        }
    }
}

#[test]
fn why_a_peer_hung_up_is_read_although_it_takes_nothing() {
    let mut cx = Context::from_waker(Waker::noop());
    for (close, expected) in [(true, "Lost(None)"), (false, "Lost(Some(Kind(BrokenPipe)))")] {
        let frame = frame(Role::Server, Opcode::Close, true, b"\x03\xF1");
        let pieces = if close { [frame].into() } else { VecDeque::new() };
        let mut framed = Framed::new(Pieces { pieces, broken: true, ..Pieces::default() }, Role::Client, LIMIT);
        for _ in 0..2 {
            framed.send(Message::text("x".repeat(LIMIT))).expect("queued");
            assert!(framed.poll_flush(&mut cx).is_ready());
        }
        if close {
            let Poll::Ready(Ok(Some(Message::Close(Some(frame))))) = framed.poll_recv(&mut cx) else {
                panic!("no Close frame")
            };
            assert_eq!(frame.code, 1009);
        }
        let Poll::Ready(Err(fault)) = framed.poll_recv(&mut cx) else { panic!("no end") };
        assert_eq!(format!("{fault:?}"), expected);
    }
}

#[test]
fn what_breaks_the_rules_has_its_close_code() {
    for (bytes, code) in [
        (&b"\x80\x01x"[..], Some(1002)),
        (b"\x01\x01x\x81\x01x", Some(1002)),
        (b"\x81\x81\0\0\0\0x", Some(1002)),
        (b"\x88\x01\x03", Some(1002)),
        (b"\x88\x02\x03\xED", Some(1002)),
        (b"\x88\x02\x07\xD0", Some(1002)),
        (b"\x88\x03\x03\xE8\xFF", Some(1007)),
        (b"\x81\x01\xC3", Some(1007)),
        // Known before the rest of the message comes.
        (b"\x01\x01\xC3\x00\x7D(", Some(1007)),
        (b"\x01\x01\xC3\x80\x00", Some(1007)),
        (b"\x82\x7F\0\0\0\0\0\x01\x86\xA1", Some(1009)),
        (b"\x82\x7F\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF", Some(1009)),
        (b"\x81\x05he", None),
        (b"", None),
    ] {
        assert_eq!(fault(bytes).close_code(), code, "{bytes:?}");
    }
    let halves = [
        frame(Role::Server, Opcode::Binary, false, &[0; LIMIT]),
        frame(Role::Server, Opcode::Continuation, true, b"x"),
    ];
    assert!(matches!(read(Role::Client, halves).1, Fault::TooLarge));
}

#[test]
fn nothing_is_read_or_sent_behind_a_close_frame() {
    let bytes = [&b"\x88\x05\x03\xE8bye"[..], b"\x81\x01x"].concat();
    let (messages, fault, written) = read(Role::Client, [bytes]);
    assert_eq!(messages, [Message::Close(Some(CloseFrame::new(1000, "bye")))]);
    assert!(matches!(fault, Fault::Lost(None)));
    // The code alone, masked.
    assert_eq!((&written[..2], written.len()), (&b"\x88\x82"[..], 8));
}

#[test]
fn buffers_go_when_there_is_nothing_to_read() {
    let (mut peer, io) = tokio::io::duplex(64);
    let mut framed = Framed::new(io, Role::Client, LIMIT);
    let mut cx = Context::from_waker(Waker::noop());
    assert!(pin!(tokio::io::AsyncWriteExt::write_all(&mut peer, b"\x81\x02hi")).poll(&mut cx).is_ready());
    assert!(matches!(framed.poll_recv(&mut cx), Poll::Ready(Ok(Some(_)))));
    assert!(framed.send(Message::text("hi")).is_ok());
    assert!(framed.poll_flush(&mut cx).is_ready());
    assert!(framed.poll_recv(&mut cx).is_pending());
    assert_eq!([&framed.input, &framed.output, &framed.message].map(BytesMut::capacity), [0; 3]);
}

fn message() -> impl Strategy<Value = Message> {
    prop_oneof![
        "\\PC{0,40}".prop_map(Message::text),
        proptest::collection::vec(any::<u8>(), 0..300).prop_map(|bytes| Message::Binary(bytes.into())),
        (0_usize..20_000).prop_map(|length| Message::text("é".repeat(length))),
    ]
}

proptest! {
    #[test]
    fn messages_arrive_at_any_fragmentation_and_any_chunking(
        messages in proptest::collection::vec((message(), proptest::collection::vec(0_usize..500, 0..4)), 0..6),
        cuts in proptest::collection::vec(1_usize..9_000, 0..20),
        masked in any::<bool>(),
    ) {
        let (from, to) = if masked { (Role::Client, Role::Server) } else { (Role::Server, Role::Client) };
        let mut bytes = Vec::new();
        for (message, fragments) in &messages {
            let (mut opcode, payload) = match message {
                Message::Text(text) => (Opcode::Text, text.as_bytes()),
                Message::Binary(bytes) => (Opcode::Binary, &bytes[..]),
                Message::Close(_) => unreachable!("none is made"),
            };
            let mut payload = payload;
            for fragment in fragments {
                let (head, tail) = payload.split_at((*fragment).min(payload.len()));
                bytes.extend(frame(from, opcode, false, head));
                bytes.extend(frame(from, Opcode::Ping, true, b"p"));
                (opcode, payload) = (Opcode::Continuation, tail);
            }
            bytes.extend(frame(from, opcode, true, payload));
        }
        let mut pieces = Vec::new();
        let mut rest = &bytes[..];
        for cut in cuts {
            let (head, tail) = rest.split_at(cut.min(rest.len()));
            pieces.push(head.to_vec());
            rest = tail;
        }
        pieces.push(rest.to_vec());
        let (received, fault, _) = read(to, pieces);
        prop_assert!(matches!(fault, Fault::Lost(None)), "{fault:?}");
        prop_assert_eq!(received, messages.into_iter().map(|(message, _)| message).collect::<Vec<_>>());
    }

    #[test]
    fn any_bytes_end_in_a_fault_and_never_a_panic(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
        let whole = read(Role::Server, [bytes.clone()]);
        let slow = read(Role::Server, bytes.chunks(1).map(<[u8]>::to_vec));
        prop_assert_eq!(whole.0, slow.0);
    }
}
