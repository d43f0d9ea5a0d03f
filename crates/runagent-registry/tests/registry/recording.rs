//! What is written of a call, against what the Python server writes of it.

use std::time::{Duration, UNIX_EPOCH};

use runagent_registry::{InvocationRecord, Registry, RegistryError};
use runagent_types::platform::InvocationStatus;
use sqlx::Connection;

use crate::database::{Database, PYTHON_SCHEMA, agent, run};

const ROWS: &str = include_str!("fixtures/python_invocations.sql");
const AGENT: &str = "00000000-0000-0000-0000-000000000000";
const INPUT: &str = r#"{"input_args": [1], "input_kwargs": {"a": "é"}}"#;
const CLIENT: &str = r#"{"server_host": "127.0.0.1", "server_port": 8450}"#;
const TOOK: Duration = Duration::from_millis(1500);

/// A call of the agent `a` that began at 2026-11-21 20:27:35.9.
fn begun(record: InvocationRecord) -> InvocationRecord {
    let start = UNIX_EPOCH + Duration::from_millis(1_795_292_855_900);
    record.with_input(INPUT).with_client_info(CLIENT).with_start(start)
}

fn pending(id: &str) -> InvocationRecord {
    begun(InvocationRecord::run("a", id, "echo"))
}

fn pending_stream(id: &str) -> InvocationRecord {
    begun(InvocationRecord::stream("a", id, "echo_stream"))
}

async fn served() -> Database {
    let database = Database::python().await;
    database.registry.register(&agent("a", 8450)).await.unwrap();
    database
}

const INVOCATIONS: &str = "SELECT concat_ws('|', invocation_id, agent_id, input_data, quote(output_data), quote(error_detail), \
     request_timestamp, quote(response_timestamp), quote(execution_time_ms), status, entrypoint_tag, sdk_type, client_info) \
     FROM agent_invocations ORDER BY rowid";
const RUNS: &str = "SELECT concat_ws('|', agent_id, input_data, quote(output_data), success, quote(error_message), execution_time, \
     started_at, completed_at) FROM agent_runs ORDER BY id";
const COUNTERS: &str = "SELECT concat_ws('|', run_count, success_count, error_count, quote(last_run)) FROM agents \
     WHERE agent_id = 'a'";

#[tokio::test]
async fn a_run_is_pending_and_then_ended() {
    let database = served().await;
    let registry = &database.registry;
    registry.record(&[pending("i1")]).await.unwrap();
    let row = |end: &str| format!("i1|a|{INPUT}|{end}|echo|local_server|{CLIENT}");
    assert_eq!(database.texts(INVOCATIONS).await, [row("NULL|NULL|2026-11-21 20:27:35|NULL|NULL|pending")]);
    assert!(database.texts(RUNS).await.is_empty());
    assert_eq!(database.texts(COUNTERS).await, ["0|0|0|NULL"]);

    registry.record(&[pending("i1").completed(r#""Hi""#, TOOK)]).await.unwrap();
    let end = r#"'"Hi"'|NULL|2026-11-21 20:27:35|'2026-11-21 20:27:37'|1500.0|completed"#;
    assert_eq!(database.texts(INVOCATIONS).await, [row(end)]);
    let structured = r#"'"{\"type\": \"string\", \"payload\": \"\\\"Hi\\\"\"}"'"#;
    let expected = format!("a|{INPUT}|{structured}|1|NULL|1.5|2026-11-21 20:27:35|2026-11-21 20:27:37");
    assert_eq!(database.texts(RUNS).await, [expected]);
    assert_eq!(database.texts(COUNTERS).await, ["1|1|0|'2026-11-21 20:27:37'"]);
}

#[tokio::test]
async fn a_failed_run_counts_as_one() {
    let database = served().await;
    let registry = &database.registry;
    registry.record(&[pending("i1"), pending("i1").failed("it's \0 bad", TOOK)]).await.unwrap();
    let rows = database
        .texts("SELECT concat_ws('|', status, hex(error_detail), quote(output_data)) FROM agent_invocations")
        .await;
    assert_eq!(rows, ["failed|69742773200020626164|NULL"]);
    let rows = database
        .texts(
            "SELECT concat_ws('|', success, quote(output_data), length(CAST(error_message AS BLOB))) FROM agent_runs",
        )
        .await;
    assert_eq!(rows, ["0|NULL|10"]);
    assert_eq!(database.texts(COUNTERS).await, ["1|0|1|'2026-11-21 20:27:37'"]);
    let read = registry.invocation("i1").await.unwrap().unwrap();
    assert_eq!(read.error_detail.as_deref(), Some("it's \0 bad"));
}

#[tokio::test]
async fn a_stream_is_an_invocation_and_no_run() {
    let database = served().await;
    let records = [
        pending_stream("i1"),
        pending_stream("i2").completed(r#"{"total_chunks":3}"#, TOOK),
        pending_stream("i3").failed("Streaming error: boom", TOOK),
    ];
    database.registry.record(&records).await.unwrap();
    let rows = database
        .texts("SELECT concat_ws('|', status, sdk_type, output_data, error_detail) FROM agent_invocations ORDER BY 1")
        .await;
    assert_eq!(
        rows,
        [
            r#"completed|websocket_stream|{"total_chunks":3}"#,
            "failed|websocket_stream|Streaming error: boom",
            "pending|websocket_stream"
        ]
    );
    assert!(database.texts(RUNS).await.is_empty());
    assert_eq!(database.texts(COUNTERS).await, ["0|0|0|NULL"]);
}

#[tokio::test]
async fn a_batch_counts_for_each_agent_its_own() {
    let database = served().await;
    database.registry.register(&agent("b", 8451)).await.unwrap();
    let mut batch = Vec::new();
    // More than one statement takes.
    for n in 0..150 {
        let record =
            if n % 3 == 0 { InvocationRecord::run("b", format!("b{n}"), "e") } else { pending(&format!("a{n}")) };
        batch.push(record.clone());
        batch.push(if n % 5 == 0 { record.failed("no", TOOK) } else { record.completed("1", TOOK) });
    }
    database.registry.record(&batch).await.unwrap();
    let rows = "SELECT concat_ws('|', agent_id, run_count, success_count, error_count) FROM agents ORDER BY 1";
    assert_eq!(database.texts(rows).await, ["a|100|80|20", "b|50|40|10"]);
    let stats = database.registry.invocation_stats("a").await.unwrap();
    assert_eq!((stats.total_invocations, stats.completed_invocations, stats.failed_invocations), (100, 80, 20));
}

/// The same calls, written by both, are the same rows but for their ids and times.
#[tokio::test]
async fn rows_are_those_of_the_python_server() {
    let python = Database::with(PYTHON_SCHEMA).await;
    python.run(ROWS).await;
    python.run("DELETE FROM agent_invocations WHERE output_data = 'NaN'; DELETE FROM agent_runs WHERE id = 19").await;

    let ours = Database::with(PYTHON_SCHEMA).await;
    let page = python.registry.invocations(AGENT, None, None).await.unwrap();
    for invocation in page.invocations.iter().rev() {
        let (id, tag) = (&*invocation.invocation_id, invocation.entrypoint_tag.clone().unwrap());
        let is_run = invocation.sdk_type.as_deref() == Some("local_server");
        let record =
            if is_run { InvocationRecord::run(AGENT, id, tag) } else { InvocationRecord::stream(AGENT, id, tag) };
        let client = serde_json::to_string(&invocation.client_info).unwrap();
        let record = record.with_input(invocation.input_data.to_string()).with_client_info(client);
        let took = Duration::from_secs_f64(invocation.execution_time_ms.unwrap() / 1000.0);
        let record = match &invocation.error_detail {
            Some(detail) => record.failed(&**detail, took),
            None => record.completed(invocation.output_data.to_string(), took),
        };
        ours.registry.record(&[record]).await.unwrap();
    }
    // Compared as what Python's `json.loads` makes of it.
    let rows = "SELECT json_array(invocation_id, agent_id, json(input_data), json(output_data), error_detail, \
         typeof(request_timestamp), typeof(response_timestamp), typeof(execution_time_ms), status, entrypoint_tag, sdk_type, \
         json(client_info)) FROM agent_invocations ORDER BY invocation_id";
    let parsed = |texts: Vec<String>| -> Vec<serde_json::Value> {
        texts.iter().map(|text| runagent_types::value_from_str(text).unwrap()).collect()
    };
    // Both lose the integer beyond 64 bits here: ours is text.
    let plain = |rows: Vec<serde_json::Value>| -> Vec<String> {
        rows.iter().map(|row| row.to_string().replace("\"1180591620717411303424\"", "1180591620717411303424")).collect()
    };
    assert_eq!(plain(parsed(ours.texts(rows).await)), plain(parsed(python.texts(rows).await)));

    let runs = "SELECT concat_ws('|', agent_id, json(input_data), success, quote(error_message), typeof(output_data), \
         typeof(execution_time), typeof(started_at), typeof(completed_at)) FROM agent_runs ORDER BY 1";
    assert_eq!(ours.texts(runs).await, python.texts(runs).await);
    let outputs = "SELECT json_extract(output_data, '$') FROM agent_runs WHERE output_data LIKE '%plain text%'";
    assert_eq!(ours.texts(outputs).await, python.texts(outputs).await);
    assert_eq!(ours.texts(outputs).await.len(), 1);
}

#[tokio::test]
async fn what_is_false_to_python_keeps_its_value() {
    let database = served().await;
    let values = ["0", "0.0", "\"\"", "[]", "{}", "false", "null", "1"];
    for json in values {
        database.registry.record(&[pending(json).completed(json, TOOK)]).await.unwrap();
    }
    for json in values {
        let read = database.registry.invocation(json).await.unwrap().unwrap();
        assert_eq!((read.output_data.to_string().as_str(), read.status), (json, InvocationStatus::Completed));
    }
    let null = "SELECT invocation_id FROM agent_invocations WHERE output_data IS NULL";
    assert_eq!(database.texts(null).await, ["null"]);
}

#[tokio::test]
async fn a_record_reads_as_it_was_made() {
    let database = served().await;
    for record in [
        pending("i1"),
        pending("i2").completed(r#"{"n": [1.5, "x"]}"#, TOOK),
        pending_stream("i3").failed("Streaming error: boom", TOOK),
        InvocationRecord::run("a", "i4", "e").completed("null", Duration::ZERO),
    ] {
        database.registry.record(std::slice::from_ref(&record)).await.unwrap();
        let read = database.registry.invocation(record.invocation_id()).await.unwrap();
        assert_eq!(read, Some(record.to_invocation()));
    }
}

#[tokio::test]
async fn what_a_server_left_pending_is_ended() {
    let database = served().await;
    let registry = &database.registry;
    let other = InvocationRecord::run("b", "i4", "e");
    registry.record(&[pending("i1"), pending("i2").completed("1", TOOK), pending_stream("i3"), other]).await.unwrap();
    assert_eq!(registry.fail_pending("a", "the end").await, Ok(2));
    assert_eq!(registry.fail_pending("a", "the end").await, Ok(0));
    let rows = "SELECT concat_ws('|', invocation_id, status, quote(error_detail), response_timestamp IS NULL) \
         FROM agent_invocations ORDER BY 1";
    let expected = ["i1|failed|'the end'|0", "i2|completed|NULL|0", "i3|failed|'the end'|0", "i4|pending|NULL|1"];
    assert_eq!(database.texts(rows).await, expected);

    // It was not dead: what it has to say counts.
    registry.record(&[pending("i1").completed("7", TOOK)]).await.unwrap();
    let read = registry.invocation("i1").await.unwrap().unwrap();
    assert_eq!((read.status, read.error_detail, read.output_data), (InvocationStatus::Completed, None, 7.into()));
}

#[tokio::test]
async fn what_an_older_database_lacks_is_left_out() {
    let agents = "CREATE TABLE agents (agent_id, host, port, status, run_count)";
    let runs = "CREATE TABLE agent_runs (id INTEGER PRIMARY KEY, agent_id, input_data, success)";
    let invocations =
        "CREATE TABLE agent_invocations (invocation_id PRIMARY KEY, agent_id, input_data, request_timestamp, status)";
    for (statements, invocation_rows, run_rows) in [
        ("CREATE TABLE other (a)".to_owned(), None, None),
        (agents.to_owned(), None, None),
        (format!("{agents}; {runs}"), None, Some(1)),
        (format!("{agents}; {invocations}"), Some(1), None),
        (format!("{agents}; {runs}; {invocations}"), Some(1), Some(1)),
    ] {
        let database = Database::with(&statements).await;
        if statements.contains(agents) {
            database.run("INSERT INTO agents VALUES ('a', '127.0.0.1', 8450, 'serving', NULL)").await;
        }
        database.registry.record(&[pending("i1")]).await.unwrap();
        database.registry.record(&[pending("i1").completed("1", TOOK)]).await.unwrap();
        assert_eq!(database.registry.fail_pending("a", "").await, Ok(0));
        for (table, rows) in [("agent_invocations", invocation_rows), ("agent_runs", run_rows)] {
            if let Some(rows) = rows {
                let count = format!("SELECT CAST(count(*) AS TEXT) FROM {table}");
                assert_eq!(database.texts(&count).await, [rows.to_string()], "{statements}");
            }
        }
        if invocation_rows.is_some() {
            assert_eq!(database.texts("SELECT status FROM agent_invocations").await, ["completed"]);
        }
        if statements.contains(agents) {
            assert_eq!(database.texts("SELECT CAST(run_count AS TEXT) FROM agents").await, ["1"]);
        }
    }
}

#[tokio::test]
async fn a_missing_file_is_not_created() {
    let database = Database::absent();
    assert_eq!(database.registry.record(&[]).await, Ok(()), "nothing is to be written");
    let error = database.registry.record(&[pending("i1")]).await.unwrap_err();
    assert!(matches!(error, RegistryError::Unwritable { .. }), "{error:?}");
    assert!(database.listing().is_empty());
}

#[tokio::test]
async fn a_batch_is_written_whole_or_not_at_all() {
    let database = served().await;
    database.run("CREATE TRIGGER refuse BEFORE INSERT ON agent_runs WHEN NEW.input_data = '2' BEGIN SELECT RAISE(ABORT, 'no'); END").await;
    let batch = [pending("i1").completed("1", TOOK), pending("i2").with_input("2").completed("1", TOOK)];
    let error = database.registry.record(&batch).await.unwrap_err();
    assert!(matches!(error, RegistryError::Unwritable { .. }), "{error:?}");
    assert!(database.texts(INVOCATIONS).await.is_empty() && database.texts(RUNS).await.is_empty());
    assert_eq!(database.listing(), [database.path()], "no journal is left");
}

#[tokio::test]
async fn a_locked_registry_is_an_error_after_the_timeout() {
    let database = served().await;
    let waited = Duration::from_millis(20);
    let registry: Registry = database.registry.clone().with_busy_timeout(waited);
    let mut writer = database.open().await;
    run(&mut writer, "BEGIN IMMEDIATE").await;
    let locked = RegistryError::Locked { path: database.path().to_owned(), waited };
    assert_eq!(registry.record(&[pending("i1")]).await.unwrap_err(), locked);
    // Another writer is no obstacle to readers.
    assert_eq!(registry.invocation("i1").await, Ok(None));
    run(&mut writer, "ROLLBACK; BEGIN EXCLUSIVE").await;
    assert_eq!(registry.invocation("i1").await.unwrap_err(), locked);
    writer.close().await.unwrap();
    assert_eq!(registry.record(&[pending("i1")]).await, Ok(()));
}
