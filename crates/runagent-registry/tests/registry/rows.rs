//! What stands in a row.

use runagent_registry::{Address, AddressError, RegistryError};
use sqlx::Connection;

use crate::database::{Database, address, agent};

/// Columns without a type, so that every value keeps its own.
const UNTYPED: &str = "CREATE TABLE agents (agent_id, host, port, status)";

/// Looks up a row with these SQL literals.
async fn find(host: &str, port: &str, status: &str) -> Result<Address, RegistryError> {
    let database = Database::with(UNTYPED).await;
    database.run(&format!("INSERT INTO agents VALUES ('a', {host}, {port}, {status})")).await;
    database.registry.find("a").await
}

async fn reason(host: &str, port: &str) -> AddressError {
    match find(host, port, "'serving'").await {
        Err(RegistryError::UnusableAddress { agent_id, reason }) => {
            assert_eq!(agent_id, "a");
            reason
        }
        other => panic!("host {host}, port {port}: {other:?}"),
    }
}

#[tokio::test]
async fn ports_of_every_kind() {
    for port in [1, 8450, 65535] {
        let found = find("'127.0.0.1'", &port.to_string(), "'serving'").await;
        assert_eq!(found, Ok(address(port)));
    }
    for port in [0, -1, 65536, 70000, 1 << 40, i64::MIN + 1, i64::MAX] {
        let found = reason("'127.0.0.1'", &port.to_string()).await;
        assert_eq!(found, AddressError::Port { port });
    }
    for port in ["NULL", "'8450'", "'abc'", "''", "8450.0", "8450.5", "x'8450'"] {
        let found = reason("'127.0.0.1'", port).await;
        assert_eq!(found, AddressError::PortNotInteger, "{port}");
    }
}

#[tokio::test]
async fn hosts_of_every_kind() {
    for (host, shown) in [
        ("'0.0.0.0'", "127.0.0.1:8450"),
        ("'::'", "[::1]:8450"),
        ("'[::1]'", "[::1]:8450"),
        ("'localhost'", "localhost:8450"),
        ("'evil.com'", "evil.com:8450"),
    ] {
        let found = find(host, "8450", "'serving'").await.unwrap();
        assert_eq!(found.to_string(), shown);
    }
    for host in ["NULL", "''", "' '"] {
        assert_eq!(reason(host, "8450").await, AddressError::NoHost, "{host}");
    }
    for host in ["1", "1.5", "x'31'"] {
        assert_eq!(reason(host, "8450").await, AddressError::HostNotText, "{host}");
    }
    for host in [
        "'a b'",
        "'127.0.0.1:1'",
        "'http://localhost'",
        "'a' || char(13, 10) || 'b'",
        "'a' || char(0) || 'b'",
        "hex(zeroblob(150))",
    ] {
        let found = reason(host, "8450").await;
        assert!(matches!(found, AddressError::Host { .. }), "{found:?}");
    }
    // Text that is not UTF-8.
    assert_eq!(reason("cast(x'ff' as text)", "8450").await, AddressError::HostNotText);
}

#[tokio::test]
async fn an_agent_without_a_server_is_told_from_one_without_an_address() {
    // `runagent init`, then `runagent config --register-agent`.
    for (host, port) in [("''", "0"), ("'localhost'", "8000")] {
        let error = find(host, port, "'initialized'").await.unwrap_err();
        assert_eq!(error, RegistryError::NotServed { agent_id: "a".into(), status: "initialized".into() });
    }
    // An agent that was only uploaded.
    let error = find("'remote'", "0", "'initialized'").await.unwrap_err();
    assert_eq!(error, RegistryError::UnusableAddress { agent_id: "a".into(), reason: AddressError::Remote });
}

#[tokio::test]
async fn any_other_status_may_be_a_server() {
    for status in ["'serving'", "'stopped'", "'deployed'", "''", "NULL", "1", "x'00'"] {
        let found = find("'127.0.0.1'", "8450", status).await;
        assert_eq!(found, Ok(address(8450)), "{status}");
    }
}

#[tokio::test]
async fn any_text_is_an_id_and_matches_only_itself() {
    let database = Database::absent();
    let ids = [
        "it's",
        "\"quoted\"",
        "100%",
        "a_b",
        "axb",
        "🦀",
        "nul\0byte",
        "nul",
        "",
        " ",
        "; DROP TABLE agents; --",
        "00000000-0000-0000-0000-000000000000",
        "1",
        "01",
        "A",
        "a",
    ];
    for (port, id) in (1..).zip(ids) {
        database.registry.register(&agent(id, port)).await.unwrap();
    }
    for (port, id) in (1..).zip(ids) {
        assert_eq!(database.registry.find(id).await, Ok(address(port)), "{id:?}");
    }
    for id in ["%", "a%", "_", "nul\0", "1.0"] {
        let error = database.registry.find(id).await.unwrap_err();
        assert!(matches!(error, RegistryError::NoAgent { .. }), "{id:?}");
    }
}

#[tokio::test]
async fn an_unknown_id_shows_the_known_ones() {
    let database = Database::python().await;
    let error = database.registry.find("weather").await.unwrap_err();
    let path = database.path().to_owned();
    let known = |error| match error {
        RegistryError::NoAgent { agent_id, path: found, known } => {
            assert_eq!((agent_id.as_str(), found), ("weather", path.clone()));
            known
        }
        other => panic!("{other:?}"),
    };
    assert!(known(error).is_empty());

    let mut connection = database.open().await;
    for n in 0..20 {
        let insert = "INSERT INTO agents (agent_id, agent_path, host, port) VALUES (?1, '', '', 0)";
        let id = if n == 3 { "weahter".to_owned() } else { format!("agent {n}") };
        sqlx::query(insert).bind(id).execute(&mut connection).await.unwrap();
    }
    connection.close().await.unwrap();
    let known = known(database.registry.find("weather").await.unwrap_err());
    assert_eq!(known[..2], ["weahter", "agent 19"]);
    assert_eq!(known.len(), 10);
}

#[tokio::test]
async fn an_id_that_is_there_twice_is_served_by_one_of_its_rows() {
    let database = Database::with(UNTYPED).await;
    let row = "INSERT INTO agents VALUES ('a', '127.0.0.1', 8450, 'serving')";
    database.run(&format!("{row}; {row}")).await;
    assert_eq!(database.registry.find("a").await, Ok(address(8450)));
}
