use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use crate::answer::subject;
use crate::json::{from_text, is_object, members, or_default, utf8};
use crate::{ApiError, DecodeError, EncodeError};

const WHAT: &str = "a page";

/// One page of a list, such as `GET /v1/agents?page=2&limit=20`.
///
/// ```
/// use runagent_types::v1::{AgentInfo, Page};
///
/// let body = br#"{"data":[{"id":"a1"},{"id":"a2"}],"pagination":{"page":2,"limit":2,"total":5,"pages":3}}"#;
/// let page = Page::<AgentInfo>::decode(body)??;
/// assert_eq!((page.data.len(), page.next_page()), (2, Some(3)));
/// assert_eq!(page.to_json()?, br#"{"data":[{"id":"a1","entrypoints":[]},{"id":"a2","entrypoints":[]}],"pagination":{"page":2,"limit":2,"total":5,"pages":3}}"#);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Page<T> {
    /// The items, in the server's order.
    pub data: Vec<T>,
    /// Where in the list they are, when the server tells it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub pagination: Option<Pagination>,
}

/// Where a [`Page`] is in its list; a number that the server does not tell is `None`.
///
/// ```
/// use runagent_types::v1::Pagination;
///
/// assert_eq!(Pagination::new(2, 20, 100).pages, Some(5));
/// ```
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Pagination {
    /// The number of the page, from 1.
    #[serde(default, deserialize_with = "or_default", skip_serializing_if = "Option::is_none")]
    pub page: Option<u64>,
    /// How many items a page has at most.
    #[serde(default, deserialize_with = "or_default", skip_serializing_if = "Option::is_none")]
    pub limit: Option<u64>,
    /// How many items the list has.
    #[serde(default, deserialize_with = "or_default", skip_serializing_if = "Option::is_none")]
    pub total: Option<u64>,
    /// How many pages the list has.
    #[serde(default, deserialize_with = "or_default", skip_serializing_if = "Option::is_none")]
    pub pages: Option<u64>,
}

impl<T> Page<T> {
    /// A page with these items; without pagination it is the whole list.
    #[must_use]
    pub fn new(data: Vec<T>, pagination: Option<Pagination>) -> Self {
        Self { data, pagination }
    }

    /// The number of the next page, if there is one. After a page without items there is none, whatever the server
    /// counts.
    #[must_use]
    pub fn next_page(&self) -> Option<u64> {
        if self.data.is_empty() { None } else { self.pagination?.next_page() }
    }
}

impl<T: DeserializeOwned> Page<T> {
    /// Reads the body of an answer: `{"data": […], "pagination": {…}}`, with or without a `status`, or an error.
    ///
    /// # Errors
    ///
    /// The body is not JSON, has neither a list nor an error in it, or an item is not a `T`.
    pub fn decode(body: &[u8]) -> Result<Result<Self, ApiError>, DecodeError> {
        let page = match subject(WHAT, utf8(WHAT, body)?)? {
            Ok(page) => page,
            Err(error) => return Ok(Err(error)),
        };
        let [data, pagination] =
            members(page, ["data", "pagination"]).map_err(|error| DecodeError::json(WHAT, error))?;
        let data = data.ok_or_else(|| DecodeError::shape(WHAT, "no list and no error in it"))?;
        Ok(Ok(Self {
            data: from_text(data).map_err(|error| DecodeError::json(WHAT, error))?,
            pagination: pagination.filter(|json| is_object(json)).and_then(|json| from_text(json).ok()),
        }))
    }
}

impl<T: Serialize> Page<T> {
    /// The body that a server sends.
    ///
    /// # Errors
    ///
    /// An item has no JSON form.
    pub fn to_json(&self) -> Result<Vec<u8>, EncodeError> {
        serde_json::to_vec(self).map_err(|error| EncodeError::new(WHAT, error))
    }
}

impl Pagination {
    /// The page with this number (from 1), of a list of `total` items with `limit` on a page.
    #[must_use]
    pub fn new(page: u64, limit: u64, total: u64) -> Self {
        let pages = if limit == 0 { 0 } else { total.div_ceil(limit) };
        Self { page: Some(page), limit: Some(limit), total: Some(total), pages: Some(pages) }
    }

    fn next_page(self) -> Option<u64> {
        let page = self.page?;
        let more = match (self.pages, self.limit, self.total) {
            (Some(pages), _, _) => page < pages,
            (None, Some(limit @ 1..), Some(total)) => page.saturating_mul(limit) < total,
            _ => false,
        };
        if more { page.checked_add(1) } else { None }
    }
}

#[cfg(test)]
mod tests;
