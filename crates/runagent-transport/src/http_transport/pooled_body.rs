//! A response body that gives its connection back.

use std::{
    pin::Pin,
    sync::Arc,
    task::{Context, Poll, ready},
};

use bytes::Bytes;
use http_body::{Body as HttpBody, Frame, SizeHint};
use hyper::body::Incoming;
use tokio::runtime::Handle;

use super::{origin::Origin, pool::Pool, sender::Sender};
use crate::{Progress, TransportError, TransportErrorKind};

/// The body of a response. Read to its end, it puts the connection back into the pool; dropped before, or broken, it
/// closes the connection. One of HTTP/2 is in the pool all the time, and only this response is given up.
pub(super) struct PooledBody {
    body: Incoming,
    lease: Option<Lease>,
}

/// A connection on loan from the pool, or new.
pub(super) struct Lease {
    pub(super) pool: Arc<Pool>,
    pub(super) origin: Origin,
    pub(super) runtime: Handle,
    pub(super) connection: Sender,
}

impl PooledBody {
    /// Without a lease the connection ends with the body.
    pub(super) fn new(body: Incoming, lease: Option<Lease>) -> Self {
        let mut body = Self { body, lease };
        if body.body.is_end_stream() {
            body.give_back();
        }
        body
    }

    fn give_back(&mut self) {
        if let Some(Lease { pool, origin, runtime, connection }) = self.lease.take() {
            pool.put(origin, &runtime, connection);
        }
    }
}

impl HttpBody for PooledBody {
    type Data = Bytes;
    type Error = TransportError;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, TransportError>>> {
        match ready!(Pin::new(&mut self.body).poll_frame(cx)) {
            Some(Ok(frame)) => {
                if self.body.is_end_stream() {
                    self.give_back();
                }
                Poll::Ready(Some(Ok(frame)))
            }
            Some(Err(error)) => {
                self.lease = None;
                let message = "the connection broke before the end of the response";
                let error = TransportError::new(TransportErrorKind::Closed, Progress::ResponseStarted, message)
                    .with_source(error);
                Poll::Ready(Some(Err(error)))
            }
            None => {
                self.give_back();
                Poll::Ready(None)
            }
        }
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}
