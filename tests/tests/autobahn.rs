//! Our WebSockets against Autobahn's cases, as a server and as a client.
//!
//! `cargo xtask test` runs it: it needs `RUNAGENT_TEST_PYTHON`, a Python with kosoku, which plays the cases.

#![allow(clippy::expect_used, reason = "a test fails by panicking")]

use std::collections::BTreeMap;
use std::convert::Infallible;
use std::io::{self, Write};
use std::process::Stdio;
use std::time::Duration;

use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use runagent_transport::socket::{SocketConfig, handshake};
use runagent_transport::{HttpTransport, Message, Socket, Transport};
use serde_json::Value;
use tokio::io::{AsyncBufReadExt, BufReader, Lines};
use tokio::net::TcpListener;
use tokio::process::{Child, ChildStdin, ChildStdout, Command};
use tokio::time::timeout;

/// All of sections 1 to 7, 9 and 10, in the version that is pinned.
const CASES: usize = 301;
/// A busy machine needs a minute.
const LIMIT: Duration = Duration::from_secs(180);

#[tokio::test]
async fn the_server_passes_every_case() {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let address = listener.local_addr().expect("an address").to_string();
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            let connection = http1::Builder::new().serve_connection(TokioIo::new(stream), service_fn(answer));
            // Its errors are the suite's to judge.
            tokio::spawn(async move { drop(connection.with_upgrades().await) });
        }
    });
    let suite = Suite::start(&["client", &address]);
    timeout(LIMIT, suite.judge("server")).await.expect("autobahn.py hangs");
}

#[tokio::test]
async fn the_client_passes_every_case() {
    let mut suite = Suite::start(&["server"]);
    let play = async {
        let port = suite.line().await.expect("the port");
        let address = format!("http://127.0.0.1:{port}");
        for case in 1..=CASES {
            echo(open(format!("{address}/runCase?case={case}&agent=runagent")).await).await;
        }
        echo(open(format!("{address}/updateReports?agent=runagent")).await).await;
        suite.judge("client").await;
    };
    timeout(LIMIT, play).await.expect("autobahn.py hangs");
}

async fn answer(mut request: http::Request<Incoming>) -> Result<http::Response<String>, Infallible> {
    let answer = handshake::answer(request.method(), request.headers());
    let upgrade = hyper::upgrade::on(&mut request);
    tokio::spawn(async move {
        if let Ok(io) = upgrade.await {
            echo(Socket::server(TokioIo::new(io), SocketConfig::new())).await;
        }
    });
    Ok(answer.map(|()| String::new()))
}

async fn open(url: String) -> Socket {
    let request = http::Request::get(url).body(()).expect("a request");
    HttpTransport::new().connect(request).await.expect("a socket")
}

/// Sends back what comes, until the peer closes or breaks a rule.
async fn echo(mut socket: Socket) {
    while let Some(Ok(message)) = socket.recv().await {
        // A message can't be sent once the peer has closed behind it.
        if !matches!(message, Message::Close(_)) && socket.send(message).await.is_err() {
            return;
        }
    }
}

/// A run of `autobahn.py`.
struct Suite {
    process: Child,
    /// Held open for as long as we live, since the script ends with it. `Child::wait` would close it first.
    _input: ChildStdin,
    lines: Lines<BufReader<ChildStdout>>,
}

impl Suite {
    fn start(arguments: &[&str]) -> Self {
        let python = std::env::var_os("RUNAGENT_TEST_PYTHON").expect(
            "RUNAGENT_TEST_PYTHON must be a Python that has tests/interop/requirements-autobahn.txt; \
             `cargo xtask test` makes one and sets it",
        );
        let mut process = Command::new(python)
            .arg(concat!(env!("CARGO_MANIFEST_DIR"), "/interop/autobahn.py"))
            .args(arguments)
            .env_clear()
            .env("PYTHONUTF8", "1")
            .env("PYTHONDONTWRITEBYTECODE", "1")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .kill_on_drop(true)
            .spawn()
            .expect("run autobahn.py");
        let input = process.stdin.take().expect("a pipe");
        let lines = BufReader::new(process.stdout.take().expect("a pipe")).lines();
        Self { process, _input: input, lines }
    }

    async fn line(&mut self) -> Option<String> {
        self.lines.next_line().await.expect("a line")
    }

    /// Reads the verdicts and prints how many there are of each. NON-STRICT is right too, where the RFC leaves a choice,
    /// and so is INFORMATIONAL, where it says nothing.
    async fn judge(mut self, side: &str) {
        let (mut counts, mut faults) = (BTreeMap::<_, usize>::new(), Vec::new());
        while let Some(line) = self.line().await {
            let verdict: Value = serde_json::from_str(&line).expect("a verdict");
            if ["behavior", "close"].iter().any(|part| !is_pass(&verdict[part])) {
                faults.push(line);
            }
            *counts.entry(verdict["behavior"].as_str().unwrap_or_default().to_owned()).or_default() += 1;
        }
        let status = self.process.wait().await.expect("an end");
        assert!(status.success(), "autobahn.py: {status}");
        let cases: usize = counts.values().sum();
        let summary = format!("Autobahn, {side}: {} of {CASES} cases pass, {counts:?}\n", cases - faults.len());
        // Not `println!`, which shows nothing for a test that passes.
        io::stdout().write_all(summary.as_bytes()).expect("printed");
        assert!(faults.is_empty(), "{summary}{}", faults.join("\n"));
        assert_eq!(cases, CASES);
    }
}

fn is_pass(verdict: &Value) -> bool {
    verdict.as_str().is_some_and(|verdict| ["OK", "NON-STRICT", "INFORMATIONAL"].contains(&verdict))
}
