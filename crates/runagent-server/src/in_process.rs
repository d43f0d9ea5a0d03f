use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::sync::{Arc, Mutex, PoisonError};

use axum::Router;
use http::header::HOST;
use http::uri::{Authority, PathAndQuery, Scheme};
use http::{Request, Uri};
use runagent_transport::{Body, BoxFuture, HttpTransport, Response, Socket, Transport, TransportError};
use tokio::io::{DuplexStream, duplex};
use tokio::task::JoinSet;

use crate::connection::serve_connection;
use crate::router::{App, router};
use crate::{Agent, ServerBuilder, ServerError};

/// Where an agent that listens nowhere would be: what its guard takes for its own address.
pub(crate) const ADDRESS: SocketAddr = SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), 80);
/// The name that goes with it.
const HOST_NAME: &str = "localhost";
/// How many bytes wait between client and server in each direction.
const BUFFER: usize = 64 * 1024;

/// An agent, or several, called without a network: a [`Transport`] to a server in the same process.
///
/// Requests and WebSockets pass through the whole client and the whole server, over memory in the place of TCP. Nothing
/// listens, no address is taken, no registry is written, and tests can pause Tokio's clock. Whatever scheme, host and
/// port a request names, it comes here; its path says which agent is meant.
///
/// Cloning is cheap. The agent runs in the Tokio runtime of whoever calls it. When the last clone is dropped, open streams
/// are closed with code 1012, as when a server stops.
///
/// ```
/// use runagent_server::{Agent, InProcess, Input};
/// use runagent_transport::{Api, BaseUrl};
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let agent = Agent::new("a").entrypoint("double", async |input: Input| Ok(2 * input.arg::<i64>(0)?));
/// let agent = InProcess::new(agent)?;
///
/// let api = Api::builder(BaseUrl::http("localhost", 80)?, agent).build();
/// let request = r#"{"entrypoint_tag": "double", "input_args": [21]}"#;
/// let response = api.post_json(&["api", "v1", "agents", "a", "run"], request).send().await?;
/// assert!(response.body().starts_with(br#"{"success":true"#));
/// # Ok(())
/// # }
/// ```
///
/// A `RunAgentClient` takes it by `ClientOptions::with_transport`.
#[derive(Clone, Debug)]
pub struct InProcess {
    transport: HttpTransport,
}

impl InProcess {
    /// The agent with the defaults of [`Server::builder`](crate::Server::builder), which is for everything else.
    ///
    /// # Errors
    ///
    /// See [`ServerBuilder::in_process`].
    pub fn new(agent: Agent) -> Result<Self, ServerError> {
        ServerBuilder::new(agent).in_process()
    }

    pub(crate) fn serve(app: App) -> Self {
        let app = Arc::new(app);
        let router = router(Arc::clone(&app));
        Self::through(Connections::new(app, router))
    }

    fn through(connections: Connections) -> Self {
        let transport = HttpTransport::builder().dial_with(move |_| std::future::ready(Ok(connections.open()))).build();
        Self { transport }
    }
}

impl Transport for InProcess {
    fn send<'a>(&'a self, request: Request<Body>) -> BoxFuture<'a, Result<Response, TransportError>> {
        self.transport.send(to_this_process(request))
    }

    fn connect<'a>(&'a self, request: Request<()>) -> BoxFuture<'a, Result<Socket, TransportError>> {
        self.transport.connect(to_this_process(request))
    }
}

/// Names the server as its guard knows it, by plain http.
fn to_this_process<B>(mut request: Request<B>) -> Request<B> {
    request.headers_mut().remove(HOST);
    let mut parts = std::mem::take(request.uri_mut()).into_parts();
    parts.scheme = Some(Scheme::HTTP);
    parts.authority = Some(Authority::from_static(HOST_NAME));
    parts.path_and_query.get_or_insert(PathAndQuery::from_static("/"));
    // Nothing is missing in these parts; without a URI the transport would refuse the request.
    *request.uri_mut() = Uri::from_parts(parts).unwrap_or_default();
    request
}

/// The server's ends of the connections. They go when this is dropped.
struct Connections {
    app: Arc<App>,
    router: Router,
    tasks: Mutex<JoinSet<()>>,
}

impl Connections {
    fn new(app: Arc<App>, router: Router) -> Self {
        Self { app, router, tasks: Mutex::default() }
    }

    /// A new connection: the client's end.
    fn open(&self) -> DuplexStream {
        let (client, server) = duplex(BUFFER);
        let (limit, shutdown) = (self.app.limits.header_bytes, self.app.shutdown.participant());
        let connection = serve_connection(server, self.router.clone(), limit, shutdown);
        let mut tasks = self.tasks.lock().unwrap_or_else(PoisonError::into_inner);
        while tasks.try_join_next().is_some() {}
        tasks.spawn(connection);
        client
    }
}

impl Drop for Connections {
    fn drop(&mut self) {
        // Streams are tasks of their own.
        self.app.shutdown.begin();
    }
}

#[cfg(test)]
#[allow(clippy::expect_used, reason = "a test fails by panicking")]
mod tests;
