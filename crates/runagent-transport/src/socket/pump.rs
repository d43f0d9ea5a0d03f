//! The task that moves messages between a connection and its socket.
//!
//! One task and two byte-counted queues a socket. The task reads ahead of the reader, which is how PINGs are answered
//! while the reader pauses, and stops when the queue is full.

use std::{
    collections::VecDeque,
    fmt,
    pin::Pin,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    task::{Context, Poll, Waker, ready},
    time::Duration,
};

use bytes::Bytes;
use futures_core::Stream;
use futures_sink::Sink;
use tokio::{
    io::{AsyncRead, AsyncWrite},
    time::Sleep,
};
use tokio_websockets::{ClientBuilder, Limits, WebSocketStream};

use super::{CloseFrame, Message, Socket, SocketConfig, SocketIo, Text};
use crate::{Progress, TransportError, TransportErrorKind};

/// How long a peer may take to answer our Close frame once the socket is gone.
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
        let shared = Arc::new(Shared::default());
        tokio::spawn(Pump {
            stream,
            shared: shared.clone(),
            queue_bytes: config.queue_bytes(),
            flushing: false,
            closing: None,
        });
        Self::new(Handle { shared, queue_bytes: config.queue_bytes() })
    }
}

/// What the task and the socket share.
#[derive(Default)]
struct Shared(Mutex<State>);

#[derive(Default)]
struct State {
    inbound: Queue,
    outbound: Queue,
    /// The connection has ended: cleanly, or with the error that the reader has not got yet.
    end: Option<Result<(), TransportError>>,
    /// The socket is gone.
    dropped: bool,
    /// The task waits for room in `inbound`.
    full: bool,
    reader: Option<Waker>,
    writer: Option<Waker>,
    pump: Option<Waker>,
}

#[derive(Default)]
struct Queue {
    messages: VecDeque<Message>,
    bytes: usize,
}

impl Queue {
    fn push(&mut self, message: Message) {
        self.bytes += message.len();
        self.messages.push_back(message);
    }

    fn pop(&mut self) -> Option<Message> {
        let message = self.messages.pop_front()?;
        self.bytes -= message.len();
        Some(message)
    }

    /// Whether one more message may come: a message of any size is let in as long as the queue is below its limit.
    fn has_room(&self, limit: usize) -> bool {
        self.bytes < limit || self.messages.is_empty()
    }
}

/// What the task is to do next.
struct Turn {
    outgoing: Option<Message>,
    may_read: bool,
    dropped: bool,
}

impl Shared {
    fn lock(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn turn(&self, can_send: bool, queue_bytes: usize, cx: &Context<'_>) -> Turn {
        let mut state = self.lock();
        register(&mut state.pump, cx);
        let outgoing = if can_send { state.outbound.pop() } else { None };
        if outgoing.is_some() {
            wake(&mut state.writer);
        }
        // After a Close frame there is only the end of the connection left to read.
        let may_read = state.inbound.has_room(queue_bytes) || state.end.is_some();
        state.full = !may_read;
        Turn { outgoing, may_read, dropped: state.dropped }
    }

    fn deliver(&self, message: Message) {
        let mut state = self.lock();
        if matches!(message, Message::Close(_)) {
            state.end = Some(Ok(()));
            wake(&mut state.writer);
        }
        state.inbound.push(message);
        wake(&mut state.reader);
    }

    /// Notes how the connection ended. A Close frame that was delivered is the end, whatever comes after it.
    fn end(&self, end: Result<(), TransportError>) {
        let mut state = self.lock();
        state.end.get_or_insert(end);
        wake(&mut state.reader);
        wake(&mut state.writer);
    }
}

fn wake(waker: &mut Option<Waker>) {
    if let Some(waker) = waker.take() {
        waker.wake();
    }
}

fn register(slot: &mut Option<Waker>, cx: &Context<'_>) {
    if !slot.as_ref().is_some_and(|waker| waker.will_wake(cx.waker())) {
        *slot = Some(cx.waker().clone());
    }
}

/// The socket's end of the queues.
struct Handle {
    shared: Arc<Shared>,
    queue_bytes: usize,
}

impl SocketIo for Handle {
    fn poll_recv(&mut self, cx: &mut Context<'_>) -> Poll<Option<Result<Message, TransportError>>> {
        let mut state = self.shared.lock();
        if let Some(message) = state.inbound.pop() {
            // Half empty before the peer is asked for more: fewer switches between the two.
            if state.full && state.inbound.bytes <= self.queue_bytes / 2 {
                state.full = false;
                wake(&mut state.pump);
            }
            return Poll::Ready(Some(Ok(message)));
        }
        match state.end.take() {
            Some(end) => {
                state.end = Some(Ok(()));
                Poll::Ready(end.err().map(Err))
            }
            None => {
                register(&mut state.reader, cx);
                Poll::Pending
            }
        }
    }

    fn poll_send(&mut self, message: &mut Option<Message>, cx: &mut Context<'_>) -> Poll<Result<(), TransportError>> {
        let mut state = self.shared.lock();
        if state.end.is_some() {
            let message = "the socket is closed";
            return Poll::Ready(Err(TransportError::new(TransportErrorKind::Closed, Progress::NotSent, message)));
        }
        if !state.outbound.has_room(self.queue_bytes) {
            register(&mut state.writer, cx);
            return Poll::Pending;
        }
        if let Some(message) = message.take() {
            state.outbound.push(message);
            wake(&mut state.pump);
        }
        Poll::Ready(Ok(()))
    }
}

impl Drop for Handle {
    fn drop(&mut self) {
        let mut state = self.shared.lock();
        state.dropped = true;
        state.inbound = Queue::default();
        wake(&mut state.pump);
    }
}

impl fmt::Debug for Handle {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let state = self.shared.lock();
        f.debug_struct("Socket")
            .field("queued_messages", &state.inbound.messages.len())
            .field("queued_bytes", &state.inbound.bytes)
            .field("ended", &state.end.is_some())
            .finish()
    }
}

/// The task.
struct Pump<I> {
    stream: WebSocketStream<I>,
    shared: Arc<Shared>,
    queue_bytes: usize,
    /// Something was sent that the connection has not taken yet.
    flushing: bool,
    /// The socket is gone and a Close frame is on its way; the end of the time for it.
    closing: Option<Pin<Box<Sleep>>>,
}

impl<I: AsyncRead + AsyncWrite + Send + Unpin> Future for Pump<I> {
    type Output = ();

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        let this = self.get_mut();
        if this.closing.is_none() {
            match this.poll_open(cx) {
                Poll::Ready(Ok(())) => {}
                Poll::Ready(Err(end)) => {
                    this.shared.end(end);
                    return Poll::Ready(());
                }
                Poll::Pending => return Poll::Pending,
            }
            let close = tokio_websockets::Message::close(Some(tokio_websockets::CloseCode::NORMAL_CLOSURE), "");
            // It fails when a Close frame was sent or received before; all that is left then is to see the end of it.
            drop(Pin::new(&mut this.stream).start_send(close));
            this.closing = Some(Box::pin(tokio::time::sleep(CLOSE_TIME)));
        }
        this.poll_closing(cx)
    }
}

impl<I: AsyncRead + AsyncWrite + Send + Unpin> Pump<I> {
    /// Moves messages while the socket lives. `Ok` when it was dropped, `Err` with how the connection ended.
    fn poll_open(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), Result<(), TransportError>>> {
        loop {
            let can_send = Pin::new(&mut self.stream).poll_ready(cx).map_err(|error| Err(broken(error)))?.is_ready();
            let turn = self.shared.turn(can_send, self.queue_bytes, cx);
            if let Some(message) = turn.outgoing {
                Pin::new(&mut self.stream).start_send(encode(message)).map_err(|error| Err(broken(error)))?;
                self.flushing = true;
                continue;
            }
            if self.flushing {
                let flushed = Pin::new(&mut self.stream).poll_flush(cx).map_err(|error| Err(broken(error)))?;
                self.flushing = flushed.is_pending();
            }
            if turn.dropped {
                return Poll::Ready(Ok(()));
            }
            if !turn.may_read {
                return Poll::Pending;
            }
            match ready!(Pin::new(&mut self.stream).poll_next(cx)) {
                Some(Ok(message)) => {
                    if let Some(message) = decode(message) {
                        self.shared.deliver(message);
                    }
                }
                Some(Err(error)) => return Poll::Ready(Err(Err(broken(error)))),
                None => return Poll::Ready(Err(Err(lost()))),
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
        self.shared.end(Err(lost()));
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
            let code = tokio_websockets::CloseCode::try_from(frame.code).ok().filter(|code| !code.is_reserved());
            let reason = &frame.reason[..frame.reason.floor_char_boundary(MAX_REASON)];
            tokio_websockets::Message::close(code, if code.is_some() { reason } else { "" })
        }
    }
}

fn lost() -> TransportError {
    let message = "the connection ended without a Close frame";
    TransportError::new(TransportErrorKind::Closed, Progress::ResponseStarted, message)
}

fn broken(error: tokio_websockets::Error) -> TransportError {
    use tokio_websockets::Error;
    let (kind, message) = match &error {
        Error::PayloadTooLong { max_len, .. } => (
            TransportErrorKind::TooLarge,
            format!("a message of the stream is larger than the limit of {max_len} bytes"),
        ),
        Error::Protocol(_) => (TransportErrorKind::Protocol, "the peer broke the WebSocket protocol".to_owned()),
        _ => (TransportErrorKind::Closed, "the connection broke".to_owned()),
    };
    TransportError::new(kind, Progress::ResponseStarted, message).with_source(error)
}
