//! The list of agents.

use std::{
    fmt,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll},
};

use futures_core::Stream;
use runagent_transport::{Pages, RateLimit, TransportError};
use runagent_types::{
    ErrorCode,
    v1::{AgentInfo, Page, Pagination},
};

use super::service::Service;
use crate::{
    RunAgentError, RunAgentResult,
    error::{Action, Subject},
};

/// Which page of the list of agents; what is not set is the server's default.
///
/// ```
/// use runagent::v1::AgentQuery;
///
/// let query = AgentQuery::new().with_page(2).with_limit(20);
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct AgentQuery {
    page: Option<u64>,
    limit: Option<u64>,
}

impl AgentQuery {
    /// The first page, as long as the server makes it.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Asks for the page with this number, from 1.
    #[must_use]
    pub const fn with_page(mut self, page: u64) -> Self {
        self.page = Some(page);
        self
    }

    /// Asks for so many agents on a page.
    #[must_use]
    pub const fn with_limit(mut self, limit: u64) -> Self {
        self.limit = Some(limit);
        self
    }
}

/// A page of the list of agents.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct AgentPage {
    /// The agents, in the server's order.
    pub agents: Vec<AgentInfo>,
    /// Where in the list they are, when the server tells it.
    pub pagination: Option<Pagination>,
    /// The rate limit that the server told.
    pub rate_limit: RateLimit,
    /// The server's id of the request, to quote in a question to its operator.
    pub request_id: Option<String>,
    next: Option<u64>,
}

impl AgentPage {
    /// The number of the next page, if there is one.
    #[must_use]
    pub const fn next_page(&self) -> Option<u64> {
        self.next
    }
}

/// What the list is asked of: no agent.
const LIST: Subject<'static> = Subject { agent_id: None, local: false, action: Action::Read };

impl Service {
    pub(super) async fn agents(&self, query: AgentQuery) -> RunAgentResult<AgentPage> {
        let mut request = self.get(&["agents"], "list_agents");
        for (name, value) in [("page", query.page), ("limit", query.limit)] {
            if let Some(value) = value {
                request = request.query(name, value.to_string());
            }
        }
        let received = self.send(request, LIST).await?;
        let page = received.read(Page::<AgentInfo>::decode)?;
        let next = page.next_page();
        let page = received.reply(page);
        let Page { data: agents, pagination, .. } = page.value;
        Ok(AgentPage { agents, pagination, rate_limit: page.rate_limit, request_id: page.request_id, next })
    }
}

/// All agents, page after page: a [`Stream`] that fetches a page when the agents of the one before have been taken.
///
/// An error is the last item. A server whose pages would go on for ever is one too (`DECODE_ERROR`).
#[must_use = "a stream does nothing unless it is polled"]
pub struct Agents(Pages<AgentInfo, Failure>);

/// An error of the list, in a type that one of the transport turns into.
struct Failure(RunAgentError);

impl From<TransportError> for Failure {
    fn from(error: TransportError) -> Self {
        Self(RunAgentError::from_transport(error, LIST))
    }
}

impl Agents {
    pub(super) fn new(service: Arc<Service>) -> Self {
        Self(Pages::new(None, move |page: Option<u64>| {
            let service = Arc::clone(&service);
            Box::pin(async move {
                let query = AgentQuery { page, limit: None };
                let answer = service.agents(query).await.map_err(Failure)?;
                check_page(page, answer.pagination)?;
                Ok((answer.agents, answer.next))
            })
        }))
    }

    /// The next agent; `None` at the end, and after an error.
    ///
    /// # Errors
    ///
    /// As [`Client::agents`](super::Client::agents). Nothing follows an error.
    ///
    /// # Cancel safety
    ///
    /// Cancel safe: the page stays on its way, and no agent is lost.
    pub async fn next(&mut self) -> Option<RunAgentResult<AgentInfo>> {
        self.0.next().await.map(|item| item.map_err(|Failure(error)| error))
    }
}

/// A server that gives another page than the one it was asked for would give the same agents again.
fn check_page(asked: Option<u64>, told: Option<Pagination>) -> Result<(), Failure> {
    match (asked, told.and_then(|pagination| pagination.page)) {
        (Some(asked), Some(told)) if asked != told => {
            let message = format!("the server was asked for page {asked} of the agents, and gave page {told}");
            Err(Failure(RunAgentError::new(ErrorCode::DECODE_ERROR, message)))
        }
        _ => Ok(()),
    }
}

impl Stream for Agents {
    type Item = RunAgentResult<AgentInfo>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        Pin::new(&mut self.0).poll_next(cx).map(|item| item.map(|item| item.map_err(|Failure(error)| error)))
    }
}

impl fmt::Debug for Agents {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Agents").field(&self.0).finish()
    }
}
