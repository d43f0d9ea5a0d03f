//! The event stream that reconnects: every rule over a scripted transport in paused time, and real sockets.
#![allow(clippy::expect_used, reason = "a test fails by panicking")]
#![cfg(feature = "http")]

mod answers;
mod polling;
mod reconnecting;
mod redirects;
mod script;
mod silence;
mod wire;
