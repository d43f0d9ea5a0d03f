//! The service as a process, and its REST interface.

use std::process::Stdio;
use std::time::Duration;

use runagent_transport::{Body, HttpTransport, Transport};
use serde_json::Value;
use tokio::io::{AsyncBufReadExt, BufReader};
use tokio::process::{Child, Command};
use tokio::time::timeout;

/// Far above what anything takes; a test that hangs fails by it.
pub(crate) const PATIENCE: Duration = Duration::from_secs(30);

pub(crate) struct Service {
    process: Child,
    address: String,
    transport: HttpTransport,
}

impl Service {
    pub(crate) async fn start() -> Self {
        let mut process = Command::new(env!("CARGO_BIN_EXE_sse-contract-service"))
            .args(["--port", "0"])
            .stdout(Stdio::piped())
            .kill_on_drop(true)
            .spawn()
            .expect("the service starts");
        let mut lines = BufReader::new(process.stdout.take().expect("its output")).lines();
        let line = timeout(PATIENCE, lines.next_line()).await.expect("in time").expect("readable").expect("a line");
        let address = line.strip_prefix("listening on ").expect("its address").to_owned();
        Self { process, address, transport: HttpTransport::new() }
    }

    /// Status, `Location` and JSON of the answer to a request for a path.
    pub(crate) async fn call(&self, method: &str, path: &str, body: Option<&Value>) -> (u16, Option<String>, Value) {
        let body = body.map_or_else(Body::empty, |body| Body::from(body.to_string()));
        let request = http::Request::builder().method(method).uri(format!("{}{path}", self.address));
        let request = request.header("content-type", "application/json").body(body).expect("a request");
        let response = timeout(PATIENCE, self.transport.send(request)).await.expect("in time").expect("an answer");
        let (head, body) = response.into_parts();
        let location = head.headers.get("location").map(|value| value.to_str().expect("text").to_owned());
        let body = body.collect(1 << 20).await.expect("a body");
        (head.status.as_u16(), location, serde_json::from_slice(&body).unwrap_or_default())
    }

    /// Tells it to end, and waits until it has, in good order.
    pub(crate) async fn quit(&mut self) {
        assert_eq!(self.call("DELETE", "/", None).await.0, 204);
        let status = timeout(PATIENCE, self.process.wait()).await.expect("in time").expect("its status");
        assert!(status.success(), "{status}");
    }
}
