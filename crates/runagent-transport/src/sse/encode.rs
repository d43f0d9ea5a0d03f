//! Items as bytes of a stream: the other direction.

use std::{error, fmt};

use super::{Event, Item};

/// A field that a stream can't carry: an event type or an id with a line break, or an id with a NUL.
///
/// Written as they are they would end the field, or the event, and begin whatever the text goes on with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum EncodeError {
    /// The type has a line break.
    Kind,
    /// The id has a line break or a NUL.
    Id,
}

impl Item<'_> {
    /// Appends the item to `out`, whole, or nothing of it.
    ///
    /// Data and comments may have several lines; whatever ends their lines, a reader sees `\n`. The type `message` and an
    /// empty id are left out, which is how a reader sees them too.
    ///
    /// ```
    /// use runagent_transport::sse::{Event, Item};
    ///
    /// let mut out = Vec::new();
    /// Item::Event(Event::new("two\nlines").with_kind("note").with_id("7")).encode(&mut out)?;
    /// assert_eq!(out, b"event: note\nid: 7\ndata: two\ndata: lines\n\n");
    ///
    /// assert!(Item::Event(Event::new("x").with_id("7\ndata: forged")).encode(&mut out).is_err());
    /// # Ok::<(), runagent_transport::sse::EncodeError>(())
    /// ```
    ///
    /// # Errors
    ///
    /// [`EncodeError`] for a type or an id that a stream can't carry.
    pub fn encode(&self, out: &mut Vec<u8>) -> Result<(), EncodeError> {
        match self {
            Self::Event(event) => return event.encode(out),
            Self::Comment(text) => lines(text).for_each(|line| field(out, ":", line)),
            Self::Retry(time) => field(out, "retry: ", &time.as_millis().to_string()),
        }
        Ok(())
    }
}

impl Event<'_> {
    fn encode(&self, out: &mut Vec<u8>) -> Result<(), EncodeError> {
        if self.kind.contains(['\r', '\n']) {
            return Err(EncodeError::Kind);
        }
        if self.id.contains(['\r', '\n', '\0']) {
            return Err(EncodeError::Id);
        }
        if !matches!(&*self.kind, "" | "message") {
            field(out, "event: ", &self.kind);
        }
        if !self.id.is_empty() {
            field(out, "id: ", self.id);
        }
        lines(&self.data).for_each(|line| field(out, "data: ", line));
        out.push(b'\n');
        Ok(())
    }
}

fn field(out: &mut Vec<u8>, name: &str, value: &str) {
    out.extend_from_slice(name.as_bytes());
    out.extend_from_slice(value.as_bytes());
    out.push(b'\n');
}

/// The lines of a text as an event stream separates them: by CR LF, LF or CR. At least one.
fn lines(text: &str) -> impl Iterator<Item = &str> {
    let mut rest = Some(text);
    std::iter::from_fn(move || {
        let text = rest?;
        let Some(end) = memchr::memchr2(b'\n', b'\r', text.as_bytes()) else {
            rest = None;
            return Some(text);
        };
        let after = &text[end..];
        rest = Some(after.strip_prefix("\r\n").unwrap_or(&after[1..]));
        Some(&text[..end])
    })
}

impl fmt::Display for EncodeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Kind => "an event type can't have line breaks",
            Self::Id => "an event id can't have line breaks or NUL",
        })
    }
}

impl error::Error for EncodeError {}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use proptest::prelude::*;

    use super::*;
    use crate::sse::Decoder;

    #[test]
    fn comments_and_times() {
        let mut out = Vec::new();
        Item::Comment("keep\r\nalive".into()).encode(&mut out).expect("a comment");
        Item::Retry(Duration::from_secs(3)).encode(&mut out).expect("a time");
        assert_eq!(out, b":keep\n:alive\nretry: 3000\n");
    }

    #[test]
    fn a_refused_event_leaves_nothing_behind() {
        for (event, expected) in [
            (Event::new("x").with_kind("a\nb"), EncodeError::Kind),
            (Event::new("x").with_kind("a\rb"), EncodeError::Kind),
            (Event::new("x").with_id("a\r\nb"), EncodeError::Id),
            (Event::new("x").with_id("\0"), EncodeError::Id),
        ] {
            let mut out = b"before".to_vec();
            assert_eq!(Item::Event(event).encode(&mut out), Err(expected));
            assert_eq!(out, b"before");
        }
    }

    proptest! {
        #[test]
        fn what_is_written_is_read(
            events in proptest::collection::vec(("[a-z :é]{0,6}", "[a-z: \r\n\0é\u{feff}]{0,20}", "[a-z :]{0,4}"), 1..6),
        ) {
            let mut out = Vec::new();
            for (kind, data, id) in &events {
                Item::Event(Event::new(data).with_kind(kind).with_id(id)).encode(&mut out).expect("an event");
            }
            let mut decoder = Decoder::new();
            decoder.push(out.into());
            let mut last_id = "";
            for (kind, data, id) in &events {
                if !id.is_empty() {
                    last_id = id;
                }
                let Some(Ok(Item::Event(event))) = decoder.next_item() else { panic!("an event") };
                prop_assert_eq!(&event.kind, if kind.is_empty() { "message" } else { kind });
                prop_assert_eq!(event.data, data.replace("\r\n", "\n").replace('\r', "\n"));
                prop_assert_eq!(event.id, last_id);
            }
            prop_assert!(decoder.next_item().is_none());
        }
    }
}
