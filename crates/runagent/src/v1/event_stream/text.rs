//! The text of a stream.

use std::{
    future::poll_fn,
    pin::Pin,
    task::{Context, Poll, ready},
};

use futures_core::Stream;
use runagent_types::v1::StreamEvent;

use super::EventStream;
use crate::RunAgentResult;

/// The text of the chunks of an [`EventStream`], and nothing else of it: from [`EventStream::into_text`] and
/// [`AgentClient::run_generic_stream`](crate::v1::AgentClient::run_generic_stream).
///
/// As there, `None` comes only when the stream is complete, and an error is the last item.
#[derive(Debug)]
pub struct TextStream(pub(super) EventStream);

impl TextStream {
    /// The text of the next chunk; `None` when the stream is complete.
    ///
    /// # Errors
    ///
    /// See [`EventStream`]. An error is the last item.
    ///
    /// # Cancel safety
    ///
    /// Cancel safe: a chunk is either returned or still there.
    pub async fn next(&mut self) -> Option<RunAgentResult<String>> {
        poll_fn(|cx| self.poll_text(cx)).await
    }

    /// What else is known of the stream.
    #[must_use]
    pub const fn events(&self) -> &EventStream {
        &self.0
    }

    fn poll_text(&mut self, cx: &mut Context<'_>) -> Poll<Option<RunAgentResult<String>>> {
        loop {
            match ready!(self.0.poll_event(cx)) {
                Some(Ok(StreamEvent::Chunk { content, .. })) => return Poll::Ready(Some(Ok(content))),
                Some(Ok(_)) => {}
                Some(Err(error)) => return Poll::Ready(Some(Err(error))),
                None => return Poll::Ready(None),
            }
        }
    }
}

impl Stream for TextStream {
    type Item = RunAgentResult<String>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        self.poll_text(cx)
    }
}
