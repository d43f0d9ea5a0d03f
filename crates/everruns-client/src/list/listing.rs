//! All items of a list.

use std::{
    fmt,
    hash::Hash,
    pin::Pin,
    task::{Context, Poll},
};

use futures_core::Stream;
use runagent_transport::{BoxFuture, Pages};

use crate::{Error, Result};

/// The items of a list over all its pages: a [`Stream`] that asks for a page when the items of the one before have been
/// taken.
///
/// An error is the last item. A server whose pages would go on for ever is one, too.
#[must_use = "a stream does nothing unless it is polled"]
pub struct Listing<T>(Pages<T, Error>);

impl<T: 'static> Listing<T> {
    pub(crate) fn new<C, F>(first: Option<C>, fetch: F) -> Self
    where
        C: Clone + Eq + Hash + Send + 'static,
        F: FnMut(Option<C>) -> BoxFuture<'static, Result<(Vec<T>, Option<C>)>> + Send + 'static,
    {
        Self(Pages::new(first, fetch))
    }
}

impl<T> Listing<T> {
    /// The next item; `None` at the end, and after an error.
    ///
    /// # Errors
    ///
    /// Those of the call for a page. Nothing follows an error.
    ///
    /// # Cancel safety
    ///
    /// Cancel safe: the page stays on its way, and no item is lost.
    pub async fn next(&mut self) -> Option<Result<T>> {
        self.0.next().await
    }
}

impl<T> Stream for Listing<T> {
    type Item = Result<T>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        Pin::new(&mut self.0).poll_next(cx)
    }
}

impl<T> fmt::Debug for Listing<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Listing").field(&self.0).finish()
    }
}
