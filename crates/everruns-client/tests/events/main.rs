//! Events, as servers send them.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "tests")]

mod kinds;
mod shapes;
