//! Server-sent events: a [`Decoder`] that does no I/O, and [`Item::encode`] for the other direction.
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

pub use decoder::Decoder;
pub use encode::EncodeError;
pub use event::{DecodeError, Event, Item};
