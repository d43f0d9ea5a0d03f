use std::collections::{BTreeMap, HashSet};
use std::sync::Arc;
use std::time::SystemTime;

use runagent_types::StructuredValue;
use sqlx::AssertSqlSafe;
use sqlx::sqlite::SqliteConnection;

use crate::connection::Query;
use crate::error::RegistryError;
use crate::invocation::{End, InvocationRecord, Kind, milliseconds, utc};
use crate::registry::Registry;
use crate::schema::{AGENTS, INVOCATIONS, RUNS, columns};

/// How many rows one statement adds. Each statement is a trip to SQLite's thread and back, which takes longer than a row.
const ROWS: usize = 16;

/// The columns of `agent_invocations`, and what becomes of the values that [`write_invocations`] binds, in this order. A
/// database from an older version may lack some.
const INVOCATION: [(&str, &str); 12] = [
    ("invocation_id", "?"),
    ("agent_id", "?"),
    ("input_data", "?"),
    ("output_data", "?"),
    ("error_detail", "?"),
    ("request_timestamp", "?"),
    ("response_timestamp", "?"),
    ("execution_time_ms", "?"),
    ("status", "?"),
    ("entrypoint_tag", "?"),
    ("sdk_type", "?"),
    ("client_info", "?"),
];
/// Those that change when it ends.
const END: [&str; 5] = ["output_data", "error_detail", "response_timestamp", "execution_time_ms", "status"];

/// The columns of `agent_runs`, and what becomes of the values that [`write_runs`] binds, in this order.
const RUN: [(&str, &str); 8] = [
    ("agent_id", "?"),
    ("input_data", "?"),
    // The text that went to the caller, quoted: the Python side reads it back as a text.
    ("output_data", "nullif(json_quote(?), 'null')"),
    ("success", "?"),
    ("error_message", "?"),
    ("execution_time", "?"),
    ("started_at", "?"),
    ("completed_at", "?"),
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

impl<'a> Query for Record<'a> {
    type Output = ();

    async fn run(&self, connection: &mut SqliteConnection) -> Result<(), sqlx::Error> {
        let Self(batch) = self;
        // What began and ended within the batch was never pending to anybody else.
        let ended: HashSet<_> = batch.iter().filter(|r| r.is_ended()).map(|r| r.invocation_id()).collect();
        let news: Vec<_> = batch.iter().filter(|r| r.is_ended() || !ended.contains(r.invocation_id())).collect();
        let present = columns(connection, INVOCATIONS).await?;
        for records in news.chunks(ROWS) {
            write_invocations(connection, &upsert(&present, records.len()), records).await?;
        }
        let run = |record: &&'a InvocationRecord| match &record.end {
            Some(end) if record.start.kind == Kind::Run => Some((*record, end)),
            _ => None,
        };
        let runs: Vec<_> = news.iter().filter_map(run).collect();
        let present = columns(connection, RUNS).await?;
        for runs in runs.chunks(ROWS) {
            write_runs(connection, &insert(RUNS, &RUN, &present, runs.len()), runs).await?;
        }
        let mut tallies: BTreeMap<&str, Tally> = BTreeMap::new();
        for (record, _) in runs {
            tallies.entry(record.agent_id()).or_default().count(record);
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

async fn write_invocations(
    connection: &mut SqliteConnection,
    statement: &Statement,
    records: &[&InvocationRecord],
) -> Result<(), sqlx::Error> {
    let Some(statement) = statement else { return Ok(()) };
    let mut query = sqlx::query(AssertSqlSafe(Arc::clone(statement)));
    for record in records {
        query = query
            .bind(record.invocation_id())
            .bind(record.agent_id())
            .bind(&record.start.input)
            // Python drops whatever is false to it, but reads `0`, `""`, `[]` and `{}` as what they are.
            .bind(record.output())
            .bind(record.error_detail())
            .bind(utc(record.start.time))
            .bind(record.ended().map(utc))
            .bind(record.took().map(milliseconds))
            .bind(record.status().as_str().to_owned())
            .bind(&record.start.entrypoint_tag)
            .bind(record.sdk_type())
            .bind(&record.start.client_info);
    }
    query.execute(connection).await?;
    Ok(())
}

async fn write_runs(
    connection: &mut SqliteConnection,
    statement: &Statement,
    runs: &[(&InvocationRecord, &End)],
) -> Result<(), sqlx::Error> {
    let Some(statement) = statement else { return Ok(()) };
    let structured = |json: &String| StructuredValue::encode_json(json);
    let mut query = sqlx::query(AssertSqlSafe(Arc::clone(statement)));
    for (record, end) in runs {
        query = query
            .bind(record.agent_id())
            .bind(&record.start.input)
            .bind(end.outcome.as_ref().ok().map(structured))
            .bind(end.outcome.is_ok())
            .bind(record.error_detail())
            .bind(end.took.as_secs_f64())
            .bind(utc(record.start.time))
            .bind(record.ended().map(utc));
    }
    query.execute(connection).await?;
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

/// Adds so many rows, whose values are bound row by row, those of columns that are not there too: only then do parameters
/// need numbers, each of which SQLite looks up in a list of them all.
fn insert(table: &str, columns: &[(&str, &str)], present: &HashSet<String>, rows: usize) -> Statement {
    let written = || columns.iter().enumerate().filter(|(_, (name, _))| present.contains(*name));
    let names: Vec<_> = written().map(|(_, (name, _))| *name).collect();
    let complete = names.len() == columns.len();
    let row = |row: usize| {
        let value = |(index, (_, value)): (usize, &(&str, &str))| match complete {
            true => (*value).to_owned(),
            false => value.replacen('?', &format!("?{}", row * columns.len() + index + 1), 1),
        };
        format!("({})", written().map(value).collect::<Vec<_>>().join(", "))
    };
    let rows = (0..rows).map(row).collect::<Vec<_>>().join(", ");
    (!names.is_empty()).then(|| format!("INSERT INTO {table} ({}) VALUES {rows}", names.join(", ")).into())
}

fn upsert(present: &HashSet<String>, rows: usize) -> Statement {
    let insert = insert(INVOCATIONS, &INVOCATION, present, rows)?;
    let changed = END.iter().filter(|name| present.contains(**name));
    let set: Vec<_> = changed.map(|name| format!("{name} = excluded.{name}")).collect();
    Some(format!("{insert} ON CONFLICT (invocation_id) DO UPDATE SET {}", set.join(", ")).into())
}

fn update(present: &HashSet<String>) -> Statement {
    let changed = COUNTERS.iter().filter(|(name, _)| present.contains(*name));
    let set: Vec<_> = changed.map(|(name, value)| format!("{name} = {value}")).collect();
    (!set.is_empty()).then(|| format!("UPDATE agents SET {} WHERE agent_id = ?1", set.join(", ")).into())
}
