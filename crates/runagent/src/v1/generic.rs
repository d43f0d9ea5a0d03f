//! Any object in, any object out.

use runagent_transport::BoxFuture;
use runagent_types::ErrorCode;
use serde::Serialize;
use serde_json::{Map, Value};

use super::{AgentClient, TextStream, invoke::prepare};
use crate::{RunAgentError, RunAgentResult, RunOptions, client::Prepared};

impl AgentClient {
    /// Runs the agent with an object as the body of the request, as it is, and returns its answer as an object. A result
    /// that is no object comes as `{"result": …}`.
    ///
    /// The input is serialised before this returns. See [`generic`](crate::generic) for an example.
    ///
    /// # Errors
    ///
    /// As [`invoke`](Self::invoke); `VALIDATION_ERROR` when the input is no object. Nothing was sent then.
    ///
    /// # Cancel safety
    ///
    /// See [`AgentClient`].
    pub fn run_generic(&self, input: impl Serialize) -> BoxFuture<'static, RunAgentResult<Map<String, Value>>> {
        self.run_generic_with(input, RunOptions::new())
    }

    /// The same with a time limit, headers and the like for this call.
    ///
    /// # Errors
    ///
    /// As [`run_generic`](Self::run_generic).
    ///
    /// # Cancel safety
    ///
    /// See [`AgentClient`].
    pub fn run_generic_with(
        &self,
        input: impl Serialize,
        options: RunOptions,
    ) -> BoxFuture<'static, RunAgentResult<Map<String, Value>>> {
        let answer = self.invoking::<Value>(call(input, options));
        Box::pin(async move {
            Ok(match answer.await?.result {
                Value::Object(members) => members,
                other => Map::from_iter([("result".to_owned(), other)]),
            })
        })
    }

    /// Runs the agent with an object as the body of the request, as it is, and returns the text of its answer piece by
    /// piece: see [`stream`](Self::stream).
    ///
    /// # Errors
    ///
    /// As [`stream`](Self::stream); `VALIDATION_ERROR` when the input is no object. Nothing was sent then.
    ///
    /// # Cancel safety
    ///
    /// See [`AgentClient`].
    pub fn run_generic_stream(&self, input: impl Serialize) -> BoxFuture<'static, RunAgentResult<TextStream>> {
        self.run_generic_stream_with(input, RunOptions::new())
    }

    /// The same with a time limit, headers and the like for this call.
    ///
    /// # Errors
    ///
    /// As [`run_generic_stream`](Self::run_generic_stream).
    ///
    /// # Cancel safety
    ///
    /// See [`AgentClient`].
    pub fn run_generic_stream_with(
        &self,
        input: impl Serialize,
        options: RunOptions,
    ) -> BoxFuture<'static, RunAgentResult<TextStream>> {
        let stream = self.streaming(call(input, options));
        Box::pin(async move { Ok(stream.await?.into_text()) })
    }
}

/// A call whose body is this object.
fn call(input: impl Serialize, options: RunOptions) -> RunAgentResult<Prepared> {
    let invalid = |why: String| RunAgentError::new(ErrorCode::VALIDATION_ERROR, why);
    let body = serde_json::to_vec(&input).map_err(|error| invalid(format!("the input does not serialise: {error}")))?;
    if body.first() != Some(&b'{') {
        return Err(invalid("the input is no object with names, such as {\"query\": …}".to_owned()));
    }
    prepare(body, options)
}
