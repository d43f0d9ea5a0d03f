//! A server that ends while a call is open.

use runagent::RunStream;
use runagent_testkit::python_server::PythonServer;
use serde_json::{Value, json};

use crate::server::{client, collect, detail, executed};

/// A stream that would go on for minutes, after its first two chunks.
async fn endless(server: &PythonServer) -> RunStream {
    let kwargs = [("label", json!("endless")), ("n", json!(10_000)), ("delay", json!(0.05))];
    let mut stream = client(server, "counted_stream").run_stream(&kwargs).await.unwrap();
    for expected in 0..2 {
        assert_eq!(stream.next().await.expect("a chunk").unwrap(), expected);
    }
    stream
}

#[tokio::test]
async fn a_server_told_to_end_breaks_streams_off_and_finishes_runs() {
    let mut server = PythonServer::start().await;
    let stream = endless(&server).await;
    let run = client(&server, "count_run").run(&[("label", json!("last")), ("s", json!(1.0))]);
    let run = tokio::spawn(run);
    executed(&server, "last", 1).await;

    let ((chunks, error), ()) = tokio::join!(collect(stream), server.terminate());
    let error = error.expect("an error");
    assert_eq!((error.code().as_str(), error.is_retryable()), ("STREAM_TRUNCATED", false));
    assert_eq!(detail(&error, "close_code"), 1012);
    assert_eq!(detail(&error, "received"), chunks.len() + 2);
    assert_eq!(run.await.unwrap().unwrap(), "last");
}

#[tokio::test]
async fn a_server_that_is_killed_loses_calls_and_nothing_is_repeated() {
    let mut server = PythonServer::start().await;
    let stream = endless(&server).await;
    let caller = client(&server, "count_run");
    let run = tokio::spawn(caller.run(&[("label", json!("cut")), ("s", json!(30))]));
    executed(&server, "cut", 1).await;

    let ((chunks, error), ()) = tokio::join!(collect(stream), server.kill());
    let error = error.expect("an error");
    assert_eq!((error.code().as_str(), error.is_retryable()), ("STREAM_TRUNCATED", false));
    assert_eq!(detail(&error, "close_code"), Value::Null);
    assert_eq!(detail(&error, "received"), chunks.len() + 2);

    let error = run.await.unwrap().unwrap_err();
    assert_eq!(error.code(), "CONNECTION_ERROR");
    assert!(!error.is_retryable(), "the agent may have run: {error:?}");
    assert_eq!(error.attempts(), 1);

    // Nobody answers any more, and now it is certain that nothing ran.
    let error = caller.run(&[("label", json!("cut"))]).await.unwrap_err();
    assert_eq!(error.code(), "CONNECTION_ERROR");
    assert!(error.is_retryable());
    server.restart_on_other_port().await;
    assert_eq!(server.executions("cut"), 1);
}
