//! The fake against what was captured of real servers.

#![allow(clippy::expect_used, reason = "tests")]

mod basics;
mod caller;
mod captures;
mod faults;
mod resources;
mod turns;
