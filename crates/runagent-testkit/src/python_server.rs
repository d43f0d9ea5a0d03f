//! The official Python server, run with the agent of `tests/interop`, so that tests can meet the real thing.

use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process_group};
use serde_json::Value;
use tempfile::TempDir;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use uuid::Uuid;

/// A busy machine needs ten seconds; whatever takes this long has failed.
const START_LIMIT: Duration = Duration::from_secs(60);
/// A server that is executing a blocking run answers SIGTERM only after it.
const TERMINATE_LIMIT: Duration = Duration::from_secs(10);
/// Whoever accepts a connection and says nothing is not our server.
const ANSWER_LIMIT: Duration = Duration::from_secs(10);
const POLL_INTERVAL: Duration = Duration::from_millis(20);
/// Between choosing a free port and listening on it another process may take it.
const PORT_ATTEMPTS: usize = 3;
const CONFIG_FILE: &str = "runagent.config.json";

/// A running `runagent` server from PyPI with a home folder, a registry and an agent id of its own.
///
/// Several may run at once. Dropping it kills the server, and the server also ends by itself when the test process
/// does, even one that holds it in a `static`.
///
/// The interpreter comes from the environment variable `RUNAGENT_TEST_PYTHON`: the path of the `python` in a virtual
/// environment where `tests/interop/requirements.txt` is installed. `cargo xtask test` makes one and sets it.
///
/// Everything here panics, with the server's output, when the server does not do as it should.
///
/// ```no_run
/// # use runagent_testkit::python_server::PythonServer;
/// # async fn example() {
/// let mut server = PythonServer::start().await;
/// let address = format!("http://127.0.0.1:{}/api/v1/agents/{}", server.port(), server.agent_id());
/// // … call `count_run` with `{"label": "once"}` there, then:
/// assert_eq!(server.executions("once"), 1);
/// server.restart_on_other_port().await;
/// # }
/// ```
#[derive(Debug)]
pub struct PythonServer {
    root: TempDir,
    agent_id: String,
    port: u16,
    process: Option<Child>,
}

impl PythonServer {
    /// Starts a server for an agent with a new id and waits until it answers.
    pub async fn start() -> Self {
        Self::start_as(&Uuid::new_v4().to_string()).await
    }

    /// Starts a server for an agent with this id and waits until it answers.
    ///
    /// # Panics
    ///
    /// Without `RUNAGENT_TEST_PYTHON`, and when no server answers within a minute.
    pub async fn start_as(agent_id: &str) -> Self {
        let mut server = Self {
            root: tempfile::tempdir().expect("make a folder for the server"),
            agent_id: agent_id.to_owned(),
            port: 0,
            process: None,
        };
        fs::create_dir(server.home()).expect("make the home folder");
        copy_agent(&server.agent_folder(), agent_id).expect("copy the agent of tests/interop");
        server.serve().await;
        server
    }

    /// The id of the agent that is served.
    #[must_use]
    pub fn agent_id(&self) -> &str {
        &self.agent_id
    }

    /// The port on 127.0.0.1 where the server listens, or listened last.
    #[must_use]
    pub fn port(&self) -> u16 {
        self.port
    }

    /// The server's home folder, and the one to give to a client under test.
    #[must_use]
    pub fn home(&self) -> PathBuf {
        self.root.path().join("home")
    }

    /// The folder that holds `runagent_local.db`: the value for `RUNAGENT_CACHE_DIR`.
    #[must_use]
    pub fn registry_folder(&self) -> PathBuf {
        self.home().join(".runagent")
    }

    /// The folder of the agent project that is served.
    #[must_use]
    pub fn agent_folder(&self) -> PathBuf {
        self.root.path().join("agent")
    }

    /// What every server process of this value has printed so far.
    #[must_use]
    pub fn log(&self) -> String {
        let bytes = fs::read(self.log_file()).unwrap_or_default();
        String::from_utf8_lossy(&bytes).into_owned()
    }

    /// How often the agent executed `count_run` or `counted_stream` with this `label`, over all restarts.
    #[must_use]
    pub fn executions(&self, label: &str) -> usize {
        let lines = fs::read_to_string(self.count_file()).unwrap_or_default();
        lines.lines().filter(|line| *line == label).count()
    }

    /// The server's own statistics: `total_invocations`, `completed_invocations`, `failed_invocations`,
    /// `pending_invocations` and others. Runs and streams both count.
    pub async fn invocation_stats(&self) -> Value {
        let path = format!("/api/v1/agents/{}/invocations/stats", self.agent_id);
        let answer = get(self.port, &path).await;
        let mut body = answer.unwrap_or_else(|error| self.fail(&format!("no statistics: {error}")));
        body["stats"].take()
    }

    /// Asks the server to end (SIGTERM) and waits until it has: open streams get close code 1012, a run that is being
    /// executed still answers. After ten seconds the server is killed.
    pub async fn terminate(&mut self) {
        self.signal(Signal::TERM);
        let deadline = Instant::now() + TERMINATE_LIMIT;
        while self.is_running() {
            if Instant::now() > deadline {
                self.signal(Signal::KILL);
            }
            tokio::time::sleep(POLL_INTERVAL).await;
        }
    }

    /// Ends the server at once (SIGKILL): connections are cut, and the registry goes on naming the old address.
    pub async fn kill(&mut self) {
        self.signal(Signal::KILL);
        while self.is_running() {
            tokio::time::sleep(POLL_INTERVAL).await;
        }
    }

    /// Kills the server if it runs, and starts it anew on another port, with the same agent and registry.
    pub async fn restart_on_other_port(&mut self) {
        self.kill().await;
        self.serve().await;
    }

    /// What the official Python client gets from this server: the document that `tests/interop/expect.py` describes.
    /// It takes several seconds.
    ///
    /// # Panics
    ///
    /// When the Python client fails where it should not.
    pub async fn expect(&self) -> Value {
        let mut command = tokio::process::Command::from(self.python("expect.py"));
        command.arg(&self.agent_id).stdin(Stdio::null()).kill_on_drop(true);
        let output = command.output().await.expect("run expect.py");
        if !output.status.success() {
            let problem = String::from_utf8_lossy(&output.stderr);
            self.fail(&format!("expect.py failed: {problem}"));
        }
        serde_json::from_slice(&output.stdout).expect("read what expect.py printed")
    }

    async fn serve(&mut self) {
        let previous = self.port;
        for _ in 0..PORT_ATTEMPTS {
            self.port = free_port(previous);
            self.process = Some(self.spawn());
            if self.becomes_healthy().await {
                return;
            }
        }
        self.fail("the server ended instead of starting");
    }

    fn spawn(&self) -> Child {
        let log = File::options().create(true).append(true).open(self.log_file()).expect("open the log");
        let mut command = self.python("serve.py");
        command
            .arg(self.agent_folder())
            .arg(self.port.to_string())
            .arg(self.root.path())
            // Held open for as long as we live: at its end the server ends too.
            .stdin(Stdio::piped())
            .stdout(log.try_clone().expect("share the log"))
            .stderr(log);
        std::os::unix::process::CommandExt::process_group(&mut command, 0);
        command.spawn().unwrap_or_else(|error| panic!("cannot run {}: {error}", interpreter().display()))
    }

    /// Whether the server answers as our agent: false when it ended.
    async fn becomes_healthy(&mut self) -> bool {
        let deadline = Instant::now() + START_LIMIT;
        while self.is_running() {
            if let Ok(health) = get(self.port, "/api/v1/health").await
                && health["agent_id"] == self.agent_id.as_str()
            {
                return true;
            }
            if Instant::now() > deadline {
                self.fail("the server does not answer");
            }
            tokio::time::sleep(POLL_INTERVAL).await;
        }
        false
    }

    /// A script of `tests/interop` with the server's home, and without the settings of whoever runs the tests.
    fn python(&self, script: &str) -> Command {
        let mut command = Command::new(interpreter());
        for (name, _) in std::env::vars_os() {
            if is_foreign_setting(&name.to_string_lossy()) {
                command.env_remove(name);
            }
        }
        command
            .arg(interop_folder().join(script))
            .env("HOME", self.home())
            .env("RUNAGENT_CACHE_DIR", self.registry_folder())
            .env("COUNT_FILE", self.count_file())
            .env("PYTHONUTF8", "1")
            .env("PYTHONUNBUFFERED", "1")
            .env("PYTHONDONTWRITEBYTECODE", "1")
            // The package looks for its templates on the network each time a client is made.
            .env("RUNAGENT_TEMPLATE_REPO", "file:///nonexistent.git")
            .env("GIT_PYTHON_REFRESH", "quiet");
        command
    }

    fn log_file(&self) -> PathBuf {
        self.root.path().join("server.log")
    }

    fn count_file(&self) -> PathBuf {
        self.root.path().join("executions")
    }

    fn is_running(&mut self) -> bool {
        self.process.as_mut().is_some_and(|process| matches!(process.try_wait(), Ok(None)))
    }

    /// Only to a process that has not been waited for: its id is surely still its own.
    fn signal(&mut self, signal: Signal) {
        if self.is_running()
            && let Some(process) = &self.process
        {
            kill_process_group(Pid::from_child(process), signal).expect("signal the server");
        }
    }

    fn fail(&self, problem: &str) -> ! {
        panic!("{problem}; output of the server:\n{}", self.log());
    }
}

impl Drop for PythonServer {
    fn drop(&mut self) {
        self.signal(Signal::KILL);
        if let Some(process) = &mut self.process {
            // Nothing is left to do about a process that can't be waited for.
            let _ = process.wait();
        }
    }
}

fn interpreter() -> PathBuf {
    std::env::var_os("RUNAGENT_TEST_PYTHON").map_or_else(
        || {
            panic!(
                "RUNAGENT_TEST_PYTHON is not set: it must be the path of a Python that has the packages of \
                 tests/interop/requirements.txt; `cargo xtask test` makes one and sets it"
            )
        },
        PathBuf::from,
    )
}

fn interop_folder() -> &'static Path {
    Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../../tests/interop"))
}

/// Would change which server, key, proxy, Python package or error handling is used.
fn is_foreign_setting(name: &str) -> bool {
    name.starts_with("RUNAGENT_")
        || name.starts_with("PYTHON")
        || name.to_ascii_uppercase().ends_with("_PROXY")
        || name == "DISABLE_TRY_CATCH"
}

fn copy_agent(to: &Path, agent_id: &str) -> io::Result<()> {
    let from = interop_folder().join("agent");
    let mut config: Value = serde_json::from_slice(&fs::read(from.join(CONFIG_FILE))?)?;
    config["agent_id"] = agent_id.into();
    fs::create_dir(to)?;
    fs::write(to.join(CONFIG_FILE), config.to_string())?;
    fs::copy(from.join("main.py"), to.join("main.py"))?;
    Ok(())
}

/// A port that nobody listens on, other than `except`.
fn free_port(except: u16) -> u16 {
    loop {
        let listener = std::net::TcpListener::bind(("127.0.0.1", 0)).expect("bind a loopback port");
        let port = listener.local_addr().expect("read the bound address").port();
        if port != except {
            return port;
        }
    }
}

/// One GET without the code under test: any failure, and any status but 200, is an error.
async fn get(port: u16, path: &str) -> io::Result<Value> {
    tokio::time::timeout(ANSWER_LIMIT, exchange(port, path)).await?
}

async fn exchange(port: u16, path: &str) -> io::Result<Value> {
    let mut stream = TcpStream::connect(("127.0.0.1", port)).await?;
    let request = format!("GET {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n");
    stream.write_all(request.as_bytes()).await?;
    let mut response = String::new();
    stream.read_to_string(&mut response).await?;
    match response.split_once("\r\n\r\n") {
        Some((head, body)) if head.starts_with("HTTP/1.1 200") => Ok(serde_json::from_str(body)?),
        _ => Err(io::Error::other(response)),
    }
}

#[cfg(all(test, feature = "interop"))]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_server_ends_when_the_process_that_started_it_is_gone() {
        let mut server = PythonServer::start().await;
        let process = server.process.as_mut().unwrap();
        // The operating system does this for a process that ended, however it ended.
        drop(process.stdin.take());
        let deadline = Instant::now() + TERMINATE_LIMIT;
        while server.is_running() {
            assert!(Instant::now() < deadline, "the server lives on");
            tokio::time::sleep(POLL_INTERVAL).await;
        }
    }
}
