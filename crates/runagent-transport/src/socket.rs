//! WebSockets, by message.
//!
//! A [`Socket`] is what [`Transport::connect`](crate::Transport::connect) gives. Over a network it is driven by a task of
//! its own, which answers the peer's PINGs while nobody reads: see [`SocketConfig`] for where that ends.

mod config;
#[cfg(feature = "ws")]
mod frame;
#[cfg(feature = "ws")]
mod framed;
#[cfg(feature = "ws")]
pub mod handshake;
mod message;
#[cfg(feature = "ws")]
mod pump;
#[cfg(feature = "ws")]
mod queues;
mod scripted;

use std::{
    fmt,
    future::poll_fn,
    task::{Context, Poll},
};

pub use self::{
    config::SocketConfig,
    message::{CloseFrame, Message, Text},
};
use crate::TransportError;

/// An open WebSocket.
///
/// Dropping it sends a Close frame and gives the peer a second to answer before the connection goes, without anybody
/// waiting for it. [`close`](Self::close) waits.
///
/// ```
/// use runagent_transport::{Message, Socket};
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), runagent_transport::TransportError> {
/// let mut socket = Socket::scripted([Ok(Message::text("hello"))]);
/// socket.send(Message::text("hi")).await?;
/// assert_eq!(socket.recv().await.expect("a message")?.as_text(), Some("hello"));
/// assert!(socket.recv().await.is_none());
/// # Ok(())
/// # }
/// ```
pub struct Socket {
    io: Box<dyn SocketIo>,
    ended: bool,
}

/// What a [`Socket`] is made of: messages in, messages out. Implement it for a transport of your own.
pub trait SocketIo: fmt::Debug + Send + 'static {
    /// The next message. `None` follows a [`Message::Close`]; a connection that ends without one is an error.
    fn poll_recv(&mut self, cx: &mut Context<'_>) -> Poll<Option<Result<Message, TransportError>>>;

    /// Takes the message as soon as there is room for it, and leaves `None`.
    ///
    /// # Errors
    ///
    /// When the socket can't send any more.
    fn poll_send(&mut self, message: &mut Option<Message>, cx: &mut Context<'_>) -> Poll<Result<(), TransportError>>;
}

impl Socket {
    /// A socket over anything that carries messages.
    pub fn new(io: impl SocketIo) -> Self {
        Self { io: Box::new(io), ended: false }
    }

    /// Polls for the next message.
    pub fn poll_recv(&mut self, cx: &mut Context<'_>) -> Poll<Option<Result<Message, TransportError>>> {
        if self.ended {
            return Poll::Ready(None);
        }
        let message = self.io.poll_recv(cx);
        if matches!(message, Poll::Ready(None | Some(Err(_)))) {
            self.ended = true;
        }
        message
    }

    /// The next message, or `None` when the socket was closed. A [`Message::Close`] is the last message before it.
    ///
    /// # Errors
    ///
    /// When the connection breaks before a Close frame came, or the peer breaks the protocol or a limit. Nothing follows.
    ///
    /// # Cancel safety
    ///
    /// Cancel safe: a message is either returned or still there.
    pub async fn recv(&mut self) -> Option<Result<Message, TransportError>> {
        poll_fn(|cx| self.poll_recv(cx)).await
    }

    /// Queues a message; waits while the queue is full.
    ///
    /// # Errors
    ///
    /// When the socket is closed or broken.
    ///
    /// # Cancel safety
    ///
    /// Cancel safe: when it is dropped before it is done, nothing was sent.
    pub async fn send(&mut self, message: Message) -> Result<(), TransportError> {
        let mut message = Some(message);
        poll_fn(|cx| self.poll_send(&mut message, cx)).await
    }

    pub(crate) fn poll_send(
        &mut self,
        message: &mut Option<Message>,
        cx: &mut Context<'_>,
    ) -> Poll<Result<(), TransportError>> {
        self.io.poll_send(message, cx)
    }

    /// Sends a Close frame and waits for the peer's. Messages that still arrive are dropped. Put a time limit around it:
    /// a peer may never answer.
    ///
    /// # Errors
    ///
    /// When the connection breaks before the peer's Close frame.
    ///
    /// # Cancel safety
    ///
    /// Dropping the future drops the socket.
    pub async fn close(mut self, frame: CloseFrame) -> Result<(), TransportError> {
        // Refused when the peer has closed first, or the connection broke: what is left to read tells which.
        drop(self.send(Message::Close(Some(frame))).await);
        while let Some(message) = self.recv().await {
            message?;
        }
        Ok(())
    }
}

impl fmt::Debug for Socket {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.io.fmt(f)
    }
}
