use std::sync::Arc;
use std::time::Instant;

use runagent_registry::{Address, Registration, Registry};
use runagent_transport::ApiKey;
use tokio::net::{TcpListener, lookup_host};
use tokio::sync::Semaphore;

use crate::guard::Guard;
use crate::info::FRAMEWORK;
use crate::router::App;
use crate::server::Registered;
use crate::shutdown::Shutdown;
use crate::{Agent, InProcess, Server, ServerError, in_process};

/// How many calls run at the same time, unless set.
const MAX_CALLS: usize = 64;

/// How to serve an agent, from [`Server::builder`].
///
/// ```
/// use runagent_server::{Agent, Server};
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), runagent_server::ServerError> {
/// let server = Server::builder(Agent::new("a")).address("localhost", 0).max_concurrent_calls(8).bind().await?;
/// assert!(server.address().ip().is_loopback());
/// # Ok(())
/// # }
/// ```
#[derive(Debug)]
#[must_use]
pub struct ServerBuilder {
    agent: Agent,
    host: String,
    port: u16,
    token: Option<String>,
    registry: Option<Registry>,
    max_calls: usize,
}

impl ServerBuilder {
    pub(crate) fn new(agent: Agent) -> Self {
        let host = "127.0.0.1".to_owned();
        Self { agent, host, port: 0, token: None, registry: None, max_calls: MAX_CALLS }
    }

    /// Where to listen: an IP address or a host name, and a port; with port 0 the system chooses one. An address that
    /// other machines can reach needs a [`token`](Self::token).
    pub fn address(mut self, host: impl Into<String>, port: u16) -> Self {
        self.host = host.into();
        self.port = port;
        self
    }

    /// What callers must show, as `Authorization: Bearer …` or as `?token=…`. Only the health page is open.
    pub fn token(mut self, token: impl Into<String>) -> Self {
        self.token = Some(token.into());
        self
    }

    /// Records the agent in a registry while it is served, so that clients on this machine find it by its id.
    pub fn registry(mut self, registry: Registry) -> Self {
        self.registry = Some(registry);
        self
    }

    /// How many calls may run at the same time, open streams included; 64 unless set. One more is answered with 429.
    pub fn max_concurrent_calls(mut self, calls: usize) -> Self {
        self.max_calls = calls;
        self
    }

    /// Listens and registers the agent. Connections wait until the server is started.
    ///
    /// # Errors
    ///
    /// See [`ServerError`]: a tag or the id cannot be used, a token is needed or cannot be used, nothing can listen at
    /// the address, the registry cannot be written.
    ///
    /// # Cancel safety
    ///
    /// The address is free again; the agent may stay registered there.
    pub async fn bind(self) -> Result<Server, ServerError> {
        let token = self.check()?;
        let listener = listen(&self.host, self.port, token.is_some()).await?;
        let address = listener.local_addr().map_err(|source| listen_error(&self.host, self.port, source))?;
        let registered = match self.registry {
            Some(registry) => Some(register(registry, &self.agent, Address::try_from(address)?).await?),
            None => None,
        };
        let app = app(self.agent, Guard { address, token }, self.max_calls);
        Ok(Server::new(listener, address, app, registered))
    }

    /// Serves the agent to callers in this process, and to nobody else: see [`InProcess`]. The address and the registry
    /// do not count; the token does.
    ///
    /// # Errors
    ///
    /// A tag, the id or the token cannot be used.
    pub fn in_process(self) -> Result<InProcess, ServerError> {
        let guard = Guard { address: in_process::ADDRESS, token: self.check()? };
        Ok(InProcess::serve(app(self.agent, guard, self.max_calls)))
    }

    /// Checks what was set, and returns the token.
    fn check(&self) -> Result<Option<ApiKey>, ServerError> {
        self.agent.check()?;
        self.token.as_deref().map(ApiKey::new).transpose().map_err(ServerError::InvalidToken)
    }
}

pub(crate) fn app(agent: Agent, guard: Guard, max_calls: usize) -> App {
    let calls = Arc::new(Semaphore::new(max_calls.min(Semaphore::MAX_PERMITS)));
    App { agent, guard, started: Instant::now(), calls, shutdown: Shutdown::new() }
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

async fn register(registry: Registry, agent: &Agent, address: Address) -> Result<Registered, ServerError> {
    let folder = std::env::current_dir().map_err(ServerError::CurrentFolder)?;
    let mut registration =
        Registration::new(agent.id(), folder, address.clone()).with_framework(FRAMEWORK).with_agent_name(agent.name());
    if let Some(description) = agent.description() {
        registration = registration.with_description(description);
    }
    if let Some(version) = agent.version() {
        registration = registration.with_version(version);
    }
    registry.register(&registration).await?;
    Ok(Registered { registry, agent_id: agent.id().to_owned(), address })
}
