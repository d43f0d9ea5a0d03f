//! Bodies that do not end well.

use std::{
    pin::Pin,
    task::{Context, Poll, ready},
};

use bytes::Bytes;
use http_body::Frame;

use crate::{Body, Progress, TransportError, TransportErrorKind};

/// A body whose connection breaks after these bytes.
///
/// ```
/// use runagent_transport::{TransportErrorKind, testing::cut_off};
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() {
/// let error = cut_off(r#"{"id":"#).collect(1024).await.unwrap_err();
/// assert_eq!(error.kind(), TransportErrorKind::Closed);
/// # }
/// ```
#[must_use]
pub fn cut_off(start: impl Into<Body>) -> Body {
    Body::stream(Unfinished { start: start.into(), breaks: true })
}

/// A body of which nothing comes after these bytes, not even its end.
///
/// ```
/// use std::time::Duration;
/// use runagent_transport::testing::unending;
///
/// # #[tokio::main(flavor = "current_thread", start_paused = true)]
/// # async fn main() {
/// let read = tokio::time::timeout(Duration::from_secs(60), unending("data: 1\n\n").collect(1024));
/// assert!(read.await.is_err());
/// # }
/// ```
#[must_use]
pub fn unending(start: impl Into<Body>) -> Body {
    Body::stream(Unfinished { start: start.into(), breaks: false })
}

struct Unfinished {
    start: Body,
    breaks: bool,
}

impl http_body::Body for Unfinished {
    type Data = Bytes;
    type Error = TransportError;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, TransportError>>> {
        if let Some(frame) = ready!(Pin::new(&mut self.start).poll_frame(cx)) {
            return Poll::Ready(Some(frame));
        }
        if !self.breaks {
            return Poll::Pending;
        }
        let message = "the connection broke in the middle of the body, as the script says";
        Poll::Ready(Some(Err(TransportError::new(TransportErrorKind::Closed, Progress::ResponseStarted, message))))
    }
}
