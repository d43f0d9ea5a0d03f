//! Waiting for what the asynchronous client does.

use runagent_transport::blocking;

use crate::{Error, Result};

/// Waits for a call of the asynchronous client, a page of a list, a stream that opens, a whole turn, or anything that is made of
/// them.
///
/// ```
/// use everruns_sdk::{AgentClient, CreateMessageRequest, blocking::wait};
/// # use everruns_sdk::testing::FakeEverruns;
///
/// # fn main() -> everruns_sdk::Result<()> {
/// # let fake = FakeEverruns::new().with_agent("librarian", |_| "Three books.");
/// # let builder = AgentClient::builder().transport(fake).api_key("key");
/// # let agent = builder.base_url("http://localhost/v1/channels/librarian").build_agent();
/// # stringify! {
/// let agent = AgentClient::from_env()?;
/// # };
/// let session = wait(agent.create_session(None))?;
/// let message = CreateMessageRequest { session_id: session.id, content: "What is there on bees?".to_owned() };
/// println!("{}", wait(agent.turn(message))?.text);
/// # Ok(())
/// # }
/// ```
///
/// # Errors
///
/// That of the call; [`Error::Config`] when the thread that blocking clients share can't be started.
pub fn wait<T>(call: impl Future<Output = Result<T>>) -> Result<T> {
    blocking::block_on(call).map_err(|error| {
        let check = "check the limits on threads and open files of this process";
        Error::Config(format!("the thread of the blocking client did not start: {check} ({error})"))
    })?
}
