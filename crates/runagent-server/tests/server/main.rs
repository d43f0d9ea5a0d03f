//! A server as its clients see it, byte by byte.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test client that meets the unexpected has failed")]

mod client;
mod context;
mod idempotency;
mod in_process;
mod info;
mod invocations;
mod limits;
mod openapi;
mod page;
mod rate_limit;
mod recording;
mod request_id;
mod run;
mod run_events;
mod several;
mod shutdown;
mod stream;
mod typed;
mod v1;
mod v1_batch;
mod v1_errors;
mod v1_operations;
mod v1_stream;
