//! The body of a request that is produced while it is sent, and may break off. hyper tells that over HTTP/1.1 as one cause
//! among others, and over HTTP/2 not at all.

use std::{
    pin::Pin,
    sync::{Arc, Mutex, PoisonError},
    task::{Context, Poll, ready},
};

use bytes::Bytes;
use http_body::{Body as HttpBody, Frame, SizeHint};

use crate::{Body, Progress, Request, TransportError, TransportErrorKind};

/// What broke the body of a request, if anything did.
#[derive(Clone, Default)]
pub(super) struct Fault(Arc<Mutex<Option<TransportError>>>);

impl Fault {
    /// Watches the body of a request; `None` for one that is at hand.
    pub(super) fn watch(request: &mut Request) -> Option<Self> {
        if request.body().as_bytes().is_some() {
            return None;
        }
        let fault = Self::default();
        let body = std::mem::take(request.body_mut());
        *request.body_mut() = Body::stream(WatchedBody { body, fault: fault.clone() });
        Some(fault)
    }

    pub(super) fn take(&self) -> Option<TransportError> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).take()
    }
}

struct WatchedBody {
    body: Body,
    fault: Fault,
}

impl HttpBody for WatchedBody {
    type Data = Bytes;
    type Error = TransportError;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, TransportError>>> {
        let frame = ready!(Pin::new(&mut self.body).poll_frame(cx)).map(|frame| {
            frame.map_err(|error| {
                *self.fault.0.lock().unwrap_or_else(PoisonError::into_inner) = Some(error);
                let message = "the body of the request broke off";
                TransportError::new(TransportErrorKind::Closed, Progress::MaybeSent, message)
            })
        });
        Poll::Ready(frame)
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}
