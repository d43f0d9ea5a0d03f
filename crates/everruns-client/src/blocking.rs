//! The client for code that is not asynchronous.
//!
//! The same calls without `await`. It needs no runtime: one thread a process, started on first use, drives the connections of
//! all blocking clients. It works on any thread, inside `spawn_blocking`, in `Drop`, and even inside an asynchronous runtime,
//! where it blocks the thread it is called on; there, the asynchronous client is the better choice.
//!
//! The common calls have methods of their own. All else [`wait`](wait()) waits for: any call of the
//! [asynchronous client](Client::as_async), with the settings that it has there.
//!
//! ```
//! use std::time::Duration;
//! use everruns_sdk::{CreateMessageRequest, CreateSessionRequest, blocking::{Client, wait}};
//! # use everruns_sdk::testing::FakeEverruns;
//!
//! # fn main() -> everruns_sdk::Result<()> {
//! # let fake = FakeEverruns::new().with_agent("librarian", |_| "Three books.");
//! # let client = Client::from(everruns_sdk::Client::builder().api_key("key").transport(fake).build());
//! # let agent = client.agents().list().next().expect("an agent")?;
//! let session = client.sessions().create(CreateSessionRequest { agent_id: agent.id, ..Default::default() })?;
//! let message = CreateMessageRequest { session_id: session.id.clone(), content: "What is there on bees?".to_owned() };
//! client.messages().create(message)?;
//! for piece in client.events().stream(&session.id)?.into_text() {
//!     print!("{}", piece?);
//! }
//!
//! // Everything else.
//! let page = wait(client.as_async().sessions().list().limit(5).timeout(Duration::from_secs(5)))?;
//! assert_eq!(page.data.len(), 1);
//! # Ok(())
//! # }
//! ```

mod agents;
mod client;
mod events;
mod files;
mod images;
mod listing;
mod messages;
mod sessions;
mod stream;
mod wait;

pub use self::{
    agents::Agents,
    client::Client,
    events::Events,
    files::Files,
    images::Images,
    listing::Listing,
    messages::Messages,
    sessions::Sessions,
    stream::{EventStream, TextStream},
    wait::wait,
};
