//! The documented REST API, for code that is not asynchronous.
//!
//! Each method does what the method of the same name of [`runagent::v1`](crate::v1) does, with the same errors; streams are
//! iterators that block until the next item arrives.
//!
//! ```
//! use runagent::{ApiConfig, blocking::v1, testing::FakeV1};
//!
//! # fn main() -> runagent::RunAgentResult<()> {
//! # let options = FakeV1::new("agent-123").into_options();
//! let client = v1::Client::new(ApiConfig::new().with_api_key("key").with_options(options))?;
//! for agent in client.all_agents() {
//!     println!("{}", agent?.id);
//! }
//!
//! let agent = client.agent("agent-123")?;
//! println!("{}", agent.invoke(v1::Invoke::new("Hello"))?.result);
//! for text in agent.stream(v1::Invoke::new("Tell a story"))?.into_text() {
//!     print!("{}", text?);
//! }
//! # Ok(())
//! # }
//! ```

mod agent_client;
mod client;
mod event_stream;
mod operation_handle;

pub use self::{
    agent_client::AgentClient,
    client::Client,
    event_stream::{EventStream, TextStream},
    operation_handle::OperationHandle,
};
pub use crate::v1::{
    AgentHealth, AgentInfo, AgentPage, AgentQuery, ApiError, Invocation, Invoke, InvokeMetadata, InvokeOutput,
    InvokeRequest, Operation, OperationStatus, Pagination, Reply, StreamEvent, Usage,
};
