//! What a request is an attempt of.

use std::{borrow::Cow, time::Duration};

use tokio::time::Instant;

use crate::retry::Idempotency;

/// What a request is an attempt of. Each [`Interceptor`](crate::Interceptor) is told, and a transport finds it in the
/// extensions of each request that an [`Api`](crate::Api) makes.
///
/// ```
/// use runagent_transport::{Api, BaseUrl, OperationContext, transport_fn};
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let transport = transport_fn(|request| async move {
///     let context = request.extensions().get::<OperationContext>().expect("an Api says it");
///     assert_eq!((context.name(), context.attempt()), ("list_agents", 1));
///     Ok(http::Response::new("".into()))
/// });
/// let api = Api::builder(BaseUrl::parse("https://api.example.com")?, transport).build();
/// api.get(&["agents"]).operation("list_agents").send().await?;
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug)]
pub struct OperationContext {
    name: Cow<'static, str>,
    attempt: u32,
    idempotency: Idempotency,
    started: Instant,
}

impl OperationContext {
    /// The first attempt of an operation that starts now.
    #[must_use]
    pub fn new(name: impl Into<Cow<'static, str>>, idempotency: Idempotency) -> Self {
        Self { name: name.into(), attempt: 1, idempotency, started: Instant::now() }
    }

    /// What the operation is called: see [`ApiRequest::operation`](crate::ApiRequest::operation).
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The number of the attempt, from 1.
    #[must_use]
    pub const fn attempt(&self) -> u32 {
        self.attempt
    }

    /// Whether repeating it is harmless.
    #[must_use]
    pub const fn idempotency(&self) -> Idempotency {
        self.idempotency
    }

    /// The time since the call was made, waits and earlier attempts included.
    #[must_use]
    pub fn elapsed(&self) -> Duration {
        self.started.elapsed()
    }

    pub(crate) const fn next_attempt(&mut self) {
        self.attempt = self.attempt.saturating_add(1);
    }
}
