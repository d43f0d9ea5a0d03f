//! Lists that come in pages.

use std::iter::FusedIterator;

use super::worker::block_on;
use crate::RunAgentResult;

/// The items of a list that a server gives in pages: an iterator that blocks while a page is on its way. See
/// [`runagent::Listing`](crate::Listing).
#[derive(Debug)]
#[must_use = "an iterator does nothing unless it is asked"]
pub struct Listing<T>(pub(super) crate::Listing<T>);

impl<T> Iterator for Listing<T> {
    type Item = RunAgentResult<T>;

    fn next(&mut self) -> Option<Self::Item> {
        block_on(async { self.0.next().await.transpose() }).transpose()
    }
}

impl<T> FusedIterator for Listing<T> {}
