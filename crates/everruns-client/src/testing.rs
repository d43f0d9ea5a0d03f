//! An Everruns in memory, for tests without a network.
//!
//! [`FakeEverruns`] is the server. Its agents follow scripts, each a [`Turn`] with [`Tool`]s, and a [`Gate`] holds a turn
//! until the test has seen enough of it. What goes wrong is a [`Fault`] in the place of an answer, or a [`Connection`] that
//! a stream of events does not survive. What was asked is a list of [`RecordedRequest`]s.
//!
//! All of it runs under Tokio's paused clock (`#[tokio::test(start_paused = true)]`), where heartbeats and pauses take no
//! time.
//!
//! ```
//! use everruns_sdk::testing::{Connection, FakeEverruns, Fault, Tool, Turn};
//! use serde_json::json;
//!
//! let fake = FakeEverruns::new()
//!     .with_api_key("key")
//!     .with_agent("greeter", |turn| format!("You said: {}", turn.text))
//!     .with_agent("dicer", |_| {
//!         Turn::new()
//!             .text("Let me roll.")
//!             .tool(Tool::new("roll_dice").with_arguments(json!({"sides": 6})).returns(json!(4)))
//!             .text("It is a 4.")
//!     })
//!     .with_agent("deployer", |_| Turn::new().asks("target", "Where to?", ["staging", "production"]).text("Done."));
//!
//! // The first connection breaks after five frames, and the server is busy when the client comes again.
//! fake.connect_as([Connection::new().breaks_after(5)]);
//! fake.inject("POST /sessions/*/messages", 1, Fault::rate_limited(2));
//! ```

#![allow(clippy::expect_used, reason = "test support: a test fails by panicking")]

mod agent_package;
mod agent_versions;
mod agents;
mod answers;
mod budgets;
mod catalog;
mod channels;
mod clock;
mod collection;
mod connection;
mod dialect;
mod event;
mod event_stream;
mod events;
mod fake_everruns;
mod fault;
mod file_system;
mod files;
mod gate;
mod idempotency;
mod images;
mod messages;
mod problem;
mod recorded_request;
mod router;
mod run;
mod session;
mod session_actions;
mod sessions;
mod state;
mod tool;
mod turn;
mod workspaces;
mod written_body;

pub use self::{
    connection::Connection,
    fake_everruns::FakeEverruns,
    fault::Fault,
    gate::Gate,
    recorded_request::RecordedRequest,
    tool::Tool,
    turn::{Turn, TurnInput},
};
