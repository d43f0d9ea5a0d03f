use std::borrow::Cow;

use serde::Deserialize;

use super::extent::{past, value_end};
use super::text::{plain_end, string_end, text};

/// Walks over the members of one JSON object, and takes each in the form that its key asks for.
///
/// `None` everywhere means that the text is no such object.
pub(crate) struct Object<'a> {
    json: &'a str,
    /// Before the first key, before a member, or after one.
    index: usize,
    /// No key was taken yet.
    fresh: bool,
}

impl<'a> Object<'a> {
    pub(crate) fn open(json: &'a str) -> Option<Self> {
        Some(Self { json, index: past(json.as_bytes(), 0, b'{')?, fresh: true })
    }

    /// The key of the next member, which must be taken before the next key; `Some(None)` after the last, if nothing
    /// follows the object.
    pub(crate) fn key(&mut self) -> Option<Option<Cow<'a, str>>> {
        let bytes = self.json.as_bytes();
        let fresh = std::mem::replace(&mut self.fresh, false);
        if let Some(end) = past(bytes, self.index, b'}') {
            return (end == bytes.len()).then_some(None);
        }
        if !fresh {
            self.index = past(bytes, self.index, b',')?;
        }
        let start = self.index;
        if bytes.get(start) != Some(&b'"') {
            return None;
        }
        let mut end = plain_end(bytes, start + 1)?;
        let key = if bytes.get(end) == Some(&b'"') {
            end += 1;
            Cow::Borrowed(self.json.get(start + 1..end - 1)?)
        } else {
            // Found first and then read, so that no more is reserved than it needs.
            end = string_end(bytes, start)?;
            text(self.json.get(start..end)?)?
        };
        self.index = past(bytes, end, b':')?;
        Some(Some(key))
    }

    /// Whether the next member is neither a string nor null.
    pub(crate) fn is_bare(&self) -> bool {
        !matches!(self.json.as_bytes().get(self.index), Some(b'"' | b'n'))
    }

    /// The JSON text of the next member.
    pub(crate) fn json(&mut self) -> Option<&'a str> {
        self.take(value_end(self.json.as_bytes(), self.index)?)
    }

    /// The next member as a `T`, and its JSON text.
    pub(crate) fn value<T: Deserialize<'a>>(&mut self) -> Option<(T, &'a str)> {
        let mut values = serde_json::Deserializer::from_str(self.json.get(self.index..)?).into_iter();
        let value = values.next()?.ok()?;
        let json = self.take(self.index + values.byte_offset())?;
        Some((value, json))
    }

    fn take(&mut self, end: usize) -> Option<&'a str> {
        let json = self.json.get(self.index..end)?;
        self.index = end;
        Some(json)
    }
}
