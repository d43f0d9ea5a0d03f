//! Calls with everything that can be said of them.

use std::sync::Arc;

use bytes::Bytes;
use serde::de::DeserializeOwned;
use tracing::Instrument as _;

use super::{Inner, Prepared, RunAgentClient};
use crate::{Call, RunAgentResult, RunOutput, RunStream, stream, telemetry};

impl RunAgentClient {
    /// Runs the entrypoint and returns its result as a `T`, with what is known of the run.
    ///
    /// It is [`run`](Self::run) for arguments that serialise, results that deserialise, and calls with settings of their
    /// own. A typed result is exact: `i128` and `u128` hold what [`Value`](serde_json::Value) can't.
    ///
    /// ```
    /// use runagent::{Call, RunAgentClient, RunAgentClientConfig, RunOptions, testing::FakeAgent};
    /// use serde::{Deserialize, Serialize};
    /// use std::time::Duration;
    ///
    /// #[derive(Serialize)]
    /// struct Question {
    ///     text: String,
    /// }
    ///
    /// #[derive(Deserialize)]
    /// struct Answer {
    ///     text: String,
    ///     sources: Vec<String>,
    /// }
    ///
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> runagent::RunAgentResult<()> {
    /// # let answer = |_: &[_], _: &_| Ok(serde_json::json!({"text": "A mathematician.", "sources": []}));
    /// # let options = FakeAgent::new("agent-id").on_run("ask", answer).into_options();
    /// # let config = RunAgentClientConfig::new("agent-id", "ask").with_api_key("key").with_options(options);
    /// let client = RunAgentClient::new(config).await?;
    /// let call = Call::new()
    ///     .with_kwargs(Question { text: "Who was Ada?".to_owned() })
    ///     .with_options(RunOptions::new().with_timeout(Duration::from_secs(20)));
    /// let output = client.call::<Answer>(call).await?;
    /// println!("{} ({:?}, {:?})", output.value.text, output.value.sources, output.metadata.request_id);
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    ///
    /// What [`run`](Self::run) lists, and
    ///
    /// - `DECODE_ERROR`: the result is no `T`; the message says where. The agent ran.
    /// - `VALIDATION_ERROR`: an argument does not serialise, or a setting can't be used. Nothing was sent.
    /// - `CANCELLED`: by the [token](crate::RunOptions::with_cancel) of the call.
    ///
    /// # Cancel safety
    ///
    /// See [`RunAgentClient`].
    pub fn call<T: DeserializeOwned>(
        &self,
        call: Call,
    ) -> impl Future<Output = RunAgentResult<RunOutput<T>>> + Send + use<T> {
        self.making(self.inner.prepare_run_call(call), Inner::output)
    }

    /// Runs the entrypoint and returns the body of the server's answer as it came: the envelope, undecoded, for those who
    /// hand it on. It is known to tell of a success.
    ///
    /// The result alone, as JSON that nobody has parsed, is `call::<Box<serde_json::value::RawValue>>`.
    ///
    /// # Errors
    ///
    /// As [`call`](Self::call), without those of a type.
    ///
    /// # Cancel safety
    ///
    /// See [`RunAgentClient`].
    pub fn call_raw(&self, call: Call) -> impl Future<Output = RunAgentResult<RunOutput<Bytes>>> + Send + use<> {
        self.making(self.inner.prepare_run_call(call), Inner::raw)
    }

    /// Runs a streaming entrypoint and returns its chunks as `T`s, as they arrive.
    ///
    /// It is [`run_stream`](Self::run_stream) for arguments that serialise, chunks that deserialise, and calls with
    /// settings of their own.
    ///
    /// # Errors
    ///
    /// What [`run_stream`](Self::run_stream) lists, and those of [`call`](Self::call). A chunk that is no `T` is the
    /// stream's last item, or the error of this call when a server sends it before it says that the agent has started.
    ///
    /// # Cancel safety
    ///
    /// See [`RunAgentClient`].
    pub fn call_stream<T: DeserializeOwned>(
        &self,
        call: Call,
    ) -> impl Future<Output = RunAgentResult<RunStream<T>>> + Send + use<T> {
        self.streaming(self.inner.prepare_stream_call(call))
    }

    /// Makes a run within its span.
    pub(super) fn making<T, F, M>(
        &self,
        call: RunAgentResult<Prepared>,
        make: M,
    ) -> impl Future<Output = RunAgentResult<T>> + Send + use<T, F, M>
    where
        F: Future<Output = RunAgentResult<T>> + Send,
        M: FnOnce(Arc<Inner>, Prepared) -> F + Send,
    {
        let inner = self.inner.clone();
        let span = telemetry::invoke_agent(&inner.resolved.agent_id, Some(&inner.entrypoint_tag), false);
        async move {
            let outcome = match call {
                Ok(call) => make(inner, call).instrument(span.clone()).await,
                Err(error) => Err(error),
            };
            outcome.inspect_err(|error| telemetry::failed(&span, error))
        }
    }

    /// Starts a stream within its span.
    pub(super) fn streaming<T: DeserializeOwned>(
        &self,
        call: RunAgentResult<Prepared>,
    ) -> impl Future<Output = RunAgentResult<RunStream<T>>> + Send + use<T> {
        let inner = self.inner.clone();
        let span = telemetry::invoke_agent(&inner.resolved.agent_id, Some(&inner.entrypoint_tag), true);
        async move {
            let outcome = match call {
                Ok(call) => stream::open(inner, call, &span).instrument(span.clone()).await,
                Err(error) => Err(error),
            };
            outcome.inspect_err(|error| telemetry::failed(&span, error))
        }
    }
}
