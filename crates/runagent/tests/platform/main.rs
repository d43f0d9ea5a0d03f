//! The calls that operate the platform: what goes over the wire, and what each answer becomes. The answers are those of
//! the real servers.
#![allow(clippy::expect_used, reason = "a test fails by panicking")]

mod account;
#[cfg(feature = "blocking")]
mod blocking;
mod captured;
mod cloud;
#[cfg(feature = "deploy")]
mod deploy;
#[cfg(feature = "deploy")]
mod folder;
mod invocations;
mod log;
mod projects;
mod server;
#[path = "../observed/shown.rs"]
mod shown;
mod start;
mod tokens;
#[cfg(feature = "deploy")]
mod upload;
