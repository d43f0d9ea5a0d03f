//! What an agent says while it works, one event after the other.

use std::{iter::FusedIterator, time::Duration};

use runagent_transport::RateLimit;

use super::{StreamEvent, Usage};
use crate::{RunAgentResult, blocking::worker::block_on, v1};

/// What an agent says while it works: an iterator that blocks until the next event arrives.
///
/// Everything that [`v1::EventStream`] promises holds here too: `None` only after the stream is complete, an error as the
/// last item otherwise, and dropping it closes the connection.
#[derive(Debug)]
pub struct EventStream(pub(super) v1::EventStream);

impl EventStream {
    /// Reads the stream to its end and appends the text of its chunks. Returns how many bytes were appended.
    ///
    /// # Errors
    ///
    /// See [`read_to_string`](v1::EventStream::read_to_string).
    pub fn read_to_string(&mut self, text: &mut String) -> RunAgentResult<usize> {
        block_on(self.0.read_to_string(text))
    }

    /// The text of its chunks alone.
    #[must_use]
    pub fn into_text(self) -> TextStream {
        TextStream(self.0.into_text())
    }

    /// Closes the stream, as dropping it does.
    pub fn cancel(self) {
        self.0.cancel();
    }

    /// How many chunks were returned so far.
    #[must_use]
    pub const fn received(&self) -> u64 {
        self.0.received()
    }

    /// The conversation, once the server has told it.
    #[must_use]
    pub fn session_id(&self) -> Option<&str> {
        self.0.session_id()
    }

    /// How many tokens it took, once the stream is complete.
    #[must_use]
    pub const fn usage(&self) -> Option<Usage> {
        self.0.usage()
    }

    /// How long the agent ran, once the stream is complete.
    #[must_use]
    pub fn execution_time(&self) -> Option<Duration> {
        self.0.execution_time()
    }

    /// The rate limit that the server told with its answer.
    #[must_use]
    pub fn rate_limit(&self) -> RateLimit {
        self.0.rate_limit()
    }

    /// The server's id of the request.
    #[must_use]
    pub fn request_id(&self) -> Option<String> {
        self.0.request_id()
    }
}

impl Iterator for EventStream {
    type Item = RunAgentResult<StreamEvent>;

    fn next(&mut self) -> Option<Self::Item> {
        block_on(async { self.0.next().await.transpose() }).transpose()
    }
}

impl FusedIterator for EventStream {}

/// The text of the chunks of an [`EventStream`]: an iterator that blocks until the next one arrives. See
/// [`v1::TextStream`].
#[derive(Debug)]
pub struct TextStream(pub(super) v1::TextStream);

impl TextStream {
    /// What else is known of the stream.
    #[must_use]
    pub const fn events(&self) -> &v1::EventStream {
        self.0.events()
    }
}

impl Iterator for TextStream {
    type Item = RunAgentResult<String>;

    fn next(&mut self) -> Option<Self::Item> {
        block_on(async { self.0.next().await.transpose() }).transpose()
    }
}

impl FusedIterator for TextStream {}
