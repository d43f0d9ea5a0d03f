//! What holds for every input of the parsers, said once for the fuzz targets and for the tests.
//!
//! Each function takes any bytes, and panics when they break its property. `fuzz/` searches for such bytes, `tests/corpus.rs`
//! replays what it found so far, and `tests/random.rs` tries a few hundred that look like the real thing.

#![forbid(unsafe_code)]
#![allow(clippy::expect_used, clippy::missing_panics_doc, clippy::panic, reason = "a property fails by panicking")]

mod chunked;
mod envelope;
mod redact;
mod retry_after;
mod socket_frames;
mod sse_decode;
mod sse_round_trip;
mod stream_frame;
mod structured_value;
mod url_path;

pub use envelope::envelope;
pub use redact::redact;
pub use retry_after::retry_after;
pub use socket_frames::socket_frames;
pub use sse_decode::sse_decode;
pub use sse_round_trip::sse_round_trip;
pub use stream_frame::stream_frame;
pub use structured_value::structured_value;
pub use url_path::url_path;

/// Something that holds for every input, or it panics.
pub type Property = fn(&[u8]);

/// Every property, with the name of its fuzz target and of the folder with its corpus.
pub const PROPERTIES: [(&str, Property); 9] = [
    ("envelope", envelope),
    ("redact", redact),
    ("retry_after", retry_after),
    ("socket_frames", socket_frames),
    ("sse_decode", sse_decode),
    ("sse_round_trip", sse_round_trip),
    ("stream_frame", stream_frame),
    ("structured_value", structured_value),
    ("url_path", url_path),
];

/// Parts of an input that is text are separated by this character, which nothing here gives a meaning.
pub(crate) const UNIT_SEPARATOR: char = '\u{1f}';
