//! Lists that come in pages.

use std::{
    fmt,
    hash::Hash,
    pin::Pin,
    task::{Context, Poll},
};

use futures_core::Stream;
use runagent_transport::{BoxFuture, Pages, TransportError};

use crate::{
    RunAgentError, RunAgentResult,
    error::{Action, Subject},
};

/// The items of a list that a server gives in pages: a [`Stream`] that fetches a page when the items of the one before have
/// been taken.
///
/// An error is the last item. A server whose pages would go on for ever is one too (`DECODE_ERROR`).
#[must_use = "a stream does nothing unless it is polled"]
pub struct Listing<T>(Pages<T, Failure>);

/// An error of the list, in a type that one of the transport turns into.
struct Failure(RunAgentError);

impl From<TransportError> for Failure {
    fn from(error: TransportError) -> Self {
        Self(RunAgentError::from_transport(error, Subject { agent_id: None, local: false, action: Action::Read }))
    }
}

impl<T: 'static> Listing<T> {
    /// The items from a page on. `fetch` gives the items of a page, and what the next one is asked for with.
    pub(crate) fn new<C, F>(first: Option<C>, mut fetch: F) -> Self
    where
        C: Clone + Eq + Hash + Send + 'static,
        F: FnMut(Option<C>) -> BoxFuture<'static, RunAgentResult<(Vec<T>, Option<C>)>> + Send + 'static,
    {
        Self(Pages::new(first, move |cursor| {
            let page = fetch(cursor);
            Box::pin(async move { page.await.map_err(Failure) })
        }))
    }
}

impl<T> Listing<T> {
    /// The next item; `None` at the end, and after an error.
    ///
    /// # Errors
    ///
    /// Those of the request for a page. Nothing follows an error.
    ///
    /// # Cancel safety
    ///
    /// Cancel safe: the page stays on its way, and no item is lost.
    pub async fn next(&mut self) -> Option<RunAgentResult<T>> {
        self.0.next().await.map(|item| item.map_err(|Failure(error)| error))
    }
}

impl<T> Stream for Listing<T> {
    type Item = RunAgentResult<T>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        Pin::new(&mut self.0).poll_next(cx).map(|item| item.map(|item| item.map_err(|Failure(error)| error)))
    }
}

impl<T> fmt::Debug for Listing<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Listing").field(&self.0).finish()
    }
}
