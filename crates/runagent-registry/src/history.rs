use std::collections::HashSet;

use runagent_types::platform::{Invocation, InvocationPage, InvocationStats, InvocationStatus};
use runagent_types::value_from_str;
use sqlx::sqlite::{SqliteConnection, SqliteRow};
use sqlx::{AssertSqlSafe, Row};

use crate::connection::Query;
use crate::error::RegistryError;
use crate::invocation::iso;
use crate::registry::Registry;
use crate::schema::{INVOCATIONS, columns};

/// What [`invocation`] reads, in this order. A database from an older version may lack some.
const COLUMNS: [&str; 12] = [
    "invocation_id",
    "agent_id",
    "input_data",
    "output_data",
    "error_detail",
    "request_timestamp",
    "response_timestamp",
    "execution_time_ms",
    "status",
    "entrypoint_tag",
    "sdk_type",
    "client_info",
];

impl Registry {
    /// The runs and streams of an agent, the newest first: `limit` of them at most, of all statuses or of one.
    ///
    /// What is no JSON where JSON belongs, such as the `NaN` that Python writes, arrives as text.
    ///
    /// # Errors
    ///
    /// - [`RegistryError::NoFile`]: there is no registry.
    /// - [`RegistryError::Locked`]: another process kept a lock for longer than the busy timeout.
    /// - [`RegistryError::Unreadable`]: the file is no registry, or may not be read.
    ///
    /// An agent that is not known has no invocations, and neither has a registry from a version that kept none.
    ///
    /// # Cancel safety
    ///
    /// Safe: dropping the future closes the connection from its own thread.
    pub async fn invocations(
        &self,
        agent_id: &str,
        status: Option<&InvocationStatus>,
        limit: Option<u64>,
    ) -> Result<InvocationPage, RegistryError> {
        let rows = self.read(List { agent_id, status, limit }).await?;
        Ok(InvocationPage::new(agent_id, rows.iter().map(invocation).collect()))
    }

    /// One run or stream of any agent; `None` if there is none of this id.
    ///
    /// # Errors
    ///
    /// As [`invocations`](Self::invocations).
    ///
    /// # Cancel safety
    ///
    /// As [`invocations`](Self::invocations).
    pub async fn invocation(&self, invocation_id: &str) -> Result<Option<Invocation>, RegistryError> {
        Ok(self.read(One(invocation_id)).await?.as_ref().map(invocation))
    }

    /// How the runs and streams of an agent went, in numbers.
    ///
    /// # Errors
    ///
    /// As [`invocations`](Self::invocations).
    ///
    /// # Cancel safety
    ///
    /// As [`invocations`](Self::invocations).
    pub async fn invocation_stats(&self, agent_id: &str) -> Result<InvocationStats, RegistryError> {
        let row = self.read(Count(agent_id)).await?;
        let count = |index| row.as_ref().and_then(|row| row.try_get::<i64, _>(index).ok()).unwrap_or_default();
        let mut stats = InvocationStats::default();
        agent_id.clone_into(&mut stats.agent_id);
        stats.total_invocations = count(0).unsigned_abs();
        stats.completed_invocations = count(1).unsigned_abs();
        stats.failed_invocations = count(2).unsigned_abs();
        stats.pending_invocations = count(3).unsigned_abs();
        let average = row.as_ref().and_then(|row| row.try_get::<Option<f64>, _>(4).ok()).flatten();
        Ok(stats.with_means(average))
    }
}

struct List<'a> {
    agent_id: &'a str,
    status: Option<&'a InvocationStatus>,
    limit: Option<u64>,
}

impl Query for List<'_> {
    type Output = Vec<SqliteRow>;

    async fn run(&self, connection: &mut SqliteConnection) -> Result<Vec<SqliteRow>, sqlx::Error> {
        // Of a second, the last that was written first.
        let rest = "WHERE agent_id = ?1 AND (?2 IS NULL OR status = ?2) \
             ORDER BY request_timestamp DESC, rowid DESC LIMIT ?3";
        let Some(select) = select(&columns(connection, INVOCATIONS).await?, rest) else { return Ok(Vec::new()) };
        sqlx::query(AssertSqlSafe(select))
            .bind(self.agent_id)
            .bind(self.status.map(InvocationStatus::as_str))
            // To SQLite a negative limit is none.
            .bind(self.limit.map_or(-1, |limit| i64::try_from(limit).unwrap_or(i64::MAX)))
            .fetch_all(connection)
            .await
    }
}

struct One<'a>(&'a str);

impl Query for One<'_> {
    type Output = Option<SqliteRow>;

    async fn run(&self, connection: &mut SqliteConnection) -> Result<Option<SqliteRow>, sqlx::Error> {
        let present = columns(connection, INVOCATIONS).await?;
        let Some(select) = select(&present, "WHERE invocation_id = ?1") else { return Ok(None) };
        sqlx::query(AssertSqlSafe(select)).bind(self.0).fetch_optional(connection).await
    }
}

struct Count<'a>(&'a str);

impl Query for Count<'_> {
    type Output = Option<SqliteRow>;

    async fn run(&self, connection: &mut SqliteConnection) -> Result<Option<SqliteRow>, sqlx::Error> {
        const COUNT: &str = "SELECT count(*), \
             count(*) FILTER (WHERE status = 'completed'), \
             count(*) FILTER (WHERE status = 'failed'), \
             count(*) FILTER (WHERE status = 'pending'), \
             avg(execution_time_ms) FILTER (WHERE status = 'completed') \
             FROM agent_invocations WHERE agent_id = ?1";
        if columns(connection, INVOCATIONS).await?.is_empty() {
            return Ok(None);
        }
        sqlx::query(COUNT).bind(self.0).fetch_optional(connection).await
    }
}

/// A query for [`COLUMNS`], each null that is not there; `None` if there is no such table at all.
fn select(present: &HashSet<String>, rest: &str) -> Option<String> {
    let column = |name: &&'static str| if present.contains(*name) { *name } else { "NULL" };
    let columns: Vec<_> = COLUMNS.iter().map(column).collect();
    (!present.is_empty()).then(|| format!("SELECT {} FROM {INVOCATIONS} {rest}", columns.join(", ")))
}

/// Reads a row as far as it can be read: SQLite keeps any type in any column.
fn invocation(row: &SqliteRow) -> Invocation {
    let text = |index| row.try_get::<Option<String>, _>(index).unwrap_or_default();
    // Python writes `NaN`, which is no JSON: such text stays text.
    let json =
        |index| text(index).map(|text| value_from_str(&text).unwrap_or_else(|_| text.into())).unwrap_or_default();
    let time = |index| text(index).map(|text| iso(&text));
    let mut invocation =
        Invocation::new(text(0).unwrap_or_default(), text(8).map(InvocationStatus::from).unwrap_or_default());
    invocation.agent_id = text(1).unwrap_or_default();
    invocation.input_data = json(2);
    invocation.output_data = json(3);
    invocation.error_detail = text(4);
    invocation.request_timestamp = time(5);
    invocation.response_timestamp = time(6);
    invocation.execution_time_ms = row.try_get(7).unwrap_or_default();
    invocation.entrypoint_tag = text(9);
    invocation.sdk_type = text(10);
    invocation.client_info = json(11).as_object().cloned().unwrap_or_default();
    invocation
}
