//! Servers for tests of the runagent workspace: the real Python server, and any transport over HTTP.
//!
//! Other crates take it as a path-only dev-dependency for their `tests/`; it is never published.

#![forbid(unsafe_code)]
#![allow(clippy::expect_used, clippy::unwrap_used, clippy::panic, reason = "test support")]

mod http_server;
#[cfg(unix)]
pub mod python_server;

pub use self::http_server::HttpServer;
