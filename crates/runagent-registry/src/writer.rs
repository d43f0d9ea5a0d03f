use std::fs::{self, DirBuilder, OpenOptions};
use std::io;
#[cfg(unix)]
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::Path;

use sqlx::sqlite::SqliteConnection;
use sqlx::{AssertSqlSafe, Connection};

use crate::address::Address;
use crate::connection::{self, Access, Query};
use crate::error::RegistryError;
use crate::lookup::INITIALIZED;
use crate::registration::Registration;
use crate::registry::Registry;
use crate::schema::{self, AGENTS, columns};

/// The write lock at once: a transaction that read first could not wait for it.
const BEGIN: &str = "BEGIN IMMEDIATE";
/// Local time with microseconds, as the Python server writes it.
const LOCAL_NOW: &str = "strftime('%Y-%m-%d %H:%M:%f000', 'now', 'localtime')";

/// A column of `agents`, and the SQL of its value in a new row and in one that is there.
/// `?1` to `?9` are the values that [`execute`] binds.
struct Column {
    name: &'static str,
    new: &'static str,
    update: Option<&'static str>,
}

const fn column(name: &'static str, new: &'static str, update: Option<&'static str>) -> Column {
    Column { name, new, update }
}

/// What a look-up needs. A database without one of these is refused by SQLite.
const REQUIRED: [Column; 4] = [
    column("agent_id", "?1", None),
    column("host", "?2", Some("?2")),
    column("port", "?3", Some("?3")),
    column("status", "'serving'", Some("'serving'")),
];

/// What the Python side fills as well. A database from an older version lacks some of them.
const OPTIONAL: [Column; 15] = [
    column("agent_path", "?4", Some("?4")),
    column("framework", "coalesce(?5, 'default')", Some("coalesce(?5, framework)")),
    column("agent_name", "?6", Some("coalesce(?6, agent_name)")),
    column("description", "?7", Some("coalesce(?7, description)")),
    column("template", "coalesce(?8, 'default')", Some("coalesce(?8, template)")),
    column("version", "?9", Some("coalesce(?9, version)")),
    column("remote_status", "'initialized'", None),
    column("is_local", "1", None),
    column("run_count", "0", None),
    column("success_count", "0", None),
    column("error_count", "0", None),
    column("created_at", "CURRENT_TIMESTAMP", None),
    column("initialized_at", LOCAL_NOW, None),
    column("deployed_at", LOCAL_NOW, Some(LOCAL_NOW)),
    column("updated_at", LOCAL_NOW, Some(LOCAL_NOW)),
];

impl Registry {
    /// Writes that the agent is served at its address: a new row, or the one that has its id.
    ///
    /// A row that is there keeps its counters, dates of creation and whatever the registration
    /// leaves out. A file that is missing is created with mode 0600, its folder with mode 0700,
    /// with the schema of the Python side; the modes of what is there are not changed.
    ///
    /// # Errors
    ///
    /// - [`RegistryError::Locked`]: another process kept a lock for longer than the busy timeout.
    /// - [`RegistryError::Unwritable`]: the file or its folder cannot be created or changed.
    ///
    /// # Cancel safety
    ///
    /// The row is written whole or not at all; which of the two is not known when the future is
    /// dropped. Calling it again is always right.
    pub async fn register(&self, agent: &Registration) -> Result<(), RegistryError> {
        self.create_file()
            .map_err(|error| RegistryError::Unwritable { path: self.path().to_owned(), reason: error.to_string() })?;
        self.write(Upsert(agent)).await?;
        tracing::debug!(agent_id = agent.agent_id, address = %agent.address, "agent registered");
        Ok(())
    }

    /// Writes that the agent is no longer served at `address`.
    ///
    /// The row goes back to what `runagent init` leaves, which is how the Python side knows an
    /// agent that is registered and not served, and which frees its port. A row that is gone or
    /// has another address by now (a newer server took over), and a registry that does not exist,
    /// are left alone: that is no error.
    ///
    /// # Errors
    ///
    /// As [`register`](Self::register).
    ///
    /// # Cancel safety
    ///
    /// As [`register`](Self::register).
    pub async fn mark_stopped(&self, agent_id: &str, address: &Address) -> Result<(), RegistryError> {
        // Any other failure is for SQLite to explain.
        if fs::metadata(self.path()).is_err_and(|error| error.kind() == io::ErrorKind::NotFound) {
            return Ok(());
        }
        self.write(Release { agent_id, address }).await
    }

    /// One connection and one transaction, closed whatever comes of it.
    pub(crate) async fn write<Q: Query>(&self, change: Q) -> Result<Q::Output, RegistryError> {
        let written = async {
            let mut connection = self.connect(Access::ReadWrite).await?;
            let written = transact(&mut connection, change).await;
            connection.close().await?;
            written
        };
        written.await.map_err(|error| {
            let path = self.path().to_owned();
            if connection::is_locked(&error) {
                let waited = self.busy_timeout();
                return RegistryError::Locked { path, waited };
            }
            let reason = connection::reason(&error);
            RegistryError::Unwritable { path, reason }
        })
    }

    /// SQLite would create the file with the mode of the process. It takes an empty one as new.
    fn create_file(&self) -> io::Result<()> {
        match fs::metadata(self.path()) {
            Ok(metadata) if metadata.is_file() => return Ok(()),
            Ok(_) => return Err(io::Error::other("not a regular file")),
            Err(error) if error.kind() == io::ErrorKind::NotFound => {}
            Err(error) => return Err(error),
        }
        if let Some(folder) = self.path().parent().filter(|f| *f != Path::new("")) {
            let mut builder = DirBuilder::new();
            builder.recursive(true);
            #[cfg(unix)]
            builder.mode(0o700);
            builder.create(folder)?;
        }
        let mut options = OpenOptions::new();
        options.write(true).create_new(true);
        #[cfg(unix)]
        options.mode(0o600);
        match options.open(self.path()) {
            // Another process was faster.
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Ok(()),
            outcome => outcome.map(drop),
        }
    }
}

async fn transact<Q: Query>(connection: &mut SqliteConnection, change: Q) -> Result<Q::Output, sqlx::Error> {
    let mut transaction = connection.begin_with(BEGIN).await?;
    let result = change.run(&mut transaction).await?;
    transaction.commit().await?;
    Ok(result)
}

/// A new row, or the one that is there.
struct Upsert<'a>(&'a Registration);

impl Query for Upsert<'_> {
    type Output = ();

    async fn run(&self, connection: &mut SqliteConnection) -> Result<(), sqlx::Error> {
        let Self(agent) = self;
        let mut present = columns(connection, AGENTS).await?;
        if present.is_empty() {
            schema::create(connection).await?;
            present = columns(connection, AGENTS).await?;
        }
        let optional = OPTIONAL.iter().filter(|c| present.contains(c.name));
        let written: Vec<_> = REQUIRED.iter().chain(optional).collect();

        let updated = execute(connection, update(&written), agent).await?;
        if updated == 0 {
            execute(connection, insert(&written), agent).await?;
        }
        Ok(())
    }
}

fn update(columns: &[&Column]) -> String {
    let set: Vec<_> = columns.iter().filter_map(|c| c.update.map(|value| format!("{} = {value}", c.name))).collect();
    format!("UPDATE agents SET {} WHERE agent_id = ?1", set.join(", "))
}

fn insert(columns: &[&Column]) -> String {
    let names: Vec<_> = columns.iter().map(|c| c.name).collect();
    let values: Vec<_> = columns.iter().map(|c| c.new).collect();
    let (names, values) = (names.join(", "), values.join(", "));
    format!("INSERT INTO agents ({names}) VALUES ({values})")
}

/// Runs a statement made of the constants above, and gives the number of rows it changed.
async fn execute(
    connection: &mut SqliteConnection,
    statement: String,
    agent: &Registration,
) -> Result<u64, sqlx::Error> {
    let done = sqlx::query(AssertSqlSafe(statement))
        .bind(&agent.agent_id)
        .bind(agent.address.host())
        .bind(agent.address.port())
        .bind(&agent.agent_path)
        .bind(&agent.framework)
        .bind(&agent.agent_name)
        .bind(&agent.description)
        .bind(&agent.template)
        .bind(&agent.version)
        .execute(connection)
        .await?;
    Ok(done.rows_affected())
}

/// The row of an agent, if it is served at the address.
struct Release<'a> {
    agent_id: &'a str,
    address: &'a Address,
}

impl Query for Release<'_> {
    type Output = ();

    async fn run(&self, connection: &mut SqliteConnection) -> Result<(), sqlx::Error> {
        const RELEASE: &str = "UPDATE agents SET status = ?1, host = '', port = 0 \
             WHERE agent_id = ?2 AND host = ?3 AND port = ?4 AND status = 'serving'";
        sqlx::query(RELEASE)
            .bind(INITIALIZED)
            .bind(self.agent_id)
            .bind(self.address.host())
            .bind(self.address.port())
            .execute(connection)
            .await?;
        Ok(())
    }
}
