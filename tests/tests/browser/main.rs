//! The page that a server has for people, in Chromium. Chromium is a program of its own, so these tests are apart:
//! `cargo xtask test --browser`. It leaves screenshots of the page in the folder `browser` beside the built programs.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a browser that does something else has failed the test")]

mod agent;
mod chromium;
mod foreign;
mod modules;
mod page;
mod tab;
