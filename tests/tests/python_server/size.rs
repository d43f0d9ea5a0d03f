//! Much at once: many chunks, large ones, and what is too large.

use futures_util::StreamExt;
use runagent::RunAgentClient;
use runagent_testkit::python_server::PythonServer;
use serde_json::json;

use crate::server::{client, collect, config, options, shared};

#[tokio::test]
async fn ten_thousand_chunks_arrive_in_order() {
    let stream = client(shared().await, "fast_stream").run_stream(&[("n", json!(10_000))]).await.unwrap();
    let mut chunks = stream.enumerate();
    let mut received = 0;
    while let Some((index, chunk)) = chunks.next().await {
        assert_eq!(chunk.unwrap()["i"], index);
        received += 1;
    }
    assert_eq!(received, 10_000);
}

// The server keeps a copy of everything in its registry: large things go to servers that are dropped with their folder.

#[tokio::test]
async fn large_chunks_arrive_whole_and_a_chunk_above_the_limit_is_an_error_and_not_an_end() {
    let server = PythonServer::start().await;
    let kwargs = [("size", json!(11_000_000)), ("n", json!(2))];
    let (chunks, error) = collect(client(&server, "bigchunk_stream").run_stream(&kwargs).await.unwrap()).await;
    assert!(error.is_none(), "{error:?}");
    assert_eq!(chunks.len(), 2);
    for chunk in chunks {
        let text = chunk.as_str().expect("text");
        assert_eq!(text.len(), 11_000_000);
        assert!(text.bytes().all(|byte| byte == b'x'));
    }

    let narrow = options(&server).with_max_frame_bytes(1000);
    for (size, config) in [
        (20_000_000, config(&server, "bigchunk_stream")),
        (2000, config(&server, "bigchunk_stream").with_options(narrow)),
    ] {
        let stream = RunAgentClient::connect_lazy(config).unwrap().run_stream(&[("size", json!(size))]).await.unwrap();
        let (chunks, error) = collect(stream).await;
        let error = error.expect("an error");
        assert_eq!((chunks.len(), error.code().as_str()), (0, "RESPONSE_TOO_LARGE"), "{size}");
        assert!(!error.is_retryable());
    }
}

#[tokio::test]
async fn twenty_megabytes_go_both_ways_in_a_run_and_are_refused_by_a_stream() {
    let server = PythonServer::start().await;
    let size = [("size", json!(20_000_000))];
    let result = client(&server, "big").run(&size).await.unwrap();
    assert_eq!(result.as_str().map(str::len), Some(20_000_000));

    let narrow = options(&server).with_max_response_bytes(1024 * 1024);
    let narrow = RunAgentClient::connect_lazy(config(&server, "big").with_options(narrow)).unwrap();
    let error = narrow.run(&size).await.unwrap_err();
    assert_eq!(error.code(), "RESPONSE_TOO_LARGE");
    assert!(!error.is_retryable(), "the agent ran");

    let argument = "y".repeat(20_000_000);
    let result = client(&server, "echo").run_with_args(&[json!(argument)], &[]).await.unwrap();
    assert_eq!(result["args"][0], argument);

    // The server hangs up with close code 1009 before it has read everything.
    let kwargs = [("label", json!(argument))];
    let error = client(&server, "counted_stream").run_stream(&kwargs).await.map(drop).unwrap_err();
    assert_eq!(error.code(), "VALIDATION_ERROR", "{error:?}");
    assert!(error.message().contains("1009"), "{error}");
    assert!(!error.is_retryable());
}
