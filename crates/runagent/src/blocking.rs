//! The client for code that is not asynchronous.
//!
//! The same calls without `await`. It needs no runtime: one thread a process, started on first use, drives the
//! connections of all blocking clients. It works on any thread, inside `spawn_blocking`, in `Drop`, and even inside an
//! asynchronous runtime, where it blocks the thread it is called on; there, the asynchronous client is the better choice.
//!
//! ```
//! use runagent::blocking::{RunAgentClient, RunAgentClientConfig};
//! use runagent::testing::FakeAgent;
//! use serde_json::json;
//!
//! # fn main() -> runagent::RunAgentResult<()> {
//! # let options = FakeAgent::new("agent-id").on_stream("count_stream", |_, _| vec![json!(0), json!(1)]).into_options();
//! # let config = RunAgentClientConfig::new("agent-id", "count_stream").with_api_key("key").with_options(options);
//! let client = RunAgentClient::new(config)?;
//! for chunk in client.run_stream(&[("n", json!(2))])? {
//!     println!("{}", chunk?);
//! }
//! # Ok(())
//! # }
//! ```

mod client;
mod listing;
pub mod platform;
mod stream;
pub mod v1;
mod worker;

pub use self::{
    client::RunAgentClient,
    listing::Listing,
    stream::{RunEvents, RunStream},
};
pub use crate::RunAgentClientConfig;
