//! Who waits for whom.

use std::time::Duration;

use runagent_registry::{Registry, RegistryError};
use sqlx::Connection;

use crate::database::{Database, address, agent, run};

const SHORT: Duration = Duration::from_millis(20);

async fn served() -> Database {
    let database = Database::python().await;
    database.registry.register(&agent("a", 8450)).await.unwrap();
    database
}

#[tokio::test]
async fn an_exclusive_writer_locks_everybody_out_until_the_timeout() {
    let database = served().await;
    let registry = database.registry.clone().with_busy_timeout(SHORT);
    let locked = Err(RegistryError::Locked { path: database.path().to_owned(), waited: SHORT });
    let mut writer = database.open().await;
    run(&mut writer, "BEGIN EXCLUSIVE").await;

    assert_eq!(registry.find("a").await.map(drop), locked);
    assert_eq!(registry.register(&agent("a", 1)).await, locked);
    assert_eq!(registry.mark_stopped("a", &address(8450)).await, locked);

    run(&mut writer, "ROLLBACK").await;
    writer.close().await.unwrap();
    assert_eq!(registry.find("a").await, Ok(address(8450)));
}

#[tokio::test]
async fn a_lock_that_goes_away_in_time_is_waited_for() {
    let database = served().await;
    let patient = database.registry.clone().with_busy_timeout(Duration::MAX);
    let impatient = database.registry.clone().with_busy_timeout(SHORT);
    let mut writer = database.open().await;
    run(&mut writer, "BEGIN EXCLUSIVE").await;

    let reader = tokio::spawn(async move { patient.find("a").await });
    // When this one gives up, the other has waited as long.
    impatient.find("a").await.unwrap_err();
    assert!(!reader.is_finished());
    run(&mut writer, "ROLLBACK").await;
    assert_eq!(reader.await.unwrap(), Ok(address(8450)));
}

#[tokio::test]
async fn a_look_up_reads_past_an_open_transaction() {
    let database = served().await;
    let mut writer = database.open().await;
    run(&mut writer, "BEGIN IMMEDIATE; UPDATE agents SET port = 1").await;
    assert_eq!(database.registry.find("a").await, Ok(address(8450)));
    run(&mut writer, "COMMIT").await;
    writer.close().await.unwrap();
    assert_eq!(database.registry.find("a").await, Ok(address(1)));
}

#[tokio::test]
async fn a_look_up_leaves_no_lock_whatever_it_finds() {
    let database = served().await;
    let mut writer = database.open().await;
    for id in ["a", "unknown"] {
        let found = database.registry.find(id).await;
        assert_eq!(found.is_ok(), id == "a");
        // This connection has no busy timeout: it fails if anybody holds a lock.
        run(&mut writer, "BEGIN EXCLUSIVE; ROLLBACK").await;
    }
}

#[tokio::test]
async fn a_cancelled_look_up_leaves_no_lock() {
    let database = served().await;
    for polls in 0..20 {
        let mut look_up = Box::pin(database.registry.find("a"));
        for _ in 0..polls {
            tokio::select! {
                biased;
                _ = &mut look_up => break,
                () = tokio::task::yield_now() => {}
            }
        }
        drop(look_up);
    }
    // The connections close on threads of their own, so a writer may have to wait, but not long.
    let registry = &database.registry;
    registry.register(&agent("a", 2)).await.unwrap();
    assert_eq!(registry.find("a").await, Ok(address(2)));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn many_writers_at_once_are_never_refused() {
    const TASKS: u16 = 8;
    const WRITES: u16 = 50;
    let database = Database::absent();
    // Only for a slow disk: a transaction that is upgraded fails at once, whatever the timeout.
    let registry = database.registry.clone().with_busy_timeout(Duration::from_secs(120));

    let writers: Vec<_> = (0..TASKS)
        .map(|task| {
            let registry = registry.clone();
            tokio::spawn(async move {
                for write in 0..WRITES {
                    let port = 1 + task * WRITES + write;
                    registry.register(&agent("shared", port)).await?;
                    registry.register(&agent(&port.to_string(), port)).await?;
                    assert_eq!(registry.find(&port.to_string()).await?, address(port));
                }
                Ok::<_, RegistryError>(())
            })
        })
        .collect();
    for writer in writers {
        writer.await.unwrap().unwrap();
    }

    let mut connection = database.open().await;
    let rows: i64 = sqlx::query_scalar("SELECT count(*) FROM agents").fetch_one(&mut connection).await.unwrap();
    let check: String = sqlx::query_scalar("PRAGMA integrity_check").fetch_one(&mut connection).await.unwrap();
    connection.close().await.unwrap();
    assert_eq!((rows, check.as_str()), (i64::from(TASKS * WRITES) + 1, "ok"));
    assert_eq!(database.listing(), [database.path()], "no journal is left");
}

#[test]
fn futures_can_move_between_threads() {
    fn is_send<T: Send>(_: T) {}
    let registry = Registry::at("a");
    let (agent, address) = (agent("a", 1), address(1));
    is_send(registry.find("a"));
    is_send(registry.register(&agent));
    is_send(registry.mark_stopped("a", &address));
    is_send(registry.record(&[]));
    is_send(registry.fail_pending("a", ""));
    is_send(registry.invocations("a", None, None));
    is_send(registry.invocation("i"));
    is_send(registry.invocation_stats("a"));
}
