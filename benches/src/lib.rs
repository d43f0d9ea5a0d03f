//! Ours and its peers at the same work, counted by a program outside.
//!
//! The binary `measure` does a piece of work `count` times and prints how many units (bytes, calls, events, …) that was;
//! `allocations` does the same and adds how often it allocated. Whoever counts runs it twice with different counts and
//! divides the difference of the costs by the difference of the units, so that what the start of a process costs falls
//! out. What answers is the binary `server`, a process of its own, so that only clients are counted.
//!
//! The binary `load` is the other way round: it puts servers, the binary `agents`, under load, and measures time.

mod call;
mod construct;
mod decode;
mod decoded;
mod idle;
mod input;
mod load;
mod registry;
mod sse;
mod work;
mod ws;

pub use load::load;
pub use work::Work;

/// What a piece of work returns; the message of an error is all that its reader sees.
pub type Result<T = ()> = std::result::Result<T, Box<dyn std::error::Error + Send + Sync>>;
