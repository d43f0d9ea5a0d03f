//! Agents that answer from memory, for tests without a network.
//!
//! [`FakeAgent`] is an agent, [`Expectation`] a call that it must get, and [`RecordedCall`] one that it got. [`FakeV1`] is
//! the documented REST API, for the clients of [`v1`](crate::v1).
//!
//! # Mocking an agent in your application's tests
//!
//! Let the code under test take a [`RunAgentClient`](crate::RunAgentClient), and give it one whose options come from a
//! [`FakeAgent`]: everything but the network is the real thing, guard rails, retries and time limits included.
//!
//! ```
//! use runagent::{RunAgentClient, RunAgentClientConfig, RunAgentResult, testing::FakeAgent};
//! use serde_json::json;
//!
//! /// The code under test.
//! async fn headline(editor: &RunAgentClient, text: &str) -> RunAgentResult<String> {
//!     let title = editor.run(&[("text", json!(text))]).await?;
//!     Ok(title.as_str().unwrap_or("Untitled").to_uppercase())
//! }
//!
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> RunAgentResult<()> {
//! // In a test, after #[tokio::test]:
//! let agent = FakeAgent::new("editor")
//!     .expect_run("title", |call| call.kwargs(json!({"text": "It rains."})).returns("Rain"));
//! let config = RunAgentClientConfig::new("editor", "title").with_api_key("key");
//! let client = RunAgentClient::new(config.with_options(agent.clone().into_options())).await?;
//!
//! assert_eq!(headline(&client, "It rains.").await?, "RAIN");
//! agent.verify();
//! # Ok(())
//! # }
//! ```
//!
//! ## An agent that fails
//!
//! [`fails`](Expectation::fails) is the agent's own failure, with a code, a message, a suggestion and details.
//! [`responds`](Expectation::responds), [`refuses`](Expectation::refuses), [`breaks_off`](Expectation::breaks_off) and
//! [`falls_silent`](Expectation::falls_silent) are what goes wrong around it.
//!
//! ```
//! # use runagent::{RunAgentClient, RunAgentClientConfig, RunAgentError, RunAgentResult, testing::FakeAgent};
//! # use serde_json::json;
//! /// Does without a title when the account is empty.
//! async fn headline(editor: &RunAgentClient, text: &str) -> RunAgentResult<String> {
//!     match editor.run(&[("text", json!(text))]).await {
//!         Ok(title) => Ok(title.to_string()),
//!         Err(error) if error.code() == "NO_CREDIT" => Ok(text.chars().take(8).collect()),
//!         Err(error) => Err(error),
//!     }
//! }
//!
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> RunAgentResult<()> {
//! let agent = FakeAgent::new("editor")
//!     .expect_run("title", |call| call.fails(RunAgentError::new("NO_CREDIT", "the account is empty")))
//!     .expect_run("title", |call| call.responds(502, &[], "<title>Bad Gateway</title>"));
//! # let config = RunAgentClientConfig::new("editor", "title").with_api_key("key");
//! # let client = RunAgentClient::new(config.with_options(agent.clone().into_options())).await?;
//! assert_eq!(headline(&client, "It rains in Spain.").await?, "It rains");
//! // The agent may have run: this is not tried again.
//! assert_eq!(headline(&client, "It rains in Spain.").await.expect_err("a bad gateway").code(), "SERVER_ERROR");
//! # agent.verify();
//! # Ok(())
//! # }
//! ```
//!
//! ## A stream that breaks off
//!
//! A stream is a list of [`chunks`](Expectation::chunks) with pauses between them, and an end: complete, unless another
//! one is given. With Tokio's paused clock (`#[tokio::test(start_paused = true)]`) pauses and time limits take no time.
//!
//! ```
//! # use runagent::{RunAgentClient, RunAgentClientConfig, RunAgentResult, testing::FakeAgent};
//! # use serde_json::json;
//! use std::time::Duration;
//!
//! /// The text, and whether it is all there is.
//! async fn read(client: &RunAgentClient) -> RunAgentResult<(String, bool)> {
//!     let mut stream = client.run_stream(&[]).await?;
//!     let mut text = String::new();
//!     while let Some(chunk) = stream.next().await {
//!         match chunk {
//!             Ok(chunk) => text.push_str(chunk.as_str().unwrap_or_default()),
//!             Err(error) if error.code() == "STREAM_TRUNCATED" => return Ok((text, false)),
//!             Err(error) => return Err(error),
//!         }
//!     }
//!     Ok((text, true))
//! }
//!
//! # #[tokio::main(flavor = "current_thread", start_paused = true)]
//! # async fn main() -> RunAgentResult<()> {
//! let agent = FakeAgent::new("editor")
//!     .expect_stream("text_stream", |call| call.chunks(["It ", "rains."]))
//!     .expect_stream("text_stream", |call| call.chunks(["It "]).then_wait(Duration::from_secs(30)).breaks_off())
//!     .expect_stream("text_stream", |call| call.chunks(["It "]).falls_silent());
//! # let config = RunAgentClientConfig::new("editor", "text_stream").with_api_key("key");
//! # let client = RunAgentClient::new(config.with_options(agent.clone().into_options())).await?;
//! assert_eq!(read(&client).await?, ("It rains.".to_owned(), true));
//! assert_eq!(read(&client).await?, ("It ".to_owned(), false));
//! assert_eq!(read(&client).await.expect_err("silence").code(), "STREAM_IDLE");
//! # agent.verify();
//! # Ok(())
//! # }
//! ```
//!
//! ## Retries
//!
//! Each attempt is a call: [`times`](Expectation::times) says how many of them go wrong, and the next expectation, or
//! [`on_run`](FakeAgent::on_run), answers from then on.
//!
//! ```
//! # use runagent::{RunAgentClient, RunAgentClientConfig, RunAgentResult, testing::FakeAgent};
//! # use serde_json::json;
//! # #[tokio::main(flavor = "current_thread", start_paused = true)]
//! # async fn main() -> RunAgentResult<()> {
//! let agent = FakeAgent::new("editor")
//!     .expect_run("title", |call| call.times(2).responds(429, &[("retry-after", "5")], ""))
//!     .on_run("title", |_, _| Ok(json!("Rain")));
//! # let config = RunAgentClientConfig::new("editor", "title").with_api_key("key");
//! # let client = RunAgentClient::new(config.with_options(agent.clone().into_options())).await?;
//! assert_eq!(client.run(&[("text", json!("It rains."))]).await?, "Rain");
//! let calls = agent.calls();
//! assert_eq!(calls.len(), 3);
//! assert!(calls.iter().all(|call| call.kwargs["text"] == "It rains."));
//! # agent.verify();
//! # Ok(())
//! # }
//! ```
//!
//! # Below the agent
//!
//! What happens before an agent is asked anything (a handshake that is refused, an architecture that is garbage) is for
//! [`ScriptedTransport`](crate::transport::testing::ScriptedTransport), a list of replies to HTTP requests, and what
//! happens on the wire for [`WireServer`](crate::transport::testing::wire::WireServer). Both come with this feature.

mod answer;
mod conversation;
mod expectation;
mod fake_agent;
mod fake_v1;
mod ledger;
mod recorded_call;

pub use self::{
    answer::{RunAnswer, StreamAnswer},
    expectation::Expectation,
    fake_agent::FakeAgent,
    fake_v1::FakeV1,
    recorded_call::RecordedCall,
};
