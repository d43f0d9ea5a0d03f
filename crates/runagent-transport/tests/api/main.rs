//! Calls of an API: what their requests carry, and what stands between a call and its transport.
#![allow(clippy::expect_used, reason = "a test fails by panicking")]
#![cfg(feature = "http")]

mod credentials;
mod events;
mod interceptors;
mod links;
mod methods;
mod pacing;
mod places;
mod requests;
mod script;
mod streams;
mod trace_context;
