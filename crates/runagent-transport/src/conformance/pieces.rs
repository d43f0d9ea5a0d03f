//! Bodies that come piece by piece.

use std::{
    collections::VecDeque,
    pin::Pin,
    task::{Context, Poll, ready},
};

use bytes::Bytes;
use http_body::Frame;

use super::visits::{self, Presence};
use crate::{Body, BoxFuture, TransportError};

/// The size of the pieces of [`streamed`].
const PIECE: usize = 10_000;

/// Bytes that are a pattern, so that what is lost, doubled or moved shows.
pub(super) fn pattern(length: usize) -> Bytes {
    let block: Vec<u8> = (0..251 * 256_usize).map(|position| (position % 251) as u8 ^ (position / 251) as u8).collect();
    let mut bytes = block.repeat(length.div_ceil(block.len()));
    bytes.truncate(length);
    bytes.into()
}

/// A body that gives these bytes in pieces, of an unknown number, with a pause before each.
pub(super) fn streamed(mut bytes: Bytes) -> Body {
    let mut pieces = VecDeque::new();
    while !bytes.is_empty() {
        pieces.push_back(bytes.split_to(PIECE.min(bytes.len())));
    }
    Body::stream(Pieces { pieces, paused: false })
}

struct Pieces {
    pieces: VecDeque<Bytes>,
    paused: bool,
}

impl http_body::Body for Pieces {
    type Data = Bytes;
    type Error = TransportError;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, TransportError>>> {
        self.paused = !self.paused;
        if self.paused {
            cx.waker().wake_by_ref();
            return Poll::Pending;
        }
        Poll::Ready(self.pieces.pop_front().map(|piece| Ok(Frame::data(piece))))
    }
}

/// The two pieces of [`held`].
pub(super) const HELD: [&str; 2] = ["the first piece", "the second piece"];

/// A body whose second piece comes when its caller asks for it by another request; it notes when it is dropped before.
pub(super) fn held(token: &str) -> Body {
    let presence = Presence::new(token);
    let token = token.to_owned();
    let released = Box::pin(async move {
        visits::wait_for(&token, |visit| visit.released).await;
    });
    Body::stream(Held { presence, released, given: 0 })
}

struct Held {
    presence: Presence,
    released: BoxFuture<'static, ()>,
    given: usize,
}

impl http_body::Body for Held {
    type Data = Bytes;
    type Error = TransportError;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, TransportError>>> {
        if self.given == 1 {
            ready!(self.released.as_mut().poll(cx));
            self.presence.end_well();
        }
        let piece = HELD.get(self.given).map(|piece| Ok(Frame::data(Bytes::from_static(piece.as_bytes()))));
        self.given += 1;
        Poll::Ready(piece)
    }
}
