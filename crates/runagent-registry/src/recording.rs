use std::collections::{BTreeMap, HashSet};
use std::sync::Arc;
use std::time::{SystemTime, UNIX_EPOCH};

use runagent_types::StructuredValue;
use sqlx::AssertSqlSafe;
use sqlx::sqlite::{Sqlite, SqliteArguments, SqliteConnection};

use crate::connection::Query;
use crate::error::RegistryError;
use crate::invocation::{InvocationRecord, Kind, milliseconds, utc};
use crate::registry::Registry;
use crate::schema::{AGENTS, INVOCATIONS, RUNS, columns};

/// How many rows one statement adds. Each statement is a trip to SQLite's thread and back, which takes longer than a row.
const ROWS: usize = 64;

/// The columns of `agent_invocations`, and what becomes of the values that [`Row::bind_invocation`] binds, in this order. A
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

/// The columns of `agent_runs`, and what becomes of the values that [`Row::bind_run`] binds, in this order.
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

/// What the runs of a batch change of their agent, with the values that [`Tally::write`] binds.
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
        // What began and ended within the batch was never pending to anybody else.
        let ended: HashSet<_> = batch.iter().filter(|r| r.is_ended()).map(|r| r.invocation_id()).collect();
        let news = batch.iter().filter(|r| r.is_ended() || !ended.contains(r.invocation_id()));
        let mut texts = Texts::default();
        let mut rows: Vec<_> = news.map(|record| Row::new(record, &mut texts)).collect();
        let present = columns(connection, INVOCATIONS).await?;
        write(connection, &rows, |rows| upsert(&present, rows), Row::bind_invocation).await?;

        rows.retain(|row| row.record.is_ended() && row.record.start.kind == Kind::Run);
        if rows.is_empty() {
            return Ok(());
        }
        let present = columns(connection, RUNS).await?;
        write(connection, &rows, |rows| insert(RUNS, &RUN, &present, rows), Row::bind_run).await?;
        let mut tallies: BTreeMap<&str, Tally> = BTreeMap::new();
        for Row { record, .. } in rows {
            tallies.entry(record.agent_id()).or_default().count(record);
        }
        let count = update(&columns(connection, AGENTS).await?);
        for (agent_id, tally) in tallies {
            tally.write(connection, &count, agent_id).await?;
        }
        Ok(())
    }
}

/// A statement with the values that are bound to it so far.
type Bound = sqlx::query::Query<'static, Sqlite, SqliteArguments>;

/// Adds rows, as many at a time as one statement takes: the one that `statement` gives for their number.
async fn write(
    connection: &mut SqliteConnection,
    rows: &[Row<'_>],
    statement: impl Fn(usize) -> Statement,
    bind: fn(Bound, &Row<'_>) -> Bound,
) -> Result<(), sqlx::Error> {
    let (mut size, mut text) = (0, None);
    for rows in rows.chunks(ROWS) {
        if rows.len() != size {
            (size, text) = (rows.len(), statement(rows.len()));
        }
        let Some(text) = &text else { return Ok(()) };
        let query = sqlx::query(AssertSqlSafe(Arc::clone(text)));
        rows.iter().fold(query, bind).execute(&mut *connection).await?;
    }
    Ok(())
}

/// A record, with what is told of it in both tables. SQLite's thread gets a share of each text rather than a copy: it would
/// free the copies of all rows while others allocate.
struct Row<'a> {
    record: &'a InvocationRecord,
    began: Arc<str>,
    ended: Option<Arc<str>>,
    status: Arc<str>,
    sdk_type: Arc<str>,
}

impl<'a> Row<'a> {
    fn new(record: &'a InvocationRecord, texts: &mut Texts) -> Self {
        Self {
            record,
            began: texts.time(record.start.time),
            ended: record.ended().map(|time| texts.time(time)),
            status: texts.word(record.status().as_str()),
            sdk_type: texts.word(record.sdk_type()),
        }
    }

    fn bind_invocation(query: Bound, row: &Row<'_>) -> Bound {
        let Row { record, began, ended, status, sdk_type } = row;
        let start = &record.start;
        query
            .bind(Arc::clone(&start.invocation_id))
            .bind(Arc::clone(&start.agent_id))
            .bind(Arc::clone(&start.input))
            // Python drops whatever is false to it, but reads `0`, `""`, `[]` and `{}` as what they are.
            .bind(record.output().cloned())
            .bind(record.error_detail().cloned())
            .bind(Arc::clone(began))
            .bind(ended.clone())
            .bind(record.took().map(milliseconds))
            .bind(Arc::clone(status))
            .bind(Arc::clone(&start.entrypoint_tag))
            .bind(Arc::clone(sdk_type))
            .bind(start.client_info.clone())
    }

    fn bind_run(query: Bound, row: &Row<'_>) -> Bound {
        let Row { record, began, ended, .. } = row;
        let outcome = record.end.as_ref().map(|end| &end.outcome);
        let output = outcome.and_then(|outcome| outcome.as_ref().ok());
        query
            .bind(Arc::clone(&record.start.agent_id))
            .bind(Arc::clone(&record.start.input))
            .bind(output.map(|json| StructuredValue::encode_json(json)))
            .bind(output.is_some())
            .bind(record.error_detail().cloned())
            .bind(record.took().map(|took| took.as_secs_f64()))
            .bind(Arc::clone(began))
            .bind(ended.clone())
    }
}

/// Texts that many rows of a batch have in common.
#[derive(Default)]
struct Texts {
    words: Vec<Arc<str>>,
    /// The last time that was asked for: its second since 1970, and how that is written.
    time: Option<(u64, Arc<str>)>,
}

impl Texts {
    /// One of a few words.
    fn word(&mut self, word: &str) -> Arc<str> {
        if let Some(known) = self.words.iter().find(|known| ***known == *word) {
            return Arc::clone(known);
        }
        let word = Arc::from(word);
        self.words.push(Arc::clone(&word));
        word
    }

    fn time(&mut self, time: SystemTime) -> Arc<str> {
        let second = time.duration_since(UNIX_EPOCH).unwrap_or_default().as_secs();
        match &self.time {
            Some((known, text)) if *known == second => Arc::clone(text),
            _ => {
                let text = Arc::from(utc(time));
                self.time = Some((second, Arc::clone(&text)));
                text
            }
        }
    }
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
