//! What is put under load: an agent served by `runagent-server`, or the least that could stand in its place.
//!
//! `agents ours FOLDER` records in the registry of that folder; `agents axum` answers calls with the same JSON. Prints its
//! `host:port`, and ends when its standard input does.

use std::io::Read;
use std::net::Ipv4Addr;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use axum::routing::post;
use axum::{Json, Router};
use benches::Result;
use futures::{Stream, StreamExt, stream};
use runagent_server::registry::Registry;
use runagent_server::{Agent, Input, Server};
use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};
use tokio::net::TcpListener;
use tokio::time::sleep_until;

#[tokio::main]
async fn main() -> Result {
    // A thousand streams are a thousand files.
    let limit = getrlimit(Resource::Nofile);
    setrlimit(Resource::Nofile, Rlimit { current: limit.maximum, maximum: limit.maximum })?;
    std::thread::spawn(|| {
        // Whatever ends it, nobody is left who would call.
        drop(std::io::stdin().read_to_end(&mut Vec::new()));
        std::process::exit(0);
    });
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    match &arguments.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        ["ours", folder] => ours(folder).await,
        ["axum"] => bare().await,
        _ => Err("usage: agents ours FOLDER | agents axum".into()),
    }
}

async fn ours(folder: &str) -> Result {
    let agent = Agent::new("a")
        .entrypoint("echo", async |input: Input| Ok(json!({"args": input.args(), "kwargs": input.kwargs()})))
        .stream_entrypoint("ticks_stream", async |input: Input| {
            let every = Duration::from_millis(input.kwarg("every")?);
            Ok(ticks(input.kwarg("n")?, every).map(Ok))
        });
    let server = Server::builder(agent).registry(Registry::in_folder(folder)).max_concurrent_calls(2_000);
    let server = server.bind().await?;
    println!("{}", server.address());
    Ok(server.serve().await?)
}

/// Each tick says its number and when it was due, in microseconds of the epoch: one that comes late shows.
fn ticks(n: u32, every: Duration) -> impl Stream<Item = (u32, u128)> {
    let (clock, start) = (tokio::time::Instant::now(), SystemTime::now());
    stream::iter(0..n).then(move |i| async move {
        let due = every * i;
        sleep_until(clock + due).await;
        (i, (start + due).duration_since(UNIX_EPOCH).unwrap_or_default().as_micros())
    })
}

#[derive(Deserialize)]
struct Request {
    entrypoint_tag: String,
    #[serde(default)]
    input_args: Vec<Value>,
    #[serde(default)]
    input_kwargs: Map<String, Value>,
}

#[derive(Serialize)]
struct Answer {
    success: bool,
    data: String,
    message: &'static str,
    error: Option<String>,
    timestamp: &'static str,
    request_id: &'static str,
}

/// Reads what ours reads and writes what ours writes, and does nothing in between.
async fn bare() -> Result {
    async fn run(Json(request): Json<Request>) -> Json<Answer> {
        assert_eq!(request.entrypoint_tag, "echo");
        let result = json!({"args": request.input_args, "kwargs": request.input_kwargs});
        Json(Answer {
            success: true,
            data: json!({"type": "object", "payload": result.to_string()}).to_string(),
            message: "Agent execution completed successfully",
            error: None,
            timestamp: "2026-01-02T03:04:05.678901",
            request_id: "f96ff463-f627-4603-bd0e-ead99af4b5dd",
        })
    }
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
    println!("{}", listener.local_addr()?);
    Ok(axum::serve(listener, Router::new().route("/api/v1/agents/{id}/run", post(run))).await?)
}
