//! The task that moves messages between a connection and its socket.
//!
//! It reads ahead of the reader, which is how PINGs are answered while the reader pauses, and stops when the queue is
//! full or the peer takes nothing from us.

use std::{
    pin::Pin,
    sync::Arc,
    task::{Context, Poll, ready},
    time::Duration,
};

use bytes::Bytes;
use futures_core::Stream;
use futures_sink::Sink;
use tokio::{
    io::{AsyncRead, AsyncWrite},
    time::Sleep,
};
use tokio_websockets::{ClientBuilder, CloseCode, Error, Limits, WebSocketStream};

use super::{
    CloseFrame, Message, Socket, SocketConfig, Text,
    queues::{Handle, Queues},
};
use crate::{Progress, TransportError, TransportErrorKind};

/// How long a peer may take to answer our Close frame once nobody waits for it.
const CLOSE_TIME: Duration = Duration::from_secs(1);
/// The longest reason that fits a Close frame.
const MAX_REASON: usize = 123;

impl Socket {
    /// The client's side of a connection that was upgraded.
    pub(crate) fn client<I>(io: I, config: SocketConfig) -> Self
    where
        I: AsyncRead + AsyncWrite + Send + Unpin + 'static,
    {
        let limits = Limits::default().max_payload_len(Some(config.max_message_bytes()));
        Self::spawn(ClientBuilder::new().limits(limits).take_over(io), config)
    }

    /// The server's side of a connection that was upgraded: see [`handshake::answer`](super::handshake::answer). A task on
    /// the current Tokio runtime drives it.
    ///
    /// # Panics
    ///
    /// Outside a Tokio runtime.
    #[cfg(feature = "tokio")]
    pub fn server<I>(io: I, config: SocketConfig) -> Self
    where
        I: AsyncRead + AsyncWrite + Send + Unpin + 'static,
    {
        let limits = Limits::default().max_payload_len(Some(config.max_message_bytes()));
        Self::spawn(tokio_websockets::ServerBuilder::new().limits(limits).serve(io), config)
    }

    fn spawn<I>(stream: WebSocketStream<I>, config: SocketConfig) -> Self
    where
        I: AsyncRead + AsyncWrite + Send + Unpin + 'static,
    {
        let queues = Arc::new(Queues::default());
        let queue_bytes = config.queue_bytes();
        tokio::spawn(Pump { stream, queues: queues.clone(), queue_bytes, unflushed: false, closing: None });
        Self::new(Handle::new(queues, queue_bytes))
    }
}

/// The task.
struct Pump<I> {
    stream: WebSocketStream<I>,
    queues: Arc<Queues>,
    queue_bytes: usize,
    /// Something is to be sent that the connection has not taken yet.
    unflushed: bool,
    /// Nobody listens any more and a Close frame is on its way: the end of the time for it.
    closing: Option<Pin<Box<Sleep>>>,
}

/// Why a connection is over for us.
enum Ending {
    /// The socket was dropped.
    Dropped,
    /// The connection is gone.
    Lost(TransportError),
    /// The peer broke a rule, and is told so.
    Violation(TransportError, CloseCode),
}

impl<I: AsyncRead + AsyncWrite + Send + Unpin> Future for Pump<I> {
    type Output = ();

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        let this = self.get_mut();
        if this.closing.is_none() {
            let code = match ready!(this.poll_open(cx)) {
                Ending::Dropped => CloseCode::NORMAL_CLOSURE,
                Ending::Lost(error) => {
                    this.queues.end(Err(error));
                    return Poll::Ready(());
                }
                Ending::Violation(error, code) => {
                    this.queues.end(Err(error));
                    code
                }
            };
            // It fails when a Close frame was sent or received before: then all that is left is to see the end of it.
            drop(Pin::new(&mut this.stream).start_send(tokio_websockets::Message::close(Some(code), "")));
            this.closing = Some(Box::pin(tokio::time::sleep(CLOSE_TIME)));
        }
        this.poll_closing(cx)
    }
}

impl<I: AsyncRead + AsyncWrite + Send + Unpin> Pump<I> {
    /// Moves messages, until there is nobody left on one of the sides.
    fn poll_open(&mut self, cx: &mut Context<'_>) -> Poll<Ending> {
        loop {
            let can_send = match Pin::new(&mut self.stream).poll_ready(cx) {
                Poll::Ready(Ok(())) => true,
                Poll::Ready(Err(error)) => return Poll::Ready(ending(error)),
                Poll::Pending => false,
            };
            let turn = self.queues.turn(can_send, self.queue_bytes, cx);
            if let Some(message) = turn.outgoing {
                match Pin::new(&mut self.stream).start_send(encode(message)) {
                    // The peer has closed meanwhile: nothing more goes out, and its Close frame is the end.
                    Ok(()) | Err(Error::AlreadyClosed) => {}
                    Err(error) => return Poll::Ready(ending(error)),
                }
                self.unflushed = true;
                continue;
            }
            if self.unflushed {
                match Pin::new(&mut self.stream).poll_flush(cx) {
                    Poll::Ready(Ok(())) => self.unflushed = false,
                    Poll::Ready(Err(error)) => return Poll::Ready(ending(error)),
                    Poll::Pending => {}
                }
            }
            if turn.dropped {
                return Poll::Ready(Ending::Dropped);
            }
            // Each PING makes a PONG: a peer that does not take them gets no more of its own read.
            if !turn.may_read || !can_send {
                return Poll::Pending;
            }
            // One message after the other, until there is something else to do.
            loop {
                let message = match ready!(Pin::new(&mut self.stream).poll_next(cx)) {
                    Some(Ok(message)) => message,
                    Some(Err(error)) => return Poll::Ready(ending(error)),
                    None => return Poll::Ready(Ending::Lost(lost())),
                };
                self.unflushed |= message.is_ping();
                if !decode(message).is_some_and(|message| self.queues.deliver(message, self.queue_bytes)) {
                    break;
                }
            }
        }
    }

    /// Flushes our Close frame and waits for the peer's, or for the end of the time.
    fn poll_closing(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        if let Some(timer) = &mut self.closing
            && timer.as_mut().poll(cx).is_ready()
        {
            return Poll::Ready(());
        }
        if let Poll::Ready(Err(_)) = Pin::new(&mut self.stream).poll_flush(cx) {
            return Poll::Ready(());
        }
        loop {
            match ready!(Pin::new(&mut self.stream).poll_next(cx)) {
                Some(Ok(_)) => {}
                Some(Err(_)) | None => return Poll::Ready(()),
            }
        }
    }
}

impl<I> Drop for Pump<I> {
    fn drop(&mut self) {
        // The runtime may have gone away under an open socket: whoever holds it must not wait for ever.
        self.queues.end(Err(lost()));
    }
}

fn decode(message: tokio_websockets::Message) -> Option<Message> {
    if message.is_text() {
        Some(Message::Text(Text::from_checked(Bytes::from(message.into_payload()))))
    } else if message.is_binary() {
        Some(Message::Binary(Bytes::from(message.into_payload())))
    } else if message.is_close() {
        let frame = message.as_close().filter(|_| !message.as_payload().is_empty());
        Some(Message::Close(frame.map(|(code, reason)| CloseFrame::new(code.into(), reason))))
    } else {
        None
    }
}

fn encode(message: Message) -> tokio_websockets::Message {
    match message {
        Message::Text(text) => tokio_websockets::Message::text(text.into_bytes()),
        Message::Binary(bytes) => tokio_websockets::Message::binary(bytes),
        Message::Close(frame) => {
            let frame = frame.unwrap_or(CloseFrame::NORMAL);
            let code = CloseCode::try_from(frame.code).ok().filter(|code| !code.is_reserved());
            let reason = &frame.reason[..frame.reason.floor_char_boundary(MAX_REASON)];
            tokio_websockets::Message::close(code, if code.is_some() { reason } else { "" })
        }
    }
}

fn lost() -> TransportError {
    let message = "the connection ended without a Close frame";
    TransportError::new(TransportErrorKind::Closed, Progress::ResponseStarted, message)
}

fn ending(error: Error) -> Ending {
    let failed =
        |kind, message: String, error| TransportError::new(kind, Progress::ResponseStarted, message).with_source(error);
    match error {
        Error::PayloadTooLong { max_len, .. } => {
            let message = format!("a message of the stream is larger than the limit of {max_len} bytes");
            Ending::Violation(failed(TransportErrorKind::TooLarge, message, error), CloseCode::MESSAGE_TOO_BIG)
        }
        Error::Protocol(_) => {
            let message = "the peer broke the WebSocket protocol".to_owned();
            Ending::Violation(failed(TransportErrorKind::Protocol, message, error), CloseCode::PROTOCOL_ERROR)
        }
        error => Ending::Lost(failed(TransportErrorKind::Closed, "the connection broke".to_owned(), error)),
    }
}
