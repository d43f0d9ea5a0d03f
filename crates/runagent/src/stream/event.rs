//! Everything that a stream tells, its chunks among it.

use std::{
    fmt,
    future::poll_fn,
    pin::Pin,
    task::{Context, Poll, ready},
    time::Duration,
};

use futures_core::Stream;
use serde::de::DeserializeOwned;
use serde_json::Value;

use super::RunStream;
use crate::RunAgentResult;

/// What happens in a stream.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum RunEvent<T = Value> {
    /// The agent has started: the first event of every stream.
    #[non_exhaustive]
    Started {
        /// The server's id of this invocation.
        invocation_id: Option<String>,
    },
    /// A chunk.
    Chunk {
        /// Its position, from 0.
        index: u64,
        /// What the agent yielded.
        value: T,
    },
    /// The stream is complete: the last event of every stream that did not fail.
    #[non_exhaustive]
    Completed {
        /// How many chunks the agent yielded, by the server's count.
        total_chunks: Option<u64>,
        /// How long the agent ran, by the server's clock.
        execution_time: Option<Duration>,
        /// The server's id of this invocation.
        invocation_id: Option<String>,
    },
}

/// A [`RunStream`] with what happens between its chunks, from [`RunStream::into_events`].
pub struct RunEvents<T = Value> {
    stream: RunStream<T>,
    stage: Stage,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Stage {
    Opened,
    Chunks,
    Ended,
}

impl<T: DeserializeOwned> RunStream<T> {
    /// The stream with its start and its completion as events of their own.
    ///
    /// ```
    /// use runagent::{RunAgentClient, RunAgentClientConfig, RunEvent, testing::FakeAgent};
    /// use serde_json::json;
    ///
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> runagent::RunAgentResult<()> {
    /// # let options = FakeAgent::new("agent-id").on_stream("count_stream", |_, _| vec![json!(0), json!(1)]).into_options();
    /// # let config = RunAgentClientConfig::new("agent-id", "count_stream").with_api_key("key").with_options(options);
    /// # let client = RunAgentClient::new(config).await?;
    /// let mut events = client.run_stream(&[("n", json!(2))]).await?.into_events();
    /// while let Some(event) = events.next().await {
    ///     match event? {
    ///         RunEvent::Started { .. } => println!("started"),
    ///         RunEvent::Chunk { index, value } => println!("{index}: {value}"),
    ///         RunEvent::Completed { total_chunks, .. } => println!("complete: {total_chunks:?} chunks"),
    ///         _ => {}
    ///     }
    /// }
    /// # Ok(())
    /// # }
    /// ```
    #[must_use]
    pub const fn into_events(self) -> RunEvents<T> {
        RunEvents { stream: self, stage: Stage::Opened }
    }
}

impl<T: DeserializeOwned> RunEvents<T> {
    /// The next event; `None` after [`RunEvent::Completed`], and after an error.
    ///
    /// # Errors
    ///
    /// See [`RunStream`]. An error is the last item.
    ///
    /// # Cancel safety
    ///
    /// Cancel safe: an event is either returned or still there.
    pub async fn next(&mut self) -> Option<RunAgentResult<RunEvent<T>>> {
        poll_fn(|cx| self.poll_event(cx)).await
    }

    /// Closes the stream: see [`RunStream::cancel`].
    ///
    /// # Cancel safety
    ///
    /// Dropping the future closes the stream without waiting.
    pub async fn cancel(self) {
        self.stream.cancel().await;
    }

    fn poll_event(&mut self, cx: &mut Context<'_>) -> Poll<Option<RunAgentResult<RunEvent<T>>>> {
        match self.stage {
            Stage::Opened => {
                self.stage = Stage::Chunks;
                let invocation_id = self.stream.invocation_id().map(str::to_owned);
                return Poll::Ready(Some(Ok(RunEvent::Started { invocation_id })));
            }
            Stage::Chunks => {}
            Stage::Ended => return Poll::Ready(None),
        }
        let index = self.stream.received();
        Poll::Ready(Some(match ready!(self.stream.poll_chunk(cx)) {
            Some(Ok(value)) => Ok(RunEvent::Chunk { index, value }),
            Some(Err(error)) => {
                self.stage = Stage::Ended;
                Err(error)
            }
            None => {
                self.stage = Stage::Ended;
                if !self.stream.complete {
                    // Its error was taken before the stream became one of events.
                    return Poll::Ready(None);
                }
                Ok(RunEvent::Completed {
                    total_chunks: self.stream.total_chunks(),
                    execution_time: self.stream.execution_time(),
                    invocation_id: self.stream.invocation_id().map(str::to_owned),
                })
            }
        }))
    }
}

impl<T: DeserializeOwned> Stream for RunEvents<T> {
    type Item = RunAgentResult<RunEvent<T>>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        self.poll_event(cx)
    }
}

impl<T> fmt::Debug for RunEvents<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RunEvents").field("stream", &self.stream).field("stage", &self.stage).finish()
    }
}
