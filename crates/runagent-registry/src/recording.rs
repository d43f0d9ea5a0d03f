use std::collections::{BTreeMap, HashSet};
use std::sync::Arc;
use std::time::SystemTime;

use runagent_types::{StructuredValue, value_from_str};
use sqlx::AssertSqlSafe;
use sqlx::sqlite::SqliteConnection;

use crate::connection::Query;
use crate::error::RegistryError;
use crate::invocation::{End, InvocationRecord, Kind, milliseconds, utc};
use crate::registry::Registry;
use crate::schema::{AGENTS, INVOCATIONS, RUNS, columns};

/// The columns of `agent_invocations`, and the values that [`Batch::invocation`] binds. A database from an older version
/// may lack some.
const INVOCATION: [(&str, &str); 12] = [
    ("invocation_id", "?1"),
    ("agent_id", "?2"),
    ("input_data", "?3"),
    ("output_data", "?4"),
    ("error_detail", "?5"),
    ("request_timestamp", "?6"),
    ("response_timestamp", "?7"),
    ("execution_time_ms", "?8"),
    ("status", "?9"),
    ("entrypoint_tag", "?10"),
    ("sdk_type", "?11"),
    ("client_info", "?12"),
];
/// Those that change when it ends.
const END: [&str; 5] = ["output_data", "error_detail", "response_timestamp", "execution_time_ms", "status"];

/// The columns of `agent_runs`, and the values that [`Batch::run`] binds.
const RUN: [(&str, &str); 8] = [
    ("agent_id", "?1"),
    ("input_data", "?2"),
    // The text that went to the caller, quoted: the Python side reads it back as a text.
    ("output_data", "nullif(json_quote(?3), 'null')"),
    ("success", "?4"),
    ("error_message", "?5"),
    ("execution_time", "?6"),
    ("started_at", "?7"),
    ("completed_at", "?8"),
];

/// What the runs of a batch change of their agent, with the values that [`Tally::add_to`] binds.
const COUNTERS: [(&str, &str); 5] = [
    ("run_count", "coalesce(run_count, 0) + ?2 + ?3"),
    ("success_count", "coalesce(success_count, 0) + ?2"),
    ("error_count", "coalesce(error_count, 0) + ?3"),
    ("last_run", "?4"),
    ("updated_at", "CURRENT_TIMESTAMP"),
];

impl Registry {
    /// Writes these runs and streams, all of them or none, in one short transaction: what
    /// `runagent db invocations` and the Python server's pages show.
    ///
    /// A record of an invocation that is there already ends it. Of runs that have ended, the Python side also keeps
    /// a row in `agent_runs` and counts in the agent's own row. Tables and columns that an older database lacks are left
    /// out.
    ///
    /// # Errors
    ///
    /// - [`RegistryError::Locked`]: another process kept a lock for longer than the busy timeout.
    /// - [`RegistryError::Unwritable`]: the file is missing or cannot be changed. It is not created here.
    ///
    /// # Cancel safety
    ///
    /// The batch is written whole or not at all; which of the two is not known when the future is dropped.
    ///
    /// ```
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// use std::time::Duration;
    ///
    /// use runagent_registry::{Address, InvocationRecord, Registration, Registry};
    ///
    /// # let folder = tempfile::tempdir()?;
    /// let registry = Registry::in_folder(folder.path());
    /// registry.register(&Registration::new("weather", "/srv/weather", Address::new("localhost", 8450)?)).await?;
    ///
    /// let run = InvocationRecord::run("weather", "i1", "forecast").completed("\"Rain.\"", Duration::from_millis(12));
    /// registry.record(&[run]).await?;
    ///
    /// let found = registry.invocation("i1").await?.expect("what was recorded");
    /// assert_eq!(found.output_data, "Rain.");
    /// # Ok(())
    /// # }
    /// ```
    pub async fn record(&self, batch: &[InvocationRecord]) -> Result<(), RegistryError> {
        if batch.is_empty() {
            return Ok(());
        }
        self.write(Record(batch)).await
    }

    /// Ends every invocation of an agent that is still pending, for the reason `detail`, and returns how many these were:
    /// for a server that starts, and finds what an earlier one left when it was killed.
    ///
    /// Whether that server really is gone is for the caller to know. One that is not ends its invocations as they end,
    /// whatever is written here.
    ///
    /// # Errors
    ///
    /// As [`record`](Self::record).
    ///
    /// # Cancel safety
    ///
    /// As [`record`](Self::record).
    pub async fn fail_pending(&self, agent_id: &str, detail: &str) -> Result<u64, RegistryError> {
        self.write(FailPending { agent_id, detail }).await
    }
}

/// Statements are text of this file alone, put together for the columns that are there; `None` if there are none.
type Statement = Option<Arc<str>>;

struct FailPending<'a> {
    agent_id: &'a str,
    detail: &'a str,
}

impl Query for FailPending<'_> {
    type Output = u64;

    async fn run(&self, connection: &mut SqliteConnection) -> Result<u64, sqlx::Error> {
        const FAIL: &str = "UPDATE agent_invocations \
             SET status = 'failed', error_detail = ?2, response_timestamp = CURRENT_TIMESTAMP \
             WHERE agent_id = ?1 AND status = 'pending'";
        let present = columns(connection, INVOCATIONS).await?;
        if !["agent_id", "status", "error_detail", "response_timestamp"].iter().all(|name| present.contains(*name)) {
            return Ok(0);
        }
        let done = sqlx::query(FAIL).bind(self.agent_id).bind(self.detail).execute(connection).await?;
        Ok(done.rows_affected())
    }
}

struct Record<'a>(&'a [InvocationRecord]);

impl Query for Record<'_> {
    type Output = ();

    async fn run(&self, connection: &mut SqliteConnection) -> Result<(), sqlx::Error> {
        let Self(batch) = self;
        let add_invocation = upsert(&columns(connection, INVOCATIONS).await?);
        let add_run = insert(RUNS, &RUN, &columns(connection, RUNS).await?);
        // What began and ended within the batch was never pending to anybody else.
        let ended: HashSet<_> = batch.iter().filter(|r| r.is_ended()).map(|r| r.invocation_id()).collect();
        let mut tallies: BTreeMap<&str, Tally> = BTreeMap::new();
        for record in *batch {
            if record.end.is_none() && ended.contains(record.invocation_id()) {
                continue;
            }
            write_invocation(connection, &add_invocation, record).await?;
            if record.start.kind == Kind::Run
                && let Some(end) = &record.end
            {
                write_run(connection, &add_run, record, end).await?;
                tallies.entry(record.agent_id()).or_default().count(record);
            }
        }
        if !tallies.is_empty() {
            let count = update(&columns(connection, AGENTS).await?);
            for (agent_id, tally) in tallies {
                tally.write(connection, &count, agent_id).await?;
            }
        }
        Ok(())
    }
}

async fn write_invocation(
    connection: &mut SqliteConnection,
    statement: &Statement,
    record: &InvocationRecord,
) -> Result<(), sqlx::Error> {
    let Some(statement) = statement else { return Ok(()) };
    sqlx::query(AssertSqlSafe(Arc::clone(statement)))
        .bind(record.invocation_id())
        .bind(record.agent_id())
        .bind(&record.start.input)
        // Python drops whatever is false to it, but reads `0`, `""`, `[]` and `{}` as what they are.
        .bind(record.output())
        .bind(record.error_detail())
        .bind(utc(record.start.time))
        .bind(record.ended().map(utc))
        .bind(record.took().map(milliseconds))
        .bind(record.status().as_str())
        .bind(&record.start.entrypoint_tag)
        .bind(record.sdk_type())
        .bind(&record.start.client_info)
        .execute(connection)
        .await?;
    Ok(())
}

async fn write_run(
    connection: &mut SqliteConnection,
    statement: &Statement,
    record: &InvocationRecord,
    end: &End,
) -> Result<(), sqlx::Error> {
    let Some(statement) = statement else { return Ok(()) };
    let structured = |json: &String| StructuredValue::encode(&value_from_str(json).unwrap_or_default());
    sqlx::query(AssertSqlSafe(Arc::clone(statement)))
        .bind(record.agent_id())
        .bind(&record.start.input)
        .bind(end.outcome.as_ref().ok().map(structured))
        .bind(end.outcome.is_ok())
        .bind(record.error_detail())
        .bind(end.took.as_secs_f64())
        .bind(utc(record.start.time))
        .bind(record.ended().map(utc))
        .execute(connection)
        .await?;
    Ok(())
}

/// What the runs of one agent in a batch come to.
#[derive(Default)]
struct Tally {
    succeeded: i64,
    failed: i64,
    last: Option<SystemTime>,
}

impl Tally {
    fn count(&mut self, record: &InvocationRecord) {
        let failed = record.error_detail().is_some();
        *(if failed { &mut self.failed } else { &mut self.succeeded }) += 1;
        self.last = self.last.max(record.ended());
    }

    async fn write(
        self,
        connection: &mut SqliteConnection,
        statement: &Statement,
        agent_id: &str,
    ) -> Result<(), sqlx::Error> {
        let Some(statement) = statement else { return Ok(()) };
        sqlx::query(AssertSqlSafe(Arc::clone(statement)))
            .bind(agent_id)
            .bind(self.succeeded)
            .bind(self.failed)
            .bind(self.last.map(utc))
            .execute(connection)
            .await?;
        Ok(())
    }
}

fn insert(table: &str, columns: &[(&str, &str)], present: &HashSet<String>) -> Statement {
    let written = columns.iter().filter(|(name, _)| present.contains(*name));
    let (names, values): (Vec<_>, Vec<_>) = written.copied().unzip();
    let (columns, values) = (names.join(", "), values.join(", "));
    (!names.is_empty()).then(|| format!("INSERT INTO {table} ({columns}) VALUES ({values})").into())
}

fn upsert(present: &HashSet<String>) -> Statement {
    let insert = insert(INVOCATIONS, &INVOCATION, present)?;
    let changed = END.iter().filter(|name| present.contains(**name));
    let set: Vec<_> = changed.map(|name| format!("{name} = excluded.{name}")).collect();
    Some(format!("{insert} ON CONFLICT (invocation_id) DO UPDATE SET {}", set.join(", ")).into())
}

fn update(present: &HashSet<String>) -> Statement {
    let changed = COUNTERS.iter().filter(|(name, _)| present.contains(*name));
    let set: Vec<_> = changed.map(|(name, value)| format!("{name} = {value}")).collect();
    (!set.is_empty()).then(|| format!("UPDATE agents SET {} WHERE agent_id = ?1", set.join(", ")).into())
}
