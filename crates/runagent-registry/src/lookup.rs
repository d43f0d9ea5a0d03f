use std::cmp::Reverse;

use sqlx::Row;
use sqlx::sqlite::{SqliteConnection, SqliteRow};

use crate::address::{Address, AddressError, REMOTE_HOST};
use crate::connection::Query;
use crate::error::RegistryError;
use crate::registry::Registry;

/// Only the columns that the oldest databases have as well.
const FIND: &str = "SELECT host, port, status FROM agents WHERE agent_id = ?1";
/// The newest first; a registry is small, and the limit holds if it is not.
const KNOWN: &str = "SELECT agent_id FROM agents ORDER BY rowid DESC LIMIT 1000";
/// How many ids an error carries.
const MAX_KNOWN: usize = 10;

/// The status of an agent that is registered and has no server.
pub(crate) const INITIALIZED: &str = "initialized";

enum Found {
    Row(SqliteRow),
    Nothing { known: Vec<String> },
}

impl Registry {
    /// The address of an agent that is served on this machine.
    ///
    /// The Python server never resets its row when it exits, so an address may be stale: whoever
    /// dials it and is refused finds out. Nothing is created or changed, except that the journal
    /// of a writer that died in the middle of a transaction is rolled back.
    ///
    /// # Errors
    ///
    /// - [`RegistryError::NoFile`]: there is no registry.
    /// - [`RegistryError::NoAgent`]: it has no such id.
    /// - [`RegistryError::NotServed`]: the agent is registered, no server was started for it.
    /// - [`RegistryError::UnusableAddress`]: its host or port cannot be dialled.
    /// - [`RegistryError::Locked`]: another process kept a lock for longer than the busy timeout.
    /// - [`RegistryError::Unreadable`]: the file is no registry, or may not be read.
    ///
    /// # Cancel safety
    ///
    /// Safe: dropping the future closes the connection from its own thread.
    ///
    /// ```
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() {
    /// use runagent_registry::{Registry, RegistryError};
    ///
    /// # let folder = tempfile::tempdir().unwrap();
    /// let error = Registry::in_folder(folder.path()).find("weather").await.unwrap_err();
    /// assert!(matches!(error, RegistryError::NoFile { .. }));
    /// # }
    /// ```
    pub async fn find(&self, agent_id: &str) -> Result<Address, RegistryError> {
        match self.read(Find(agent_id)).await? {
            Found::Row(row) => address(agent_id, &row),
            Found::Nothing { known } => Err(RegistryError::NoAgent {
                known: most_similar(agent_id, known),
                agent_id: agent_id.to_owned(),
                path: self.path().to_owned(),
            }),
        }
    }
}

/// One query outside a transaction, and a second one only to explain that the first found nothing.
struct Find<'a>(&'a str);

impl Query for Find<'_> {
    type Output = Found;

    async fn run(&self, connection: &mut SqliteConnection) -> Result<Found, sqlx::Error> {
        let row = sqlx::query(FIND).bind(self.0).fetch_optional(&mut *connection).await?;
        if let Some(row) = row {
            return Ok(Found::Row(row));
        }
        let rows = sqlx::query(KNOWN).fetch_all(connection).await?;
        let known = rows.iter().filter_map(|row| row.try_get(0).ok()).collect();
        Ok(Found::Nothing { known })
    }
}

/// Any status but `initialized` may be a server that runs, also one this crate does not know.
fn address(agent_id: &str, row: &SqliteRow) -> Result<Address, RegistryError> {
    let host: Result<Option<String>, _> = row.try_get(0);
    let status: Option<String> = row.try_get(2).unwrap_or_default();
    let is_remote = matches!(&host, Ok(Some(host)) if host == REMOTE_HOST);
    if let Some(status) = status
        && status == INITIALIZED
        && !is_remote
    {
        return Err(RegistryError::NotServed { agent_id: agent_id.to_owned(), status });
    }
    let address = || {
        let host = host.map_err(|_| AddressError::HostNotText)?.ok_or(AddressError::NoHost)?;
        let port: Option<i64> = row.try_get(1).unwrap_or_default();
        let port = port.ok_or(AddressError::PortNotInteger)?;
        // The host first: with a placeholder it says more than the port 0 beside it.
        Address::new(&host, u16::try_from(port).unwrap_or(0)).map_err(|error| match error {
            AddressError::Port { .. } => AddressError::Port { port },
            other => other,
        })
    };
    address().map_err(|reason| RegistryError::UnusableAddress { agent_id: agent_id.to_owned(), reason })
}

/// The ids that share the longest beginning and end with the wanted one, as a mistyped one does.
fn most_similar(wanted: &str, mut known: Vec<String>) -> Vec<String> {
    let same = |(a, b): &(char, char)| a.eq_ignore_ascii_case(b);
    known.sort_by_cached_key(|id| {
        let start = wanted.chars().zip(id.chars()).take_while(same).count();
        let end = wanted.chars().rev().zip(id.chars().rev()).take_while(same).count();
        Reverse(start + end)
    });
    known.truncate(MAX_KNOWN);
    known
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mistyped_id_finds_its_original_first() {
        let known = ["planner", "weather", "weaver", "tell-weather"].map(String::from);
        assert_eq!(most_similar("waether", known.to_vec())[0], "weather", "shares the first letter and the last four");
        assert_eq!(most_similar("WEAVER", known.to_vec())[0], "weaver");
    }

    #[test]
    fn equally_unlike_ids_stay_newest_first_and_are_ten_at_most() {
        let known: Vec<_> = (10..40).map(|n| format!("agent-{n}-x")).collect();
        assert_eq!(most_similar("zzz", known.clone()), known[..10]);
    }
}
