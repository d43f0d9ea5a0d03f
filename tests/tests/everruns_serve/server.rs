//! The server that the tests share, and others with keys.

use std::env;
use std::process::Stdio;
use std::time::Duration;

use serde::Deserialize;
use tokio::io::{AsyncBufReadExt, BufReader};
use tokio::process::{Child, Command};
use tokio::sync::OnceCell;
use tokio::time::timeout;

/// Far above what anything takes; a test that hangs fails by it.
pub(crate) const PATIENCE: Duration = Duration::from_secs(30);

/// A running server. It ends when this is dropped, and by itself when the test process does.
pub(crate) struct Server {
    ready: Ready,
    _process: Child,
}

/// What it prints when it listens.
#[derive(Deserialize)]
struct Ready {
    url: String,
    agents: Vec<String>,
}

impl Server {
    /// The one that lets everybody in.
    pub(crate) async fn shared() -> &'static Self {
        static SERVER: OnceCell<Server> = OnceCell::const_new();
        SERVER.get_or_init(|| Self::start(&[])).await
    }

    /// Starts one that lets in whoever has one of these keys.
    pub(crate) async fn start(keys: &[&str]) -> Self {
        let program = env::var_os("EVERRUNS_TEST_SERVER")
            .expect("EVERRUNS_TEST_SERVER; `cargo xtask test --everruns` builds the server and sets it");
        let mut process = Command::new(program)
            .env_clear()
            .env("SERVE_API_KEYS", keys.join(","))
            // Else it first makes one of a hash of itself, which takes seconds.
            .env("SERVE_BUILD_ID", "test")
            // Held open for as long as we live: at its end the server ends too.
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .kill_on_drop(true)
            .spawn()
            .expect("the server starts");
        let mut line = String::new();
        let mut output = BufReader::new(process.stdout.take().expect("a pipe"));
        timeout(PATIENCE, output.read_line(&mut line)).await.expect("the server is ready").expect("a line");
        Self { ready: serde_json::from_str(&line).expect("the line of a server"), _process: process }
    }

    /// The address, without a slash at its end.
    pub(crate) fn url(&self) -> &str {
        &self.ready.url
    }

    /// The names of the agents, in alphabetical order.
    pub(crate) fn agents(&self) -> &[String] {
        &self.ready.agents
    }
}
