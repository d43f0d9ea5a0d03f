//! A server as its clients see it, byte by byte.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test client that meets the unexpected has failed")]

mod client;
mod context;
mod in_process;
mod info;
mod invocations;
mod limits;
mod page;
mod recording;
mod run;
mod several;
mod shutdown;
mod stream;
mod typed;
