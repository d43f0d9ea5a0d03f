//! Connections that are cut.

use std::fmt;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::task::{Context, Poll};

use bytes::Bytes;
use http_body::{Body as HttpBody, Frame};
use runagent_transport::{
    Body, BoxFuture, HttpTransport, Progress, Request, Response, Transport, TransportError, TransportErrorKind,
};

/// A transport whose event streams break after so many bytes each, in the middle of whatever they are in.
#[derive(Clone)]
pub(crate) struct Cutting {
    transport: HttpTransport,
    after: usize,
    cuts: Arc<AtomicU32>,
}

impl Cutting {
    pub(crate) fn after(bytes: usize) -> Self {
        Self { transport: HttpTransport::new(), after: bytes, cuts: Arc::default() }
    }

    /// How many streams were cut.
    pub(crate) fn cuts(&self) -> u32 {
        self.cuts.load(Ordering::Relaxed)
    }
}

impl Transport for Cutting {
    fn send<'a>(&'a self, request: Request) -> BoxFuture<'a, Result<Response, TransportError>> {
        Box::pin(async move {
            let is_stream = request.uri().path().ends_with("/sse");
            let response = self.transport.send(request).await?;
            if !is_stream {
                return Ok(response);
            }
            let cuts = Arc::clone(&self.cuts);
            let left = self.after;
            Ok(response.map(|body| Body::stream(Cut { body: Some(body), left, cuts })))
        })
    }
}

impl fmt::Debug for Cutting {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Cutting").field("after", &self.after).finish_non_exhaustive()
    }
}

struct Cut {
    body: Option<Body>,
    left: usize,
    cuts: Arc<AtomicU32>,
}

impl HttpBody for Cut {
    type Data = Bytes;
    type Error = TransportError;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, TransportError>>> {
        let Some(body) = &mut self.body else { return Poll::Ready(None) };
        let frame = std::task::ready!(Pin::new(body).poll_frame(cx));
        let Some(Ok(frame)) = frame else { return Poll::Ready(frame) };
        let mut data = frame.into_data().unwrap_or_default();
        if self.left == 0 {
            // With the body goes the connection.
            self.body = None;
            self.cuts.fetch_add(1, Ordering::Relaxed);
            let error = TransportError::new(TransportErrorKind::Closed, Progress::ResponseStarted, "cut");
            return Poll::Ready(Some(Err(error)));
        }
        data.truncate(self.left);
        self.left -= data.len();
        Poll::Ready(Some(Ok(Frame::data(data))))
    }
}
