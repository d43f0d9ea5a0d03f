//! Any object in, any object out: `run_generic`, under the names that it has in other languages.
//!
//! | there | here |
//! |---|---|
//! | `RunAgentClient(agent_id, …)` | [`RunAgentClient::new`], of [`blocking::v1::AgentClient`](crate::blocking::v1::AgentClient) |
//! | `AsyncRunAgentClient(agent_id, …)` | [`AsyncRunAgentClient::new`], of [`v1::AgentClient`](crate::v1::AgentClient) |
//! | `api_key`, `base_url` | [`ApiConfig::with_api_key`], [`with_base_url`](crate::ApiConfig::with_base_url) |
//! | `timeout` (30 s) | [`ClientOptions::with_run_timeout`] |
//! | `max_retries` (3) | [`ClientOptions::with_max_retries`] |
//! | `headers` | [`ClientOptions::with_header`] |
//! | `run_generic(input)` | [`run_generic`](crate::v1::AgentClient::run_generic) |
//! | `run_generic_stream(input)` | [`run_generic_stream`](crate::v1::AgentClient::run_generic_stream) |
//! | `timeout=`, `headers=` of a call | [`run_generic_with`](crate::v1::AgentClient::run_generic_with), [`run_generic_stream_with`](crate::v1::AgentClient::run_generic_stream_with) with [`RunOptions`] |
//! | `AuthenticationError`, `AgentNotFoundError`, … | [`ErrorKind::Authentication`], [`ErrorKind::AgentNotFound`], … of [`RunAgentError::kind`] |
//!
//! What the configuration does not set comes from `RUNAGENT_API_KEY`, `RUNAGENT_API_URL`, `RUNAGENT_TIMEOUT` and
//! `RUNAGENT_MAX_RETRIES`, then from `~/.runagent/config.json`, and at last is the default.
//!
//! ```
//! use std::time::Duration;
//! use runagent::{ApiConfig, ClientOptions, RunAgentError, RunOptions};
//! use runagent::generic::AsyncRunAgentClient;
//! # #[cfg(feature = "blocking")]
//! use runagent::generic::RunAgentClient;
//! # use runagent::testing::FakeV1;
//! use serde_json::json;
//!
//! # fn fake() -> ClientOptions {
//! #     FakeV1::new("agent-123").into_options().with_environment(|name| (name == "RUNAGENT_API_KEY").then(|| "key".into()))
//! # }
//! # #[cfg(feature = "blocking")]
//! fn sync_example() -> Result<(), RunAgentError> {
//!     let config = ApiConfig::new();
//! #   let config = config.with_options(fake());
//!     let client = RunAgentClient::new("agent-123", config)?;
//!
//!     // A simple request.
//!     let result = client.run_generic(json!({"query": "Hello"}))?;
//!     println!("Response: {}", result["result"]);
//!
//!     // A stream.
//!     for chunk in client.run_generic_stream(json!({"query": "Tell a story"}))? {
//!         print!("{}", chunk?);
//!     }
//!     Ok(())
//! }
//!
//! async fn async_example() -> Result<(), RunAgentError> {
//!     let options = ClientOptions::new().with_run_timeout(Duration::from_secs(30)).with_max_retries(3);
//! #   let options = fake();
//!     let client = AsyncRunAgentClient::new("agent-123", ApiConfig::new().with_options(options))?;
//!
//!     // Concurrent requests.
//!     let tasks = (0..5).map(|i| client.run_generic(json!({"query": format!("Question {i}")})));
//!     let results = futures_util::future::try_join_all(tasks).await?;
//!     assert_eq!(results[4]["result"], "Question 4");
//!
//!     // A stream, with settings of its own.
//!     let patient = RunOptions::new().with_timeout(Duration::from_secs(120)).with_header("x-team", "search");
//!     let mut chunks = client.run_generic_stream_with(json!({"query": "Stream test"}), patient).await?;
//!     while let Some(chunk) = chunks.next().await {
//!         print!("{}", chunk?);
//!     }
//!     Ok(())
//! }
//!
//! # #[cfg(feature = "blocking")]
//! if let Err(error) = sync_example() {
//!     println!("Error: {}", error.message());
//! #   panic!("{error}");
//! }
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn run() {
//! #     if let Err(error) = async_example().await { panic!("{error}") }
//! # }
//! # run();
//! ```
//!
//! [`ClientOptions::with_run_timeout`]: crate::ClientOptions::with_run_timeout
//! [`ClientOptions::with_max_retries`]: crate::ClientOptions::with_max_retries
//! [`ClientOptions::with_header`]: crate::ClientOptions::with_header
//! [`ApiConfig::with_api_key`]: crate::ApiConfig::with_api_key
//! [`RunOptions`]: crate::RunOptions
//! [`ErrorKind::Authentication`]: crate::ErrorKind::Authentication
//! [`ErrorKind::AgentNotFound`]: crate::ErrorKind::AgentNotFound
//! [`RunAgentError::kind`]: crate::RunAgentError::kind

use serde_json::{Map, Value};

/// The client of one agent, which blocks.
#[cfg(feature = "blocking")]
pub type RunAgentClient = crate::blocking::v1::AgentClient;

/// The client of one agent.
pub type AsyncRunAgentClient = crate::v1::AgentClient;

/// The pieces of an answer, as an iterator that blocks until the next one comes.
#[cfg(feature = "blocking")]
pub type StreamGenerator = crate::blocking::v1::TextStream;

/// The pieces of an answer.
pub type AsyncStreamGenerator = crate::v1::TextStream;

/// What an agent is given.
pub type InputData = Map<String, Value>;

/// What an agent answers.
pub type OutputData = Map<String, Value>;

/// A piece of an answer.
pub type StreamChunk = String;
