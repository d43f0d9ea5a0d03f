//! Test doubles of the runagent workspace: socket scripts and the real Python server.
//!
//! Other crates take it as a path-only dev-dependency for their `tests/`; it is never published.

#![forbid(unsafe_code)]
#![allow(clippy::expect_used, clippy::unwrap_used, clippy::panic, reason = "test support")]

#[cfg(unix)]
pub mod python_server;
pub mod wire;
