//! What the server does with one connection.

use std::sync::Arc;

use super::{
    Gate,
    frame::{CLOSE, PING, TEXT, encode_frame},
};

/// The steps that a [`WireServer`](super::WireServer) takes on one connection, one after the other.
///
/// After [`close`](Self::close), [`reset`](Self::reset) and [`stall`](Self::stall) no step can follow: adding one
/// panics. After any other last step the server goes on reading, and closes when the client does. A script ends early when
/// the client leaves ([`Event::ClientClosed`](super::Event::ClientClosed)).
///
/// ```
/// use runagent_transport::testing::wire::Script;
///
/// // A stream that is cut after its first frame, without a closing handshake.
/// let cut = Script::new()
///     .upgrade()
///     .expect_ws_text()
///     .ws_text(r#"{"type":"status","status":"stream_started"}"#)
///     .close();
/// # drop(cut);
/// ```
#[derive(Clone, Debug, Default)]
#[must_use]
pub struct Script {
    pub(super) steps: Vec<Step>,
}

#[derive(Clone, Debug)]
pub(super) enum Step {
    ReadHead,
    ReadRequest,
    Send { bytes: Arc<[u8]>, chunk: usize },
    Wait(Gate),
    Upgrade,
    Expect(Wanted),
    HalfClose,
    Close,
    Reset,
    Stall,
}

/// The message a script waits for.
#[derive(Clone, Copy, Debug)]
pub(super) enum Wanted {
    Text,
    Pong,
    Close,
}

impl Script {
    /// No steps yet: the server says nothing, reads, and closes when the client does.
    pub fn new() -> Self {
        Self::default()
    }

    /// Reads one request with its body, which is recorded: by `content-length`, chunked, or none.
    pub fn read_request(self) -> Self {
        self.then(Step::ReadRequest)
    }

    /// Reads one request up to the blank line; it is recorded without its body, which stays unread.
    pub fn read_head(self) -> Self {
        self.then(Step::ReadHead)
    }

    /// Sends `bytes` as they are.
    pub fn send(self, bytes: impl AsRef<[u8]>) -> Self {
        self.send_slowly(bytes, usize::MAX)
    }

    /// Sends `bytes` in pieces of `chunk_size` bytes, each a write of its own without Nagle's delay.
    ///
    /// Between two pieces every other task gets its turn, so on a current-thread runtime a client that waits for
    /// bytes reads them piece by piece; elsewhere pieces can arrive together.
    ///
    /// # Panics
    ///
    /// When `chunk_size` is 0.
    #[track_caller]
    pub fn send_slowly(self, bytes: impl AsRef<[u8]>, chunk_size: usize) -> Self {
        assert!(chunk_size > 0, "a piece has at least one byte");
        self.then(Step::Send { bytes: bytes.as_ref().into(), chunk: chunk_size })
    }

    /// Neither reads nor writes until the test opens `gate`.
    pub fn wait(self, gate: &Gate) -> Self {
        self.then(Step::Wait(gate.clone()))
    }

    /// Answers the request read last with the 101 of RFC 6455 §4.2.2; reads one first if none was read.
    ///
    /// From here on, whatever the client sends is read as WebSocket frames.
    pub fn upgrade(self) -> Self {
        let reads = |step: &Step| matches!(step, Step::ReadHead | Step::ReadRequest);
        if self.steps.iter().any(reads) { self.then(Step::Upgrade) } else { self.read_request().then(Step::Upgrade) }
    }

    /// Sends a text message in one frame.
    pub fn ws_text(self, text: impl AsRef<str>) -> Self {
        self.ws_frame(TEXT, true, text.as_ref())
    }

    /// Sends a PING.
    pub fn ws_ping(self, payload: impl AsRef<[u8]>) -> Self {
        self.ws_frame(PING, true, payload)
    }

    /// Sends a Close frame with a status code and a reason; the connection stays open. One without a code is
    /// `ws_frame(8, true, "")`.
    pub fn ws_close(self, code: u16, reason: &str) -> Self {
        let payload = [&code.to_be_bytes(), reason.as_bytes()].concat();
        self.ws_frame(CLOSE, true, payload)
    }

    /// Sends one frame as told, by the rules or against them: see [`encode_frame`].
    pub fn ws_frame(self, opcode: u8, fin: bool, payload: impl AsRef<[u8]>) -> Self {
        self.send(encode_frame(opcode, fin, payload))
    }

    /// Reads up to and including the next text message; every message on the way is recorded.
    ///
    /// # Panics
    ///
    /// When [`upgrade`](Self::upgrade) does not come before it.
    #[track_caller]
    pub fn expect_ws_text(self) -> Self {
        self.expect(Wanted::Text)
    }

    /// Reads up to and including the next PONG; every message on the way is recorded.
    ///
    /// # Panics
    ///
    /// When [`upgrade`](Self::upgrade) does not come before it.
    #[track_caller]
    pub fn expect_pong(self) -> Self {
        self.expect(Wanted::Pong)
    }

    /// Reads up to and including the client's Close frame; every message on the way is recorded.
    ///
    /// # Panics
    ///
    /// When [`upgrade`](Self::upgrade) does not come before it.
    #[track_caller]
    pub fn expect_ws_close(self) -> Self {
        self.expect(Wanted::Close)
    }

    /// Ends our side (FIN) and goes on reading: the client sees the end of the stream. Nothing can be sent after it.
    pub fn half_close(self) -> Self {
        self.then(Step::HalfClose)
    }

    /// Closes both sides in good order: the client gets everything that was sent, then the end of the stream.
    pub fn close(self) -> Self {
        self.then(Step::Close)
    }

    /// Resets the connection (RST). What was sent before arrives, as far as the client's socket had room for it.
    pub fn reset(self) -> Self {
        self.then(Step::Reset)
    }

    /// Says nothing more and reads until the client leaves: what every script does at its end, spelt out.
    pub fn stall(self) -> Self {
        self.then(Step::Stall)
    }

    #[track_caller]
    fn expect(self, wanted: Wanted) -> Self {
        let upgraded = self.steps.iter().any(|step| matches!(step, Step::Upgrade));
        assert!(upgraded, "{wanted:?} is expected before upgrade()");
        self.then(Step::Expect(wanted))
    }

    /// A step that can never be taken would make a test that proves nothing.
    #[track_caller]
    fn then(mut self, step: Step) -> Self {
        if let Some(last @ (Step::Close | Step::Reset | Step::Stall)) = self.steps.last() {
            panic!("{last:?} ends a script, nothing can follow it");
        }
        self.steps.push(step);
        self
    }
}
