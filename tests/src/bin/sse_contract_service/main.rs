//! A server that opens event streams with our `EventSource` when it is told to, and tells what comes out of them.
//!
//! It speaks the protocol that the test harness for event-stream clients, `launchdarkly/sse-contract-tests`, expects of a
//! "test service":
//!
//! ```text
//! cargo run -p runagent-tests --bin sse-contract-service -- --port 8000
//! sse-contract-tests --url http://localhost:8000
//! ```
//!
//! Port 0 takes a free one. The address is printed once it listens, on 127.0.0.1 only.

mod client;

use std::collections::HashMap;
use std::net::Ipv4Addr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use axum::Router;
use axum::body::Bytes;
use axum::extract::{Path, State};
use axum::http::header::{CONTENT_TYPE, LOCATION};
use axum::http::{HeaderName, StatusCode};
use axum::response::IntoResponse;
use axum::routing::{get, post};
use clap::Parser;
use runagent_transport::HttpTransport;
use serde::Deserialize;
use serde_json::json;
use tokio::net::TcpListener;
use tokio::sync::Notify;

use client::{Client, Parameters};

/// Optional parts of the harness that we take part in: all there are.
const CAPABILITIES: [&str; 10] = [
    "bom",
    "comments",
    "event-type-listeners",
    "headers",
    "last-event-id",
    "post",
    "read-timeout",
    "report",
    "restart",
    "server-directed-shutdown-request",
];

/// Opens event streams for the harness launchdarkly/sse-contract-tests and reports what they bring.
#[derive(Parser)]
struct Arguments {
    /// The port to listen on; 0 takes a free one.
    #[arg(long, default_value_t = 8000)]
    port: u16,
}

/// What the harness may ask of an open stream.
#[derive(Deserialize)]
#[serde(tag = "command", rename_all = "lowercase")]
enum Command {
    Restart,
    /// Prepares for events of one type. Ours gives events of every type, so there is nothing to do.
    Listen,
}

#[derive(Default)]
struct Service {
    transport: HttpTransport,
    clients: Mutex<Clients>,
    quit: Notify,
}

/// The open streams by number.
#[derive(Default)]
struct Clients {
    last: u64,
    open: HashMap<u64, Client>,
}

impl Service {
    fn clients(&self) -> MutexGuard<'_, Clients> {
        self.clients.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> std::io::Result<()> {
    let arguments = Arguments::parse();
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, arguments.port)).await?;
    announce(&listener)?;
    let service = Arc::new(Service::default());
    let router = Router::new()
        .route("/", get(status).post(open).delete(quit))
        .route("/streams/{number}", post(command).delete(close))
        .with_state(Arc::clone(&service));
    axum::serve(listener, router)
        .with_graceful_shutdown(async move {
            service.quit.notified().await;
            // Each of them would go on for ever.
            service.clients().open.clear();
        })
        .await
}

#[expect(clippy::print_stdout, reason = "who started it with port 0 reads the address here")]
fn announce(listener: &TcpListener) -> std::io::Result<()> {
    println!("listening on http://{}", listener.local_addr()?);
    Ok(())
}

async fn status() -> impl IntoResponse {
    let body = json!({ "name": "runagent-transport", "capabilities": CAPABILITIES });
    ([(CONTENT_TYPE, "application/json")], body.to_string())
}

async fn open(State(service): State<Arc<Service>>, body: Bytes) -> Result<impl IntoResponse, Refusal> {
    let parameters: Parameters = serde_json::from_slice(&body).map_err(Refusal::bad_request)?;
    let client = Client::open(&service.transport, parameters).map_err(Refusal::bad_request)?;
    let mut clients = service.clients();
    clients.last += 1;
    let number = clients.last;
    clients.open.insert(number, client);
    Ok((StatusCode::CREATED, [(LOCATION, format!("/streams/{number}"))]))
}

async fn command(
    State(service): State<Arc<Service>>,
    Path(number): Path<u64>,
    body: Bytes,
) -> Result<StatusCode, Refusal> {
    let clients = service.clients();
    let client = clients.open.get(&number).ok_or(Refusal::NO_SUCH_STREAM)?;
    match serde_json::from_slice(&body).map_err(Refusal::bad_request)? {
        Command::Restart => client.restart(),
        Command::Listen => {}
    }
    Ok(StatusCode::ACCEPTED)
}

async fn close(State(service): State<Arc<Service>>, Path(number): Path<u64>) -> Result<StatusCode, Refusal> {
    service.clients().open.remove(&number).ok_or(Refusal::NO_SUCH_STREAM)?;
    Ok(StatusCode::NO_CONTENT)
}

async fn quit(State(service): State<Arc<Service>>) -> (StatusCode, [(HeaderName, &'static str); 1]) {
    service.quit.notify_one();
    // Kept open, the connection would hold the end up.
    (StatusCode::NO_CONTENT, [(axum::http::header::CONNECTION, "close")])
}

/// An answer that says why not.
struct Refusal(StatusCode, String);

impl Refusal {
    const NO_SUCH_STREAM: Self = Self(StatusCode::NOT_FOUND, String::new());

    fn bad_request(error: impl std::fmt::Display) -> Self {
        Self(StatusCode::BAD_REQUEST, error.to_string())
    }
}

impl IntoResponse for Refusal {
    fn into_response(self) -> axum::response::Response {
        (self.0, self.1).into_response()
    }
}
