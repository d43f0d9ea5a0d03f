use std::time::Duration;

use bytes::Bytes;
use runagent_transport::sse::{DecodeError, Decoder, Item};

use crate::chunked::Chunked;

/// A decoder gives the same items whatever the pieces in which the bytes arrive, and holds no more than the limit on an
/// event and 64 KiB.
///
/// An input is a stream in pieces, as `src/chunked.rs` says. Comments are reported when the limit is odd.
pub fn sse_decode(input: &[u8]) {
    let Some(chunked) = Chunked::parse(input) else { return };
    let decoder = || Decoder::new().with_comments(chunked.limit % 2 == 1).with_max_event_bytes(chunked.limit);

    let mut whole = decoder();
    whole.push(Bytes::copy_from_slice(&chunked.stream));
    let mut items = Vec::new();
    while let Some(item) = whole.next_item() {
        items.push(Owned::from(item));
    }

    let mut expected = items.iter();
    chunked.within_memory(chunked.limit, || {
        let mut decoder = decoder();
        for piece in chunked.pieces() {
            decoder.push(Bytes::copy_from_slice(piece));
            while let Some(item) = decoder.next_item() {
                let expected = expected.next().expect("as many items as from the whole");
                assert!(expected.is(&item), "{item:?} instead of {expected:?}");
            }
        }
        assert_eq!(decoder.last_event_id(), whole.last_event_id());
    });
    assert_eq!(expected.len(), 0, "fewer items than from the whole");
}

/// An item that outlives the next one.
#[derive(Debug)]
enum Owned {
    Event { kind: String, data: String, id: String },
    Comment(String),
    Retry(Duration),
    Error(DecodeError),
}

impl Owned {
    /// Allocates nothing, since that is what is measured.
    fn is(&self, item: &Result<Item<'_>, DecodeError>) -> bool {
        match (self, item) {
            (Self::Event { kind, data, id }, Ok(Item::Event(event))) => {
                event.kind == *kind && event.data == *data && event.id == id
            }
            (Self::Comment(text), Ok(Item::Comment(comment))) => comment == text,
            (Self::Retry(time), Ok(Item::Retry(retry))) => retry == time,
            (Self::Error(error), Err(other)) => error == other,
            _ => false,
        }
    }
}

impl From<Result<Item<'_>, DecodeError>> for Owned {
    fn from(item: Result<Item<'_>, DecodeError>) -> Self {
        match item {
            Ok(Item::Event(event)) => {
                Self::Event { kind: event.kind.into(), data: event.data.into(), id: event.id.into() }
            }
            Ok(Item::Comment(text)) => Self::Comment(text.into()),
            Ok(Item::Retry(time)) => Self::Retry(time),
            Ok(item) => panic!("an item of a new kind: {item:?}"),
            Err(error) => Self::Error(error),
        }
    }
}
