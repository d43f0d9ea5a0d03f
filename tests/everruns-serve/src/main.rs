//! Agents of crates.io `everruns-serve` with simulated models, in memory, on a free port of 127.0.0.1: the real server
//! that the tests of our client talk to.
//!
//! It prints one line of JSON when it is ready, `{"url": "http://127.0.0.1:PORT", "agents": ["approver", …]}`, and ends
//! on SIGTERM, on SIGINT, and when its standard input does. With the variable `SERVE_API_KEYS` (separated by commas) it
//! lets in only whoever sends one of them as `Authorization: Bearer …`; with `SERVE_BUILD_ID`, any text, it is ready at once
//! and not after seconds in which it hashes its own program.

mod agents;

use std::io::{Read, stdin};
use std::thread;

use serde_json::json;
use serve::{App, Mode, Server};
use tokio::net::TcpListener;
use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::oneshot;

#[tokio::main]
async fn main() -> serve::Result {
    let app = App::builder().discover().try_build()?;
    let agents: Vec<String> = app.manifest().agents.into_iter().map(|agent| agent.name).collect();
    // `serve::start` would listen on every address.
    let server = Server::new(app, Mode::Start, None)?;
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    println!("{}", json!({"url": format!("http://{}", listener.local_addr()?), "agents": agents}));
    tokio::select! {
        served = axum::serve(listener, server.router()) => Ok(served?),
        // At once: a graceful end would wait for event streams, which have none.
        stopped = stopped() => stopped,
    }
}

/// Returns on a signal to end, or when whoever holds the other end of the standard input is gone.
async fn stopped() -> serve::Result {
    let mut terminate = signal(SignalKind::terminate())?;
    let mut interrupt = signal(SignalKind::interrupt())?;
    let (closed, input_closed) = oneshot::channel();
    // A thread of its own: the runtime would wait for one that blocks in it.
    thread::spawn(move || {
        let mut input = stdin().lock();
        while !matches!(input.read(&mut [0; 64]), Ok(0) | Err(_)) {}
        closed.send(())
    });
    tokio::select! {
        _ = terminate.recv() => {}
        _ = interrupt.recv() => {}
        _ = input_closed => {}
    }
    Ok(())
}
