//! One accepted connection and the script it plays.

use std::io;

use tokio::{
    io::{AsyncReadExt, AsyncWriteExt, BufReader},
    net::TcpStream,
};

use super::{
    frame::{Message, Messages},
    journal::{Event, Journal},
    request::RecordedRequest,
    script::{Script, Step, Wanted},
};
use crate::socket::handshake::accept_key;

/// Why a script ended before its last step.
#[derive(Debug)]
pub(super) enum Stop {
    ClientClosed,
    Violation(String),
}

impl Stop {
    pub(super) fn violation(reason: impl Into<String>) -> Self {
        Self::Violation(reason.into())
    }
}

/// On loopback a socket only fails because the other side is gone.
impl From<io::Error> for Stop {
    fn from(_: io::Error) -> Self {
        Self::ClientClosed
    }
}

/// How a script ended that came to its end.
enum Ending {
    Close,
    Reset,
}

pub(super) struct Connection {
    number: usize,
    stream: BufReader<TcpStream>,
    journal: Journal,
    /// `Sec-WebSocket-Key` of the request read last.
    key: Option<String>,
    /// Present once the connection is a WebSocket.
    messages: Option<Messages>,
}

impl Connection {
    pub(super) fn new(number: usize, stream: TcpStream, journal: Journal) -> Self {
        journal.event(Event::Accepted { connection: number });
        Self { number, stream: BufReader::new(stream), journal, key: None, messages: None }
    }

    /// Resets a connection that nobody expected.
    pub(super) fn refuse(self) {
        let connection = self.number;
        let journal = self.journal.clone();
        self.reset();
        journal.event(Event::Unscripted { connection });
    }

    pub(super) async fn play(mut self, script: Script) {
        let connection = self.number;
        let journal = self.journal.clone();
        match self.take_steps(script).await {
            Ok(Ending::Close) => {
                self.close().await;
                journal.event(Event::Closed { connection });
            }
            Ok(Ending::Reset) => {
                self.reset();
                journal.event(Event::Closed { connection });
            }
            Err(Stop::ClientClosed) => journal.event(Event::ClientClosed { connection }),
            Err(Stop::Violation(reason)) => {
                self.reset();
                journal.event(Event::Violation { connection, reason });
            }
        }
    }

    async fn take_steps(&mut self, script: Script) -> Result<Ending, Stop> {
        let connection = self.number;
        // So that every write leaves at once, as a segment of its own.
        self.stream.get_ref().set_nodelay(true)?;
        for step in script.steps {
            match step {
                Step::ReadHead => self.read_head().await?,
                Step::ReadRequest => self.read_request().await?,
                Step::Send { bytes, chunk } => self.send(&bytes, chunk).await?,
                Step::Wait(gate) => {
                    self.journal.event(Event::AtGate { connection });
                    gate.passed().await;
                }
                Step::Upgrade => self.upgrade().await?,
                Step::Expect(wanted) => self.expect(wanted).await?,
                Step::HalfClose => self.stream.shutdown().await?,
                Step::Close => return Ok(Ending::Close),
                Step::Reset => return Ok(Ending::Reset),
                Step::Stall => break,
            }
        }
        self.journal.event(Event::Silent { connection });
        loop {
            self.listen().await?;
        }
    }

    async fn read_head(&mut self) -> Result<(), Stop> {
        let connection = self.number;
        let request = RecordedRequest::read_head(connection, &mut self.stream).await?;
        self.record(request, Event::HeadRead { connection });
        Ok(())
    }

    async fn read_request(&mut self) -> Result<(), Stop> {
        let connection = self.number;
        let mut request = RecordedRequest::read_head(connection, &mut self.stream).await?;
        request.read_body(&mut self.stream).await?;
        self.record(request, Event::RequestRead { connection });
        Ok(())
    }

    fn record(&mut self, request: RecordedRequest, event: Event) {
        self.key = request.header("sec-websocket-key").map(Into::into);
        self.journal.request(request, event);
    }

    async fn send(&mut self, bytes: &[u8], chunk: usize) -> Result<(), Stop> {
        for (turn, piece) in bytes.chunks(chunk).enumerate() {
            if turn > 0 {
                tokio::task::yield_now().await;
            }
            self.stream.write_all(piece).await?;
        }
        Ok(())
    }

    async fn upgrade(&mut self) -> Result<(), Stop> {
        let Some(key) = &self.key else {
            return Err(Stop::violation("an upgrade without sec-websocket-key"));
        };
        let accept = accept_key(key.as_bytes()).expect("base64 is a header value");
        let head = b"HTTP/1.1 101 Switching Protocols\r\nconnection: upgrade\r\nupgrade: websocket\r\n\
            sec-websocket-accept: ";
        self.stream.write_all(&[head, accept.as_bytes(), b"\r\n\r\n"].concat()).await?;
        self.messages = Some(Messages::default());
        Ok(())
    }

    async fn expect(&mut self, wanted: Wanted) -> Result<(), Stop> {
        loop {
            match (wanted, self.listen().await?) {
                (Wanted::Text, Some(Event::WsText { .. }))
                | (Wanted::Pong, Some(Event::Pong { .. }))
                | (Wanted::Close, Some(Event::WsClose { .. })) => return Ok(()),
                _ => {}
            }
        }
    }

    /// Takes in what the client sends next: on a WebSocket one message, which is recorded and returned, before it
    /// some bytes, which are forgotten.
    async fn listen(&mut self) -> Result<Option<Event>, Stop> {
        let Some(messages) = &mut self.messages else {
            let read = self.stream.read(&mut [0; 1024]).await?;
            return if read == 0 { Err(Stop::ClientClosed) } else { Ok(None) };
        };
        let connection = self.number;
        let event = match messages.next(&mut self.stream).await? {
            Message::Text(text) => Event::WsText { connection, text },
            Message::Binary(payload) => Event::WsBinary { connection, payload },
            Message::Ping(payload) => Event::Ping { connection, payload },
            Message::Pong(payload) => Event::Pong { connection, payload },
            Message::Close { code, reason } => Event::WsClose { connection, code, reason },
        };
        self.journal.event(event.clone());
        Ok(Some(event))
    }

    /// FIN before anything else: a socket that is closed with unread bytes in it sends RST instead, and the client
    /// could lose the answer.
    async fn close(mut self) {
        if self.stream.shutdown().await.is_ok() {
            while let Ok(1..) = self.stream.get_ref().try_read(&mut [0; 1024]) {}
        }
    }

    fn reset(self) {
        // Fails only when the client has gone before, and then there is nothing to reset.
        let _ = self.stream.get_ref().set_zero_linger();
    }
}
