//! Looking up where an agent is, each time from a closed file.

use std::hint::black_box;
use std::path::Path;

use runagent_registry::{Address, Registration, Registry};
use sqlx::sqlite::SqliteConnectOptions;
use sqlx::{ConnectOptions, Connection, Row};

use crate::Result;
use crate::work::unknown;

pub(crate) async fn run(contender: &str, lookups: u64) -> Result<u64> {
    let folder = tempfile::tempdir()?;
    let registry = Registry::in_folder(folder.path());
    let registration = Registration::new("weather", folder.path(), Address::new("127.0.0.1", 8450)?);
    registry.register(&registration).await?;
    for _ in 0..lookups {
        match contender {
            "ours" => drop(black_box(registry.find("weather").await?)),
            "sqlx" => drop(black_box(sqlx(registry.path()).await?)),
            _ => return unknown(contender),
        }
    }
    Ok(lookups)
}

/// One connection, one query.
async fn sqlx(path: &Path) -> Result<(String, i64)> {
    let mut connection = SqliteConnectOptions::new().filename(path).read_only(true).connect().await?;
    let row = sqlx::query("SELECT host, port FROM agents WHERE agent_id = ?1")
        .bind("weather")
        .fetch_one(&mut connection)
        .await?;
    connection.close().await?;
    Ok((row.try_get(0)?, row.try_get(1)?))
}
