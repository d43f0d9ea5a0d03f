//! The registry while another program holds its lock.

use std::time::Duration;

use runagent::RunAgentClient;
use runagent_testkit::python_server::PythonServer;
use serde_json::json;
use sqlx::sqlite::{SqliteConnectOptions, SqliteConnection};
use sqlx::{ConnectOptions, Connection};

use crate::server::{client, collect, config, options};

/// Somebody who writes to the server's registry and lets nobody else in.
async fn exclusive_writer(server: &PythonServer) -> SqliteConnection {
    let file = server.registry_folder().join("runagent_local.db");
    let mut writer = SqliteConnectOptions::new().filename(file).connect().await.unwrap();
    sqlx::query("BEGIN EXCLUSIVE").execute(&mut writer).await.unwrap();
    writer
}

#[tokio::test]
async fn a_locked_registry_is_waited_for_and_then_named() {
    let server = PythonServer::start().await;
    let known = client(&server, "count_run");
    known.run(&[("label", json!("before"))]).await.unwrap();
    let writer = exclusive_writer(&server).await;

    let label = [("label", json!("locked"))];
    let (unknown, known) = tokio::join!(client(&server, "count_run").run(&label), known.run(&label));
    // A look-up gives up after the registry's own patience, and says why.
    let error = unknown.unwrap_err();
    assert_eq!(error.code(), "REGISTRY_ERROR");
    assert!(error.message().contains("locked by another process"), "{error}");
    // The server records each run there, and fails when it can't: after it took the request.
    let error = known.unwrap_err();
    assert_eq!((error.code().as_str(), error.status()), ("INTERNAL_ERROR", Some(500)));
    assert!(!error.is_retryable());
    assert!(error.message().contains("database is locked"), "{error}");
    assert!(!error.to_string().contains('\n'), "{error}");

    // A stream is not even refused: the server falls silent, and stays so after its own five seconds of patience.
    let address = config(&server, "counted_stream").with_address("127.0.0.1", server.port());
    let impatient = options(&server).with_first_frame_timeout(Duration::from_secs(6));
    let stream = RunAgentClient::connect_lazy(address.with_options(impatient)).unwrap();
    let error = stream.run_stream(&label).await.map(drop).unwrap_err();
    assert_eq!((error.code().as_str(), error.is_retryable()), ("STREAM_IDLE", false));
    assert_eq!(server.executions("locked"), 0);

    // Whoever waits gets through as soon as the lock is gone.
    let label = [("label", json!("after"))];
    let waiting = tokio::spawn(client(&server, "count_run").run(&label));
    writer.close().await.unwrap();
    assert_eq!(waiting.await.unwrap().unwrap(), "after");
    let (chunks, error) = collect(stream.run_stream(&label).await.unwrap()).await;
    assert!(error.is_none(), "{error:?}");
    assert_eq!((chunks.len(), server.executions("after")), (3, 2));
}
