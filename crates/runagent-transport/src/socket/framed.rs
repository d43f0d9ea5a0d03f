//! A connection that carries messages in frames (RFC 6455, sections 5 to 7).
//!
//! What it holds is little: there is no buffer while nothing is on its way, and streams are mostly silent.

use std::{
    io, mem,
    pin::{Pin, pin},
    str,
    task::{Context, Poll, ready},
};

use bytes::{Buf, BufMut, Bytes, BytesMut};
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite};

use super::{
    CloseFrame, Message, Text,
    frame::{Header, MAX_CONTROL, MAX_HEADER, Opcode, mask},
};
use crate::utf8;

/// How much is read at a time.
const READ: usize = 8 * 1024;
/// Less room than this is not worth a read.
const MIN_READ: usize = 2 * 1024;
/// A payload below this is copied: it would keep the whole of what was read with it for as long as it waits for a reader.
const MIN_SHARED: usize = READ / 4;
/// How much room is made for the payload of a frame before it comes.
const MAX_RESERVE: usize = 1024 * 1024;
/// How much may wait to be written before it has to be.
const MAX_OUTPUT: usize = 8 * 1024;

/// Who we are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Role {
    Client,
    #[cfg(any(test, feature = "tokio"))]
    Server,
}

/// Why nothing more can be read or written.
#[derive(Debug)]
pub(super) enum Fault {
    /// The connection is gone.
    Lost(Option<io::Error>),
    /// A rule is broken: which one.
    Protocol(&'static str),
    NotUtf8,
    TooLarge,
}

/// The connection.
pub(super) struct Framed<I> {
    io: I,
    role: Role,
    max_message_bytes: usize,
    state: State,
    /// What has arrived and not been looked at.
    input: BytesMut,
    /// The data frame whose payload is arriving.
    frame: Option<Frame>,
    /// The message that is not whole yet.
    message: BytesMut,
    /// What kind it is, when a frame of it has been seen.
    kind: Option<Opcode>,
    /// How much of it is known to be UTF-8.
    checked: usize,
    /// Frames to be written.
    output: BytesMut,
    unflushed: bool,
    /// Why nothing can be written any more. A peer that hangs up has often said why: that is still to be read.
    write_error: Option<io::Error>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    Open,
    /// Our Close frame is out, and the peer's not here.
    Closing,
    /// Both sides have closed, and what is queued is the last of it.
    Ended,
    /// The peer broke a rule: what is queued is the last of it, and what it still sends is of no use.
    Failed,
}

#[derive(Debug)]
struct Frame {
    last: bool,
    mask: Option<[u8; 4]>,
    length: usize,
    arrived: usize,
}

impl<I: AsyncRead + AsyncWrite + Unpin> Framed<I> {
    pub(super) fn new(io: I, role: Role, max_message_bytes: usize) -> Self {
        Self {
            io,
            role,
            max_message_bytes,
            state: State::Open,
            input: BytesMut::new(),
            frame: None,
            message: BytesMut::new(),
            kind: None,
            checked: 0,
            output: BytesMut::new(),
            unflushed: false,
            write_error: None,
        }
    }

    /// The next message, or `None` for a PING or PONG: the answer to it, if there is one, is to be flushed. After a Close
    /// frame the connection is [lost](Fault::Lost).
    pub(super) fn poll_recv(&mut self, cx: &mut Context<'_>) -> Poll<Result<Option<Message>, Fault>> {
        loop {
            if matches!(self.state, State::Ended | State::Failed) {
                ready!(self.poll_flush(cx));
                if self.state == State::Failed {
                    ready!(self.poll_drain(cx));
                }
                return Poll::Ready(Err(Fault::Lost(None)));
            }
            if let Some(frame) = self.next()? {
                return Poll::Ready(Ok(frame));
            }
            if let Err(error) = ready!(self.poll_read(cx)) {
                return Poll::Ready(Err(match error {
                    Fault::Lost(error) => Fault::Lost(self.write_error.take().or(error)),
                    fault => fault,
                }));
            }
        }
    }

    /// Waits until there is room for a message to be sent.
    pub(super) fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        if self.output.len() < MAX_OUTPUT { Poll::Ready(()) } else { self.poll_flush(cx) }
    }

    /// Queues a message, unless there was a Close frame from either side.
    pub(super) fn send(&mut self, message: Message) -> Result<(), Fault> {
        if self.state != State::Open {
            return Ok(());
        }
        match message {
            Message::Text(text) => self.queue(Opcode::Text, &text.into_bytes()),
            Message::Binary(bytes) => self.queue(Opcode::Binary, &bytes),
            Message::Close(frame) => {
                self.state = State::Closing;
                self.queue(Opcode::Close, &close_payload(&frame.unwrap_or(CloseFrame::NORMAL)))
            }
        }
    }

    /// Queues a Close frame, unless there was one, and looks at nothing more.
    pub(super) fn fail(&mut self, code: u16) -> Result<(), Fault> {
        let queued = self.send(Message::Close(Some(CloseFrame::new(code, ""))));
        self.state = State::Failed;
        queued
    }

    /// Reads to the end of the connection and forgets it all. A connection that is closed with bytes unread is reset, which
    /// can take back our Close frame.
    fn poll_drain(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        loop {
            self.input.clear();
            self.input.reserve(READ);
            match ready!(pin!(self.io.read_buf(&mut self.input)).poll(cx)) {
                Ok(1..) => {}
                Ok(0) | Err(_) => return Poll::Ready(()),
            }
        }
    }

    /// Writes what is queued. A connection that takes nothing more is an error of the [end](Self::poll_recv) of what it
    /// brings.
    pub(super) fn poll_flush(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        if self.unflushed {
            self.write_error = ready!(self.poll_write(cx)).err();
            self.output = BytesMut::new();
            self.unflushed = false;
        }
        Poll::Ready(())
    }

    fn poll_write(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        while !self.output.is_empty() {
            match ready!(Pin::new(&mut self.io).poll_write(cx, &self.output))? {
                0 => return Poll::Ready(Err(io::ErrorKind::WriteZero.into())),
                written => self.output.advance(written),
            }
        }
        Pin::new(&mut self.io).poll_flush(cx)
    }

    fn queue(&mut self, opcode: Opcode, payload: &[u8]) -> Result<(), Fault> {
        if self.write_error.is_some() {
            return Ok(());
        }
        let key = match self.role {
            Role::Client => {
                let mut key = [0; 4];
                getrandom::fill(&mut key).map_err(io::Error::other)?;
                Some(key)
            }
            #[cfg(any(test, feature = "tokio"))]
            Role::Server => None,
        };
        self.output.reserve(MAX_HEADER + payload.len());
        Header { last: true, opcode, mask: key, length: payload.len() as u64 }.write(&mut self.output);
        let start = self.output.len();
        self.output.extend_from_slice(payload);
        if let Some(key) = key {
            mask(key, 0, &mut self.output[start..]);
        }
        self.unflushed = true;
        Ok(())
    }

    /// Reads more bytes: many of one frame right to where they belong.
    fn poll_read(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), Fault>> {
        let rest = self.frame.as_ref().map_or(0, |frame| frame.length - frame.arrived);
        let read = match rest {
            READ.. => {
                self.message.reserve(rest.min(MAX_RESERVE));
                let mut room = (&mut self.message).limit(rest);
                let read = ready!(pin!(self.io.read_buf(&mut room)).poll(cx))?;
                self.arrived(read)?;
                read
            }
            _ => {
                if self.input.capacity() - self.input.len() < MIN_READ {
                    self.input.reserve(READ);
                }
                let read = pin!(self.io.read_buf(&mut self.input)).poll(cx);
                if read.is_pending() && self.input.is_empty() {
                    // It may be long until there is something to read.
                    self.input = BytesMut::new();
                }
                ready!(read)?
            }
        };
        Poll::Ready(if read == 0 { Err(Fault::Lost(None)) } else { Ok(()) })
    }

    /// What the bytes that have arrived make up, as [`poll_recv`](Self::poll_recv) gives it; `None` when more are needed.
    fn next(&mut self) -> Result<Option<Option<Message>>, Fault> {
        loop {
            if let Some(frame) = &self.frame {
                let count = self.input.len().min(frame.length - frame.arrived);
                if count > 0 {
                    self.message.extend_from_slice(&self.input[..count]);
                    self.input.advance(count);
                    self.arrived(count)?;
                }
                let Some(Frame { last, .. }) = self.frame.take_if(|frame| frame.arrived == frame.length) else {
                    return Ok(None);
                };
                if last && let Some(kind) = self.kind.take() {
                    self.checked = 0;
                    let payload = mem::take(&mut self.message).freeze();
                    return Ok(Some(Some(if kind == Opcode::Text {
                        Message::Text(Text::from_checked(payload))
                    } else {
                        Message::Binary(payload)
                    })));
                }
            }
            let Some((header, size)) = Header::parse(&self.input).map_err(Fault::Protocol)? else {
                return Ok(None);
            };
            self.check(&header)?;
            let length = usize::try_from(header.length).unwrap_or(usize::MAX);
            let is_here = self.input.len() - size >= length;
            if header.opcode.is_control() {
                if !is_here {
                    return Ok(None);
                }
                let payload = self.take_payload(&header, size, length);
                return self.control(header.opcode, &payload).map(Some);
            }
            if length > self.max_message_bytes.saturating_sub(self.message.len()) {
                return Err(Fault::TooLarge);
            }
            // The usual message is one frame that is here: it is not copied.
            if is_here && header.last && header.opcode != Opcode::Continuation {
                let payload = self.take_payload(&header, size, length);
                return Ok(Some(Some(if header.opcode == Opcode::Text {
                    utf8::from_utf8(&payload).ok_or(Fault::NotUtf8)?;
                    Message::Text(Text::from_checked(payload))
                } else {
                    Message::Binary(payload)
                })));
            }
            self.input.advance(size);
            self.kind.get_or_insert(header.opcode);
            self.frame = Some(Frame { last: header.last, mask: header.mask, length, arrived: 0 });
            if length == 0 {
                self.arrived(0)?;
            }
        }
    }

    /// Whether the frame may come from this peer, now.
    fn check(&self, header: &Header) -> Result<(), Fault> {
        let is_from_client = header.mask.is_some();
        if is_from_client == (self.role == Role::Client) {
            return Err(Fault::Protocol(if is_from_client { "a masked frame" } else { "a frame without a mask" }));
        }
        match (header.opcode, self.kind) {
            (Opcode::Continuation, None) => Err(Fault::Protocol("a continuation of nothing")),
            (Opcode::Text | Opcode::Binary, Some(_)) => Err(Fault::Protocol("a message inside another one")),
            _ => Ok(()),
        }
    }

    fn take_payload(&mut self, header: &Header, size: usize, length: usize) -> Bytes {
        self.input.advance(size);
        if let Some(key) = header.mask {
            mask(key, 0, &mut self.input[..length]);
        }
        if length < MIN_SHARED {
            let payload = Bytes::copy_from_slice(&self.input[..length]);
            self.input.advance(length);
            payload
        } else {
            self.input.split_to(length).freeze()
        }
    }

    /// More of the payload is at the end of the message: unmasks and checks it.
    fn arrived(&mut self, count: usize) -> Result<(), Fault> {
        let Some(frame) = &mut self.frame else { return Ok(()) };
        if let Some(key) = frame.mask {
            let start = self.message.len() - count;
            mask(key, frame.arrived, &mut self.message[start..]);
        }
        frame.arrived += count;
        if self.kind == Some(Opcode::Text) {
            let is_whole = frame.last && frame.arrived == frame.length;
            match simdutf8::compat::from_utf8(&self.message[self.checked..]) {
                Ok(_) => self.checked = self.message.len(),
                // The rest of a character may still come.
                Err(error) if error.error_len().is_none() && !is_whole => self.checked += error.valid_up_to(),
                Err(_) => return Err(Fault::NotUtf8),
            }
        }
        Ok(())
    }

    fn control(&mut self, opcode: Opcode, payload: &[u8]) -> Result<Option<Message>, Fault> {
        if opcode == Opcode::Close {
            let frame = parse_close(payload)?;
            self.state = match self.state {
                State::Open => {
                    // The code alone goes back.
                    self.queue(Opcode::Close, &payload[..payload.len().min(2)])?;
                    State::Ended
                }
                _ => State::Ended,
            };
            return Ok(Some(Message::Close(frame)));
        }
        if opcode == Opcode::Ping && self.state == State::Open {
            self.queue(Opcode::Pong, payload)?;
        }
        Ok(None)
    }
}

impl Fault {
    /// What the peer is told (section 7.4.1), if it is still there.
    pub(super) const fn close_code(&self) -> Option<u16> {
        match self {
            Self::Lost(_) => None,
            Self::Protocol(_) => Some(1002),
            Self::NotUtf8 => Some(1007),
            Self::TooLarge => Some(1009),
        }
    }
}

impl From<io::Error> for Fault {
    fn from(error: io::Error) -> Self {
        Self::Lost(Some(error))
    }
}

/// Whether the code may be in a Close frame (section 7.4).
const fn is_code(code: u16) -> bool {
    matches!(code, 1000..=1003 | 1007..=1014 | 3000..=4999)
}

fn parse_close(payload: &[u8]) -> Result<Option<CloseFrame>, Fault> {
    match payload.split_first_chunk() {
        Some((code, reason)) => {
            let code = u16::from_be_bytes(*code);
            if !is_code(code) {
                return Err(Fault::Protocol("a close code that nobody may send"));
            }
            let reason = str::from_utf8(reason).map_err(|_| Fault::NotUtf8)?;
            Ok(Some(CloseFrame::new(code, reason)))
        }
        None if payload.is_empty() => Ok(None),
        None => Err(Fault::Protocol("half a close code")),
    }
}

/// Empty when the code may not be sent.
fn close_payload(frame: &CloseFrame) -> Vec<u8> {
    if !is_code(frame.code) {
        return Vec::new();
    }
    let reason = &frame.reason[..frame.reason.floor_char_boundary(MAX_CONTROL - 2)];
    [&frame.code.to_be_bytes(), reason.as_bytes()].concat()
}

#[cfg(test)]
mod tests;
