use std::any::Any;
use std::collections::HashSet;
use std::fmt;
use std::panic::AssertUnwindSafe;
use std::sync::Arc;

use futures_core::Stream;
use futures_core::future::BoxFuture;
use futures_core::stream::BoxStream;
use futures_util::{FutureExt, StreamExt, TryFutureExt};
use runagent_types::is_stream_tag;
use serde::Serialize;
use serde_json::Value;

use crate::{AgentError, Input, ServerError};

/// Calls an entrypoint; its panic is an error.
pub(crate) type Run = Box<dyn Fn(Input) -> BoxFuture<'static, Result<Value, AgentError>> + Send + Sync>;
/// Calls a streaming entrypoint; its panic is the last item.
pub(crate) type Open = Box<dyn Fn(Input) -> BoxStream<'static, Result<Value, AgentError>> + Send + Sync>;

/// Functions under one id, each with the tag that callers name.
///
/// An entrypoint takes an [`Input`] and answers with anything that serialises to JSON, or with an [`AgentError`]; a
/// panic in it is such an error too. Its future is dropped when the caller goes away.
///
/// ```
/// use runagent_server::{Agent, AgentError, Input};
///
/// async fn add(input: Input) -> Result<i64, AgentError> {
///     Ok(input.arg::<i64>(0)? + input.arg::<i64>(1)?)
/// }
///
/// let agent = Agent::new("calculator").with_name("Calculator").with_version("1.2.0").entrypoint("add", add);
/// assert_eq!(agent.tags().collect::<Vec<_>>(), ["add"]);
/// ```
pub struct Agent {
    id: String,
    name: Option<String>,
    description: Option<String>,
    version: Option<String>,
    entrypoints: Vec<Entrypoint>,
}

struct Entrypoint {
    tag: String,
    call: Call,
}

/// What is behind a tag.
pub(crate) enum Call {
    Run(Run),
    Stream(Open),
}

impl Agent {
    /// An agent without entrypoints. The id is any text; the Python tools write a UUID.
    #[must_use]
    pub fn new(id: impl Into<String>) -> Self {
        Self { id: id.into(), name: None, description: None, version: None, entrypoints: Vec::new() }
    }

    /// Sets the name shown to people; the id, unless set.
    #[must_use]
    pub fn with_name(mut self, name: impl Into<String>) -> Self {
        self.name = Some(name.into());
        self
    }

    /// Says in a sentence what the agent does.
    #[must_use]
    pub fn with_description(mut self, description: impl Into<String>) -> Self {
        self.description = Some(description.into());
        self
    }

    /// Sets the version of the agent, such as `1.2.0`.
    #[must_use]
    pub fn with_version(mut self, version: impl Into<String>) -> Self {
        self.version = Some(version.into());
        self
    }

    /// Adds a function that answers once. Its tag must not end with `_stream`, which is what tells callers the two
    /// sorts apart; [`Server::bind`](crate::Server::bind) checks it.
    #[must_use]
    pub fn entrypoint<F, Fut, T>(self, tag: impl Into<String>, handler: F) -> Self
    where
        F: Fn(Input) -> Fut + Send + Sync + 'static,
        Fut: Future<Output = Result<T, AgentError>> + Send + 'static,
        T: Serialize,
    {
        let handler = Arc::new(handler);
        let run = move |input| {
            let handler = Arc::clone(&handler);
            // The handler is called inside the future, where a panic is caught.
            let answer = async move { json(&handler(input).await?) };
            AssertUnwindSafe(answer).catch_unwind().map(|caught| caught.unwrap_or_else(panicked)).boxed()
        };
        self.with(tag.into(), Call::Run(Box::new(run)))
    }

    /// Adds a function that answers with a stream of chunks, and whose tag ends with `_stream`. The first error ends
    /// the stream.
    #[must_use]
    pub fn stream_entrypoint<F, Fut, S, T>(self, tag: impl Into<String>, handler: F) -> Self
    where
        F: Fn(Input) -> Fut + Send + Sync + 'static,
        Fut: Future<Output = Result<S, AgentError>> + Send + 'static,
        S: Stream<Item = Result<T, AgentError>> + Send + 'static,
        T: Serialize,
    {
        let handler = Arc::new(handler);
        let open = move |input| {
            let handler = Arc::clone(&handler);
            let chunks = async move { handler(input).await }.try_flatten_stream();
            let values = chunks.map(|chunk| json(&chunk?));
            AssertUnwindSafe(values).catch_unwind().map(|caught| caught.unwrap_or_else(panicked)).boxed()
        };
        self.with(tag.into(), Call::Stream(Box::new(open)))
    }

    /// The id.
    #[must_use]
    pub fn id(&self) -> &str {
        &self.id
    }

    /// The tags, in the order they were added.
    pub fn tags(&self) -> impl Iterator<Item = &str> {
        self.entrypoints.iter().map(|entrypoint| entrypoint.tag.as_str())
    }

    pub(crate) fn name(&self) -> &str {
        self.name.as_deref().unwrap_or(&self.id)
    }

    pub(crate) fn description(&self) -> Option<&str> {
        self.description.as_deref()
    }

    pub(crate) fn version(&self) -> Option<&str> {
        self.version.as_deref()
    }

    pub(crate) fn find(&self, tag: &str) -> Option<&Call> {
        self.entrypoints.iter().find(|entrypoint| entrypoint.tag == tag).map(|entrypoint| &entrypoint.call)
    }

    /// What the builder methods could not refuse.
    pub(crate) fn check(&self) -> Result<(), ServerError> {
        if self.id.is_empty() || self.id.contains(char::is_control) {
            return Err(ServerError::InvalidAgentId { id: self.id.clone() });
        }
        let mut seen = HashSet::new();
        for Entrypoint { tag, call } in &self.entrypoints {
            let problem = match call {
                _ if tag.is_empty() => "is empty",
                _ if tag.contains(char::is_control) => "has control characters",
                _ if !seen.insert(tag) => "is given twice",
                Call::Run(_) if is_stream_tag(tag) => "ends with `_stream`, but does not stream",
                Call::Stream(_) if !is_stream_tag(tag) => "streams, but does not end with `_stream`",
                _ => continue,
            };
            return Err(ServerError::InvalidTag { tag: tag.clone(), problem });
        }
        Ok(())
    }

    fn with(mut self, tag: String, call: Call) -> Self {
        self.entrypoints.push(Entrypoint { tag, call });
        self
    }
}

fn json<T: Serialize>(result: &T) -> Result<Value, AgentError> {
    serde_json::to_value(result).map_err(|error| AgentError::new(format!("the result has no JSON form: {error}")))
}

fn panicked<T>(payload: Box<dyn Any + Send>) -> Result<T, AgentError> {
    let text = payload.downcast_ref::<&str>().copied();
    let text = text.or_else(|| payload.downcast_ref::<String>().map(String::as_str));
    Err(AgentError::new(format!("the entrypoint panicked: {}", text.unwrap_or("it did not say why"))))
}

impl fmt::Debug for Agent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Agent").field("id", &self.id).field("tags", &self.tags().collect::<Vec<_>>()).finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    async fn run(_: Input) -> Result<(), AgentError> {
        Ok(())
    }

    async fn stream(_: Input) -> Result<futures_util::stream::Empty<Result<(), AgentError>>, AgentError> {
        Ok(futures_util::stream::empty())
    }

    #[test]
    fn refuses_tags_that_callers_could_not_use() {
        for (agent, problem) in [
            (Agent::new("a").entrypoint("", run), "is empty"),
            (Agent::new("a").entrypoint("a\nb", run), "control"),
            (Agent::new("a").entrypoint("a", run).entrypoint("a", run), "twice"),
            (Agent::new("a").stream_entrypoint("a_stream", stream).entrypoint("a_stream", run), "twice"),
            (Agent::new("a").entrypoint("a_stream", run), "does not stream"),
            (Agent::new("a").stream_entrypoint("streamer", stream), "does not end"),
        ] {
            let error = agent.check().unwrap_err();
            assert!(matches!(&error, ServerError::InvalidTag { .. }), "{error}");
            assert!(error.to_string().contains(problem), "{error}");
        }
        let fine =
            Agent::new("a").entrypoint("a", run).entrypoint("Ünï côdé", run).stream_entrypoint("_stream", stream);
        assert!(fine.check().is_ok());
    }

    #[test]
    fn refuses_ids_that_no_path_can_name() {
        for id in ["", "a\0b"] {
            assert!(matches!(Agent::new(id).check(), Err(ServerError::InvalidAgentId { .. })), "{id:?}");
        }
    }
}
