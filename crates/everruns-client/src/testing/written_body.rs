//! A body that a future writes.

use std::{
    future::Future,
    pin::Pin,
    task::{Context, Poll},
};

use bytes::Bytes;
use http_body::Frame;
use runagent_transport::{Body, BoxFuture, Progress, TransportError, TransportErrorKind};
use tokio::sync::mpsc;

/// Where the future writes.
pub(super) type Pen = mpsc::Sender<Bytes>;

/// How a body ends.
pub(super) enum Ending {
    /// As it should.
    Complete,
    /// The connection breaks.
    Broken,
}

/// A body that a future writes, piece by piece, no faster than it is read. Nobody runs it but the reader, and dropping
/// the body drops it.
pub(super) fn written<F>(write: impl FnOnce(Pen) -> F) -> Body
where
    F: Future<Output = Ending> + Send + 'static,
{
    let (pen, pieces) = mpsc::channel(1);
    Body::stream(WrittenBody { writer: Some(Box::pin(write(pen))), pieces })
}

struct WrittenBody {
    writer: Option<BoxFuture<'static, Ending>>,
    pieces: mpsc::Receiver<Bytes>,
}

impl http_body::Body for WrittenBody {
    type Data = Bytes;
    type Error = TransportError;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, TransportError>>> {
        let ending = match self.writer.as_mut().map(|writer| writer.as_mut().poll(cx)) {
            Some(Poll::Ready(ending)) => {
                self.writer = None;
                Some(ending)
            }
            _ => None,
        };
        if let Some(Ending::Broken) = ending {
            // What it wrote last is still to be read.
            let rest = self.pieces.try_recv().ok();
            self.writer = Some(Box::pin(std::future::ready(Ending::Broken)));
            return Poll::Ready(Some(rest.map(Frame::data).ok_or_else(broken)));
        }
        self.pieces.poll_recv(cx).map(|piece| piece.map(|bytes| Ok(Frame::data(bytes))))
    }
}

fn broken() -> TransportError {
    let message = "the connection broke in the middle of the body, as the test says";
    TransportError::new(TransportErrorKind::Closed, Progress::ResponseStarted, message)
}
