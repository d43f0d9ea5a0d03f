//! A stream to its end, into something that takes it.

use std::io;

use runagent_types::ErrorCode;
use serde::de::DeserializeOwned;
use serde_json::Value;

use super::RunStream;
use crate::{RunAgentError, RunAgentResult};

impl<T: DeserializeOwned> RunStream<T> {
    /// Reads the stream to its end and appends its chunks. Returns how many there were.
    ///
    /// ```
    /// # use runagent::{RunAgentClient, RunAgentClientConfig, testing::FakeAgent};
    /// # use serde_json::json;
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> runagent::RunAgentResult<()> {
    /// # let options = FakeAgent::new("agent-id").on_stream("count_stream", |_, _| vec![json!(0), json!(1)]).into_options();
    /// # let config = RunAgentClientConfig::new("agent-id", "count_stream").with_api_key("key").with_options(options);
    /// # let client = RunAgentClient::new(config).await?;
    /// let mut chunks = Vec::new();
    /// client.run_stream(&[("n", json!(2))]).await?.read_to_end(&mut chunks).await?;
    /// assert_eq!(chunks, [0, 1]);
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    ///
    /// See [`RunStream`]. What came before the error is in `chunks`.
    ///
    /// # Cancel safety
    ///
    /// Cancel safe: what came is in `chunks`, and the stream goes on where it was left.
    pub async fn read_to_end(&mut self, chunks: &mut Vec<T>) -> RunAgentResult<usize> {
        let before = chunks.len();
        while let Some(chunk) = self.next().await {
            chunks.push(chunk?);
        }
        Ok(chunks.len() - before)
    }
}

impl RunStream {
    /// Reads the stream to its end and appends its text: chunks that are strings as they are, others as JSON. Returns how
    /// many bytes were appended.
    ///
    /// # Errors
    ///
    /// See [`RunStream`]. What came before the error is in `text`.
    ///
    /// # Cancel safety
    ///
    /// Cancel safe: what came is in `text`, and the stream goes on where it was left.
    pub async fn read_to_string(&mut self, text: &mut String) -> RunAgentResult<usize> {
        let before = text.len();
        while let Some(chunk) = self.next().await {
            match chunk? {
                Value::String(chunk) => text.push_str(&chunk),
                other => text.push_str(&other.to_string()),
            }
        }
        Ok(text.len() - before)
    }

    /// Reads the stream to its end and writes its text, as [`read_to_string`](Self::read_to_string) makes it, chunk by
    /// chunk; each is flushed. Returns how many bytes were written.
    ///
    /// The writer is a synchronous one, for a terminal, a file or memory: while it blocks, so does the task.
    ///
    /// # Errors
    ///
    /// See [`RunStream`]; `UNKNOWN_ERROR` with the [`io::Error`] as its source when the writer fails, which ends the
    /// stream.
    ///
    /// # Cancel safety
    ///
    /// Cancel safe: what came was written, and the stream goes on where it was left.
    pub async fn write_to(&mut self, writer: &mut (impl io::Write + ?Sized)) -> RunAgentResult<u64> {
        let mut written = 0;
        while let Some(chunk) = self.next().await {
            let text = match chunk? {
                Value::String(chunk) => chunk,
                other => other.to_string(),
            };
            if let Err(error) = writer.write_all(text.as_bytes()).and_then(|()| writer.flush()) {
                // Whoever wrote a part of it can't go on.
                self.socket = None;
                return Err(RunAgentError::new(ErrorCode::UNKNOWN_ERROR, "a chunk could not be written")
                    .with_suggestion("Look at the cause: the stream was fine, the writer was not.")
                    .with_source(error));
            }
            written += text.len() as u64;
        }
        Ok(written)
    }
}
