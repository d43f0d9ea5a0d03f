//! One page of a list.

use std::{borrow::Cow, fmt, marker::PhantomData};

use serde::{
    Deserialize, Deserializer,
    de::{IgnoredAny, MapAccess, SeqAccess, Visitor},
};

use super::{PAGE, Paging, Query};
use crate::{Error, Result};

/// One page of a list.
///
/// Servers send it as `{"data": […], "total", "offset", "limit"}`, as `{"data": […]}` or as `[…]`: what a list does not tell
/// is `None`.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Page<T> {
    /// The items, in the server's order.
    pub data: Vec<T>,
    /// How many items the whole list has.
    pub total: Option<u64>,
    /// How many items come before these.
    pub offset: Option<u64>,
    /// How many items a page has at most.
    pub limit: Option<u64>,
    /// What the next page is asked for with, in the lists of an agent.
    pub next_page_token: Option<String>,
}

impl<T> Page<T> {
    const fn new(data: Vec<T>) -> Self {
        Self { data, total: None, offset: None, limit: None, next_page_token: None }
    }
}

/// What a page is asked for with.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) enum Cursor {
    Offset(u64),
    Token(String),
}

impl Query {
    /// Where the first page is, when it is not at the start.
    pub(super) fn cursor(&self) -> Option<Cursor> {
        self.page_token.clone().map(Cursor::Token).or_else(|| self.offset.map(Cursor::Offset))
    }

    /// The query for the page at the cursor.
    pub(super) fn at(&self, cursor: Option<Cursor>, paging: Paging) -> Self {
        let mut query = self.clone();
        if paging != Paging::Whole {
            query.limit = self.limit.or(Some(PAGE));
        }
        match cursor {
            Some(Cursor::Offset(offset)) => query.offset = Some(offset),
            Some(Cursor::Token(token)) => query.page_token = Some(token),
            None => {}
        }
        query
    }

    /// Where the page after this one is, unless it was the last.
    pub(super) fn next<T>(&self, page: &Page<T>, paging: Paging) -> Result<Option<Cursor>> {
        match paging {
            Paging::Whole => Ok(None),
            Paging::Token => Ok(page.next_page_token.clone().filter(|token| !token.is_empty()).map(Cursor::Token)),
            Paging::Offset => self.next_offset(page),
        }
    }

    fn next_offset<T>(&self, page: &Page<T>) -> Result<Option<Cursor>> {
        let asked = self.offset.unwrap_or(0);
        if let Some(told) = page.offset.filter(|told| *told != asked) {
            // The same items would come again.
            return Err(Error::Stream(format!(
                "the server was asked for the list from {asked} on, and gave it from {told} on"
            )));
        }
        let count = page.data.len() as u64;
        let end = asked.saturating_add(count);
        let more = match (page.total, self.limit) {
            (Some(total), _) => count > 0 && end < total,
            // More than were asked for: the server knows no pages here, and gave everything.
            (None, Some(limit)) => count > 0 && count == limit,
            (None, None) => false,
        };
        Ok(more.then_some(Cursor::Offset(end)))
    }
}

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Page<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(Shapes(PhantomData))
    }
}

/// The shapes of a page.
struct Shapes<T>(PhantomData<T>);

impl<'de, T: Deserialize<'de>> Visitor<'de> for Shapes<T> {
    type Value = Page<T>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a list, or an object with a list in `data`")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Page<T>, A::Error> {
        let mut page = Page::new(Vec::new());
        while let Some(item) = items.next_element()? {
            page.data.push(item);
        }
        Ok(page)
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Page<T>, A::Error> {
        let mut data = None;
        let mut page = Page::new(Vec::new());
        while let Some(key) = map.next_key::<Cow<'de, str>>()? {
            match &*key {
                "data" => data = map.next_value()?,
                "total" => page.total = map.next_value()?,
                "offset" => page.offset = map.next_value()?,
                "limit" => page.limit = map.next_value()?,
                "next_page_token" => page.next_page_token = map.next_value()?,
                _ => {
                    map.next_value::<IgnoredAny>()?;
                }
            }
        }
        page.data = data.ok_or_else(|| serde::de::Error::missing_field("data"))?;
        Ok(page)
    }
}
