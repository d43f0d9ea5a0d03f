//! The server that the tests share, and clients for it and for others.

use std::time::Duration;

use runagent::{ClientOptions, RunAgentClient, RunAgentClientConfig, RunAgentError, RunStream};
use runagent_testkit::python_server::PythonServer;
use serde_json::Value;
use sqlx::sqlite::SqliteConnectOptions;
use sqlx::{ConnectOptions, Connection};
use tokio::sync::OnceCell;
use tokio::time::{Instant, sleep};

/// Far above what anything takes; a test that hangs fails by it.
const PATIENCE: Duration = Duration::from_secs(30);

/// The server for tests that leave it as it is. Nothing that blocks its event loop for long may be called on it.
pub(crate) async fn shared() -> &'static PythonServer {
    static SERVER: OnceCell<PythonServer> = OnceCell::const_new();
    SERVER.get_or_init(PythonServer::start).await
}

/// Options for a client that knows the server's registry, and no setting of whoever runs the tests.
pub(crate) fn options(server: &PythonServer) -> ClientOptions {
    ClientOptions::new().with_registry_folder(server.registry_folder()).with_environment(|_| None)
}

/// How to call an entrypoint of the server, found by the registry.
pub(crate) fn config(server: &PythonServer, tag: &str) -> RunAgentClientConfig {
    RunAgentClientConfig::new(server.agent_id(), tag).with_local(true).with_options(options(server))
}

pub(crate) fn client(server: &PythonServer, tag: &str) -> RunAgentClient {
    RunAgentClient::connect_lazy(config(server, tag)).expect("a usable configuration")
}

/// Every chunk of a stream, and the error that ended it.
pub(crate) async fn collect(mut stream: RunStream) -> (Vec<Value>, Option<RunAgentError>) {
    let mut chunks = Vec::new();
    loop {
        match stream.next().await {
            Some(Ok(chunk)) => chunks.push(chunk),
            Some(Err(error)) => {
                assert!(stream.next().await.is_none(), "an error is the last item");
                return (chunks, Some(error));
            }
            None => return (chunks, None),
        }
    }
}

/// Keyword arguments as the client takes them.
pub(crate) fn pairs(kwargs: &Value) -> Vec<(&str, Value)> {
    let kwargs = kwargs.as_object().expect("keyword arguments");
    kwargs.iter().map(|(name, value)| (name.as_str(), value.clone())).collect()
}

/// What the server's details say under this name.
pub(crate) fn detail(error: &RunAgentError, name: &str) -> Value {
    let RunAgentError::Execution { details, .. } = error else { panic!("{error}") };
    details.as_ref().map_or(Value::Null, |details| details[name].clone())
}

/// Waits until a label was executed this often.
pub(crate) async fn executed(server: &PythonServer, label: &str, times: usize) {
    let deadline = Instant::now() + PATIENCE;
    while server.executions(label) < times {
        assert!(Instant::now() < deadline, "{label} was executed {} times", server.executions(label));
        sleep(Duration::from_millis(10)).await;
    }
}

/// Waits until the server's record of an invocation has this status.
pub(crate) async fn invocation_ends(server: &PythonServer, id: &str, status: &str) {
    let file = server.registry_folder().join("runagent_local.db");
    let mut database = SqliteConnectOptions::new().filename(file).read_only(true).connect().await.expect("a database");
    let deadline = Instant::now() + PATIENCE;
    loop {
        let query = sqlx::query_scalar("SELECT status FROM agent_invocations WHERE invocation_id = ?1");
        let found: String = query.bind(id).fetch_one(&mut database).await.expect("an invocation");
        if found == status {
            break;
        }
        assert!(Instant::now() < deadline, "the invocation is {found}");
        sleep(Duration::from_millis(50)).await;
    }
    database.close().await.expect("close the database");
}
