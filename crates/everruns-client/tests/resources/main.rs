//! What each client of a resource asks for, and what it makes of the answers.
#![allow(clippy::expect_used, reason = "a test fails by panicking")]

mod agent_client;
mod agents;
mod budgets;
mod calls;
mod capabilities;
mod connections;
mod events;
mod file_routes;
mod files;
mod harnesses;
mod images;
mod lists;
mod memories;
mod messages;
mod models;
mod script;
mod sessions;
mod workspaces;
