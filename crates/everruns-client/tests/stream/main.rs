//! The events of a session, over connections that behave and connections that don't.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "tests")]

mod conversation;
mod cursors;
mod deltas;
mod endings;
mod gaps;
mod reconnecting;
mod text;
mod turns;
