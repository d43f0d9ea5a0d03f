//! Serve agents written in Rust to every RunAgent client.
//!
//! An [`Agent`] is a set of functions with tags; a [`Server`] answers for it what `runagent serve` answers for an
//! agent in Python, so that a client cannot tell the two apart.
//!
//! ```
//! use futures_util::{Stream, stream};
//! use runagent_server::schemars::{self, JsonSchema};
//! use runagent_server::{Agent, AgentError, Server};
//! use serde::Deserialize;
//!
//! #[derive(Deserialize, JsonSchema)]
//! struct Greet {
//!     /// Whom to greet.
//!     name: String,
//!     #[serde(default)]
//!     loudly: bool,
//! }
//!
//! async fn greet(args: Greet) -> Result<String, AgentError> {
//!     if args.name.is_empty() {
//!         return Err(AgentError::new("nobody to greet").with_suggestion("Pass a name."));
//!     }
//!     Ok(format!("Hello, {}{}", args.name, if args.loudly { "!" } else { "." }))
//! }
//!
//! fn letters(args: Greet) -> impl Stream<Item = char> {
//!     stream::iter(args.name.chars().collect::<Vec<_>>())
//! }
//!
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), runagent_server::ServerError> {
//! let agent = Agent::new("my-agent").entrypoint("greet", greet).stream_entrypoint("letters_stream", letters);
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
//! The struct of the arguments names them, types them and gives their defaults by what serde reads anyway, so there is no
//! attribute macro for entrypoints: see [`Agent`] for what they may take and return.
//!
//! A program that does nothing else ends with [`server.serve().await`](Server::serve), which returns after Ctrl-C.
//!
//! Tests, and programs that call their own agents, need no address: see [`InProcess`].
//!
//! # What is served
//!
//! | Method and path | What |
//! |---|---|
//! | `GET /` | a page for people, to try the entrypoints in a browser |
//! | `GET /api/v1` | what the first agent is, and which others there are |
//! | `GET /api/v1/health` | that the server is up, and for which agent if there is but one |
//! | `GET /api/v1/agents/{id}/architecture` | the entrypoints, with the JSON Schema of their arguments |
//! | `GET /api/v1/agents/{id}/invocations` | what ran; `?status=failed&limit=10` for some of it |
//! | `GET /api/v1/agents/{id}/invocations/stats` | the same in numbers |
//! | `GET /api/v1/invocations/{invocation_id}` | one call |
//! | `POST /api/v1/agents/{id}/run` | calls an entrypoint |
//! | `GET /api/v1/agents/{id}/run-stream` | a WebSocket: calls a streaming entrypoint |
//! | `POST /api/v1/agents/{id}/run-stream` | the same frames as server-sent events, to who accepts `text/event-stream`; the body is that of a run |
//! | `GET /v1/agents?page=1&limit=20` | the agents, in pages |
//! | `GET /v1/agents/{id}`, `…/health` | one agent, and whether it can be called now |
//! | `POST /v1/agents/{id}/invoke` | calls the agent; with `Prefer: respond-async` it answers at once, with 202 |
//! | `POST /v1/agents/{id}/batch` | up to 100 calls, with a result or an error for each |
//! | `GET` or `POST /v1/agents/{id}/stream` | calls the agent, which answers with server-sent events |
//! | `GET /v1/operations/{id}` | how far a call is that was answered with 202; 1,000 results are kept, for an hour |
//! | `GET /openapi.json` | all of this for programs, with the arguments of the agents |
//!
//! Calls under `/v1` name no entrypoint: see [`Agent::v1_entrypoint`] for which one they get, and with which arguments.
//! Failures have a status there, 400 for arguments that do not fit and 500 for what else an agent fails of, and the body
//! `{"status": "error", "error": {"code", "message", …}}`.
//!
//! Every answer has the header `x-request-id`: the id of the call, where it is about one, which is the `request_id` in its body
//! and the `invocation_id` of a stream.
//!
//! # Calls that are sent twice
//!
//! A `run`, `invoke` or `batch` with an `Idempotency-Key` (1 to 255 visible ASCII characters) runs once: whoever sends it
//! again, to the same path and with the same body, gets the same answer, with `idempotency-replayed: true`. Another path or
//! body is answered with 422, and the same while the first is not answered yet with 409. The server remembers 1,024 keys,
//! each for 10 minutes. An answer of more than 64 KiB is not kept: then the second request is answered with 409 too. A key
//! is free again when the call was refused before it ran (429, 503), or given up since its client had gone.
//!
//! # Who may call
//!
//! The server listens on loopback unless told otherwise, and then it insists on a [token](ServerBuilder::token). Web
//! pages of other sites are kept out: a request with a foreign `Host` or `Origin` is refused, a WebSocket too.
//!
//! A browser shows the token in the address, as in `http://192.0.2.1:8450/?token=…`, for the page to use it from then on.
//! Open to everybody are the health page, and the scripts and styles of the page, which are the same on every server.
//!
//! # What is recorded
//!
//! Each call, with what was passed and returned, unless [turned off](ServerBuilder::record_invocations): in the
//! [registry](ServerBuilder::registry), where `runagent db invocations` shows it too, or without one the last 200 in
//! memory. A value of more than 64 KiB of JSON is kept as `{"truncated": true, "preview": …}` with the beginning of its JSON
//! as text. Calls never wait for the registry: what it cannot take, and what comes beyond some 10,000 calls a second, is
//! dropped, with one warning in the log.
//!
//! # Cancellation
//!
//! When a client goes away, the future or the stream of its call is dropped; what that call has spawned off can wait for
//! [`Context::cancelled`]. Nothing is queued without a bound: a stream is polled as fast as its client reads, and
//! [`ServerBuilder`] limits what is taken on at a time.
#![forbid(unsafe_code)]

mod agent;
mod agent_error;
mod answer;
mod arguments;
mod body;
mod builder;
mod connection;
mod context;
mod events;
mod guard;
mod handler;
mod history;
mod idempotency;
mod in_process;
mod info;
mod input;
mod invocation;
mod invocations;
mod limits;
mod openapi;
mod page;
mod places;
mod rate_limit;
mod recorder;
mod recording;
mod refusal;
mod reply;
mod request;
mod request_id;
mod router;
mod run;
mod run_events;
mod run_stream;
mod server;
mod server_error;
mod shutdown;
mod v1;

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
