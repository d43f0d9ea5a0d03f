use std::collections::HashSet;
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use runagent_registry::{Address, Registration, Registry};
use runagent_transport::ApiKey;
use tokio::net::{TcpListener, TcpStream, lookup_host};
use tokio::time::timeout;

use crate::guard::Guard;
use crate::history::History;
use crate::idempotency::Idempotency;
use crate::info::FRAMEWORK;
use crate::limits::Limits;
use crate::places::Places;
use crate::rate_limit::RateLimit;
use crate::recorder::Recorder;
use crate::router::App;
use crate::server::Registered;
use crate::shutdown::Shutdown;
use crate::v1::Operations;
use crate::{Agent, InProcess, Server, ServerError, in_process};

/// How long a server on this machine may take to accept a connection.
const CONNECT_TIME: Duration = Duration::from_millis(300);

/// How to serve an agent, or several, from [`Server::builder`].
///
/// ```
/// use std::time::Duration;
///
/// use runagent_server::{Agent, Server};
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), runagent_server::ServerError> {
/// let server = Server::builder(Agent::new("writer"))
///     .agent(Agent::new("critic"))
///     .address("localhost", 0)
///     .max_concurrent_calls(8)
///     .max_waiting_calls(32, Duration::from_secs(10))
///     .bind()
///     .await?;
/// assert!(server.address().ip().is_loopback());
/// # Ok(())
/// # }
/// ```
#[derive(Debug)]
#[must_use]
pub struct ServerBuilder {
    agents: Vec<Agent>,
    host: String,
    port: u16,
    token: Option<String>,
    registry: Option<Registry>,
    limits: Limits,
    records: bool,
}

impl ServerBuilder {
    pub(crate) fn new(agent: Agent) -> Self {
        let host = "127.0.0.1".to_owned();
        Self {
            agents: vec![agent],
            host,
            port: 0,
            token: None,
            registry: None,
            limits: Limits::default(),
            records: true,
        }
    }

    /// Serves another agent at the same address, under its own id. All of them share the limits.
    pub fn agent(mut self, agent: Agent) -> Self {
        self.agents.push(agent);
        self
    }

    /// Where to listen: an IP address or a host name, and a port; with port 0 the system chooses one. An address that
    /// other machines can reach needs a [`token`](Self::token).
    pub fn address(mut self, host: impl Into<String>, port: u16) -> Self {
        self.host = host.into();
        self.port = port;
        self
    }

    /// What callers must show, as `Authorization: Bearer …` or as `?token=…`. Open are only the health page, and the
    /// scripts and styles that the page for people loads.
    pub fn token(mut self, token: impl Into<String>) -> Self {
        self.token = Some(token.into());
        self
    }

    /// Records each agent in a registry while it is served, so that clients on this machine find it by its id.
    pub fn registry(mut self, registry: Registry) -> Self {
        self.registry = Some(registry);
        self
    }

    /// How many calls may run at the same time, open streams included; 64 unless set. One more
    /// [waits](Self::max_waiting_calls), or is answered with 429 and `Retry-After`.
    pub fn max_concurrent_calls(mut self, calls: usize) -> Self {
        self.limits.calls = calls;
        self
    }

    /// How many calls may wait until another ends, and for how long; none unless set. They run in the order of their
    /// arrival. One more is answered with 429, one that has waited for so long with 503, both with `Retry-After`: none
    /// of them has run, so clients may simply call again.
    pub fn max_waiting_calls(mut self, calls: usize, wait: Duration) -> Self {
        self.limits.waiting = calls;
        self.limits.wait = wait;
        self
    }

    /// How long a run may take; as long as it likes unless set. Then it is dropped, and answered with 504 and
    /// `TIMEOUT_ERROR`. A stream has no such limit, and ends with its client.
    pub fn max_run_time(mut self, limit: Duration) -> Self {
        self.limits.run_time = Some(limit);
        self
    }

    /// How many requests to the paths under `/v1` are answered in a window of time, all callers taken together; any
    /// number unless set. One more is answered with 429 and `RATE_LIMITED`. Every answer there says in its headers
    /// `X-RateLimit-Limit`, `-Remaining`, `-Reset` (seconds since 1970) and `-Reset-After` (seconds) how many are left,
    /// and when the next window begins.
    pub fn rate_limit(mut self, requests: u64, per: Duration) -> Self {
        self.limits.rate = Some((requests, per));
        self
    }

    /// How many bytes a request may have, which is the body of a run or the first message of a stream; 10 MiB unless
    /// set. A larger body is answered with 413, a larger message with the close code 1009.
    pub fn max_request_bytes(mut self, bytes: usize) -> Self {
        self.limits.request_bytes = bytes;
        self
    }

    /// How many bytes the line and the headers of a request may have, up to 400 KiB; 64 KiB unless set. What is larger,
    /// or has more than 100 headers, is answered with 431.
    pub fn max_header_bytes(mut self, bytes: usize) -> Self {
        self.limits.header_bytes = bytes;
        self
    }

    /// Whether to record each call with what was passed and returned; true unless set. It goes where
    /// `runagent db invocations` reads, into the [`registry`](Self::registry), or without one stays in memory: the last 200.
    pub fn record_invocations(mut self, records: bool) -> Self {
        self.records = records;
        self
    }

    /// Listens and registers the agents. Connections wait until the server is started.
    ///
    /// # Errors
    ///
    /// See [`ServerError`]: a tag or an id cannot be used, a token is needed or cannot be used, nothing can listen at
    /// the address, the registry cannot be written.
    ///
    /// # Cancel safety
    ///
    /// The address is free again; the agents may stay registered there.
    pub async fn bind(self) -> Result<Server, ServerError> {
        let token = self.check()?;
        let listener = listen(&self.host, self.port, token.is_some()).await?;
        let address = listener.local_addr().map_err(|source| listen_error(&self.host, self.port, source))?;
        let (registered, history) = match self.registry {
            Some(registry) => {
                let address = Address::try_from(address)?;
                let killed = if self.records { killed(&registry, &self.agents, &address).await } else { Vec::new() };
                let registered = register(registry, &self.agents, address).await?;
                end_pending(&registered.registry, &killed).await;
                let recorder = Recorder::new(registered.registry.clone());
                (Some(registered), History::Registry(recorder))
            }
            None => (None, History::in_memory()),
        };
        let history = if self.records { history } else { History::Off };
        let app = app(self.agents, Guard { address, token }, self.limits, history);
        Ok(Server::new(listener, address, app, registered))
    }

    /// Serves the agents to callers in this process, and to nobody else: see [`InProcess`]. The address and the registry
    /// do not count; the token does.
    ///
    /// # Errors
    ///
    /// A tag, an id or the token cannot be used.
    pub fn in_process(self) -> Result<InProcess, ServerError> {
        let guard = Guard { address: in_process::ADDRESS, token: self.check()? };
        let history = if self.records { History::in_memory() } else { History::Off };
        Ok(InProcess::serve(app(self.agents, guard, self.limits, history)))
    }

    /// Checks what was set, and returns the token.
    fn check(&self) -> Result<Option<ApiKey>, ServerError> {
        let mut seen = HashSet::new();
        for agent in &self.agents {
            agent.check()?;
            if !seen.insert(agent.id()) {
                return Err(ServerError::DuplicateAgentId { id: agent.id().to_owned() });
            }
        }
        self.token.as_deref().map(ApiKey::new).transpose().map_err(ServerError::InvalidToken)
    }
}

pub(crate) fn app(agents: Vec<Agent>, guard: Guard, limits: Limits, history: History) -> App {
    let agents = agents.into_iter().map(Arc::new).collect();
    App {
        agents,
        guard,
        started: Instant::now(),
        places: Places::new(&limits),
        rate_limit: limits.rate.map(|(requests, per)| RateLimit::new(requests, per)),
        idempotency: Idempotency::default(),
        operations: Operations::default(),
        shutdown: Shutdown::new(),
        history,
        limits,
    }
}

async fn listen(host: &str, port: u16, has_token: bool) -> Result<TcpListener, ServerError> {
    let resolved = lookup_host((host, port)).await.map_err(|source| listen_error(host, port, source))?;
    let addresses: Vec<_> = resolved.collect();
    if !has_token && !addresses.iter().all(|address| address.ip().is_loopback()) {
        return Err(ServerError::TokenRequired { address: format!("{host}:{port}") });
    }
    TcpListener::bind(&addresses[..]).await.map_err(|source| listen_error(host, port, source))
}

fn listen_error(host: &str, port: u16, source: std::io::Error) -> ServerError {
    ServerError::Listen { address: format!("{host}:{port}"), source }
}

/// Registers every agent, or none.
async fn register(registry: Registry, agents: &[Agent], address: Address) -> Result<Registered, ServerError> {
    let folder = std::env::current_dir().map_err(ServerError::CurrentFolder)?;
    let mut registered = Registered { registry, agent_ids: Vec::new(), address };
    for agent in agents {
        let registration = registration(agent, &folder, registered.address.clone());
        if let Err(error) = registered.registry.register(&registration).await {
            // What went wrong comes first; that the others cannot be taken back is the same fault.
            let _ = registered.take_back().await;
            return Err(error.into());
        }
        registered.agent_ids.push(agent.id().to_owned());
    }
    Ok(registered)
}

fn registration(agent: &Agent, folder: &Path, address: Address) -> Registration {
    let mut registration =
        Registration::new(agent.id(), folder, address).with_framework(FRAMEWORK).with_agent_name(agent.name());
    if let Some(description) = agent.description() {
        registration = registration.with_description(description);
    }
    if let Some(version) = agent.version() {
        registration = registration.with_version(version);
    }
    registration
}

/// The agents that no server has any more, though one was killed that had them.
async fn killed(registry: &Registry, agents: &[Agent], ours: &Address) -> Vec<String> {
    let mut killed = Vec::new();
    for agent in agents {
        if is_gone(registry.find(agent.id()).await.ok(), ours).await {
            killed.push(agent.id().to_owned());
        }
    }
    killed
}

/// Whether no server is left at the address where the agent was served, which may be ours by now.
async fn is_gone(before: Option<Address>, ours: &Address) -> bool {
    let Some(before) = before.filter(|before| before != ours) else { return true };
    let connected = timeout(CONNECT_TIME, TcpStream::connect((before.host(), before.port()))).await;
    !matches!(connected, Ok(Ok(_)))
}

/// Ends what servers that were killed have left pending. The agents can be served without it.
async fn end_pending(registry: &Registry, agent_ids: &[String]) {
    for agent_id in agent_ids {
        if let Err(error) = registry.fail_pending(agent_id, "the server ended before the run did").await {
            tracing::warn!(%error, agent_id, "the calls of an earlier server stay pending");
        }
    }
}
