//! Server-sent events: a [`Decoder`] that does no I/O, [`Item::encode`] for the other direction, and with feature `http`
//! the [`EventSource`] that connects again.
//!
//! The rules are those of the [WHATWG HTML standard, section 9.2.6][whatwg]. The decoder takes bytes in chunks of
//! any size and gives the same items whatever the chunking; an event is handed out on the blank line that ends it,
//! without waiting for another byte.
//!
//! [whatwg]: https://html.spec.whatwg.org/multipage/server-sent-events.html#event-stream-interpretation

mod decoder;
mod encode;
mod event;
mod fields;
mod lines;
#[cfg(feature = "http")]
mod source;

pub use decoder::Decoder;
pub use encode::EncodeError;
pub use event::{DecodeError, Event, Item};
#[cfg(feature = "http")]
pub use source::{
    EventSource, EventSourceBuilder, EventSourceError, EventSourceErrorKind, EventSourceItem, OwnedEvent,
};
