//! The tables of the Python side.

use std::collections::HashSet;

use sqlx::sqlite::SqliteConnection;

const SCHEMA: &str = include_str!("schema.sql");
const COLUMNS: &str = "SELECT name FROM pragma_table_info(?1)";

pub(crate) const AGENTS: &str = "agents";
pub(crate) const INVOCATIONS: &str = "agent_invocations";
pub(crate) const RUNS: &str = "agent_runs";

/// Creates what is missing, in a database without agents.
pub(crate) async fn create(connection: &mut SqliteConnection) -> Result<(), sqlx::Error> {
    sqlx::raw_sql(SCHEMA).execute(connection).await?;
    Ok(())
}

/// The names of a table's columns; none if there is no such table.
pub(crate) async fn columns(connection: &mut SqliteConnection, table: &str) -> Result<HashSet<String>, sqlx::Error> {
    let names: Vec<String> = sqlx::query_scalar(COLUMNS).bind(table).fetch_all(connection).await?;
    Ok(names.into_iter().collect())
}
