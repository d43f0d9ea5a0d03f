//! A body that keeps its place among the concurrent calls for as long as it lives: [`Body`] drops it at its end.

use std::{
    pin::Pin,
    task::{Context, Poll},
};

use bytes::Bytes;
use http_body::{Body as HttpBody, Frame, SizeHint};
use tokio::sync::OwnedSemaphorePermit;

use crate::{Body, TransportError};

/// The body, with its place if it has one.
pub(super) fn hold(body: Body, place: Option<OwnedSemaphorePermit>) -> Body {
    match place {
        Some(place) => Body::stream(HeldBody { body, _place: place }),
        None => body,
    }
}

struct HeldBody {
    body: Body,
    _place: OwnedSemaphorePermit,
}

impl HttpBody for HeldBody {
    type Data = Bytes;
    type Error = TransportError;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, TransportError>>> {
        Pin::new(&mut self.body).poll_frame(cx)
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}
