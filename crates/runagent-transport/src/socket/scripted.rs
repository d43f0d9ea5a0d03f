//! A socket that plays what a test wrote down.

use std::{
    collections::VecDeque,
    task::{Context, Poll},
};

use super::{Message, Socket, SocketIo};
use crate::TransportError;

/// Plays the messages, and takes whatever is sent.
#[derive(Debug)]
struct Scripted(VecDeque<Result<Message, TransportError>>);

impl Socket {
    /// A socket that gives these messages, then ends. What is sent into it is dropped.
    pub fn scripted(messages: impl IntoIterator<Item = Result<Message, TransportError>>) -> Self {
        Self::new(Scripted(messages.into_iter().collect()))
    }
}

impl SocketIo for Scripted {
    fn poll_recv(&mut self, _: &mut Context<'_>) -> Poll<Option<Result<Message, TransportError>>> {
        Poll::Ready(self.0.pop_front())
    }

    fn poll_send(&mut self, message: &mut Option<Message>, _: &mut Context<'_>) -> Poll<Result<(), TransportError>> {
        *message = None;
        Poll::Ready(Ok(()))
    }
}
