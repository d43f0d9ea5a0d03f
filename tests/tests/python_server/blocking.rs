//! The blocking client, wherever it is called from.

use std::thread;

use runagent::blocking::RunAgentClient;
use serde_json::json;

use crate::server::{config, shared};

#[tokio::test]
async fn it_works_inside_a_runtime() {
    let server = shared().await;
    let client = RunAgentClient::new(config(server, "echo")).unwrap();
    assert_eq!(client.run_with_args(&[json!(1)], &[]).unwrap(), json!({"args": [1], "kwargs": {}}));
    assert!(client.health_check().unwrap());
    let stream = RunAgentClient::new(config(server, "count_stream")).unwrap().run_stream(&[]).unwrap();
    assert_eq!(stream.map(Result::unwrap).collect::<Vec<_>>(), [json!({"i": 0}), json!({"i": 1}), json!({"i": 2})]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn it_works_on_plain_threads_at_once() {
    let server = shared().await;
    let client = RunAgentClient::new(config(server, "echo")).unwrap();
    thread::scope(|scope| {
        for n in 0..4 {
            let client = client.clone();
            scope.spawn(move || assert_eq!(client.run(&[("n", json!(n))]).unwrap()["kwargs"]["n"], n));
        }
        scope.spawn(|| {
            let client = RunAgentClient::new(config(server, "midfail_stream")).unwrap();
            let mut chunks: Vec<_> = client.run_stream(&[]).unwrap().collect();
            let error = chunks.pop().expect("an item").unwrap_err();
            assert_eq!((chunks.len(), error.code().as_str()), (2, "STREAM_ERROR"));
        });
    });
}
