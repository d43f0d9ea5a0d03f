//! The documented REST API from outside: what goes over the wire, what comes back, and what each failure is called.
#![allow(clippy::expect_used, reason = "a test fails by panicking")]

mod api;
#[path = "../observed/log.rs"]
mod log;
#[path = "../observed/shown.rs"]
mod shown;

mod agents;
mod batch;
#[cfg(feature = "blocking")]
mod blocking;
mod errors;
mod fake_v1;
mod generic;
mod invoke;
mod operations;
mod rate_limits;
mod retries;
mod secrets;
mod shapes;
mod spans;
mod stream;
mod stream_ends;
