//! The models against what the platform sends and takes.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

#[macro_use]
mod records;

mod bodies;
mod drift;
mod fields;
mod parts;
