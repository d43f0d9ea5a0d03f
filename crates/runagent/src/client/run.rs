//! A run, from arguments to result.

use std::{
    pin::pin,
    sync::{Arc, LazyLock},
    time::{Duration, SystemTime},
};

use bytes::Bytes;
use http::Response;
use runagent_transport::RateLimit;
use runagent_types::{Envelope, ErrorCode, Kwargs, RunRequest, generator_repr};
use serde::{Serialize, de::DeserializeOwned};
use serde_json::Value;
use tokio::time::Instant;

use super::{Inner, entrypoint, server::PATIENCE};
use crate::{
    Call, CancelToken, RunAgentError, RunAgentResult, RunMetadata, RunOptions, RunOutput,
    decode::{Located, undecodable},
    error::{Action, attempts},
};

/// What a server may take for a whole stream. Streams have no limit here, but the protocol wants a number.
const STREAM_SECONDS: u64 = 600;

/// A call that is ready to be sent: it owns what it sends.
pub(crate) struct Prepared {
    pub(crate) body: Bytes,
    /// Boxed, as few calls have any: the futures of all of them hold this.
    options: Option<Box<RunOptions>>,
}

impl Prepared {
    pub(crate) fn new(body: Bytes, options: RunOptions) -> Self {
        Self { body, options: Some(Box::new(options)) }
    }

    pub(crate) fn into_parts(self) -> (Bytes, RunOptions) {
        (self.body, self.options.map(|options| *options).unwrap_or_default())
    }

    pub(crate) fn options(&self) -> &RunOptions {
        static NONE: LazyLock<RunOptions> = LazyLock::new(RunOptions::new);
        self.options.as_deref().unwrap_or(&NONE)
    }
}

impl Inner {
    /// A run, unless the tag streams.
    pub(super) fn prepare_run(&self, args: &[Value], kwargs: &[(&str, Value)]) -> RunAgentResult<Prepared> {
        entrypoint::check_runs(&self.entrypoint_tag)?;
        let body = self.body(args, Kwargs::new(kwargs), None, self.run_seconds(None))?;
        Ok(Prepared { body, options: None })
    }

    /// A stream, unless the tag does not stream.
    pub(super) fn prepare_stream(&self, args: &[Value], kwargs: &[(&str, Value)]) -> RunAgentResult<Prepared> {
        entrypoint::check_streams(&self.entrypoint_tag)?;
        let body = self.body(args, Kwargs::new(kwargs), None, Some(STREAM_SECONDS))?;
        Ok(Prepared { body, options: None })
    }

    /// The same from a call.
    pub(super) fn prepare_run_call(&self, call: Call) -> RunAgentResult<Prepared> {
        entrypoint::check_runs(&self.entrypoint_tag)?;
        self.prepare_call(call, |options| self.run_seconds(options.timeout))
    }

    /// The same from a call.
    pub(super) fn prepare_stream_call(&self, call: Call) -> RunAgentResult<Prepared> {
        entrypoint::check_streams(&self.entrypoint_tag)?;
        self.prepare_call(call, |options| Some(options.timeout.and_then(whole_seconds).unwrap_or(STREAM_SECONDS)))
    }

    fn prepare_call(&self, call: Call, seconds: impl Fn(&RunOptions) -> Option<u64>) -> RunAgentResult<Prepared> {
        let arguments = call.arguments()?;
        let body = self.body(&arguments.args, &arguments.kwargs, Some(&call), seconds(&call.options))?;
        Ok(Prepared::new(body, call.options))
    }

    fn body(
        &self,
        args: impl Serialize,
        kwargs: impl Serialize,
        call: Option<&Call>,
        seconds: Option<u64>,
    ) -> RunAgentResult<Bytes> {
        let memory = call.and_then(|call| call.persistent_memory).unwrap_or(self.resolved.persistent_memory);
        let user = call.and_then(|call| call.user_id.as_deref()).or(self.resolved.user_id.as_deref());
        let mut request = RunRequest::new(&*self.entrypoint_tag, args, kwargs).with_persistent_memory(memory);
        request.timeout_seconds = seconds;
        request.user_id = user.map(Into::into);
        let json = request.to_json();
        json.map(Bytes::from).map_err(|error| RunAgentError::new(ErrorCode::VALIDATION_ERROR, error.to_string()))
    }

    fn run_seconds(&self, limit: Option<Duration>) -> Option<u64> {
        whole_seconds(limit.unwrap_or(self.resolved.limits.run))
    }

    /// The value of a run, by the shortest way.
    pub(super) async fn run(self: Arc<Self>, call: Prepared) -> RunAgentResult<Value> {
        let response = self.answer(call).await?;
        self.value(&response).map_err(|error| error.with_answer(&response))
    }

    fn value(&self, response: &Response<Bytes>) -> RunAgentResult<Value> {
        let decoded = Envelope::decode_result(response.body()).map_err(|error| undecodable::<()>(error, || Ok(())))?;
        self.plain(decoded.map_err(|error| RunAgentError::from_agent(error, response))?)
    }

    /// The value of a run and what is known of it.
    pub(super) async fn output<T: DeserializeOwned>(self: Arc<Self>, call: Prepared) -> RunAgentResult<RunOutput<T>> {
        let started = Instant::now();
        let response = self.answer(call).await?;
        let output = open(&response, started).and_then(|(metadata, payload)| {
            // Its name is text, and so might be a `T`.
            if names_generator(response.body()) {
                self.plain(payload.to_value().unwrap_or_default())?;
            }
            let undecodable = |error| undecodable(error, || payload.deserialize::<Located<T>>());
            Ok(RunOutput { value: payload.deserialize().map_err(undecodable)?, metadata })
        });
        output.map_err(|error| error.with_answer(&response))
    }

    /// The answer to a run as it came.
    pub(super) async fn raw(self: Arc<Self>, call: Prepared) -> RunAgentResult<RunOutput<Bytes>> {
        let started = Instant::now();
        let response = self.answer(call).await?;
        let (metadata, _) = open(&response, started).map_err(|error| error.with_answer(&response))?;
        Ok(RunOutput { value: response.into_body(), metadata })
    }

    /// The answer to a run that the server took.
    async fn answer(&self, call: Prepared) -> RunAgentResult<Response<Bytes>> {
        let options = call.options();
        let segments = ["agents", &self.resolved.agent_id, "run"];
        let timeout = options.timeout.unwrap_or(self.resolved.limits.run);
        let started = Instant::now();
        let send = |api: &runagent_transport::Api, limit| {
            let request = api.post_json(&segments, call.body.clone()).operation("run").timeout(limit);
            let request = options.apply(request);
            async move { request.send().await }
        };
        let answer = pin!(async {
            match self.on_the_right_api(Action::Run, timeout, send, Ok).await {
                Err(error) if *error.code() == ErrorCode::ENTRYPOINT_NOT_FOUND => {
                    let left = timeout.saturating_sub(started.elapsed());
                    Err(Box::pin(self.without_entrypoint(error, left)).await)
                }
                answer => answer,
            }
        });
        CancelToken::race(options.cancel.as_ref(), answer).await
    }

    /// The value, unless it only names what a plain run can't carry.
    fn plain(&self, value: Value) -> RunAgentResult<Value> {
        if generator_repr(&value) {
            let tag = self.entrypoint_tag.escape_debug();
            let message = format!("`{tag}` returned a generator, whose chunks a plain run can't carry");
            return Err(RunAgentError::new(ErrorCode::STREAM_ENTRYPOINT, message)
                .with_suggestion("Give the entrypoint a tag that ends with `_stream`, and call run_stream."));
        }
        Ok(value)
    }

    /// The server does not know the entrypoint: says which ones there are, from the architecture as it is now, if that can
    /// be had in the time that is left.
    pub(crate) async fn without_entrypoint(&self, error: RunAgentError, left: Duration) -> RunAgentError {
        match self.fetch_architecture(PATIENCE.min(left)).await {
            Ok(architecture) => entrypoint::missing(error, &self.entrypoint_tag, &architecture),
            Err(_) => error,
        }
    }
}

/// A server that counts in whole seconds must not give up before we do. No limit is no number, and neither is one that
/// nobody waits for: servers need not count that far.
fn whole_seconds(limit: Duration) -> Option<u64> {
    const MOST: u64 = i32::MAX as u64;
    let seconds = limit.as_secs().saturating_add(u64::from(limit.subsec_nanos() > 0)).max(1);
    (seconds <= MOST).then_some(seconds)
}

/// Whether it is worth to look for the name of a generator in an answer, which makes no long one.
fn names_generator(body: &[u8]) -> bool {
    const LONG: usize = 64 * 1024;
    body.len() < LONG && str::from_utf8(body).is_ok_and(|body| body.contains("generator object "))
}

/// What the envelope tells, and the result in it.
fn open(response: &Response<Bytes>, started: Instant) -> RunAgentResult<(RunMetadata, runagent_types::Payload<'_>)> {
    let envelope = Envelope::decode(response.body()).map_err(|error| undecodable::<()>(error, || Ok(())))?;
    let text = |text: Option<&str>| text.map(str::to_owned);
    let mut metadata = RunMetadata {
        request_id: text(envelope.request_id()),
        timestamp: text(envelope.timestamp()),
        elapsed: started.elapsed(),
        attempts: attempts(response),
        rate_limit: RateLimit::of(response.headers(), SystemTime::now()),
        ..RunMetadata::default()
    };
    let payload = envelope.into_result().map_err(|error| RunAgentError::from_agent(error, response))?;
    if let Some((invocation_id, seconds)) = payload.execution() {
        metadata.invocation_id = invocation_id;
        metadata.execution_time = seconds.and_then(|seconds| Duration::try_from_secs_f64(seconds).ok());
    }
    Ok((metadata, payload))
}
