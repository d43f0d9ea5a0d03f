//! The real Python server, for tests of the runagent workspace.
//!
//! Other crates take it as a path-only dev-dependency for their `tests/`; it is never published.

#![forbid(unsafe_code)]
#![allow(clippy::expect_used, clippy::unwrap_used, clippy::panic, reason = "test support")]

#[cfg(unix)]
pub mod python_server;
