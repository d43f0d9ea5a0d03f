//! Test doubles, for tests of transports and of what calls them.
//!
//! [`wire`] is the network's end: a server on loopback that sends exactly the bytes it is told to.
//!
//! Whatever goes wrong here panics, at the line of the test where it can.

#![allow(clippy::expect_used, reason = "test support: a test fails by panicking")]

pub mod wire;

/// Whether the value of a header, whose name is in lower case, may let others in.
fn is_credential(name: &str) -> bool {
    matches!(name, "authorization" | "cookie" | "proxy-authorization")
}
