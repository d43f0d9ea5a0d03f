//! Chunks, one after the other.

use std::{io, iter::FusedIterator, time::Duration};

use serde::de::DeserializeOwned;
use serde_json::Value;

use super::worker::block_on;
use crate::{RunAgentResult, RunEvent};

/// The chunks of a streaming entrypoint: an iterator that blocks until the next one arrives.
///
/// Everything that [`runagent::RunStream`](crate::RunStream) promises holds here too: `None` only after the server said
/// that the stream is complete, an error as the last item otherwise, and dropping it closes the connection.
#[derive(Debug)]
pub struct RunStream<T = Value>(pub(super) crate::RunStream<T>);

impl<T> RunStream<T> {
    /// How many chunks were returned so far.
    #[must_use]
    pub const fn received(&self) -> u64 {
        self.0.received()
    }

    /// The server's id of this invocation.
    #[must_use]
    pub fn invocation_id(&self) -> Option<&str> {
        self.0.invocation_id()
    }

    /// How many chunks the agent yielded, once the stream is complete.
    #[must_use]
    pub const fn total_chunks(&self) -> Option<u64> {
        self.0.total_chunks()
    }

    /// How long the agent ran, once the stream is complete.
    #[must_use]
    pub fn execution_time(&self) -> Option<Duration> {
        self.0.execution_time()
    }

    /// Closes the stream and waits, two seconds at most, until the server has noticed.
    pub fn cancel(self) {
        // It starts no worker that is not there already, so it can't fail.
        drop(block_on(async {
            self.0.cancel().await;
            Ok(())
        }));
    }
}

impl<T: DeserializeOwned> RunStream<T> {
    /// The stream with its start and its completion as events of their own.
    #[must_use]
    pub fn into_events(self) -> RunEvents<T> {
        RunEvents(self.0.into_events())
    }

    /// Reads the stream to its end and appends its chunks. Returns how many there were.
    ///
    /// # Errors
    ///
    /// See [`read_to_end`](crate::RunStream::read_to_end).
    pub fn read_to_end(&mut self, chunks: &mut Vec<T>) -> RunAgentResult<usize> {
        block_on(self.0.read_to_end(chunks))
    }
}

impl RunStream {
    /// Reads the stream to its end and appends its text. Returns how many bytes were appended.
    ///
    /// # Errors
    ///
    /// See [`read_to_string`](crate::RunStream::read_to_string).
    pub fn read_to_string(&mut self, text: &mut String) -> RunAgentResult<usize> {
        block_on(self.0.read_to_string(text))
    }

    /// Reads the stream to its end and writes its text chunk by chunk. Returns how many bytes were written.
    ///
    /// # Errors
    ///
    /// See [`write_to`](crate::RunStream::write_to).
    pub fn write_to(&mut self, writer: &mut (impl io::Write + ?Sized)) -> RunAgentResult<u64> {
        block_on(self.0.write_to(writer))
    }
}

impl<T: DeserializeOwned> Iterator for RunStream<T> {
    type Item = RunAgentResult<T>;

    fn next(&mut self) -> Option<Self::Item> {
        block_on(async { self.0.next().await.transpose() }).transpose()
    }
}

impl<T: DeserializeOwned> FusedIterator for RunStream<T> {}

/// A [`RunStream`] with what happens between its chunks: an iterator that blocks until the next event.
#[derive(Debug)]
pub struct RunEvents<T = Value>(crate::RunEvents<T>);

impl<T: DeserializeOwned> RunEvents<T> {
    /// Closes the stream and waits, two seconds at most, until the server has noticed.
    pub fn cancel(self) {
        drop(block_on(async {
            self.0.cancel().await;
            Ok(())
        }));
    }
}

impl<T: DeserializeOwned> Iterator for RunEvents<T> {
    type Item = RunAgentResult<RunEvent<T>>;

    fn next(&mut self) -> Option<Self::Item> {
        block_on(async { self.0.next().await.transpose() }).transpose()
    }
}

impl<T: DeserializeOwned> FusedIterator for RunEvents<T> {}
