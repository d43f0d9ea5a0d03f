//! What an agent is asked.

use std::fmt;

use bytes::Bytes;
use runagent_types::{ErrorCode, v1::InvokeRequest};
use serde_json::Value;

use crate::{RunAgentError, RunAgentResult, RunOptions, client::Prepared};

/// What an agent is asked, and how: for [`AgentClient::invoke`](super::AgentClient::invoke) and its kin.
///
/// A request whose body has other members than the documented ones is made from an [`InvokeRequest`].
///
/// ```
/// use std::time::Duration;
/// use runagent::{RunOptions, v1::Invoke};
///
/// let invoke = Invoke::new("Hello")
///     .with_parameter("temperature", 0.7)
///     .with_parameter("max_tokens", 150)
///     .with_session_id("session-1")
///     .with_options(RunOptions::new().with_timeout(Duration::from_secs(20)));
/// assert!(!format!("{invoke:?}").contains("Hello"));
/// ```
#[derive(Clone, Default)]
pub struct Invoke {
    request: InvokeRequest,
    options: Option<RunOptions>,
}

impl Invoke {
    /// Asks this.
    #[must_use]
    pub fn new(query: impl Into<String>) -> Self {
        InvokeRequest::new(query).into()
    }

    /// Sets a parameter, such as `temperature`, `max_tokens` or `context`.
    ///
    /// A server that can resume a stream does so by the parameter `resume_from_index` and the session of the stream: such a
    /// request is a new one, and never made by itself.
    #[must_use]
    pub fn with_parameter(mut self, name: impl Into<String>, value: impl Into<Value>) -> Self {
        self.request = self.request.with_parameter(name, value);
        self
    }

    /// Continues this conversation.
    #[must_use]
    pub fn with_session_id(mut self, session_id: impl Into<String>) -> Self {
        self.request = self.request.with_session_id(session_id);
        self
    }

    /// Sets time limits, headers and the like.
    #[must_use]
    pub fn with_options(mut self, options: RunOptions) -> Self {
        self.options = Some(options);
        self
    }

    /// The call, ready to be sent.
    pub(super) fn prepare(self) -> RunAgentResult<Prepared> {
        prepare(self.request.to_json(), self.options.unwrap_or_default())
    }

    /// The request alone, of a call that has no settings of its own.
    pub(super) fn into_part(self) -> RunAgentResult<InvokeRequest> {
        match self.options {
            None => Ok(self.request),
            Some(_) => Err(RunAgentError::new(ErrorCode::VALIDATION_ERROR, "a part of a batch has options of its own")
                .with_suggestion("A batch is one call: set its options with batch_with.")),
        }
    }

    /// The parameters of the GET form, which has room for a query and a session only.
    pub(super) fn into_query(self) -> RunAgentResult<(Vec<(&'static str, String)>, RunOptions)> {
        let InvokeRequest { query, parameters, session_id, other, .. } = self.request;
        if !parameters.is_empty() || !other.is_empty() {
            let message = "a stream by GET takes a query and a session, and nothing else";
            return Err(RunAgentError::new(ErrorCode::VALIDATION_ERROR, message)
                .with_suggestion("Use stream, which sends everything in a body."));
        }
        let options = self.options.unwrap_or_default();
        options.check()?;
        let query = query.map(|query| ("query", query));
        Ok((query.into_iter().chain(session_id.map(|id| ("session_id", id))).collect(), options))
    }
}

/// A body and how it is sent, unless that can't be done.
pub(super) fn prepare(body: impl Into<Bytes>, options: RunOptions) -> RunAgentResult<Prepared> {
    options.check()?;
    Ok(Prepared::new(body.into(), options))
}

impl From<InvokeRequest> for Invoke {
    fn from(request: InvokeRequest) -> Self {
        Self { request, options: None }
    }
}

impl fmt::Debug for Invoke {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Invoke").field("request", &self.request).field("options", &self.options).finish()
    }
}
