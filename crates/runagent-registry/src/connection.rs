use std::io;
use std::time::Duration;

use sqlx::ConnectOptions;
use sqlx::sqlite::{SqliteConnectOptions, SqliteConnection};

use crate::registry::Registry;

// Result codes of SQLite (https://www.sqlite.org/rescode.html).
const BUSY: i32 = 5;
const LOCKED: i32 = 6;
const READONLY_ROLLBACK: i32 = 776;

/// SQLite keeps its busy timeout in a C `int`.
const MAX_BUSY_TIMEOUT: Duration = Duration::from_millis(i32::MAX as u64);

/// What a connection may do to the file. None of them creates it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Access {
    ReadOnly,
    ReadWrite,
}

/// What is done on a connection: by [`Registry::read`] perhaps twice, by [`Registry::write`] in a transaction.
pub(crate) trait Query: Sync {
    type Output: Send;

    fn run(&self, connection: &mut SqliteConnection) -> impl Future<Output = Result<Self::Output, sqlx::Error>> + Send;
}

impl Registry {
    /// Opens the file. The journal mode stays as it is.
    pub(crate) async fn connect(&self, access: Access) -> Result<SqliteConnection, sqlx::Error> {
        self.options(access)?.connect().await
    }

    fn options(&self, access: Access) -> io::Result<SqliteConnectOptions> {
        Ok(SqliteConnectOptions::new()
            // SQLite takes a relative name that begins with `file:` for a URL.
            .filename(std::path::absolute(self.path())?)
            .read_only(access == Access::ReadOnly)
            .create_if_missing(false)
            .busy_timeout(self.busy_timeout().min(MAX_BUSY_TIMEOUT))
            // Off on the Python side as well.
            .foreign_keys(false)
            .disable_statement_logging())
    }
}

/// Whether another connection held a lock for longer than the busy timeout.
pub(crate) fn is_locked(error: &sqlx::Error) -> bool {
    // The low byte of an extended code is its primary code.
    matches!(code(error).map(|code| code & 0xff), Some(BUSY | LOCKED))
}

/// Whether a writer died in the middle of a transaction, which only a connection that may write
/// can undo.
pub(crate) fn needs_rollback(error: &sqlx::Error) -> bool {
    code(error) == Some(READONLY_ROLLBACK)
}

/// What SQLite or the operating system says, without our path and without a code.
pub(crate) fn reason(error: &sqlx::Error) -> String {
    match error {
        sqlx::Error::Database(database) => database.message().to_owned(),
        sqlx::Error::Io(io) => io.to_string(),
        other => other.to_string(),
    }
}

fn code(error: &sqlx::Error) -> Option<i32> {
    error.as_database_error()?.code()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_relative_name_that_looks_like_a_url_is_a_path() {
        let name = "file:registry.db?mode=memory";
        let options = Registry::at(name).options(Access::ReadOnly).unwrap();
        assert!(options.get_filename().is_absolute());
        assert!(options.get_filename().ends_with(name));
    }
}
