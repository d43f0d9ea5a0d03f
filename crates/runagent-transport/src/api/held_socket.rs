//! A socket that keeps its place among the concurrent calls for as long as it lives.

use std::{
    fmt,
    task::{Context, Poll},
};

use tokio::sync::OwnedSemaphorePermit;

use crate::{Message, Socket, SocketIo, TransportError};

/// The socket, with its place if it has one.
pub(super) fn hold(socket: Socket, place: Option<OwnedSemaphorePermit>) -> Socket {
    match place {
        Some(place) => Socket::new(HeldSocket { socket, _place: place }),
        None => socket,
    }
}

struct HeldSocket {
    socket: Socket,
    _place: OwnedSemaphorePermit,
}

impl SocketIo for HeldSocket {
    fn poll_recv(&mut self, cx: &mut Context<'_>) -> Poll<Option<Result<Message, TransportError>>> {
        self.socket.poll_recv(cx)
    }

    fn poll_send(&mut self, message: &mut Option<Message>, cx: &mut Context<'_>) -> Poll<Result<(), TransportError>> {
        self.socket.poll_send(message, cx)
    }
}

impl fmt::Debug for HeldSocket {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.socket.fmt(f)
    }
}
