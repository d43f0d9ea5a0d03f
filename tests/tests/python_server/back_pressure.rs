//! Consumers that pause for longer than the server waits for a PONG: it sends a PING every 20 s and hangs up when none
//! came back 20 s later.

use std::time::Duration;

use runagent::blocking;
use runagent_testkit::python_server::PythonServer;
use serde_json::json;
use tokio::task::spawn_blocking;
use tokio::time::sleep;

use crate::server::{client, collect, config, shared};

const PAUSE: Duration = Duration::from_secs(60);
/// One a second, so that the agent outlasts the pause.
const CHUNKS: usize = 63;

#[tokio::test]
async fn a_consumer_may_pause_for_longer_than_the_server_waits_for_a_pong() {
    tokio::join!(asynchronous_pause(), blocking_pause(), pause_with_a_full_buffer());
}

async fn asynchronous_pause() {
    let stream = client(shared().await, "aslow_stream");
    let mut stream = stream.run_stream(&[("n", json!(CHUNKS)), ("delay", json!(1))]).await.unwrap();
    assert_eq!(stream.next().await.expect("a chunk").unwrap(), json!({"i": 0}));
    sleep(PAUSE).await;
    let (chunks, error) = collect(stream).await;
    assert!(error.is_none(), "{error:?}");
    assert_eq!(chunks, (1..CHUNKS).map(|i| json!({"i": i})).collect::<Vec<_>>());
}

/// The thread that asks for chunks is not the one that answers the server.
async fn blocking_pause() {
    let config = config(shared().await, "aslow_stream");
    let received = spawn_blocking(move || {
        let client = blocking::RunAgentClient::connect_lazy(config).unwrap();
        let mut stream = client.run_stream(&[("n", json!(CHUNKS)), ("delay", json!(1))]).unwrap();
        assert_eq!(stream.next().expect("a chunk").unwrap(), json!({"i": 0}));
        std::thread::sleep(PAUSE);
        stream.map(Result::unwrap).count()
    });
    assert_eq!(received.await.unwrap(), CHUNKS - 1);
}

/// What fits neither here nor into the connection stays with the server, and so does its PING: nothing is late.
async fn pause_with_a_full_buffer() {
    let server = PythonServer::start().await;
    let kwargs = [("size", json!(1_000_000)), ("n", json!(60))];
    let mut stream = client(&server, "bigchunk_stream").run_stream(&kwargs).await.unwrap();
    stream.next().await.expect("a chunk").unwrap();
    sleep(PAUSE).await;
    let (chunks, error) = collect(stream).await;
    assert!(error.is_none(), "{error:?}");
    assert_eq!(chunks.len(), 59);
}
