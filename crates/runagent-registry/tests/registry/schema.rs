//! A database that we create is one that the Python side created.

use sqlx::sqlite::SqliteConnection;
use sqlx::{AssertSqlSafe, Connection};

use crate::database::{Database, address, agent};

async fn texts(connection: &mut SqliteConnection, sql: &str) -> Vec<String> {
    sqlx::query_scalar(AssertSqlSafe(sql.to_owned())).fetch_all(connection).await.unwrap()
}

/// Everything SQLite knows about a database but its rows.
async fn describe(database: &Database) -> Vec<String> {
    let mut connection = database.open().await;
    let mut facts = Vec::new();
    for query in [
        // As written, with any white space for one space.
        "SELECT type || ' ' || name || ' on ' || tbl_name || ': ' || coalesce(sql, '') \
         FROM sqlite_schema ORDER BY type, name",
        "SELECT t.name || ' column ' || concat_ws(' ', c.cid, c.name, c.type, c.\"notnull\", quote(c.dflt_value), c.pk) \
         FROM sqlite_schema t, pragma_table_info(t.name) c WHERE t.type = 'table' ORDER BY t.name, c.cid",
        "SELECT t.name || ' index ' || concat_ws(' ', i.name, i.\"unique\", i.origin, i.partial, c.seqno, c.name) \
         FROM sqlite_schema t, pragma_index_list(t.name) i, pragma_index_info(i.name) c \
         WHERE t.type = 'table' ORDER BY t.name, i.name, c.seqno",
        "SELECT t.name || ' key ' || concat_ws(' ', f.\"table\", f.\"from\", f.\"to\", f.on_update, f.on_delete) \
         FROM sqlite_schema t, pragma_foreign_key_list(t.name) f WHERE t.type = 'table' ORDER BY t.name",
        "SELECT 'user_version ' || user_version FROM pragma_user_version",
        "SELECT 'application_id ' || application_id FROM pragma_application_id",
        "SELECT 'encoding ' || encoding FROM pragma_encoding",
        "SELECT 'journal_mode ' || journal_mode FROM pragma_journal_mode",
        "SELECT 'page_size ' || page_size FROM pragma_page_size",
        "SELECT 'auto_vacuum ' || auto_vacuum FROM pragma_auto_vacuum",
    ] {
        let found = texts(&mut connection, query).await;
        let one_line = |text: String| text.split_whitespace().collect::<Vec<_>>().join(" ");
        facts.extend(found.into_iter().map(one_line));
    }
    connection.close().await.unwrap();
    facts
}

#[tokio::test]
async fn our_schema_is_the_python_schema() {
    let ours = Database::absent();
    ours.registry.register(&agent("a", 8450)).await.unwrap();
    let ours = describe(&ours).await;
    for fact in [
        "user_version 0",
        "encoding UTF-8",
        "journal_mode delete",
        "page_size 4096",
        "agents column 3 port INTEGER 1 NULL 0",
        "agents index idx_agents_status 0 c 0 0 status",
        "agent_logs key agents agent_id agent_id NO ACTION CASCADE",
    ] {
        assert!(ours.iter().any(|f| f == fact), "{fact} in {ours:#?}");
    }
    assert_eq!(ours, describe(&Database::python().await).await);
}

#[tokio::test]
async fn an_empty_file_becomes_a_whole_registry() {
    let database = Database::absent();
    std::fs::write(database.path(), b"").unwrap();
    database.registry.register(&agent("a", 8450)).await.unwrap();
    assert_eq!(describe(&database).await, describe(&Database::python().await).await);
}

#[tokio::test]
async fn a_schema_that_is_there_is_not_touched() {
    // An older version of the Python side, and tables and settings of somebody else.
    let older = "PRAGMA user_version = 7; PRAGMA journal_mode = WAL; \
         CREATE TABLE agents (agent_id VARCHAR NOT NULL PRIMARY KEY, agent_path VARCHAR NOT NULL, \
           host VARCHAR NOT NULL, port INTEGER NOT NULL, framework VARCHAR, status VARCHAR, \
           deployed_at DATETIME, run_count INTEGER); \
         CREATE TABLE foreign_table (a); INSERT INTO foreign_table VALUES (1); \
         CREATE INDEX foreign_index ON agents (host);";
    let database = Database::with(older).await;
    let before = describe(&database).await;

    let registry = &database.registry;
    registry.register(&agent("a", 1)).await.unwrap();
    registry.register(&agent("a", 8450)).await.unwrap();
    assert_eq!(registry.find("a").await, Ok(address(8450)));
    let row = database.row(&["agent_path", "framework", "status", "run_count"], "a").await;
    assert_eq!(row, ["'/srv/agent'", "'default'", "'serving'", "0"]);
    registry.mark_stopped("a", &address(8450)).await.unwrap();

    assert_eq!(describe(&database).await, before);
}

#[tokio::test]
async fn tables_of_somebody_else_are_kept_in_a_file_without_agents() {
    let database = Database::with("CREATE TABLE mine (a); INSERT INTO mine VALUES (42)").await;
    database.registry.register(&agent("a", 8450)).await.unwrap();
    assert_eq!(database.registry.find("a").await, Ok(address(8450)));
    let mut connection = database.open().await;
    let mine: i64 = sqlx::query_scalar("SELECT a FROM mine").fetch_one(&mut connection).await.unwrap();
    connection.close().await.unwrap();
    assert_eq!(mine, 42);
}
