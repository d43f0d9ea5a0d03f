use std::net::SocketAddr;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use runagent_registry::{Address, Registry, RegistryError};
use tokio::net::TcpListener;
use tokio::select;
use tokio::sync::oneshot;
use tokio::task::{JoinHandle, JoinSet};
use tokio::time::{sleep, timeout};

use crate::builder::ServerBuilder;
use crate::connection::serve_connection;
use crate::history::History;
use crate::router::{App, router};
use crate::shutdown::Shutdown;
use crate::{Agent, ServerError};

/// How long calls may go on after the shutdown has begun.
const GRACE: Duration = Duration::from_millis(600);
/// How long what they leave behind may take: to be dropped, and to be recorded.
const LAST: Duration = Duration::from_millis(150);
/// How long to leave the system alone after it refused a connection, usually for want of file descriptors.
const ACCEPT_PAUSE: Duration = Duration::from_millis(50);
/// How many connections are open at the same time beyond those of the calls that run or wait; more wait to be accepted.
/// A WebSocket does not count.
const SPARE_CONNECTIONS: usize = 192;

/// An agent, or several, at an address, not started yet.
///
/// ```
/// use runagent_server::{Agent, Server};
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), runagent_server::ServerError> {
/// let server = Server::bind(Agent::new("a")).await?;
/// println!("listening on {}", server.base_url());
/// # Ok(())
/// # }
/// ```
pub struct Server {
    listener: TcpListener,
    address: SocketAddr,
    app: Arc<App>,
    registered: Option<Registered>,
}

/// The rows to take back at the end.
#[derive(Debug)]
pub(crate) struct Registered {
    pub(crate) registry: Registry,
    pub(crate) agent_ids: Vec<String>,
    pub(crate) address: Address,
}

impl Registered {
    /// Takes all of them back; the first failure counts.
    pub(crate) async fn take_back(self) -> Result<(), RegistryError> {
        let mut result = Ok(());
        for agent_id in &self.agent_ids {
            result = result.and(self.registry.mark_stopped(agent_id, &self.address).await);
        }
        result
    }
}

impl Server {
    /// Listens on 127.0.0.1, on a port that the system chooses, with the defaults of [`builder`](Self::builder).
    ///
    /// # Errors
    ///
    /// See [`ServerBuilder::bind`].
    ///
    /// # Cancel safety
    ///
    /// Cancel safe.
    pub async fn bind(agent: Agent) -> Result<Self, ServerError> {
        Self::builder(agent).bind().await
    }

    /// Everything that can be set, and [more agents](ServerBuilder::agent).
    pub fn builder(agent: Agent) -> ServerBuilder {
        ServerBuilder::new(agent)
    }

    pub(crate) fn new(listener: TcpListener, address: SocketAddr, app: App, registered: Option<Registered>) -> Self {
        Self { listener, address, app: Arc::new(app), registered }
    }

    /// The address that was bound, with the real port.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// The URL of the server, such as `http://127.0.0.1:8450`: what a client takes as its base URL.
    #[must_use]
    pub fn base_url(&self) -> String {
        base_url(self.address)
    }

    /// Serves until Ctrl-C (on Unix, or SIGTERM), then shuts down as [`RunningServer::shutdown`] does. From the first
    /// poll on these signals no longer end the process by themselves.
    ///
    /// # Errors
    ///
    /// The signals cannot be waited for, or the registry cannot be written at the end.
    ///
    /// # Cancel safety
    ///
    /// Calls in progress are dropped; the agents stay registered.
    pub async fn serve(self) -> Result<(), ServerError> {
        let stop = stop_signal().map_err(ServerError::Signal)?;
        self.serve_until(stop).await
    }

    /// Serves in a task of the current Tokio runtime.
    ///
    /// # Panics
    ///
    /// Outside a Tokio runtime.
    #[must_use = "the server stops when this is dropped"]
    pub fn spawn(self) -> RunningServer {
        let (stop, stopped) = oneshot::channel();
        let address = self.address;
        let task = tokio::spawn(self.serve_until(async {
            // A sender that is gone asks for the same.
            let _ = stopped.await;
        }));
        RunningServer { address, stop, task }
    }

    /// Serves until `stop` is ready, then shuts down as [`RunningServer::shutdown`] does. For programs that have a
    /// signal of their own.
    ///
    /// ```
    /// use runagent_server::{Agent, Server};
    /// use tokio::sync::oneshot;
    ///
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), runagent_server::ServerError> {
    /// let (stop, stopped) = oneshot::channel::<()>();
    /// let server = Server::bind(Agent::new("a")).await?;
    /// # drop(stop);
    /// server.serve_until(async { drop(stopped.await) }).await?;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    ///
    /// The registry cannot be written at the end.
    ///
    /// # Cancel safety
    ///
    /// Calls in progress are dropped; the agents stay registered.
    pub async fn serve_until(self, stop: impl Future<Output = ()>) -> Result<(), ServerError> {
        let Self { listener, address, app, registered } = self;
        for agent in &app.agents {
            tracing::info!(agent_id = agent.id(), %address, "serving");
        }
        let shutdown = &app.shutdown;
        let _dropped = BeginOnDrop(shutdown);
        let router = router(Arc::clone(&app));
        // Ends with its set.
        let mut recorder = JoinSet::new();
        recorder.spawn(record(Arc::clone(&app)));
        let max_connections = app.limits.calls.saturating_add(app.limits.waiting).saturating_add(SPARE_CONNECTIONS);
        let mut connections = JoinSet::new();
        let mut stop = pin!(stop);
        loop {
            select! {
                () = &mut stop => break,
                Some(_) = connections.join_next() => {}
                accepted = listener.accept(), if connections.len() < max_connections => match accepted {
                    Ok((stream, _)) => {
                        // Frames of a stream are small, and each is news. Without it they are only later.
                        let _ = stream.set_nodelay(true);
                        let (limit, shutdown) = (app.limits.header_bytes, shutdown.participant());
                        connections.spawn(serve_connection(stream, router.clone(), limit, shutdown));
                    }
                    Err(error) => {
                        tracing::warn!(%error, "a connection was not accepted");
                        sleep(ACCEPT_PAUSE).await;
                    }
                },
            }
        }
        drop(listener);
        shutdown.begin();
        let released = async {
            match registered {
                Some(registered) => registered.take_back().await,
                None => Ok(()),
            }
        };
        let ended = async {
            // What does not end in time ends with the tasks of the connections.
            let _ = timeout(GRACE, shutdown.completed()).await;
            let _ = timeout(LAST, connections.shutdown()).await;
            match &app.history {
                History::Registry(recorder) => recorder.close(LAST).await,
                _ => 0,
            }
        };
        let (unrecorded, released) = tokio::join!(ended, released);
        tracing::info!(%address, unrecorded, "stopped");
        Ok(released?)
    }
}

/// Writes what is to be recorded, until it is dropped.
async fn record(app: Arc<App>) {
    if let History::Registry(recorder) = &app.history {
        recorder.work().await;
    }
}

/// A server that is dropped while it serves tells its streams; connections are tasks of its own.
struct BeginOnDrop<'a>(&'a Shutdown);

impl Drop for BeginOnDrop<'_> {
    fn drop(&mut self) {
        self.0.begin();
    }
}

/// What a person or a supervisor sends to end a program.
#[cfg(unix)]
fn stop_signal() -> std::io::Result<impl Future<Output = ()>> {
    use tokio::signal::unix::{SignalKind, signal};
    let (mut interrupt, mut terminate) = (signal(SignalKind::interrupt())?, signal(SignalKind::terminate())?);
    Ok(async move {
        select! {
            _ = interrupt.recv() => {}
            _ = terminate.recv() => {}
        }
    })
}

#[cfg(windows)]
fn stop_signal() -> std::io::Result<impl Future<Output = ()>> {
    let mut ctrl_c = tokio::signal::windows::ctrl_c()?;
    Ok(async move {
        ctrl_c.recv().await;
    })
}

/// A server at work. Dropping it shuts the server down without waiting.
#[derive(Debug)]
pub struct RunningServer {
    address: SocketAddr,
    stop: oneshot::Sender<()>,
    task: JoinHandle<Result<(), ServerError>>,
}

impl RunningServer {
    /// The address that was bound, with the real port.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// The URL of the server, such as `http://127.0.0.1:8450`.
    #[must_use]
    pub fn base_url(&self) -> String {
        base_url(self.address)
    }

    /// Stops listening, closes open streams (WebSockets with code 1012, event streams with an error), gives runs 0.6 s to
    /// end, and takes the agents out of the registry. It takes longer only if another process has locked the registry.
    ///
    /// # Errors
    ///
    /// The registry cannot be written.
    ///
    /// # Cancel safety
    ///
    /// Cancel safe: the server goes on shutting down.
    pub async fn shutdown(self) -> Result<(), ServerError> {
        drop(self.stop);
        // The task is not cancelled, and what could panic in it is caught.
        self.task.await.unwrap_or(Ok(()))
    }
}

fn base_url(address: SocketAddr) -> String {
    format!("http://{address}")
}

impl std::fmt::Debug for Server {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Server")
            .field("address", &self.address)
            .field("agents", &self.app.agents)
            .finish_non_exhaustive()
    }
}
