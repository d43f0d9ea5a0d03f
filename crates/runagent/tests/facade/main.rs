//! The facade from outside: what goes over the wire, what comes back, and what each failure is called.
#![allow(clippy::expect_used, reason = "a test fails by panicking")]

mod agent;
#[path = "../observed/log.rs"]
mod log;
mod memory;
#[path = "../observed/shown.rs"]
mod shown;

#[cfg(feature = "blocking")]
mod blocking;
mod calls;
mod config_addresses;
mod config_headers;
mod config_keys;
mod config_precedence;
mod construction;
mod fake_agent;
mod guards;
mod health;
mod inputs;
mod mapping;
#[cfg(feature = "db")]
mod registry;
mod reports;
mod results;
mod retries;
mod runs;
mod seams;
mod secrets;
mod shapes;
mod spans;
mod statuses;
mod stream_auth;
mod stream_calls;
mod stream_ends;
mod stream_pace;
mod streams;
