//! Lists.

mod listing;
mod page;

use std::{
    pin::Pin,
    sync::Arc,
    task::{Context, Poll},
    time::Duration,
};

use http::Method;
use runagent_transport::{ApiRequest, BoxFuture};
use serde::de::DeserializeOwned;

pub use self::{listing::Listing, page::Page};
use crate::{
    Result,
    call::{Call, json},
    service::Service,
};

/// How many items a page has while a list is read to its end.
const PAGE: u64 = 100;

/// A list, before it is asked for: a future of one [`Page`], or with [`stream`](Self::stream) all items over all pages.
///
/// ```
/// use everruns_sdk::{Client, testing::FakeEverruns};
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> everruns_sdk::Result<()> {
/// # let fake = FakeEverruns::new().with_agent("librarian", |_| "Hello!");
/// # let client = Client::builder().api_key("key").transport(fake).build();
/// let page = client.agents().list().search("lib").limit(10).await?;
/// println!("{} of {:?}", page.data.len(), page.total);
///
/// let mut agents = client.agents().list().include_archived(true).stream();
/// while let Some(agent) = agents.next().await {
///     println!("{}", agent?.name);
/// }
/// # Ok(())
/// # }
/// ```
///
/// # Errors
///
/// Those of a [`Call`].
///
/// # Cancel safety
///
/// That of a [`Call`].
#[must_use = "a list is not asked for until it is awaited or streamed"]
pub struct List<T> {
    source: Source,
    query: Query,
    running: Option<BoxFuture<'static, Result<Page<T>>>>,
}

/// Where a list is.
#[derive(Clone, Debug)]
struct Source {
    service: Service,
    segments: Arc<[String]>,
    operation: &'static str,
    paging: Paging,
}

/// How a list comes in pages.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Paging {
    /// Not at all: each answer is the whole list.
    Whole,
    /// By `offset` and `limit`.
    Offset,
    /// By the `page_token` that the page before has told.
    Token,
}

/// What is asked for.
#[derive(Clone, Debug, Default)]
struct Query {
    filters: Vec<(&'static str, String)>,
    offset: Option<u64>,
    limit: Option<u64>,
    page_token: Option<String>,
    timeout: Option<Duration>,
}

impl<T> List<T> {
    pub(crate) fn new(service: &Service, segments: &[&str], operation: &'static str, paging: Paging) -> Self {
        let segments = segments.iter().map(|&segment| segment.to_owned()).collect();
        let source = Source { service: service.clone(), segments, operation, paging };
        Self { source, query: Query::default(), running: None }
    }

    /// Only what has this text in it.
    pub fn search(self, text: impl Into<String>) -> Self {
        self.filter("search", text)
    }

    /// What is archived, too.
    pub fn include_archived(self, included: bool) -> Self {
        self.filter("include_archived", included.to_string())
    }

    /// Sets any other parameter that the server takes for this list, such as `status` of sessions.
    pub fn filter(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.query.filters.retain(|(known, _)| *known != name);
        self.query.filters.push((name, value.into()));
        self
    }

    /// Starts after so many items. The default is 0.
    pub const fn offset(mut self, items: u64) -> Self {
        self.query.offset = Some(items);
        self
    }

    /// Asks for so many items a page; the server has a default and a largest number (20 and 100 for most lists).
    pub const fn limit(mut self, items: u64) -> Self {
        self.query.limit = Some(items);
        self
    }

    /// Asks for the page that this token stands for: [`Page::next_page_token`].
    pub fn page_token(mut self, token: impl Into<String>) -> Self {
        self.query.page_token = Some(token.into());
        self
    }

    /// Limits the call for each page. The default is that of the client.
    pub const fn timeout(mut self, timeout: Duration) -> Self {
        self.query.timeout = Some(timeout);
        self
    }
}

impl<T: DeserializeOwned + Send + 'static> List<T> {
    /// All items, over all pages. Nothing is sent before the first is asked for.
    pub fn stream(self) -> Listing<T> {
        let Self { source, query, .. } = self;
        Listing::new(query.cursor(), move |cursor| {
            let query = query.at(cursor, source.paging);
            let page = source.page(query.clone());
            let paging = source.paging;
            Box::pin(async move {
                let page: Page<T> = page.await?;
                let next = query.next(&page, paging)?;
                Ok((page.data, next))
            })
        })
    }
}

impl Source {
    fn page<T: DeserializeOwned + Send + 'static>(&self, query: Query) -> Call<Page<T>> {
        let segments: Vec<&str> = self.segments.iter().map(String::as_str).collect();
        let timeout = query.timeout.unwrap_or(self.service.timeout());
        self.service
            .call(Method::GET, &segments, self.operation, json)
            .timeout(timeout)
            .map(|request| Ok(query.apply(request)))
    }
}

impl Query {
    fn apply(self, mut request: ApiRequest) -> ApiRequest {
        for (name, value) in &self.filters {
            request = request.query(name, value);
        }
        for (name, value) in [("offset", self.offset), ("limit", self.limit)] {
            if let Some(value) = value {
                request = request.query(name, value.to_string());
            }
        }
        match self.page_token {
            Some(token) => request.query("page_token", token),
            None => request,
        }
    }
}

impl<T: DeserializeOwned + Send + 'static> Future for List<T> {
    type Output = Result<Page<T>>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Result<Page<T>>> {
        let Self { source, query, running } = &mut *self;
        running.get_or_insert_with(|| Box::pin(source.page(std::mem::take(query)))).as_mut().poll(cx)
    }
}

// What runs is pinned by itself.
impl<T> Unpin for List<T> {}

impl<T> std::fmt::Debug for List<T> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("List").field(&self.source.operation).finish()
    }
}
