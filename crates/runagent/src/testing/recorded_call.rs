//! A call that came.

use std::fmt;

use http::{
    HeaderMap,
    header::{AUTHORIZATION, COOKIE, PROXY_AUTHORIZATION},
};
use runagent_types::RunRequest;
use serde_json::{Map, Value};

/// A run or a stream that was asked of a [`FakeAgent`](super::FakeAgent). Each attempt of a call that is tried again is one.
///
/// `Display` is one line, with the arguments: whoever writes a test has chosen them.
#[derive(Clone)]
#[non_exhaustive]
pub struct RecordedCall {
    /// The entrypoint.
    pub tag: String,
    /// The positional arguments.
    pub args: Vec<Value>,
    /// The keyword arguments.
    pub kwargs: Map<String, Value>,
    /// Whose storage the agent uses.
    pub user_id: Option<String>,
    /// Whether the agent keeps state across executions.
    pub persistent_memory: bool,
    /// Whether it was a stream.
    pub streams: bool,
    headers: HeaderMap,
}

impl RecordedCall {
    pub(super) fn new(request: RunRequest<'static>, mut headers: HeaderMap, streams: bool) -> Self {
        for credential in [AUTHORIZATION, COOKIE, PROXY_AUTHORIZATION] {
            headers.remove(credential);
        }
        Self {
            tag: request.entrypoint_tag.into_owned(),
            args: request.input_args,
            kwargs: request.input_kwargs,
            user_id: request.user_id.map(Into::into),
            persistent_memory: request.persistent_memory,
            streams,
            headers,
        }
    }

    /// A header of the request, of a stream that of its handshake: `idempotency-key`, `traceparent`, what an interceptor
    /// adds. Credentials are not kept.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name)?.to_str().ok()
    }
}

impl fmt::Display for RecordedCall {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let kind = if self.streams { "stream" } else { "run" };
        write!(f, "{kind} of `{}`", self.tag.escape_debug())?;
        write_arguments(f, Some(&self.args), Some(&self.kwargs))?;
        if let Some(user) = &self.user_id {
            write!(f, " as user {user:?}")?;
        }
        f.write_str(if self.persistent_memory { " with persistent memory" } else { "" })
    }
}

/// Arguments in the form in which they are expected, and come.
pub(super) fn write_arguments(
    f: &mut fmt::Formatter<'_>,
    args: Option<&[Value]>,
    kwargs: Option<&Map<String, Value>>,
) -> fmt::Result {
    if let Some(args) = args {
        write!(f, ", args {}", Value::from(args))?;
    }
    if let Some(kwargs) = kwargs {
        write!(f, ", kwargs {}", Value::Object(kwargs.clone()))?;
    }
    Ok(())
}

impl fmt::Debug for RecordedCall {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RecordedCall")
            .field("tag", &self.tag)
            .field("args", &self.args)
            .field("kwargs", &self.kwargs)
            .field("user_id", &self.user_id)
            .field("persistent_memory", &self.persistent_memory)
            .field("streams", &self.streams)
            .field("headers", &self.headers.keys())
            .finish()
    }
}
