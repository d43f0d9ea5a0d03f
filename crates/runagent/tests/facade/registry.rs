//! Local agents that the registry knows.

use std::{
    fs,
    path::Path,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
};

use runagent::{ErrorCode, RunAgentClient, RunAgentClientConfig, platform::InvocationFilter};
use runagent_registry::{Address, Registration, Registry};
use runagent_transport::testing::wire::{Event, Gate, Script, WireServer, refused_port};
use sqlx::{AssertSqlSafe, ConnectOptions, Connection, sqlite::SqliteConnectOptions};
use tempfile::TempDir;

use crate::agent::{
    AGENT, COMPLETED, KEY, KEY_IN_QUERY, answer, architecture, chunk, drain, lazy, local_on, ok, opened, options,
    refused, result,
};

const BARE: &str = r#"{"detail":"Not Found"}"#;

/// A folder with a registry that names these ports.
struct Folder(TempDir);

impl Folder {
    fn empty() -> Self {
        Self(tempfile::tempdir().expect("a folder"))
    }

    async fn with_agent(port: u16) -> Self {
        let folder = Self::empty();
        folder.register(port).await;
        folder
    }

    async fn register(&self, port: u16) {
        let address = Address::new("127.0.0.1", port).expect("an address");
        self.registry().register(&Registration::new(AGENT, "/srv/agent", address)).await.expect("registered");
    }

    fn registry(&self) -> Registry {
        Registry::in_folder(self.0.path())
    }

    /// Changes the file behind everybody's back.
    async fn execute(&self, sql: &str) {
        let file = SqliteConnectOptions::new().filename(self.registry().path());
        let mut connection = file.connect().await.expect("a database");
        sqlx::raw_sql(AssertSqlSafe(sql.to_owned())).execute(&mut connection).await.expect("executed");
        connection.close().await.expect("closed");
    }

    fn config(&self, tag: &str) -> RunAgentClientConfig {
        config_in(self.0.path(), tag)
    }

    fn listing(&self) -> Vec<String> {
        let entries = fs::read_dir(self.0.path()).expect("a folder");
        entries.map(|entry| entry.expect("an entry").file_name().to_string_lossy().into_owned()).collect()
    }
}

fn config_in(folder: &Path, tag: &str) -> RunAgentClientConfig {
    RunAgentClientConfig::new(AGENT, tag).with_local(true).with_options(options().with_registry_folder(folder))
}

fn answering(integer: i64) -> Script {
    Script::new().read_request().send(ok(&result(integer)))
}

#[tokio::test]
async fn an_agent_is_found_where_the_registry_says() {
    let script = Script::new().read_request().send(ok(&architecture(&["chat"]))).read_request().send(ok(&result(7)));
    let server = WireServer::start([script]).await;
    let folder = Folder::with_agent(server.addr().port()).await;
    let client = RunAgentClient::new(folder.config("chat")).await.expect("a client");
    assert!(client.is_local());
    // The address is known from now on.
    folder.execute("DELETE FROM agents").await;
    assert_eq!(client.run(&[]).await.expect("a result"), 7);
    assert_eq!(server.connections(), 1);
}

#[tokio::test]
async fn the_folder_comes_from_the_environment() {
    for variable in ["RUNAGENT_CACHE_DIR", if cfg!(windows) { "USERPROFILE" } else { "HOME" }] {
        let server = WireServer::start([answering(7)]).await;
        let home = Folder::empty();
        let folder =
            if variable == "RUNAGENT_CACHE_DIR" { home.0.path().to_owned() } else { home.0.path().join(".runagent") };
        let address = Address::new("127.0.0.1", server.addr().port()).expect("an address");
        Registry::in_folder(folder).register(&Registration::new(AGENT, "/srv", address)).await.expect("registered");
        let path = home.0.path().as_os_str().to_owned();
        let options = options().with_environment(move |name| (name == variable).then(|| path.clone()));
        let config = RunAgentClientConfig::new(AGENT, "chat").with_local(true).with_enable_registry(true);
        assert_eq!(lazy(config.with_options(options)).run(&[]).await.expect(variable), 7);
    }
    let error = refused(RunAgentClient::connect_lazy(
        RunAgentClientConfig::new(AGENT, "chat").with_local(true).with_options(options()),
    ));
    assert_eq!(*error.code(), ErrorCode::REGISTRY_ERROR);
    assert!(error.message().contains("RUNAGENT_CACHE_DIR"), "{error}");
}

#[tokio::test]
async fn looking_again_at_the_same_address_keeps_what_calls_share() {
    let folder = Folder::with_agent(refused_port()).await;
    let made = Arc::new(AtomicUsize::new(0));
    let count = made.clone();
    let options = options().with_registry_folder(folder.0.path()).with_api(move |api| {
        count.fetch_add(1, Ordering::Relaxed);
        api.max_concurrent_calls(1)
    });
    let client = lazy(folder.config("chat").with_options(options));
    for _ in 0..3 {
        assert_eq!(*refused(client.run(&[]).await).code(), ErrorCode::CONNECTION_ERROR);
    }
    assert_eq!(made.load(Ordering::Relaxed), 1);
}

#[tokio::test]
async fn an_agent_that_moved_is_looked_up_again_and_run_once() {
    let folder = Folder::with_agent(refused_port()).await;
    let client = lazy(folder.config("chat"));
    let error = refused(client.run(&[]).await);
    assert_eq!(*error.code(), ErrorCode::CONNECTION_ERROR);
    assert!(error.is_retryable() && error.suggestion().expect("a suggestion").contains("runagent serve"), "{error:?}");

    let script = (0..2).fold(Script::new(), |script, n| script.read_request().send(ok(&result(n))));
    let server = WireServer::start([script]).await;
    folder.register(server.addr().port()).await;
    assert_eq!(client.run(&[]).await.expect("a result"), 0);
    assert_eq!(client.run(&[]).await.expect("a result"), 1);
    assert_eq!((server.connections(), server.requests().len()), (1, 2));
}

#[tokio::test]
async fn a_port_that_another_agent_took_is_not_where_the_agent_is() {
    let old = answering(1).read_request().send(answer("404 Not Found", BARE));
    let (old, new) = (WireServer::start([old]).await, WireServer::start([answering(2)]).await);
    let folder = Folder::with_agent(old.addr().port()).await;
    let client = lazy(folder.config("chat"));
    assert_eq!(client.run(&[]).await.expect("a result"), 1);
    folder.register(new.addr().port()).await;
    assert_eq!(client.run(&[]).await.expect("a result"), 2);
    assert_eq!((old.requests().len(), new.requests().len()), (2, 1));
}

#[tokio::test]
async fn a_stream_finds_the_agent_that_moved_too() {
    let forbidden = Script::new().read_request().send("HTTP/1.1 403 Forbidden\r\ncontent-length: 0\r\n\r\n");
    let health = Script::new().read_request().send(ok(r#"{"status":"healthy","agent_id":"other-agent"}"#));
    let other = WireServer::start([health, forbidden]).await;
    for port in [refused_port(), other.addr().port()] {
        let folder = Folder::with_agent(port).await;
        let client = lazy(folder.config("count_stream"));
        // It knows the old address by now.
        if port == refused_port() {
            assert_eq!(*refused(client.run_stream(&[]).await).code(), ErrorCode::CONNECTION_ERROR);
        } else {
            assert_eq!(client.health_check().await.ok(), Some(false));
        }
        let new = WireServer::start([opened().ws_text(chunk(1)).ws_text(COMPLETED)]).await;
        folder.register(new.addr().port()).await;
        let mut stream = client.run_stream(&[]).await.expect("a stream");
        assert_eq!(drain(&mut stream).await.0, [1]);
        assert_eq!(new.connections(), 1);
    }
}

#[tokio::test]
async fn the_health_of_another_agent_is_not_that_of_one_that_moved() {
    let health = |agent| ok(&format!(r#"{{"status":"healthy","agent_id":"{agent}"}}"#));
    let old = WireServer::start([answering(1).read_request().send(health("other-agent"))]).await;
    let new = WireServer::start([Script::new().read_request().send(health(AGENT))]).await;
    let folder = Folder::with_agent(old.addr().port()).await;
    let client = lazy(folder.config("chat"));
    assert_eq!(client.run(&[]).await.expect("a result"), 1);
    folder.register(new.addr().port()).await;
    assert!(client.health_check().await.expect("an answer"));
    assert_eq!((old.requests().len(), new.requests().len()), (2, 1));
}

#[tokio::test]
async fn what_one_server_needs_in_its_url_another_does_not_get() {
    let unauthorized = Script::new().read_request().send(answer("401 Unauthorized", ""));
    let complete = || opened().ws_text(chunk(1)).ws_text(COMPLETED);
    let forbidden = Script::new().read_request().send("HTTP/1.1 403 Forbidden\r\ncontent-length: 0\r\n\r\n");
    let old = WireServer::start([unauthorized, complete(), forbidden]).await;
    let new = WireServer::start([complete()]).await;
    let folder = Folder::with_agent(old.addr().port()).await;
    let client = lazy(folder.config("count_stream").with_api_key(KEY));
    assert_eq!(drain(&mut client.run_stream(&[]).await.expect("a stream")).await.0, [1]);
    assert!(old.requests()[1].target.ends_with(KEY_IN_QUERY));

    folder.register(new.addr().port()).await;
    assert_eq!(drain(&mut client.run_stream(&[]).await.expect("a stream")).await.0, [1]);
    assert!(new.requests()[0].target.ends_with("/run-stream"), "{:?}", new.requests());
}

#[tokio::test]
async fn what_is_asked_of_an_agent_that_moved_is_asked_at_its_new_address() {
    let not_found =
        "HTTP/1.1 404 Not Found\r\nconnection: close\r\ncontent-length: 22\r\n\r\n{\"detail\":\"Not Found\"}";
    let page = format!(r#"{{"agent_id":"{AGENT}","invocations":[]}}"#);
    let old = WireServer::start_repeating(Script::new().read_request().send(not_found).close()).await;
    let new = WireServer::start_repeating(Script::new().read_request().send(ok(&page))).await;
    for call in ["invocations", "server_info"] {
        let folder = Folder::with_agent(old.addr().port()).await;
        let client = lazy(folder.config("chat"));
        // The client knows the old address by now.
        refused(client.invocation_stats().await);
        folder.register(new.addr().port()).await;
        match call {
            "invocations" => drop(client.invocations(InvocationFilter::new()).await.expect("a page")),
            _ => drop(client.server_info().await.expect("an answer")),
        }
    }
    let targets: Vec<_> = new.requests().into_iter().map(|request| request.target).collect();
    assert_eq!(targets, ["/api/v1/agents/agent-1/invocations", "/api/v1"]);
}

#[tokio::test]
async fn an_agent_that_did_not_move_is_not_tried_twice() {
    let health = Script::new().read_request().send(ok(r#"{"status":"healthy","agent_id":"other-agent"}"#));
    let server = WireServer::start([
        Script::new()
            .read_request()
            .send("HTTP/1.1 404 Not Found\r\nconnection: close\r\ncontent-length: 22\r\n\r\n{\"detail\":\"Not Found\"}")
            .close(),
        health,
    ])
    .await;
    let folder = Folder::with_agent(server.addr().port()).await;
    let error = refused(lazy(folder.config("chat")).run(&[]).await);
    assert_eq!(*error.code(), ErrorCode::AGENT_NOT_FOUND_LOCAL);
    assert!(error.message().contains("serves agent other-agent"), "{error}");
    let targets: Vec<_> = server.requests().into_iter().map(|request| request.target).collect();
    assert_eq!(targets, ["/api/v1/agents/agent-1/run", "/api/v1/health"]);
}

#[tokio::test]
async fn a_run_that_is_lost_in_flight_is_not_sent_to_another_address() {
    let gate = Gate::new();
    let old = WireServer::start([Script::new().read_request().wait(&gate).close()]).await;
    let new = WireServer::start([]).await;
    let folder = Folder::with_agent(old.addr().port()).await;
    let client = lazy(folder.config("chat"));
    let call = tokio::spawn(client.run(&[]));
    old.wait_for(|events| events.iter().any(|event| matches!(event, Event::RequestRead { .. }))).await;
    folder.register(new.addr().port()).await;
    gate.open();
    let error = refused(call.await.expect("no panic"));
    assert_eq!(*error.code(), ErrorCode::CONNECTION_ERROR);
    assert!(!error.is_retryable());
    assert_eq!(new.connections(), 0);
}

#[tokio::test]
async fn an_address_that_is_given_is_never_looked_up() {
    let server = WireServer::start([]).await;
    let folder = Folder::with_agent(server.addr().port()).await;
    let client = lazy(folder.config("chat").with_address("127.0.0.1", refused_port()).with_enable_registry(true));
    assert_eq!(*refused(client.run(&[]).await).code(), ErrorCode::CONNECTION_ERROR);
    assert_eq!(server.connections(), 0);

    // Nor does it need a registry.
    let server = WireServer::start([answering(3)]).await;
    let mut config = local_on(&server, "chat");
    config.options = config.options.with_registry_folder("/nonexistent/folder");
    assert_eq!(lazy(config).run(&[]).await.expect("a result"), 3);
}

#[tokio::test]
async fn what_the_registry_lacks_is_named_and_nothing_is_created() {
    let folder = Folder::empty();
    let error = refused(RunAgentClient::new(folder.config("chat")).await);
    assert_eq!(*error.code(), ErrorCode::AGENT_NOT_FOUND_LOCAL);
    assert!(error.message().contains("there is no agent registry"), "{error}");
    assert!(error.suggestion().expect("a suggestion").contains("runagent serve"), "{error:?}");
    assert!(std::error::Error::source(&error).is_some() && !error.is_retryable());
    assert!(folder.listing().is_empty(), "{:?}", folder.listing());

    let missing = folder.0.path().join("missing");
    let error = refused(RunAgentClient::new(config_in(&missing, "chat")).await);
    assert_eq!(*error.code(), ErrorCode::AGENT_NOT_FOUND_LOCAL);
    assert!(!missing.exists());

    // Making a client lazily does not look it up.
    let client = lazy(config_in(&missing, "chat"));
    assert_eq!(*refused(client.run(&[]).await).code(), ErrorCode::AGENT_NOT_FOUND_LOCAL);
    assert_eq!(*refused(client.health().await).code(), ErrorCode::AGENT_NOT_FOUND_LOCAL);
    assert!(!client.health_check().await.expect("an answer"));
}

#[tokio::test]
async fn a_row_that_is_no_address_says_what_to_do() {
    for (sql, says) in [
        ("UPDATE agents SET agent_id = 'agent-2'", "it has agent-2"),
        ("UPDATE agents SET status = 'initialized'", "registered but not served"),
        ("UPDATE agents SET host = '', port = 0, status = 'serving'", "no host is recorded"),
        ("UPDATE agents SET host = 'remote', port = 0, status = 'initialized'", "call it as a remote agent"),
        ("UPDATE agents SET port = 0", "port 0"),
        ("UPDATE agents SET port = 70000", "port 70000"),
        ("UPDATE agents SET host = 'user@host/x'", "neither an IP address nor a host name"),
    ] {
        let folder = Folder::with_agent(8450).await;
        folder.execute(sql).await;
        let error = refused(RunAgentClient::new(folder.config("chat")).await);
        assert_eq!(*error.code(), ErrorCode::AGENT_NOT_FOUND_LOCAL, "{sql}: {error}");
        assert!(error.message().contains(says), "{sql}: {error}");
        assert!(error.suggestion().is_some() && !error.is_retryable(), "{sql}");
        assert_eq!(folder.listing(), ["runagent_local.db"], "{sql}");
    }
}

#[tokio::test]
async fn a_wildcard_address_is_dialled_on_loopback() {
    let server = WireServer::start([answering(7)]).await;
    let folder = Folder::with_agent(server.addr().port()).await;
    folder.execute("UPDATE agents SET host = '0.0.0.0'").await;
    assert_eq!(lazy(folder.config("chat")).run(&[]).await.expect("a result"), 7);
}

#[tokio::test]
async fn a_file_that_is_no_registry_is_an_error_of_the_registry() {
    let garbage = Folder::empty();
    fs::write(garbage.registry().path(), "not a database, and longer than its header would be".repeat(40))
        .expect("written");
    let directory = Folder::empty();
    fs::create_dir(directory.registry().path()).expect("created");
    let empty = Folder::empty();
    fs::write(empty.registry().path(), "").expect("written");
    for folder in [garbage, directory, empty] {
        let before = folder.listing();
        let error = refused(RunAgentClient::new(folder.config("chat")).await);
        assert_eq!(*error.code(), ErrorCode::REGISTRY_ERROR, "{error}");
        assert!(error.message().contains("cannot be read"), "{error}");
        assert!(error.suggestion().expect("a suggestion").contains("with_address"), "{error:?}");
        assert_eq!(*refused(lazy(folder.config("chat")).health_check().await).code(), ErrorCode::REGISTRY_ERROR);
        assert_eq!(folder.listing(), before);
    }
    // What the platform's own client once did to an empty file is not done to it here.
    let empty = Folder::empty();
    fs::write(empty.registry().path(), "").expect("written");
    refused(RunAgentClient::new(empty.config("chat")).await);
    assert_eq!(fs::metadata(empty.registry().path()).expect("a file").len(), 0);
}
