//! A run that goes on while nobody waits for it.

use std::{
    fmt,
    hash::{BuildHasher, RandomState},
    sync::Arc,
    time::{Duration, Instant},
};

use runagent_transport::RateLimit;
use runagent_types::{
    ErrorCode,
    v1::{InvokeOutput, Operation, OperationStatus},
};
use serde::de::DeserializeOwned;
use serde_json::Value;

use super::{
    Invocation, Reply,
    service::{Received, Service},
};
use crate::{
    CancelToken, RunAgentError, RunAgentResult, RunOptions,
    decode::Located,
    error::{Action, Subject},
};

const FIRST_PAUSE: Duration = Duration::from_millis(500);
const MAX_PAUSE: Duration = Duration::from_secs(10);

/// A run that goes on while nobody waits for it: from [`AgentClient::start`](super::AgentClient::start), or by its id from
/// [`Client::operation`](super::Client::operation). Dropping it changes nothing on the server.
///
/// ```
/// use std::time::Duration;
/// use runagent::{ApiConfig, RunOptions, testing::FakeV1, v1};
///
/// # #[tokio::main(flavor = "current_thread", start_paused = true)]
/// # async fn main() -> runagent::RunAgentResult<()> {
/// # let options = FakeV1::new("agent-123").into_options();
/// let client = v1::Client::new(ApiConfig::new().with_api_key("key").with_options(options))?;
/// let operation = client.agent("agent-123")?.start(v1::Invoke::new("Something long")).await?;
/// let id = operation.id().to_owned();
///
/// // Later, perhaps elsewhere.
/// let patient = RunOptions::new().with_timeout(Duration::from_secs(600));
/// let operation = client.operation(id)?.with_options(patient);
/// assert!(!operation.status().await?.status.is_terminal());
/// println!("{}", operation.wait().await?.result);
/// # Ok(())
/// # }
/// ```
#[derive(Clone)]
pub struct OperationHandle {
    service: Arc<Service>,
    id: String,
    /// Where to ask, if the server has said so.
    check_url: Option<String>,
    options: RunOptions,
    /// How long to wait before it is asked for the first time.
    pause: Duration,
    /// The answer of a server that did not make an operation of it.
    at_once: Option<Arc<Received>>,
    rate_limit: RateLimit,
}

/// What is asked is not an agent.
const OPERATION: Subject<'static> = Subject { agent_id: None, local: false, action: Action::Read };

impl OperationHandle {
    pub(super) fn of(service: Arc<Service>, id: String) -> RunAgentResult<Self> {
        service.check_id("operation", &id)?;
        Ok(Self {
            service,
            id,
            check_url: None,
            options: RunOptions::new(),
            pause: Duration::ZERO,
            at_once: None,
            rate_limit: RateLimit::default(),
        })
    }

    /// The operation in an answer. A server need not heed the wish for one (RFC 7240, section 2), and may answer with the
    /// result.
    pub(super) fn started(service: Arc<Service>, received: Received, options: RunOptions) -> RunAgentResult<Self> {
        let mut handle = Self {
            service,
            id: String::new(),
            check_url: None,
            options: options.for_reading(),
            pause: received.retry_after().unwrap_or_else(|| jittered(FIRST_PAUSE)),
            at_once: None,
            rate_limit: received.rate_limit(),
        };
        match received.read(Operation::<Value>::decode) {
            Ok(operation) => {
                handle.service.check_id("operation", &operation.operation_id)?;
                handle.id = operation.operation_id;
                handle.check_url = operation.check_url;
            }
            Err(error) if *error.code() == ErrorCode::DECODE_ERROR && !received.is_accepted() => {
                received.read(InvokeOutput::<Value>::decode)?;
                handle.at_once = Some(Arc::new(received));
            }
            Err(error) => return Err(error),
        }
        Ok(handle)
    }

    /// Sets headers, the token that ends the waiting, and how long [`wait`](Self::wait) waits, in the place of those of the
    /// call that has started it.
    #[must_use]
    pub fn with_options(mut self, options: RunOptions) -> Self {
        self.options = options.for_reading();
        self
    }

    /// The server's id of the operation. It is empty when the server answered at once, with the result.
    #[must_use]
    pub fn id(&self) -> &str {
        &self.id
    }

    /// The rate limit that the server told when the operation was started.
    #[must_use]
    pub const fn rate_limit(&self) -> RateLimit {
        self.rate_limit
    }

    /// How far it is (`GET /v1/operations/{id}`, or where the server said to ask: only at its own origin).
    ///
    /// That the operation has failed is no error here.
    ///
    /// # Errors
    ///
    /// `VALIDATION_ERROR`, or the server's own code, when there is no such operation; else the code of the
    /// [status](super#errors), and `CANCELLED` by the token of the options.
    ///
    /// # Cancel safety
    ///
    /// Dropping the future closes the connection; the operation goes on.
    pub async fn status(&self) -> RunAgentResult<Reply<Operation>> {
        self.options.check()?;
        if let Some(received) = &self.at_once {
            let mut operation = Operation::new("", OperationStatus::Completed);
            operation.result = Some(received.read(InvokeOutput::decode)?);
            return Ok(received.reply(operation));
        }
        let received = CancelToken::race(self.options.cancel.as_ref(), self.ask()).await?;
        Ok(received.reply(received.read(Operation::decode)?))
    }

    /// Waits until it is done, and returns its result.
    ///
    /// The server is asked after 0.5 s, then at intervals that double up to 10 s, less a random part, or when its
    /// `Retry-After` says. This lasts no longer than the time limit of the [options](Self::with_options), else of the
    /// client ([`with_run_timeout`](crate::ClientOptions::with_run_timeout), 30 s by default).
    ///
    /// # Errors
    ///
    /// - The operation's own code when it has failed, `SERVER_ERROR` when it has none; `CANCELLED` when somebody broke it
    ///   off, or by the token of the options.
    /// - `TIMEOUT_ERROR`: it is not done. It goes on, and can be waited for again.
    /// - What [`status`](Self::status) lists.
    ///
    /// # Cancel safety
    ///
    /// Cancel safe: the operation goes on, and can be waited for again.
    pub async fn wait(&self) -> RunAgentResult<Invocation> {
        self.wait_as().await
    }

    /// Waits until it is done, and returns its result as a `T`: see [`wait`](Self::wait).
    ///
    /// # Errors
    ///
    /// As [`wait`](Self::wait); a `DECODE_ERROR` says where the result is no `T`.
    ///
    /// # Cancel safety
    ///
    /// As [`wait`](Self::wait).
    pub async fn wait_as<T: DeserializeOwned>(&self) -> RunAgentResult<Invocation<T>> {
        self.options.check()?;
        if let Some(received) = &self.at_once {
            return Invocation::read(received);
        }
        if tokio::runtime::Handle::try_current().is_err() {
            let message = "no Tokio runtime here: waiting for an operation needs its timer";
            return Err(RunAgentError::new(ErrorCode::CONFIG_ERROR, message));
        }
        let limit = self.options.timeout.unwrap_or(self.service.limits.run);
        let done = CancelToken::race(self.options.cancel.as_ref(), Box::pin(self.done()));
        tokio::time::timeout(limit, done).await.unwrap_or_else(|_| Err(self.not_done(limit)))
    }

    /// Asks until it is done.
    async fn done<T: DeserializeOwned>(&self) -> RunAgentResult<Invocation<T>> {
        let started = Instant::now();
        let mut pause = self.pause;
        let mut next = FIRST_PAUSE;
        loop {
            tokio::time::sleep(pause).await;
            let received = self.ask().await?;
            let operation = received.read_as(Operation::<T>::decode, Operation::<Located<T>>::decode)?;
            if operation.status.is_terminal() {
                let mut invocation = self.outcome(operation, &received)?;
                invocation.elapsed = started.elapsed();
                return Ok(invocation);
            }
            pause = received.retry_after().unwrap_or_else(|| jittered(next));
            next = next.saturating_mul(2).min(MAX_PAUSE);
        }
    }

    async fn ask(&self) -> RunAgentResult<Received> {
        let request = match &self.check_url {
            Some(url) => self.service.resolve(url, "operation"),
            None => self.service.get(&["operations", &self.id], "operation"),
        };
        let answer = self.service.send(self.options.apply(request), OPERATION).await;
        answer.map_err(|error| {
            let message = format!("operation {}: {}", self.id.escape_debug(), error.message());
            error.with_message(message)
        })
    }

    fn outcome<T: DeserializeOwned>(
        &self,
        operation: Operation<T>,
        received: &Received,
    ) -> RunAgentResult<Invocation<T>> {
        let (code, how) = match operation.status {
            OperationStatus::Completed => {
                let output = match operation.result {
                    Some(output) => output,
                    // An agent that returned nothing.
                    None => received.read(|_| InvokeOutput::decode(br#"{"result":null}"#))?,
                };
                return Ok(Invocation::new(output, received));
            }
            OperationStatus::Cancelled => (ErrorCode::CANCELLED, "was broken off on the server"),
            _ => (ErrorCode::SERVER_ERROR, "has failed, and the server does not say why"),
        };
        let Some(mut api) = operation.error else {
            let mut error = RunAgentError::new(code, format!("operation {} {how}", self.id.escape_debug()));
            error.details_mut().retryable = Some(false);
            return Err(error.with_answer(&received.response));
        };
        api.code.get_or_insert(code);
        Err(RunAgentError::from_agent(api, &received.response))
    }

    fn not_done(&self, limit: Duration) -> RunAgentError {
        let message = format!("operation {} was not done after {limit:?}", self.id.escape_debug());
        let mut error = RunAgentError::new(ErrorCode::TIMEOUT_ERROR, message)
            .with_suggestion("It goes on: wait again, or longer, by RunOptions::with_timeout.");
        // To wait again runs nothing.
        error.details_mut().retryable = Some(true);
        error
    }
}

/// Between half of this time and the whole, so that many who wait do not ask together.
fn jittered(time: Duration) -> Duration {
    // Its keys are random: a source of numbers that needs no crate.
    let random = RandomState::new().hash_one(time) as u32;
    time.mul_f64(0.5 + f64::from(random) / f64::from(u32::MAX) / 2.0)
}

impl fmt::Debug for OperationHandle {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("OperationHandle")
            .field("id", &self.id)
            .field("options", &self.options)
            .field("at_once", &self.at_once.is_some())
            .finish_non_exhaustive()
    }
}
