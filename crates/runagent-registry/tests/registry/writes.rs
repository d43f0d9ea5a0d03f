//! What a server writes.

use runagent_registry::{Address, Registration, RegistryError};

use crate::database::{Database, address, agent};

const ALL: [&str; 23] = [
    "agent_id",
    "agent_path",
    "host",
    "port",
    "framework",
    "status",
    "remote_status",
    "is_local",
    "fingerprint",
    "deployed_at",
    "last_run",
    "run_count",
    "success_count",
    "error_count",
    "created_at",
    "updated_at",
    "agent_name",
    "description",
    "template",
    "version",
    "initialized_at",
    "config_fingerprint",
    "project_id",
];

/// Digits as `0`, so that a time shows its format.
fn shape(text: &str) -> String {
    text.replace(|c: char| c.is_ascii_digit(), "0")
}

#[tokio::test]
async fn a_new_row_has_what_the_python_side_writes() {
    let database = Database::absent();
    let agent = Registration::new("a", "/srv/a", Address::new("::", 8450).unwrap())
        .with_agent_name("Näme")
        .with_description("It's \"one\"\nwith lines")
        .with_version("1.2.0");
    database.registry.register(&agent).await.unwrap();

    let mut shown = ALL;
    shown[17] = "replace(description, char(10), '|')";
    let row = database.row(&shown, "a").await;
    let (local, utc) = ("'0000-00-00 00:00:00.000000'", "'0000-00-00 00:00:00'");
    let expected = [
        "'a'",
        "'/srv/a'",
        "'::1'",
        "8450",
        "'default'",
        "'serving'",
        "'initialized'",
        "1",
        "NULL",
        local,
        "NULL",
        "0",
        "0",
        "0",
        utc,
        local,
        "'Näme'",
        "'It''s \"one\"|with lines'",
        "'default'",
        "'1.2.0'",
        local,
        "NULL",
        "NULL",
    ];
    for ((column, value), expected) in ALL.iter().zip(row).zip(expected) {
        let value = if column.ends_with("_at") { shape(&value) } else { value };
        assert_eq!(value, expected, "{column}");
    }
}

#[tokio::test]
async fn an_existing_row_keeps_what_is_not_ours() {
    let database = Database::python().await;
    database
        .run(
            "INSERT INTO agents VALUES ('a', '/old', '', 0, 'langgraph', 'initialized', 'deployed', 1, 'fp', NULL, \
             '2025-01-02 03:04:05', 50, 45, 5, '2025-01-01 00:00:00', '2025-01-01 00:00:00', 'name', 'text', 'tpl', \
             '1.0.0', '2025-01-01 00:00:00.000000', 'cfp', 'project'); \
             INSERT INTO agents SELECT 'other', agent_path, host, port, framework, status, remote_status, is_local, \
             fingerprint, deployed_at, last_run, run_count, success_count, error_count, created_at, updated_at, \
             agent_name, description, template, version, initialized_at, config_fingerprint, project_id FROM agents;",
        )
        .await;
    let before = database.row(&ALL, "a").await;
    let other = database.row(&ALL, "other").await;

    let version = agent("a", 8450).with_version("2.0.0");
    database.registry.register(&version).await.unwrap();

    let changed = [
        ("agent_path", "'/srv/agent'"),
        ("host", "'127.0.0.1'"),
        ("port", "8450"),
        ("status", "'serving'"),
        ("version", "'2.0.0'"),
    ];
    let after = database.row(&ALL, "a").await;
    for ((column, before), after) in ALL.iter().zip(before).zip(after) {
        if ["deployed_at", "updated_at"].contains(column) {
            assert_eq!(shape(&after), "'0000-00-00 00:00:00.000000'", "{column}");
            assert_ne!(before, after, "{column}");
            continue;
        }
        let expected = changed.iter().find(|(name, _)| name == column).map_or(before.as_str(), |(_, value)| value);
        assert_eq!(after, expected, "{column}");
    }
    assert_eq!(database.row(&ALL, "other").await, other);
}

#[tokio::test]
async fn every_field_of_a_registration_arrives() {
    let database = Database::absent();
    let full = agent("a", 8450)
        .with_framework("crewai")
        .with_agent_name("name")
        .with_description("text")
        .with_template("tpl")
        .with_version("1");
    let columns = ["framework", "agent_name", "description", "template", "version"];
    // First as a new row, then over one that is there.
    for _ in 0..2 {
        database.registry.register(&full).await.unwrap();
        assert_eq!(database.row(&columns, "a").await, ["'crewai'", "'name'", "'text'", "'tpl'", "'1'"]);
        database
            .run(
                "UPDATE agents SET framework = 'x', agent_name = 'x', description = 'x', template = 'x', version = 'x'",
            )
            .await;
    }
}

#[tokio::test]
async fn a_stopped_agent_is_registered_and_not_served() {
    let database = Database::absent();
    let registry = &database.registry;
    registry.register(&agent("a", 8450)).await.unwrap();
    registry.register(&agent("b", 8451)).await.unwrap();
    registry.mark_stopped("a", &address(8450)).await.unwrap();

    let error = registry.find("a").await.unwrap_err();
    assert!(matches!(error, RegistryError::NotServed { .. }), "{error:?}");
    // As `runagent init` leaves it: the Python side gives the port to the next agent.
    assert_eq!(database.row(&["host", "port", "status"], "a").await, ["''", "0", "'initialized'"]);
    assert_eq!(registry.find("b").await, Ok(address(8451)));

    registry.register(&agent("a", 8452)).await.unwrap();
    assert_eq!(registry.find("a").await, Ok(address(8452)));
}

#[tokio::test]
async fn only_the_server_that_is_registered_can_stop() {
    let database = Database::absent();
    let registry = &database.registry;
    registry.register(&agent("a", 8450)).await.unwrap();
    let elsewhere = Address::new("localhost", 8450).unwrap();
    for (id, address) in [("a", address(8451)), ("a", elsewhere), ("b", address(8450))] {
        registry.mark_stopped(id, &address).await.unwrap();
    }
    assert_eq!(registry.find("a").await, Ok(address(8450)));
}

#[cfg(unix)]
#[tokio::test]
async fn only_the_owner_can_read_what_we_create() {
    use std::os::unix::fs::PermissionsExt;
    let mode = |path: &std::path::Path| path.metadata().unwrap().permissions().mode() & 0o777;

    let root = tempfile::tempdir().unwrap();
    let folder = root.path().join("home/.runagent");
    let registry = runagent_registry::Registry::in_folder(&folder);
    registry.register(&agent("a", 8450)).await.unwrap();
    assert_eq!(mode(registry.path()), 0o600);
    assert_eq!(mode(&folder), 0o700);

    // What is there keeps its mode: it may be shared on purpose.
    let permissions = std::fs::Permissions::from_mode;
    std::fs::set_permissions(registry.path(), permissions(0o644)).unwrap();
    std::fs::set_permissions(&folder, permissions(0o755)).unwrap();
    registry.register(&agent("a", 8451)).await.unwrap();
    assert_eq!(mode(registry.path()), 0o644);
    assert_eq!(mode(&folder), 0o755);
}

#[tokio::test]
async fn a_database_that_misses_what_a_look_up_needs_is_refused() {
    let database = Database::with("CREATE TABLE agents (agent_id, host, status)").await;
    let error = database.registry.register(&agent("a", 8450)).await;
    assert_eq!(
        error,
        Err(RegistryError::Unwritable { path: database.path().to_owned(), reason: "no such column: port".into() })
    );
}
