use runagent_transport::ApiRequest;

use super::InvocationStatus;

/// Which runs of an agent to list, for [`RunAgentClient::invocations`](crate::RunAgentClient::invocations).
///
/// ```
/// use runagent::platform::{InvocationFilter, InvocationStatus};
///
/// let failures = InvocationFilter::new().with_status(InvocationStatus::Failed).with_limit(10);
/// let everything = InvocationFilter::new().all();
/// # assert_ne!(failures, everything);
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct InvocationFilter {
    limit: Option<Limit>,
    status: Option<InvocationStatus>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Limit {
    AtMost(u32),
    All,
}

impl InvocationFilter {
    /// The newest runs, as many as the server thinks best: 50 for a local one.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Limits how many are listed, the newest first.
    #[must_use]
    pub const fn with_limit(mut self, limit: u32) -> Self {
        self.limit = Some(Limit::AtMost(limit));
        self
    }

    /// Lists all that there are, in one answer. What that answer may measure is limited by
    /// [`ClientOptions::with_max_response_bytes`](crate::ClientOptions::with_max_response_bytes).
    #[must_use]
    pub const fn all(mut self) -> Self {
        self.limit = Some(Limit::All);
        self
    }

    /// Lists only runs that are so.
    #[must_use]
    pub fn with_status(mut self, status: impl Into<InvocationStatus>) -> Self {
        self.status = Some(status.into());
        self
    }

    pub(crate) fn apply(&self, mut request: ApiRequest) -> ApiRequest {
        request = match self.limit {
            None => request,
            Some(Limit::AtMost(limit)) => request.query("limit", limit.to_string()),
            Some(Limit::All) => request.query("limit", "-1"),
        };
        match &self.status {
            Some(status) => request.query("status", status.as_str()),
            None => request,
        }
    }
}
