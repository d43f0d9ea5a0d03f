//! An answer with its circumstances.

use std::{ops::Deref, time::Duration};

use runagent_transport::RateLimit;

/// What the server says, with what the head of its answer tells. It dereferences to what it says.
///
/// ```
/// use runagent::{ApiConfig, testing::FakeV1, v1};
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> runagent::RunAgentResult<()> {
/// # let options = FakeV1::new("agent-123").into_options();
/// let client = v1::Client::new(ApiConfig::new().with_api_key("key").with_options(options))?;
/// let health = client.agent("agent-123")?.health().await?;
/// assert!(health.is_healthy());
/// assert_eq!(health.rate_limit.limit, Some(1000));
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Reply<T> {
    /// What it says.
    pub value: T,
    /// The rate limit that the server told.
    pub rate_limit: RateLimit,
    /// The server's id of the request, to quote in a question to its operator.
    pub request_id: Option<String>,
    /// How many attempts were made.
    pub attempts: u32,
    /// How long the call took, with all its attempts.
    pub elapsed: Duration,
}

impl<T> Deref for Reply<T> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.value
    }
}
