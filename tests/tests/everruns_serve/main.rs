//! Everruns as it is: the server of crates.io `everruns-serve`, with simulated models.
//!
//! `cargo xtask test --everruns` builds that server, the package `tests/everruns-serve`, and runs this.

#![cfg(unix)]
#![allow(clippy::expect_used, reason = "a test fails by panicking")]

mod client;
mod cutting;
mod server;
mod smoke;
