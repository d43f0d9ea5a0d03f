//! What lies where the registry should be.

use std::fs;

use runagent_registry::{Registry, RegistryError};
use sqlx::sqlite::SqliteConnectOptions;
use sqlx::{ConnectOptions, Connection};

use crate::database::{Database, address, agent, listing, run};

fn reason(error: RegistryError) -> String {
    match error {
        RegistryError::Unreadable { reason, .. } | RegistryError::Unwritable { reason, .. } => reason,
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn a_look_up_without_a_file_creates_nothing() {
    let database = Database::absent();
    let error = database.registry.find("a").await.unwrap_err();
    let path = database.path().to_owned();
    assert_eq!(error, RegistryError::NoFile { path });
    assert!(database.listing().is_empty());
}

#[tokio::test]
async fn a_look_up_without_a_folder_creates_nothing() {
    let database = Database::absent();
    let registry = Registry::in_folder(database.folder.path().join("missing/deep"));
    let error = registry.find("a").await.unwrap_err();
    assert!(matches!(error, RegistryError::NoFile { .. }), "{error:?}");
    let stopped = registry.mark_stopped("a", &address(8450)).await;
    assert_eq!(stopped, Ok(()), "nothing is registered, so nothing to do");
    assert!(database.listing().is_empty());
}

#[tokio::test]
async fn an_empty_file_stays_empty() {
    let database = Database::absent();
    fs::write(database.path(), b"").unwrap();
    let error = database.registry.find("a").await.unwrap_err();
    assert_eq!(reason(error), "no such table: agents");
    assert_eq!(fs::read(database.path()).unwrap(), b"");
    assert_eq!(database.listing(), [database.path()]);
}

#[tokio::test]
async fn garbage_is_refused_and_kept() {
    let database = Database::absent();
    let garbage = b"not a database, ".repeat(1000);
    fs::write(database.path(), &garbage).unwrap();

    let error = database.registry.find("a").await.unwrap_err();
    assert_eq!(reason(error), "file is not a database");
    let error = database.registry.register(&agent("a", 8450)).await;
    assert_eq!(reason(error.unwrap_err()), "file is not a database");
    assert_eq!(fs::read(database.path()).unwrap(), garbage);
}

#[tokio::test]
async fn a_database_cut_anywhere_is_an_error_or_the_right_answer() {
    let database = Database::python().await;
    let registry = &database.registry;
    registry.register(&agent("a", 8450)).await.unwrap();
    let whole = fs::read(database.path()).unwrap();

    let mut refused = 0;
    for length in (1..whole.len()).step_by(509) {
        fs::write(database.path(), &whole[..length]).unwrap();
        match registry.find("a").await {
            Ok(found) => assert_eq!(found, address(8450), "cut to {length} bytes"),
            Err(error) => {
                reason(error);
                refused += 1;
            }
        }
    }
    assert!(refused > 0);
}

#[tokio::test]
async fn a_file_that_cannot_be_read_is_no_missing_file() {
    let database = Database::python().await;
    let path = database.path();
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        fs::set_permissions(path, fs::Permissions::from_mode(0o000)).unwrap();
    }
    // An administrator reads a file of any mode; nobody reads a folder as a file.
    if fs::File::open(path).is_ok() {
        fs::remove_file(path).unwrap();
        fs::create_dir(path).unwrap();
    }
    let error = database.registry.find("a").await.unwrap_err();
    assert!(!reason(error).is_empty());
}

#[tokio::test]
async fn a_folder_in_place_of_the_file_is_refused() {
    let database = Database::absent();
    fs::create_dir(database.path()).unwrap();
    let error = database.registry.find("a").await.unwrap_err();
    assert_eq!(reason(error), "not a regular file");
    let error = database.registry.register(&agent("a", 8450)).await;
    assert_eq!(reason(error.unwrap_err()), "not a regular file");
}

#[cfg(unix)]
#[tokio::test]
async fn a_socket_in_place_of_the_file_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let registry = Registry::at(folder.path().join("db"));
    let _socket = std::os::unix::net::UnixListener::bind(registry.path()).unwrap();
    let error = registry.find("a").await.unwrap_err();
    assert_eq!(reason(error), "not a regular file");
}

#[cfg(unix)]
#[tokio::test]
async fn links_are_followed_and_a_dangling_one_is_never_written_through() {
    let database = Database::python().await;
    let registry = &database.registry;
    registry.register(&agent("a", 8450)).await.unwrap();
    let link = database.folder.path().join("link");
    std::os::unix::fs::symlink(database.path(), &link).unwrap();
    assert_eq!(Registry::at(&link).find("a").await, Ok(address(8450)));

    let dangling = Registry::at(database.folder.path().join("dangling"));
    let target = database.folder.path().join("target");
    std::os::unix::fs::symlink(&target, dangling.path()).unwrap();
    let error = dangling.find("a").await.unwrap_err();
    assert!(matches!(error, RegistryError::NoFile { .. }), "{error:?}");
    reason(dangling.register(&agent("a", 1)).await.unwrap_err());
    assert!(!target.exists());
}

#[tokio::test]
async fn a_missing_table_or_column_is_named() {
    for (statements, expected) in [
        ("CREATE TABLE other (a)", "no such table: agents"),
        ("CREATE TABLE agents (agent_id, host, port)", "no such column: status"),
        ("CREATE TABLE agents (agent_id, host, status)", "no such column: port"),
    ] {
        let database = Database::with(statements).await;
        let error = database.registry.find("a").await.unwrap_err();
        assert_eq!(reason(error), expected);
    }
}

#[tokio::test]
async fn any_character_may_stand_in_the_path() {
    let root = tempfile::tempdir().unwrap();
    for name in [
        "with space",
        "question?mode=memory",
        "hash#part",
        "per%20cent%",
        "amp&ersand=1",
        "q'uo\"te",
        "file:url",
        ":memory:",
        "ünï-码-🦀",
    ] {
        if cfg!(windows) && name.contains(['?', ':', '"']) {
            continue;
        }
        let folder = root.path().join(name);
        let registry = Registry::in_folder(&folder);
        registry.register(&agent("a", 8450)).await.unwrap();
        assert_eq!(registry.find("a").await, Ok(address(8450)), "{name}");
        assert_eq!(listing(&folder), [registry.path()], "{name}");
    }
}

#[tokio::test]
async fn paths_that_no_system_takes_are_errors() {
    let folder = tempfile::tempdir().unwrap();
    for name in ["nul\0byte".to_owned(), "x".repeat(4096)] {
        let registry = Registry::at(folder.path().join(name));
        reason(registry.find("a").await.unwrap_err());
        reason(registry.register(&agent("a", 8450)).await.unwrap_err());
    }
    let error = Registry::at("").find("a").await.unwrap_err();
    assert!(matches!(error, RegistryError::NoFile { .. }), "{error:?}");
    assert!(listing(folder.path()).is_empty());
}

#[tokio::test]
async fn a_database_in_wal_mode_is_read_with_its_log() {
    let database = Database::python().await;
    let mut writer = database.open().await;
    run(
        &mut writer,
        "PRAGMA journal_mode = WAL; \
         INSERT INTO agents (agent_id, agent_path, host, port, status) \
         VALUES ('a', '/srv/agent', '127.0.0.1', 8450, 'serving');",
    )
    .await;
    assert!(database.listing().len() > 1, "the row is only in the log");
    assert_eq!(database.registry.find("a").await, Ok(address(8450)));
    writer.close().await.unwrap();
    assert_eq!(database.registry.find("a").await, Ok(address(8450)));
}

#[tokio::test]
async fn the_journal_of_a_writer_that_died_is_rolled_back() {
    let database = Database::python().await;
    database.registry.register(&agent("a", 8450)).await.unwrap();
    // A cache of one page makes the open transaction reach the file, and the copy of both files
    // in the middle of it is what a crash leaves.
    let mut writer = database.open().await;
    run(
        &mut writer,
        "PRAGMA cache_size = 1; BEGIN IMMEDIATE; UPDATE agents SET port = 1; \
         WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 500) \
         INSERT INTO user_metadata (key, value) SELECT i, hex(zeroblob(500)) FROM n;",
    )
    .await;
    let crashed = Database::absent();
    let journal = |database: &Database| database.path().with_extension("db-journal");
    fs::copy(database.path(), crashed.path()).unwrap();
    fs::copy(journal(&database), journal(&crashed)).unwrap();
    writer.close().await.unwrap();

    // The case is real: whoever may only read is refused with SQLITE_READONLY_ROLLBACK.
    let mut reader = SqliteConnectOptions::new().filename(crashed.path()).read_only(true).connect().await.unwrap();
    let refused = sqlx::query("SELECT port FROM agents").fetch_one(&mut reader).await.unwrap_err();
    reader.close().await.unwrap();
    assert_eq!(refused.as_database_error().unwrap().code().as_deref(), Some("776"));

    assert_eq!(crashed.registry.find("a").await, Ok(address(8450)));
    assert_eq!(crashed.listing(), [crashed.path()], "the journal is gone");
    let mut connection = crashed.open().await;
    let check: String = sqlx::query_scalar("PRAGMA integrity_check").fetch_one(&mut connection).await.unwrap();
    connection.close().await.unwrap();
    assert_eq!(check, "ok");
}
