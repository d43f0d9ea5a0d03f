//! Serve agents written in Rust to every RunAgent client.
//!
//! An [`Agent`] is a set of functions with tags; a [`Server`] answers for it what `runagent serve` answers for an
//! agent in Python, so that a client cannot tell the two apart.
//!
//! ```
//! use runagent_server::{Agent, Input, Server};
//!
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), runagent_server::ServerError> {
//! let agent = Agent::new("my-agent")
//!     .entrypoint("greet", |input: Input| async move {
//!         let name: String = input.kwarg("name")?;
//!         Ok(format!("Hello, {name}!"))
//!     })
//!     .stream_entrypoint("count_stream", |input: Input| async move {
//!         let n: u64 = input.kwarg_or("n", 3)?;
//!         Ok(futures_util::stream::iter((0..n).map(Ok)))
//!     });
//!
//! let server = Server::bind(agent).await?;
//! assert!(server.base_url().starts_with("http://127.0.0.1:"));
//!
//! let running = server.spawn();
//! // Clients call it at running.base_url().
//! running.shutdown().await?;
//! # Ok(())
//! # }
//! ```
//!
//! A program that does nothing else ends with [`server.serve().await`](Server::serve), which returns after Ctrl-C.
//!
//! Tests, and programs that call their own agents, need no address: see [`InProcess`].
//!
//! # What is served
//!
//! | Method and path | What |
//! |---|---|
//! | `GET /api/v1` | what the agent is |
//! | `GET /api/v1/health` | that the server is up, and for which agent |
//! | `GET /api/v1/agents/{id}/architecture` | the entrypoints |
//! | `POST /api/v1/agents/{id}/run` | calls an entrypoint |
//! | `GET /api/v1/agents/{id}/run-stream` | a WebSocket: calls a streaming entrypoint |
//!
//! # Who may call
//!
//! The server listens on loopback unless told otherwise, and then it insists on a [token](ServerBuilder::token). Web
//! pages of other sites are kept out: a request with a foreign `Host` or `Origin` is refused, a WebSocket too.
//!
//! # Cancellation
//!
//! When a client goes away, the future or the stream of its call is dropped. Nothing is queued without a bound: a
//! stream is polled as fast as its client reads.
#![forbid(unsafe_code)]

mod agent;
mod agent_error;
mod answer;
mod arguments;
mod builder;
mod connection;
mod context;
mod guard;
mod handler;
mod in_process;
mod info;
mod input;
mod invocation;
mod refusal;
mod reply;
mod request;
mod router;
mod run;
mod run_stream;
mod server;
mod server_error;
mod shutdown;
mod timestamp;

pub use agent::Agent;
pub use agent_error::AgentError;
pub use builder::ServerBuilder;
pub use context::Context;
pub use in_process::InProcess;
pub use input::Input;
pub use runagent_registry as registry;
pub use schemars;
pub use server::{RunningServer, Server};
pub use server_error::ServerError;
