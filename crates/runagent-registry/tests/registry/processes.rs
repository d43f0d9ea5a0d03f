//! Several processes on one file, and what is left of it when they are killed.

use std::collections::HashSet;
use std::env;
use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use runagent_registry::{InvocationRecord, Registry};

use crate::database::{Database, agent};

/// A process that finds this set is one of those that a test has started: the name of what it writes.
const CHILD: &str = "RUNAGENT_TEST_CHILD";
/// The folder of the registry.
const FOLDER: &str = "RUNAGENT_TEST_FOLDER";

fn child() -> Option<(String, Registry)> {
    let name = env::var(CHILD).ok()?;
    Some((name, Registry::in_folder(env::var_os(FOLDER).unwrap())))
}

/// Runs one test of this program again, in a process of its own.
fn spawn(test: &str, name: &str, folder: &Path) -> Child {
    Command::new(env::current_exe().unwrap())
        .args(["--exact", test, "--nocapture"])
        .env(CHILD, name)
        .env(FOLDER, folder)
        .stdout(Stdio::piped())
        .spawn()
        .unwrap()
}

async fn integrity(database: &Database) -> Vec<String> {
    database.texts("PRAGMA integrity_check").await
}

#[tokio::test]
async fn eight_processes_write_and_none_is_refused() {
    const PROCESSES: usize = 8;
    const WRITES: usize = 500;
    if let Some((name, registry)) = child() {
        // Only for a slow disk: a transaction that is upgraded fails at once, whatever the timeout.
        let registry = registry.with_busy_timeout(Duration::from_secs(120));
        for n in 0..WRITES {
            let record = InvocationRecord::run("a", format!("{name}-{n}"), "e");
            registry.record(&[record.completed("1", Duration::from_millis(1))]).await.unwrap();
        }
        return;
    }
    let database = Database::absent();
    database.registry.register(&agent("a", 8450)).await.unwrap();
    let test = "processes::eight_processes_write_and_none_is_refused";
    let children: Vec<_> = (0..PROCESSES).map(|n| spawn(test, &format!("p{n}"), database.folder.path())).collect();
    for child in children {
        let output = child.wait_with_output().unwrap();
        let said = String::from_utf8_lossy(&output.stdout);
        assert!(output.status.success() && said.contains("1 passed"), "{said}");
    }
    let total = (PROCESSES * WRITES).to_string();
    let counts = "SELECT concat_ws('|', (SELECT count(*) FROM agent_invocations WHERE status = 'completed'), \
         (SELECT count(*) FROM agent_runs), run_count, success_count, error_count) FROM agents";
    assert_eq!(database.texts(counts).await, [format!("{total}|{total}|{total}|{total}|0")]);
    assert_eq!(integrity(&database).await, ["ok"]);
    assert_eq!(database.listing(), [database.path()], "no journal is left");
}

#[tokio::test]
async fn a_writer_that_is_killed_loses_nothing_that_it_had_written() {
    const KILLS: usize = 50;
    if let Some((name, registry)) = child() {
        for n in 0.. {
            // Large enough for several pages, so that a transaction takes a while.
            let input = format!("[{:?}]", "x".repeat(20_000));
            let id = format!("{name}-{n}");
            let record = InvocationRecord::run("a", &*id, "e").with_input(input);
            registry.record(std::slice::from_ref(&record)).await.unwrap();
            registry.record(&[record.completed("1", Duration::from_millis(1))]).await.unwrap();
            // Not `println`, which the harness may keep to itself.
            writeln!(std::io::stdout(), "written {id}").unwrap();
        }
    }
    let database = Database::absent();
    database.registry.register(&agent("a", 8450)).await.unwrap();
    let test = "processes::a_writer_that_is_killed_loses_nothing_that_it_had_written";
    let mut written = HashSet::new();
    for kill in 0..KILLS {
        let mut child = spawn(test, &format!("k{kill}"), database.folder.path());
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let mut id = || lines.next()?.unwrap().strip_prefix("written ").map(str::to_owned).or(Some(String::new()));
        let before = written.len();
        while written.len() < before + 1 + kill % 4 {
            written.extend(id().filter(|id| !id.is_empty()));
        }
        child.kill().unwrap();
        child.wait().unwrap();
        // What it said before it died.
        while let Some(id) = id() {
            written.extend(Some(id).filter(|id| !id.is_empty()));
        }
        // The next reader finds everything, whatever lies beside the file.
        let last = written.iter().find(|id| id.starts_with(&format!("k{kill}-"))).unwrap();
        let read = database.registry.invocation(last).await.unwrap().unwrap();
        assert_eq!(read.output_data, 1);
    }
    assert_eq!(integrity(&database).await, ["ok"]);
    let completed = "SELECT invocation_id FROM agent_invocations WHERE status = 'completed'";
    let completed: HashSet<_> = database.texts(completed).await.into_iter().collect();
    assert!(written.is_subset(&completed), "{:?}", written.difference(&completed));
    // Beyond these, at most one a process was written and could not be told of.
    assert!(completed.len() <= written.len() + KILLS);
    // Runs and counters are of the same transactions.
    let runs = "SELECT concat_ws('|', (SELECT count(*) FROM agent_runs), run_count) FROM agents";
    assert_eq!(database.texts(runs).await, [format!("{0}|{0}", completed.len())]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_reader_sees_whole_batches_while_another_writes() {
    const BATCHES: usize = 40;
    const BATCH: usize = 25;
    let database = Database::absent();
    database.registry.register(&agent("a", 8450)).await.unwrap();
    let registry = database.registry.clone();
    let writer = tokio::spawn(async move {
        for batch in 0..BATCHES {
            let record = |n| InvocationRecord::run("a", format!("{batch}-{n}"), "e").completed("1", Duration::ZERO);
            let batch: Vec<_> = (0..BATCH).map(record).collect();
            registry.record(&batch).await.unwrap();
        }
    });
    let mut seen = 0;
    while !writer.is_finished() || seen < BATCHES * BATCH {
        let page = database.registry.invocations("a", None, None).await.unwrap();
        let count = page.invocations.len();
        assert!(count >= seen && count % BATCH == 0, "{seen} and then {count}");
        assert!(page.invocations.iter().all(|invocation| invocation.output_data == 1));
        seen = count;
        if writer.is_finished() && seen < BATCHES * BATCH {
            break;
        }
    }
    writer.await.unwrap();
    let stats = database.registry.invocation_stats("a").await.unwrap();
    assert_eq!(stats.completed_invocations, (BATCHES * BATCH) as u64);
}
