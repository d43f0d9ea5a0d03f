//! The list of agents.

use std::sync::Arc;

use runagent_transport::RateLimit;
use runagent_types::{
    ErrorCode,
    v1::{AgentInfo, Page, Pagination},
};

use super::service::Service;
use crate::{
    Listing, RunAgentError, RunAgentResult,
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

/// All agents, page after page.
pub(super) fn all(service: Arc<Service>) -> Listing<AgentInfo> {
    Listing::new(None, move |page: Option<u64>| {
        let service = Arc::clone(&service);
        Box::pin(async move {
            let query = AgentQuery { page, limit: None };
            let answer = service.agents(query).await?;
            check_page(page, answer.pagination)?;
            Ok((answer.agents, answer.next))
        })
    })
}

/// A server that gives another page than the one it was asked for would give the same agents again.
fn check_page(asked: Option<u64>, told: Option<Pagination>) -> RunAgentResult<()> {
    match (asked, told.and_then(|pagination| pagination.page)) {
        (Some(asked), Some(told)) if asked != told => {
            let message = format!("the server was asked for page {asked} of the agents, and gave page {told}");
            Err(RunAgentError::new(ErrorCode::DECODE_ERROR, message))
        }
        _ => Ok(()),
    }
}
