//! Bodies of requests and responses.

use std::{
    fmt,
    pin::Pin,
    task::{Context, Poll, ready},
    time::Duration,
};

use bytes::{Bytes, BytesMut};
use http_body::{Body as HttpBody, Frame, SizeHint};

use crate::{Progress, TransportError, TransportErrorKind};

/// The body of a [`Request`](crate::Request) or a [`Response`](crate::Response): bytes, or a stream of them.
///
/// ```
/// use runagent_transport::Body;
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), runagent_transport::TransportError> {
/// let body = Body::from("hello");
/// assert_eq!(body.collect(1024).await?, "hello");
/// # Ok(())
/// # }
/// ```
#[derive(Default)]
pub struct Body(Kind);

#[derive(Default)]
enum Kind {
    #[default]
    Empty,
    Full(Bytes),
    Stream(Pin<Box<dyn HttpBody<Data = Bytes, Error = TransportError> + Send>>),
}

impl Body {
    /// A body without bytes.
    #[must_use]
    pub const fn empty() -> Self {
        Self(Kind::Empty)
    }

    /// A body that arrives, or is produced, piece by piece.
    #[must_use]
    pub fn stream(body: impl HttpBody<Data = Bytes, Error = TransportError> + Send + 'static) -> Self {
        Self(Kind::Stream(Box::pin(body)))
    }

    /// All bytes, when they are at hand; `None` for a stream. Such a body can be sent again.
    #[must_use]
    pub fn as_bytes(&self) -> Option<&[u8]> {
        match &self.0 {
            Kind::Empty => Some(&[]),
            Kind::Full(bytes) => Some(bytes),
            Kind::Stream(_) => None,
        }
    }

    /// Reads the body to its end, at most `limit` bytes.
    ///
    /// # Errors
    ///
    /// [`TransportErrorKind::TooLarge`] as soon as the body is, or says that it is, larger than `limit`; else what broke
    /// the stream.
    ///
    /// # Cancel safety
    ///
    /// Not cancel safe: what was read by then is lost, and the connection closed.
    pub async fn collect(mut self, limit: usize) -> Result<Bytes, TransportError> {
        let too_large = || {
            let message = format!("the response is larger than the limit of {limit} bytes");
            TransportError::new(TransportErrorKind::TooLarge, Progress::ResponseStarted, message)
        };
        let announced = usize::try_from(self.size_hint().lower()).unwrap_or(usize::MAX);
        if announced > limit {
            return Err(too_large());
        }
        let mut first = Bytes::new();
        let mut buffer = Vec::new();
        while let Some(frame) = std::future::poll_fn(|cx| Pin::new(&mut self).poll_frame(cx)).await {
            let Ok(data) = frame?.into_data() else {
                continue;
            };
            if first.is_empty() && buffer.is_empty() {
                // One frame is the usual case and is handed on as it is.
                first = data;
            } else {
                if buffer.is_empty() {
                    buffer.reserve_exact(announced.max(first.len() + data.len()));
                    buffer.extend_from_slice(&first);
                }
                buffer.extend_from_slice(&data);
            }
            if first.len().max(buffer.len()) > limit {
                return Err(too_large());
            }
        }
        Ok(if buffer.is_empty() { first } else { buffer.into() })
    }
}

impl Body {
    /// What can be had soon of a body that only explains an error: at most 64 KiB, within a second. It needs a runtime.
    pub(crate) async fn beginning(mut self) -> Bytes {
        const MAX: usize = 64 * 1024;
        const TIME: Duration = Duration::from_secs(1);
        let mut bytes = BytesMut::new();
        let read = async {
            while bytes.len() < MAX
                && let Some(Ok(frame)) = std::future::poll_fn(|cx| Pin::new(&mut self).poll_frame(cx)).await
            {
                let data = frame.into_data().unwrap_or_default();
                bytes.extend_from_slice(&data[..data.len().min(MAX - bytes.len())]);
            }
        };
        // What has not come by then is not worth waiting for.
        drop(tokio::time::timeout(TIME, read).await);
        bytes.freeze()
    }
}

impl HttpBody for Body {
    type Data = Bytes;
    type Error = TransportError;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, TransportError>>> {
        match &mut self.0 {
            Kind::Empty => Poll::Ready(None),
            Kind::Full(bytes) => {
                let bytes = std::mem::take(bytes);
                self.0 = Kind::Empty;
                Poll::Ready((!bytes.is_empty()).then(|| Ok(Frame::data(bytes))))
            }
            Kind::Stream(stream) => {
                let frame = ready!(stream.as_mut().poll_frame(cx));
                if !matches!(frame, Some(Ok(_))) {
                    self.0 = Kind::Empty;
                }
                Poll::Ready(frame)
            }
        }
    }

    fn is_end_stream(&self) -> bool {
        match &self.0 {
            Kind::Empty => true,
            Kind::Full(bytes) => bytes.is_empty(),
            Kind::Stream(stream) => stream.is_end_stream(),
        }
    }

    fn size_hint(&self) -> SizeHint {
        match &self.0 {
            Kind::Empty => SizeHint::with_exact(0),
            Kind::Full(bytes) => SizeHint::with_exact(bytes.len() as u64),
            Kind::Stream(stream) => stream.size_hint(),
        }
    }
}

impl From<Bytes> for Body {
    fn from(bytes: Bytes) -> Self {
        Self(Kind::Full(bytes))
    }
}

impl From<Vec<u8>> for Body {
    fn from(bytes: Vec<u8>) -> Self {
        Bytes::from(bytes).into()
    }
}

impl From<String> for Body {
    fn from(text: String) -> Self {
        Bytes::from(text).into()
    }
}

impl From<&'static str> for Body {
    fn from(text: &'static str) -> Self {
        Bytes::from_static(text.as_bytes()).into()
    }
}

impl fmt::Debug for Body {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Bodies may hold what nobody should see in a log.
        match &self.0 {
            Kind::Empty => f.write_str("Body(empty)"),
            Kind::Full(bytes) => write!(f, "Body({} bytes)", bytes.len()),
            Kind::Stream(_) => f.write_str("Body(stream)"),
        }
    }
}
