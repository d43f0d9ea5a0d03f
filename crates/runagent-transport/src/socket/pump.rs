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

use tokio::{
    io::{AsyncRead, AsyncWrite},
    time::Sleep,
};

use super::{
    CloseFrame, Message, Socket, SocketConfig,
    framed::{Fault, Framed, Role},
    queues::{Handle, Queues},
};
use crate::{Progress, TransportError, TransportErrorKind};

/// How long a peer may take to answer our Close frame once nobody waits for it.
const CLOSE_TIME: Duration = Duration::from_secs(1);

impl Socket {
    /// The client's side of a connection that was upgraded.
    pub(crate) fn client<I>(io: I, config: SocketConfig) -> Self
    where
        I: AsyncRead + AsyncWrite + Send + Unpin + 'static,
    {
        Self::spawn(io, Role::Client, config)
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
        Self::spawn(io, Role::Server, config)
    }

    fn spawn<I>(io: I, role: Role, config: SocketConfig) -> Self
    where
        I: AsyncRead + AsyncWrite + Send + Unpin + 'static,
    {
        let queues = Arc::new(Queues::default());
        let queue_bytes = config.queue_bytes();
        let framed = Framed::new(io, role, config.max_message_bytes());
        tokio::spawn(Pump { framed, queues: queues.clone(), config, closing: None });
        Self::new(Handle::new(queues, queue_bytes))
    }
}

/// The task.
struct Pump<I> {
    framed: Framed<I>,
    queues: Arc<Queues>,
    config: SocketConfig,
    /// Nobody listens any more and a Close frame is on its way: the end of the time for it.
    closing: Option<Pin<Box<Sleep>>>,
}

impl<I: AsyncRead + AsyncWrite + Send + Unpin> Future for Pump<I> {
    type Output = ();

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        let this = self.get_mut();
        if this.closing.is_none() {
            let queued = match ready!(this.poll_open(cx)) {
                Ok(()) => this.framed.send(Message::Close(Some(CloseFrame::NORMAL))),
                Err(fault) => {
                    let code = fault.close_code();
                    this.queues.end(Err(this.error(fault)));
                    match code {
                        Some(code) => this.framed.fail(code),
                        None => return Poll::Ready(()),
                    }
                }
            };
            if queued.is_err() {
                return Poll::Ready(());
            }
            this.closing = Some(Box::pin(tokio::time::sleep(CLOSE_TIME)));
        }
        this.poll_closing(cx)
    }
}

impl<I: AsyncRead + AsyncWrite + Send + Unpin> Pump<I> {
    /// Moves messages, until the socket is dropped or the connection fails.
    fn poll_open(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), Fault>> {
        let queue_bytes = self.config.queue_bytes();
        loop {
            let can_send = self.framed.poll_ready(cx).is_ready();
            let turn = self.queues.turn(can_send, queue_bytes, cx);
            if let Some(message) = turn.outgoing {
                self.framed.send(message)?;
                continue;
            }
            let _ = self.framed.poll_flush(cx);
            if turn.dropped {
                return Poll::Ready(Ok(()));
            }
            // Each PING makes a PONG: a peer that does not take them gets no more of its own read.
            if !turn.may_read || !can_send {
                return Poll::Pending;
            }
            // One message after the other, until there is something else to do.
            while let Some(message) = ready!(self.framed.poll_recv(cx))? {
                if !self.queues.deliver(message, queue_bytes) {
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
        let _ = self.framed.poll_flush(cx);
        while ready!(self.framed.poll_recv(cx)).is_ok() {}
        Poll::Ready(())
    }

    fn error(&self, fault: Fault) -> TransportError {
        let failed = |kind, message| TransportError::new(kind, Progress::ResponseStarted, message);
        match fault {
            Fault::Lost(None) => lost(),
            Fault::Lost(Some(error)) => {
                failed(TransportErrorKind::Closed, "the connection broke".to_owned()).with_source(error)
            }
            Fault::TooLarge => {
                let limit = self.config.max_message_bytes();
                let message = format!("a message of the stream is larger than the limit of {limit} bytes");
                failed(TransportErrorKind::TooLarge, message)
            }
            Fault::NotUtf8 => failed(TransportErrorKind::Protocol, "the peer sent a text that is not UTF-8".to_owned()),
            Fault::Protocol(rule) => {
                failed(TransportErrorKind::Protocol, format!("the peer broke the WebSocket protocol: {rule}"))
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

fn lost() -> TransportError {
    let message = "the connection ended without a Close frame";
    TransportError::new(TransportErrorKind::Closed, Progress::ResponseStarted, message)
}
