//! Chromium, spoken to in the DevTools protocol over our own WebSocket.

use std::env;
use std::process::Stdio;
use std::time::Duration;

use runagent_transport::{HttpTransport, Message, Socket, Transport};
use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::io::{AsyncBufReadExt, BufReader};
use tokio::process::{Child, Command};
use tokio::time::timeout;

/// Far above what anything takes; a test that hangs fails by it.
pub(crate) const PATIENCE: Duration = Duration::from_secs(30);

pub(crate) struct Chromium {
    socket: Socket,
    last_id: u64,
    /// What the pages complained of: errors and warnings on their consoles, uncaught exceptions, violations of a policy.
    complaints: Vec<String>,
    _process: Child,
    _profile: TempDir,
}

impl Chromium {
    /// Starts the Chromium that `CHROMIUM` names, or the one on the path.
    pub(crate) async fn start() -> Self {
        let profile = tempfile::tempdir().unwrap();
        let program = env::var_os("CHROMIUM").unwrap_or_else(|| "chromium".into());
        let mut process = Command::new(program)
            .args(["--headless=new", "--no-sandbox", "--disable-gpu", "--hide-scrollbars", "--no-first-run"])
            .args(["--disable-background-networking", "--disable-component-update", "--disable-sync"])
            .args(["--disable-dev-shm-usage", "--force-color-profile=srgb", "--remote-debugging-port=0"])
            .arg(format!("--user-data-dir={}", profile.path().display()))
            .arg("about:blank")
            // It also writes beside its profile, into the home folder.
            .env("HOME", profile.path())
            .env_remove("XDG_CONFIG_HOME")
            .env_remove("XDG_CACHE_HOME")
            .stderr(Stdio::piped())
            .stdout(Stdio::null())
            .kill_on_drop(true)
            .spawn()
            .expect("Chromium starts");
        let address = timeout(PATIENCE, address(&mut process)).await.expect("Chromium listens");
        let request = http::Request::get(address.replacen("ws://", "http://", 1)).body(()).unwrap();
        let socket = HttpTransport::new().connect(request).await.unwrap();
        Self { socket, last_id: 0, complaints: Vec::new(), _process: process, _profile: profile }
    }

    /// Calls a method, of one page or of the browser, and returns its result.
    pub(crate) async fn call(&mut self, session: Option<&str>, method: &str, params: Value) -> Value {
        self.last_id += 1;
        let mut command = json!({"id": self.last_id, "method": method, "params": params});
        if let Some(session) = session {
            command["sessionId"] = session.into();
        }
        self.socket.send(Message::text(command.to_string())).await.unwrap();
        loop {
            let message = timeout(PATIENCE, self.socket.recv()).await.unwrap_or_else(|_| panic!("{method} hangs"));
            let message = message.expect("Chromium is there").unwrap();
            let message: Value = serde_json::from_str(message.as_text().unwrap_or_default()).unwrap();
            if message["id"] == self.last_id {
                assert!(message.get("error").is_none(), "{method}: {}", message["error"]);
                return message["result"].clone();
            }
            self.complaints.extend(complaint(&message));
        }
    }

    /// What the pages complained of since this was last asked.
    pub(crate) async fn complaints(&mut self) -> Vec<String> {
        // What was said before the answer to this has arrived with it.
        self.call(None, "Browser.getVersion", json!({})).await;
        std::mem::take(&mut self.complaints)
    }
}

/// Where it says that it listens.
async fn address(process: &mut Child) -> String {
    let mut lines = BufReader::new(process.stderr.take().unwrap()).lines();
    while let Some(line) = lines.next_line().await.unwrap() {
        if let Some(address) = line.strip_prefix("DevTools listening on ") {
            let address = address.to_owned();
            // It blocks when nobody reads on.
            tokio::spawn(async move { while let Ok(Some(_)) = lines.next_line().await {} });
            return address;
        }
    }
    panic!("Chromium ended without listening");
}

fn complaint(event: &Value) -> Option<String> {
    let params = &event["params"];
    match event["method"].as_str()? {
        "Runtime.exceptionThrown" => Some(params["exceptionDetails"].to_string()),
        "Runtime.consoleAPICalled" if params["type"] == "error" || params["type"] == "warning" => {
            Some(params["args"].to_string())
        }
        "Log.entryAdded" if params["entry"]["level"] == "error" => Some(params["entry"].to_string()),
        _ => None,
    }
}
