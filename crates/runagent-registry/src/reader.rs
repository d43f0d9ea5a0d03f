use std::fs;
use std::io;

use sqlx::Connection;

use crate::connection::{self, Access, Query};
use crate::error::RegistryError;
use crate::registry::Registry;

impl Registry {
    /// One connection that can only read, closed whatever comes of it and before the caller goes on: nothing may keep a
    /// lock. Only when a writer died in the middle of a transaction, a second one that can undo it.
    pub(crate) async fn read<Q: Query>(&self, query: Q) -> Result<Q::Output, RegistryError> {
        self.check_file()?;
        let found = match self.read_with(&query, Access::ReadOnly).await {
            Err(error) if connection::needs_rollback(&error) => {
                tracing::debug!(registry = %self.path().display(), "rolling back a hot journal");
                self.read_with(&query, Access::ReadWrite).await
            }
            outcome => outcome,
        };
        found.map_err(|error| self.unreadable(&error))
    }

    async fn read_with<Q: Query>(&self, query: &Q, access: Access) -> Result<Q::Output, sqlx::Error> {
        let mut connection = self.connect(access).await?;
        let found = query.run(&mut connection).await;
        connection.close().await?;
        found
    }

    /// SQLite says "unable to open" for everything, and opening a FIFO would wait for ever. This
    /// is one `stat`, so it is done in place.
    fn check_file(&self) -> Result<(), RegistryError> {
        let reason = match fs::metadata(self.path()) {
            Ok(metadata) if metadata.is_file() => return Ok(()),
            Ok(_) => "not a regular file".to_owned(),
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                return Err(RegistryError::NoFile { path: self.path().to_owned() });
            }
            Err(error) => error.to_string(),
        };
        Err(RegistryError::Unreadable { path: self.path().to_owned(), reason })
    }

    fn unreadable(&self, error: &sqlx::Error) -> RegistryError {
        let path = self.path().to_owned();
        if connection::is_locked(error) {
            let waited = self.busy_timeout();
            return RegistryError::Locked { path, waited };
        }
        let reason = connection::reason(error);
        RegistryError::Unreadable { path, reason }
    }
}
