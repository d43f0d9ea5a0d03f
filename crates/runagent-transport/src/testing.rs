//! Test doubles, for tests of transports and of what calls them.
//!
//! - [`ScriptedTransport`] takes the place of a network: it answers from a list, and records what it was asked.
//! - [`wire`] is the network's other end: a server on loopback that sends exactly the bytes it is told to.
//!
//! Whatever goes wrong here panics, at the line of the test where it can.

#![allow(clippy::expect_used, reason = "test support: a test fails by panicking")]

mod ending;
mod reply;
mod scripted_transport;
pub mod wire;

pub use self::{
    ending::{cut_off, unending},
    reply::Reply,
    scripted_transport::ScriptedTransport,
};

/// Whether the value of a header, whose name is in lower case, may let others in.
fn is_credential(name: &str) -> bool {
    matches!(name, "authorization" | "cookie" | "proxy-authorization")
}
