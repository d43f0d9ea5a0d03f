//! Call deployed AI agents from Rust.
//!
//! ```
//! use runagent::{RunAgentClient, RunAgentClientConfig, testing::FakeAgent};
//! use serde_json::json;
//!
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> runagent::RunAgentResult<()> {
//! # let options = FakeAgent::new("agent-id").on_run("greet", |_, _| Ok(json!("Hello!"))).into_options();
//! # let config = RunAgentClientConfig::new("agent-id", "greet").with_local(true).with_address("127.0.0.1", 8450);
//! # let config = config.with_options(options);
//! let client = RunAgentClient::new(config).await?;
//! let answer = client.run(&[("name", json!("Ada"))]).await?;
//! println!("{answer}");
//! # Ok(())
//! # }
//! ```
//!
//! - [`RunAgentClient`] is asynchronous; [`blocking::RunAgentClient`] is the same for code that is not.
//! - [`RunAgentClientConfig`] says which agent, where, and as whom.
//! - [`RunStream`] gives the chunks of a streaming entrypoint as they arrive, and never takes a stream that broke off for
//!   one that ended.
//! - [`platform`] has what was recorded of runs, the account behind a key, and the deployment of agents.
//! - [`RunAgentError`] has a code for programs and a suggestion for people.
//! - [`v1`] is the documented REST API: agents, invocations, event streams, batches, operations; [`generic`] runs any object
//!   through it.
//! - [`testing`] answers from memory, for tests without a network.
//!
//! # Features
//!
//! | feature | default | what it brings |
//! |---|---|---|
//! | `tls` | yes | https and wss by rustls and *ring* |
//! | `tls-aws-lc` | | the same by rustls and AWS-LC; put `default-features = false` to leave *ring* out |
//! | `gzip` | | responses that are compressed on the way |
//! | `blocking` | yes | [`blocking`] |
//! | `deploy` | | packs a project folder and uploads it: [`platform::Deployment`] |
//! | `db` | | finds local agents in the registry that `runagent serve` writes |
//! | `logging` | | `init_logging`: logs on the standard error |
//! | `test-util` | | [`testing`] |
//!
//! # Settings
//!
//! What a configuration does not say comes from the environment, then from `config.json` in the folder `RUNAGENT_CACHE_DIR`
//! or `~/.runagent` (then from `user_data.json` there, which older command lines wrote), then from the defaults.
//! [`RunAgentClientConfig::explain`] tells where each setting came from.
//!
//! | variable | entry of the file | what it is |
//! |---|---|---|
//! | `RUNAGENT_API_KEY` | `api_key` | the API key |
//! | `RUNAGENT_BASE_URL` | `base_url` | the platform, for runs and streams |
//! | `RUNAGENT_API_URL` | `api_url` | the REST API |
//! | `RUNAGENT_TIMEOUT` | `timeout` | seconds for a whole run |
//! | `RUNAGENT_MAX_RETRIES` | `retry_config.max_retries` | how often a call is tried again |
//! | | `retry_config.retry_delay`, `retry_config.retry_backoff` | seconds before the first retry; the factor to the next |
//! | `RUNAGENT_LOG_LEVEL` | | what `init_logging` lets through |
//!
//! An entry may be in camel case, too (`apiKey`), with `retryAttempts` for `retry_config.max_retries`. A variable that is
//! empty and an entry that is null or empty count as unset.
//!
//! # Logs
//!
//! Events go to [`tracing`](https://docs.rs/tracing) under the target `runagent`. Neither they nor any error hold the API
//! key, the query of a URL, or what is sent to an agent.
#![forbid(unsafe_code)]
#![cfg_attr(
    not(all(feature = "blocking", feature = "deploy", feature = "test-util")),
    allow(rustdoc::broken_intra_doc_links, reason = "the links need the features")
)]

#[cfg(feature = "blocking")]
pub mod blocking;
mod call;
mod cancel;
mod client;
mod config;
mod decode;
mod endpoint;
mod error;
pub mod generic;
mod listing;
#[cfg(feature = "logging")]
mod logging;
mod options;
mod output;
pub mod platform;
mod stream;
mod telemetry;
#[cfg(feature = "test-util")]
pub mod testing;
pub mod v1;

#[cfg(feature = "logging")]
pub use crate::logging::init_logging;
pub use runagent_transport as transport;
pub use runagent_types::{Architecture, Entrypoint, ErrorCode, ErrorKind, Health};

pub use crate::{
    call::Call,
    cancel::CancelToken,
    client::RunAgentClient,
    config::{ApiConfig, ClientOptions, ExplainedSetting, Explanation, RunAgentClientConfig},
    error::{ErrorDetails, Report, RunAgentError, RunAgentResult},
    listing::Listing,
    options::RunOptions,
    output::{RunMetadata, RunOutput},
    stream::{RunEvent, RunEvents, RunStream},
};
