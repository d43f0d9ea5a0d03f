//! The registry against real SQLite files: every kind of file, row, lock and writer.
#![allow(clippy::unwrap_used, reason = "the helpers of a test panic as the test itself does")]

mod database;
mod files;
mod history;
mod locks;
mod processes;
mod recording;
mod rows;
mod schema;
mod writes;
