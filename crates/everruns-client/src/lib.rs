//! Client for Everruns: agents, sessions, messages and event streams, with typed events and errors.
//!
//! ```
//! use everruns_sdk::{Client, CreateAgentRequest, CreateMessageRequest, CreateSessionRequest, Event};
//!
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), everruns_sdk::Error> {
//! # let client = Client::builder().api_key("key").transport(everruns_sdk::testing::FakeEverruns::new()).build();
//! # stringify! {
//! let client = Client::from_env()?;
//! # };
//! let agent = client.agents().create(CreateAgentRequest {
//!     name: "my-assistant".to_string(),
//!     system_prompt: "You are a helpful assistant.".to_string(),
//!     ..Default::default()
//! }).await?;
//! let session = client.sessions().create(CreateSessionRequest {
//!     agent_id: agent.id,
//!     ..Default::default()
//! }).await?;
//! client.messages().create(CreateMessageRequest {
//!     session_id: session.id.clone(),
//!     content: "Hello! What can you help me with?".to_string(),
//! }).await?;
//!
//! let mut events = client.events().stream(&session.id).await?;
//! while let Some(event) = events.next().await {
//!     match event? {
//!         Event::OutputMessageDelta { delta, .. } => print!("{delta}"),
//!         Event::TurnCompleted { .. } => break,
//!         _ => {}
//!     }
//! }
//! # Ok(())
//! # }
//! ```
//!
//! - [`Client`] has a client for each sort of resource: [`agents`](Client::agents), [`sessions`](Client::sessions),
//!   [`messages`](Client::messages), [`events`](Client::events), [`files`](Client::files), [`images`](Client::images) and more.
//! - [`Call`] is what their methods return: a future, with settings for this call alone. [`List`] is one of a page, or a stream
//!   over all pages.
//! - [`EventStream`] outlives its connections, has each event once, and the whole text of each message.
//!   [`into_text`](EventStream::into_text) is that text alone.
//! - [`TurnCall`] is a whole turn: a message, tools of the caller's, decisions, the answer.
//! - [`AgentClient`] is for who may call one agent and see nothing else.
//! - [`Error`] has a variant for each sort of refusal, and what the server says about it.
//! - [`testing`] is a server in memory, for tests without a network; any [`Transport`](transport::Transport) can take its place.
//! - [`blocking`] is for code that is not asynchronous.
//!
//! # Features
//!
//! | feature | default | what it brings |
//! |---|---|---|
//! | `tls` | yes | https by rustls and *ring* |
//! | `tls-aws-lc` | | the same by rustls and AWS-LC; put `default-features = false` to leave *ring* out |
//! | `gzip` | | responses that are compressed on the way |
//! | `blocking` | yes | [`blocking`] |
//! | `test-util` | | [`testing`] |
//!
//! # Settings
//!
//! | variable | what it is |
//! |---|---|
//! | `EVERRUNS_API_KEY` | the API key, for [`Client::from_env`] |
//! | `EVERRUNS_API_URL` | where the API is, if not at `https://app.everruns.com/api`; for [`Client::new`] too |
//! | `EVERRUNS_ORG_ID` | the organisation, when the key is good for several; for [`Client::new`] too |
//! | `EVERRUNS_AGENT_URL`, `EVERRUNS_AGENT_KEY` | one agent, for [`AgentClient::from_env`] |
//!
//! [`ClientBuilder`] sets everything, and reads none of them unless it is told to.
#![forbid(unsafe_code)]
#![cfg_attr(
    not(all(feature = "blocking", feature = "test-util")),
    allow(rustdoc::broken_intra_doc_links, reason = "the links need the features")
)]

#[macro_use]
mod wire;
mod agent_client;
mod api;
#[cfg(feature = "blocking")]
pub mod blocking;
mod call;
mod client;
mod error;
mod event;
mod file_routes;
mod list;
mod positions;
mod retry_hint;
mod service;
mod stream;
#[cfg(feature = "test-util")]
pub mod testing;
mod turn;
pub mod types;

pub use runagent_transport as transport;

pub use crate::{
    agent_client::AgentClient,
    api::{
        Agents, Budgets, Capabilities, Connections, EventList, Events, Files, Harnesses, ImageContent, ImageUpload,
        Images, Memories, MemoryFiles, Messages, Models, Sessions, Workspaces,
    },
    call::Call,
    client::{Client, ClientBuilder},
    error::{DecodeError, Error, Problem, Result, TurnError},
    event::{Event, EventContext, EventMeta},
    list::{List, Listing, Page},
    stream::{EventStream, Subscribe, TextStream},
    turn::{ApprovalRequest, QuestionRequest, TurnCall, TurnOutcome, TurnStatus},
    types::{
        CreateAgentRequest, CreateMessageRequest, CreateSessionRequest, MessageOptions, UpdateAgentRequest,
        UpdateSessionRequest,
    },
    wire::Patch,
};
