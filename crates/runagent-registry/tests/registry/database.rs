//! A registry in a folder of its own, and a plain SQLite connection to look behind its back.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use runagent_registry::{Address, Registration, Registry};
use sqlx::sqlite::{SqliteConnectOptions, SqliteConnection};
use sqlx::{AssertSqlSafe, ConnectOptions, Connection};
use tempfile::TempDir;

/// The schema that the Python side creates.
pub(crate) const PYTHON_SCHEMA: &str = include_str!("fixtures/python_schema.sql");

/// A folder that goes away with the test, and the registry in it.
pub(crate) struct Database {
    pub(crate) folder: TempDir,
    pub(crate) registry: Registry,
}

impl Database {
    /// A folder without a registry.
    pub(crate) fn absent() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let registry = Registry::in_folder(folder.path());
        Self { folder, registry }
    }

    /// A file made by these statements.
    pub(crate) async fn with(statements: &str) -> Self {
        let database = Self::absent();
        database.run(statements).await;
        database
    }

    /// A file as the Python side creates it.
    pub(crate) async fn python() -> Self {
        Self::with(PYTHON_SCHEMA).await
    }

    pub(crate) fn path(&self) -> &Path {
        self.registry.path()
    }

    /// Our own connection, which waits for no lock.
    pub(crate) async fn open(&self) -> SqliteConnection {
        SqliteConnectOptions::new()
            .filename(self.path())
            .create_if_missing(true)
            .foreign_keys(false)
            .busy_timeout(Duration::ZERO)
            .connect()
            .await
            .unwrap()
    }

    pub(crate) async fn run(&self, statements: &str) {
        let mut connection = self.open().await;
        run(&mut connection, statements).await;
        connection.close().await.unwrap();
    }

    /// The values of one row, each as SQLite quotes it.
    pub(crate) async fn row(&self, columns: &[&str], agent_id: &str) -> Vec<String> {
        let quoted: Vec<_> = columns.iter().map(|c| format!("quote({c})")).collect();
        let sql = format!("SELECT {} FROM agents WHERE agent_id = '{agent_id}'", quoted.join(" || char(10) || "));
        let mut connection = self.open().await;
        let row: String = sqlx::query_scalar(AssertSqlSafe(sql)).fetch_one(&mut connection).await.unwrap();
        connection.close().await.unwrap();
        row.lines().map(String::from).collect()
    }

    /// The texts that a query gives.
    pub(crate) async fn texts(&self, sql: &str) -> Vec<String> {
        let mut connection = self.open().await;
        let texts = sqlx::query_scalar(AssertSqlSafe(sql.to_owned())).fetch_all(&mut connection).await.unwrap();
        connection.close().await.unwrap();
        texts
    }

    pub(crate) fn listing(&self) -> Vec<PathBuf> {
        listing(self.folder.path())
    }
}

pub(crate) async fn run(connection: &mut SqliteConnection, statements: &str) {
    sqlx::raw_sql(AssertSqlSafe(statements.to_owned())).execute(connection).await.unwrap();
}

/// Everything in a folder, sorted.
pub(crate) fn listing(folder: &Path) -> Vec<PathBuf> {
    let mut paths: Vec<_> = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    paths.sort();
    paths
}

/// An agent at a loopback port.
pub(crate) fn agent(agent_id: &str, port: u16) -> Registration {
    Registration::new(agent_id, "/srv/agent", address(port))
}

pub(crate) fn address(port: u16) -> Address {
    Address::new("127.0.0.1", port).unwrap()
}
