//! Lists that come in pages.

use std::iter::FusedIterator;

use super::wait;
use crate::Result;

/// The items of a list over all its pages: an iterator that blocks while a page is on its way. See
/// [`everruns_sdk::Listing`](crate::Listing), which any list gives by its `stream`.
///
/// ```
/// use everruns_sdk::blocking::Listing;
/// # use everruns_sdk::{Client, testing::FakeEverruns};
///
/// # fn main() -> everruns_sdk::Result<()> {
/// # let fake = FakeEverruns::new().with_agent("librarian", |_| "Hello!");
/// # let client = Client::builder().api_key("key").transport(fake).build();
/// for agent in Listing::from(client.agents().search("lib").stream()) {
///     println!("{}", agent?.name);
/// }
/// # Ok(())
/// # }
/// ```
#[derive(Debug)]
#[must_use = "an iterator does nothing unless it is asked"]
pub struct Listing<T>(crate::Listing<T>);

impl<T> From<crate::Listing<T>> for Listing<T> {
    fn from(listing: crate::Listing<T>) -> Self {
        Self(listing)
    }
}

impl<T> Iterator for Listing<T> {
    type Item = Result<T>;

    fn next(&mut self) -> Option<Self::Item> {
        wait(async { self.0.next().await.transpose() }).transpose()
    }
}

impl<T> FusedIterator for Listing<T> {}
