//! The documented REST API, whose paths begin with `/v1`.
//!
//! | request | here |
//! |---|---|
//! | `GET /v1/agents?page=2&limit=20` | [`Client::agents`]; [`Client::all_agents`] for all pages |
//! | `GET /v1/agents/{id}`, `…/health` | [`AgentClient::get`], [`AgentClient::health`] |
//! | `POST /v1/agents/{id}/invoke` | [`AgentClient::invoke`], [`invoke_as`](AgentClient::invoke_as) |
//! | `POST /v1/agents/{id}/stream` | [`AgentClient::stream`]; [`stream_get`](AgentClient::stream_get) for the GET form |
//! | `POST /v1/agents/{id}/batch` | [`AgentClient::batch`] |
//! | `…/invoke` with `Prefer: respond-async` | [`AgentClient::start`] |
//! | `GET /v1/operations/{id}` | [`OperationHandle::status`], [`OperationHandle::wait`] |
//!
//! Any object in and any object out is [`generic`](crate::generic); [`blocking::v1`](crate::blocking::v1) is the same for
//! code that is not asynchronous.
//!
//! ```
//! use runagent::{ApiConfig, testing::FakeV1, v1};
//! use serde_json::json;
//!
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> runagent::RunAgentResult<()> {
//! # let options = FakeV1::new("agent-123").on_invoke(|_| Ok(json!("Hi"))).into_options();
//! // Without a key here, RUNAGENT_API_KEY counts; without a URL, RUNAGENT_API_URL, else https://api.run-agent.ai.
//! let config = ApiConfig::new().with_api_key("key");
//! # let config = config.with_options(options);
//! let client = v1::Client::new(config)?;
//! let agent = client.agent("agent-123")?;
//!
//! let answer = agent.invoke(v1::Invoke::new("Hello").with_parameter("temperature", 0.7)).await?;
//! println!("{} in {:?} s", answer.result, answer.metadata.execution_time);
//! # Ok(())
//! # }
//! ```
//!
//! # Time limits
//!
//! A call that runs an agent has 30 s, all its attempts included ([`with_run_timeout`]), any other 30 s, too
//! ([`with_control_timeout`]). [`EventStream`] has the limits of streams, [`OperationHandle::wait`] that of operations.
//!
//! # Retries
//!
//! As everywhere in this crate ([`with_max_retries`]): a call that runs an agent is repeated only when that can't run it
//! twice, so when nothing was sent, or the server refused with 429, or with 503 and `Retry-After`. With an
//! [idempotency key](crate::RunOptions::with_idempotency_key), and where no agent is run, passing failures are got over, too.
//! A wait that a server asks for in the body of an error only is in [`retry_after`](crate::RunAgentError::retry_after).
//!
//! # Rate limits
//!
//! What the server tells of its rate limit is in each answer, and in each error
//! ([`rate_limit`](crate::RunAgentError::rate_limit)). To keep to it without being told off, set
//! [`pacing`](crate::transport::ApiBuilder::pacing) by [`with_api`](crate::ClientOptions::with_api).
//!
//! # Errors
//!
//! A server's own code is kept as it came. An answer without one has that of its status:
//!
//! | status | code | [kind](crate::RunAgentError::kind) |
//! |---|---|---|
//! | 401 | `AUTHENTICATION_ERROR` | authentication |
//! | 403 | `PERMISSION_ERROR` | permission |
//! | 404 | `AGENT_NOT_FOUND_REMOTE`; `VALIDATION_ERROR` for what is no agent | agent not found; validation |
//! | 400, 409, 422 and other 4xx | `VALIDATION_ERROR` | validation |
//! | 408 | `TIMEOUT_ERROR` | timeout |
//! | 429 | `RATE_LIMIT_ERROR` | rate limit |
//! | 5xx | `SERVER_ERROR` | server |
//! | no answer | `CONNECTION_ERROR`, `TIMEOUT_ERROR` | network, timeout |
//!
//! A status of success with `{"status": "error"}` in its body is an error like any other, of an agent that ran.
//!
//! [`with_run_timeout`]: crate::ClientOptions::with_run_timeout
//! [`with_control_timeout`]: crate::ClientOptions::with_control_timeout
//! [`with_max_retries`]: crate::ClientOptions::with_max_retries

mod agent_client;
mod agents;
mod client;
mod event_stream;
mod generic;
mod invocation;
mod invoke;
mod operation_handle;
mod reply;
mod service;

pub use runagent_types::{
    ApiError,
    v1::{
        AgentHealth, AgentInfo, InvokeMetadata, InvokeOutput, InvokeRequest, Operation, OperationStatus, Pagination,
        StreamEvent, Usage,
    },
};

pub use self::{
    agent_client::AgentClient,
    agents::{AgentPage, AgentQuery},
    client::Client,
    event_stream::{EventStream, TextStream},
    invocation::Invocation,
    invoke::Invoke,
    operation_handle::OperationHandle,
    reply::Reply,
};
