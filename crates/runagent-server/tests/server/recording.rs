use std::net::{SocketAddr, TcpListener as StdListener};
use std::time::{Duration, Instant};

use runagent_registry::{Address, InvocationRecord, Registration, Registry};
use runagent_server::{Agent, AgentError, Input, RunningServer, Server};
use runagent_types::platform::{Invocation, InvocationStatus};
use serde_json::{Value, json};
use sqlx::sqlite::{SqliteConnectOptions, SqliteConnection};
use sqlx::{ConnectOptions, Connection};
use tempfile::TempDir;
use tokio::io::AsyncWriteExt;
use tokio::net::TcpStream;
use tokio::process::Command;
use tokio::sync::mpsc;
use tokio::time::timeout;

use crate::client::{PATIENCE, get, post_head, read, run, start, text};

const HANG: &str = r#"{"entrypoint_tag":"hang"}"#;
const ECHO: &str = r#"{"entrypoint_tag":"echo","input_args":[7]}"#;

/// An agent whose run `hang` reports that it has begun and never ends.
fn agent() -> (Agent, mpsc::UnboundedReceiver<()>) {
    let (begun, seen) = mpsc::unbounded_channel();
    let agent = Agent::new("a")
        .entrypoint("hang", move |_: Input| {
            let begun = begun.clone();
            async move {
                begun.send(())?;
                std::future::pending::<Result<(), AgentError>>().await
            }
        })
        .entrypoint("echo", async |input: Input| Ok(input.arg::<Value>(0)?))
        .entrypoint("fail", async |_: Input| {
            Err::<(), _>(AgentError::new("no credit").with_code("QUOTA_EXCEEDED").with_suggestion("Buy more."))
        })
        .entrypoint("panic", async |_: Input| -> Result<(), AgentError> { panic!("at the disco") })
        .stream_entrypoint(
            "idle_stream",
            async |_: Input| Ok(futures_util::stream::pending::<Result<(), AgentError>>()),
        )
        .stream_entrypoint("fail_stream", async |_: Input| {
            Ok(futures_util::stream::iter([Ok(0), Err(AgentError::new("boom"))]))
        });
    (agent, seen)
}

struct Served {
    server: RunningServer,
    registry: Registry,
    seen: mpsc::UnboundedReceiver<()>,
    _folder: TempDir,
}

async fn served(busy_timeout: Duration) -> Served {
    let folder = tempfile::tempdir().unwrap();
    let registry = Registry::in_folder(folder.path());
    let (agent, seen) = agent();
    let written = registry.clone().with_busy_timeout(busy_timeout);
    let server = Server::builder(agent).registry(written).max_concurrent_calls(1000).bind().await.unwrap().spawn();
    Served { server, registry, seen, _folder: folder }
}

async fn all(registry: &Registry) -> Vec<Invocation> {
    registry.invocations("a", None, None).await.unwrap().invocations
}

/// Asks until so many have failed.
async fn failed(address: SocketAddr, count: u64) {
    let asked = async {
        while get(address, "/api/v1/agents/a/invocations/stats").await.json()["stats"]["failed_invocations"] != count {}
    };
    timeout(PATIENCE, asked).await.unwrap();
}

async fn open(registry: &Registry, statement: &'static str) -> SqliteConnection {
    let mut connection = SqliteConnectOptions::new().filename(registry.path()).connect().await.unwrap();
    sqlx::raw_sql(statement).execute(&mut connection).await.unwrap();
    connection
}

async fn hang(address: SocketAddr) -> TcpStream {
    let mut stream = TcpStream::connect(address).await.unwrap();
    let request = format!("{}\r\n\r\n{HANG}", post_head(address, "/api/v1/agents/a/run", HANG.len()));
    stream.write_all(request.as_bytes()).await.unwrap();
    stream
}

#[tokio::test]
async fn why_a_call_failed_is_told() {
    let mut served = served(PATIENCE).await;
    let address = served.server.address();
    run(address, r#"{"entrypoint_tag":"fail"}"#).await;
    run(address, r#"{"entrypoint_tag":"panic"}"#).await;
    read(&mut start(address, "fail_stream").await).await;

    let stream = hang(address).await;
    timeout(PATIENCE, served.seen.recv()).await.unwrap().unwrap();
    let page = get(address, "/api/v1/agents/a/invocations?limit=1").await.json();
    let running = &page["invocations"][0];
    assert_eq!((&running["status"], &running["response_timestamp"]), (&json!("pending"), &Value::Null));
    drop(stream);
    failed(address, 4).await;

    let mut socket = start(address, "idle_stream").await;
    text(&mut socket).await;
    drop(socket);
    failed(address, 5).await;

    let details: Vec<_> = all(&served.registry).await.into_iter().rev().filter_map(|i| i.error_detail).collect();
    assert_eq!(
        details,
        [
            "Server error running agent a: no credit",
            "Server error running agent a: the entrypoint panicked: at the disco",
            "Streaming error: boom",
            "the client went away before the run ended",
            "the client went away before the stream ended",
        ]
    );
}

#[tokio::test]
async fn what_is_refused_is_no_invocation() {
    let served = served(PATIENCE).await;
    let address = served.server.address();
    for (body, status) in
        [("{", 422), ("{}", 422), (r#"{"entrypoint_tag":"zzz"}"#, 404), (r#"{"entrypoint_tag":"idle_stream"}"#, 400)]
    {
        assert_eq!(run(address, body).await.status, status);
    }
    read(&mut start(address, "zzz_stream").await).await;
    read(&mut start(address, "echo").await).await;
    assert_eq!(get(address, "/api/v1/agents/a/invocations").await.json()["total_count"], 0);
}

#[tokio::test]
async fn everything_is_written_when_the_server_ends() {
    const RUNS: usize = 100;
    let served = served(PATIENCE).await;
    for _ in 0..RUNS {
        assert_eq!(run(served.server.address(), ECHO).await.status, 200);
    }
    served.server.shutdown().await.unwrap();
    let stats = served.registry.invocation_stats("a").await.unwrap();
    assert_eq!((stats.total_invocations, stats.completed_invocations), (RUNS as u64, RUNS as u64));
    assert!(all(&served.registry).await.iter().all(|invocation| invocation.output_data == 7));
}

#[tokio::test]
async fn streams_and_runs_that_the_shutdown_cuts_off_are_told_of() {
    const STREAMS: usize = 200;
    let mut served = served(PATIENCE).await;
    let address = served.server.address();
    let mut sockets = Vec::new();
    for _ in 0..STREAMS {
        let mut socket = start(address, "idle_stream").await;
        text(&mut socket).await;
        sockets.push(socket);
    }
    let _stream = hang(address).await;
    timeout(PATIENCE, served.seen.recv()).await.unwrap().unwrap();

    let started = Instant::now();
    served.server.shutdown().await.unwrap();
    assert!(started.elapsed() < Duration::from_secs(1), "{:?}", started.elapsed());
    let invocations = all(&served.registry).await;
    assert_eq!(invocations.len(), STREAMS + 1);
    for invocation in invocations {
        let what = if invocation.entrypoint_tag.as_deref() == Some("hang") { "run" } else { "stream" };
        assert_eq!(invocation.error_detail, Some(format!("the server stopped before the {what} ended")));
    }
}

#[tokio::test]
async fn calls_go_on_while_the_registry_is_locked() {
    let served = served(Duration::from_millis(20)).await;
    let address = served.server.address();
    assert_eq!(run(address, ECHO).await.status, 200);
    assert_eq!(get(address, "/api/v1/agents/a/invocations").await.json()["total_count"], 1);

    let lock = open(&served.registry, "BEGIN EXCLUSIVE").await;
    for _ in 0..20 {
        let answer = run(address, ECHO).await;
        assert_eq!((answer.status, &answer.json()["success"]), (200, &json!(true)));
    }
    // It waits for what was recorded, and for the lock, but not for ever.
    assert_eq!(get(address, "/api/v1/agents/a/invocations").await.status, 500);
    lock.close().await.unwrap();
    assert_eq!(run(address, ECHO).await.status, 200);
    let page = get(address, "/api/v1/agents/a/invocations?limit=-1").await.json();
    let recorded = page["total_count"].as_u64().unwrap();
    assert!((2..22).contains(&recorded), "{recorded}");
}

#[tokio::test]
async fn a_registry_that_is_locked_at_the_end_does_not_hold_it_up() {
    let served = served(Duration::from_millis(20)).await;
    run(served.server.address(), ECHO).await;
    let lock = open(&served.registry, "BEGIN IMMEDIATE").await;
    let started = Instant::now();
    // The row of the agent cannot be taken back, which is told.
    served.server.shutdown().await.unwrap_err();
    assert!(started.elapsed() < Duration::from_secs(1), "{:?}", started.elapsed());
    lock.close().await.unwrap();
}

#[tokio::test]
async fn nothing_is_recorded_unless_wanted() {
    let folder = tempfile::tempdir().unwrap();
    let registry = Registry::in_folder(folder.path());
    for with_registry in [false, true] {
        let builder = Server::builder(agent().0).record_invocations(false);
        let builder = if with_registry { builder.registry(registry.clone()) } else { builder };
        let server = builder.bind().await.unwrap().spawn();
        let address = server.address();
        assert_eq!(run(address, ECHO).await.status, 200);
        read(&mut start(address, "fail_stream").await).await;
        let page = get(address, "/api/v1/agents/a/invocations").await.json();
        assert_eq!(page, json!({"agent_id": "a", "invocations": [], "total_count": 0}));
        let stats = get(address, "/api/v1/agents/a/invocations/stats").await.json();
        assert_eq!(stats["stats"]["total_invocations"], 0);
        server.shutdown().await.unwrap();
    }
    assert!(all(&registry).await.is_empty());
}

#[tokio::test]
async fn values_of_any_size_stay_json() {
    let served = served(PATIENCE).await;
    let address = served.server.address();
    let long = "é\"\\".repeat(40_000);
    for value in [json!("x".repeat(65_000)), json!("x".repeat(70_000)), json!(long), json!(vec![1; 100_000])] {
        let body = json!({"entrypoint_tag": "echo", "input_args": [value], "input_kwargs": {}}).to_string();
        let answer = run(address, &body).await;
        assert_eq!(answer.json()["success"], true);
        let page = get(address, "/api/v1/agents/a/invocations?limit=1").await.json();
        let invocation = &page["invocations"][0];
        for (kept, whole) in [
            (&invocation["input_data"], json!({"input_args": [value], "input_kwargs": {}})),
            (&invocation["output_data"], value),
        ] {
            if whole.to_string().len() <= 64 * 1024 {
                assert_eq!(*kept, whole);
            } else {
                assert_eq!(kept["truncated"], true);
                let preview = kept["preview"].as_str().unwrap();
                assert!(whole.to_string().starts_with(preview) && preview.len() > 30_000);
            }
        }
    }
}

/// Whatever a server that was killed left, the next one starts and puts it in order.
#[tokio::test]
async fn what_a_killed_server_left_is_put_in_order() {
    for is_alive in [false, true] {
        let folder = tempfile::tempdir().unwrap();
        let registry = Registry::in_folder(folder.path());
        let listener = StdListener::bind("127.0.0.1:0").unwrap();
        let address = Address::try_from(listener.local_addr().unwrap()).unwrap();
        let listener = is_alive.then_some(listener);
        registry.register(&Registration::new("a", "/srv/a", address.clone())).await.unwrap();
        let ended = InvocationRecord::run("a", "i2", "e").completed("1", Duration::ZERO);
        let other = InvocationRecord::run("b", "i3", "e");
        registry.record(&[InvocationRecord::run("a", "i1", "e"), ended, other]).await.unwrap();
        let server = Server::builder(agent().0).registry(registry.clone()).bind().await.unwrap();
        assert_eq!(registry.find("a").await.unwrap(), Address::try_from(server.address()).unwrap());

        let status = async |id| registry.invocation(id).await.unwrap().unwrap();
        let left = status("i1").await;
        if listener.is_some() {
            assert_eq!(left.status, InvocationStatus::Pending, "its server may well be at it");
        } else {
            assert_eq!(left.status, InvocationStatus::Failed);
            assert_eq!(left.error_detail.as_deref(), Some("the server ended before the run did"));
        }
        assert_eq!(status("i2").await.status, InvocationStatus::Completed);
        assert_eq!(status("i3").await.status, InvocationStatus::Pending);
    }
}

/// The same with a server that really is killed: one in a process of its own, which is this test again.
#[tokio::test]
async fn a_run_that_died_with_its_server_is_ended_by_the_next_one() {
    const CHILD: &str = "RUNAGENT_TEST_CHILD";
    if let Some(folder) = std::env::var_os(CHILD) {
        let (agent, _seen) = agent();
        let builder = Server::builder(agent).registry(Registry::in_folder(folder));
        return builder.bind().await.unwrap().serve().await.unwrap();
    }
    let folder = tempfile::tempdir().unwrap();
    let registry = Registry::in_folder(folder.path());
    let test = "recording::a_run_that_died_with_its_server_is_ended_by_the_next_one";
    let mut child = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", test])
        .env(CHILD, folder.path())
        .kill_on_drop(true)
        .spawn()
        .unwrap();
    let found = async {
        loop {
            match registry.find("a").await {
                Ok(address) => break address.to_string().parse().unwrap(),
                Err(_) => tokio::task::yield_now().await,
            }
        }
    };
    let _stream = hang(timeout(PATIENCE, found).await.unwrap()).await;
    let begun = async { while all(&registry).await.is_empty() {} };
    timeout(PATIENCE, begun).await.unwrap();
    assert_eq!(all(&registry).await[0].status, InvocationStatus::Pending);
    child.kill().await.unwrap();

    let next = Server::builder(agent().0).registry(registry.clone()).bind().await.unwrap();
    assert_eq!(registry.find("a").await.unwrap(), Address::try_from(next.address()).unwrap());
    let left = &all(&registry).await[0];
    assert_eq!(left.error_detail.as_deref(), Some("the server ended before the run did"));
}

#[tokio::test]
async fn a_registry_from_an_older_version_is_no_obstacle() {
    let folder = tempfile::tempdir().unwrap();
    let registry = Registry::in_folder(folder.path());
    let options = SqliteConnectOptions::new().filename(registry.path()).create_if_missing(true);
    let mut connection = options.connect().await.unwrap();
    sqlx::raw_sql("CREATE TABLE agents (agent_id, host, port, status)").execute(&mut connection).await.unwrap();
    connection.close().await.unwrap();
    let server = Server::builder(agent().0).registry(registry.clone()).bind().await.unwrap().spawn();
    assert_eq!(run(server.address(), ECHO).await.status, 200);
    assert_eq!(get(server.address(), "/api/v1/agents/a/invocations").await.json()["total_count"], 0);
    server.shutdown().await.unwrap();
}
