//! What a client is set up with: what is sent, what is refused, and that nothing secret shows.
#![allow(clippy::expect_used, reason = "a test fails by panicking")]

mod base_urls;
mod environment;
mod headers;
mod keys;
mod secrets;
mod sent;
