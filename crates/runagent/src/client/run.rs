//! A run, from arguments to result.

use std::{sync::Arc, time::Duration};

use bytes::Bytes;
use runagent_types::{Envelope, ErrorCode, Kwargs, RunRequest, generator_repr};
use serde_json::Value;

use super::{Inner, entrypoint};
use crate::{RunAgentError, RunAgentResult, error::Action};

/// What a server may take for a whole stream. Streams have no limit here, but the protocol wants a number.
const STREAM_SECONDS: u64 = 600;

impl Inner {
    /// The body of a run, unless the tag streams.
    pub(super) fn run_body(&self, args: &[Value], kwargs: &[(&str, Value)]) -> RunAgentResult<Bytes> {
        entrypoint::check_runs(&self.resolved.entrypoint_tag)?;
        let limit = self.resolved.options.run_timeout;
        self.body(args, kwargs, (limit != Duration::MAX).then(|| whole_seconds(limit)))
    }

    /// The first message of a stream, unless the tag does not stream.
    pub(super) fn stream_body(&self, args: &[Value], kwargs: &[(&str, Value)]) -> RunAgentResult<Bytes> {
        entrypoint::check_streams(&self.resolved.entrypoint_tag)?;
        self.body(args, kwargs, Some(STREAM_SECONDS))
    }

    fn body(&self, args: &[Value], kwargs: &[(&str, Value)], seconds: Option<u64>) -> RunAgentResult<Bytes> {
        let mut request = RunRequest::new(&*self.resolved.entrypoint_tag, args, Kwargs::new(kwargs))
            .with_persistent_memory(self.resolved.persistent_memory);
        request.timeout_seconds = seconds;
        request.user_id = self.resolved.user_id.as_deref().map(Into::into);
        let json = request.to_json();
        json.map(Bytes::from).map_err(|error| RunAgentError::new(ErrorCode::VALIDATION_ERROR, error.to_string()))
    }

    pub(super) async fn run(self: Arc<Self>, body: Bytes) -> RunAgentResult<Value> {
        let segments = ["agents", &self.resolved.agent_id, "run"];
        let timeout = self.resolved.options.run_timeout;
        let response = self
            .on_the_right_api(
                Action::Run,
                |api| {
                    let request = api.post_json(&segments, body.clone()).operation("run").timeout(timeout);
                    async move { request.send().await }
                },
                Ok,
            )
            .await;
        match response {
            Ok(response) => result(&self.resolved.entrypoint_tag, response.body()),
            Err(error) if *error.code() == ErrorCode::ENTRYPOINT_NOT_FOUND => {
                Err(Box::pin(self.without_entrypoint(error)).await)
            }
            Err(error) => Err(error),
        }
    }

    /// The server does not know the entrypoint: says which ones there are, from the architecture as it is now.
    pub(crate) async fn without_entrypoint(&self, error: RunAgentError) -> RunAgentError {
        match self.fetch_architecture().await {
            Ok(architecture) => entrypoint::missing(error, &self.resolved.entrypoint_tag, &architecture),
            Err(_) => error,
        }
    }
}

/// A server that counts in whole seconds must not give up before we do.
fn whole_seconds(limit: Duration) -> u64 {
    limit.as_secs().saturating_add(u64::from(limit.subsec_nanos() > 0)).max(1)
}

/// The result in the answer to a run.
fn result(tag: &str, body: &[u8]) -> RunAgentResult<Value> {
    let undecodable = |error: runagent_types::DecodeError| {
        RunAgentError::new(ErrorCode::DECODE_ERROR, error.to_string()).with_source(error)
    };
    let value: Value = Envelope::decode_result(body).map_err(undecodable)?.map_err(RunAgentError::from_agent)?;
    if generator_repr(&value) {
        let message = format!("`{tag}` returned a generator, whose chunks a plain run can't carry");
        return Err(RunAgentError::new(ErrorCode::STREAM_ENTRYPOINT, message)
            .with_suggestion("Give the entrypoint a tag that ends with `_stream`, and call run_stream."));
    }
    Ok(value)
}
