//! The facade against the official Python server: what a user of both sees, end to end.
//!
//! `cargo xtask test` runs it. Tests that only call share one server; those that stop a server have their own.

#![cfg(unix)]
#![allow(clippy::expect_used, clippy::unwrap_used, reason = "a test fails by panicking")]

mod back_pressure;
mod blocking;
mod calls;
mod errors;
mod expectation;
mod invocations;
mod registry;
mod restart;
mod server;
mod shutdown;
mod size;
mod time;
mod values;
