//! Every kind of value arrives as the official Python client receives it.

use serde_json::{Value, json};

use crate::expectation::{assert_same, expectations, part, value};
use crate::server::{client, collect, pairs, shared};

#[tokio::test]
async fn a_run_returns_every_kind_of_value_that_python_has() {
    let (server, document) = (shared().await, expectations().await);
    let ret = client(server, "ret");
    let kinds = part(document, "run");
    for (kind, result) in kinds {
        let ours = ret.run(&[("kind", json!(kind))]).await.unwrap_or_else(|error| panic!("{kind}: {error}"));
        assert_same(kind, &ours, &value(result));
    }
    println!("{} kinds of values", kinds.len());
    assert!(kinds.len() >= 50, "the agent has lost kinds of values");
}

#[tokio::test]
async fn a_run_passes_arguments_and_results_as_the_python_client_does() {
    let (server, document) = (shared().await, expectations().await);
    let calls = part(document, "call");
    for (tag, call) in calls {
        let args = call["args"].as_array().expect("positional arguments");
        let ours = client(server, tag).run_with_args(args, &pairs(&call["kwargs"])).await;
        let ours = ours.unwrap_or_else(|error| panic!("{tag}: {error}"));
        assert_same(tag, &ours, &value(&call["result"]));
    }
    println!("{} entrypoints run", calls.len());
    assert!(calls.len() >= 9, "the agent has lost entrypoints");
}

#[tokio::test]
async fn a_stream_yields_the_chunks_and_errors_that_the_python_client_gets() {
    let (server, document) = (shared().await, expectations().await);
    let streams = part(document, "stream");
    let mut total = 0;
    for (tag, expected) in streams {
        let stream = client(server, tag).run_stream(&pairs(&expected["kwargs"])).await;
        let stream = stream.unwrap_or_else(|error| panic!("{tag}: {error}"));
        assert!(stream.invocation_id().is_some(), "{tag}");
        let (chunks, error) = collect(stream).await;
        let expected_chunks: Vec<Value> = expected["chunks"].as_array().expect("chunks").iter().map(value).collect();
        assert_eq!(chunks.len(), expected_chunks.len(), "{tag}");
        for (index, (ours, expected)) in chunks.iter().zip(&expected_chunks).enumerate() {
            assert_same(&format!("{tag}, chunk {index}"), ours, expected);
        }
        total += chunks.len();
        match expected["error"]["details"]["raw_error"].as_str() {
            None => assert!(error.is_none(), "{tag}: {error:?}"),
            Some(raw) => {
                let error = error.unwrap_or_else(|| panic!("{tag} should fail"));
                // The Python client takes "503" in an agent's words for a status: SERVER_ERROR.
                assert_eq!(error.code(), "STREAM_ERROR", "{tag}");
                assert_eq!(error.message(), raw.trim_start_matches("Streaming error: "), "{tag}");
                assert!(!error.is_retryable(), "{tag}");
            }
        }
    }
    println!("{} streams of {total} chunks", streams.len());
    assert!(streams.len() >= 14, "the agent has lost streams");
}

#[tokio::test]
async fn a_complete_stream_says_how_many_chunks_the_agent_yielded() {
    let server = shared().await;
    let mut stream = client(server, "count_stream").run_stream(&[("n", json!(4))]).await.unwrap();
    while let Some(chunk) = stream.next().await {
        chunk.unwrap();
    }
    assert_eq!((stream.received(), stream.total_chunks()), (4, Some(4)));
    assert!(stream.execution_time().is_some());
    assert!(stream.next().await.is_none());
}

#[tokio::test]
async fn what_python_cannot_serialise_arrives_as_the_servers_description_of_it() {
    let ours = client(shared().await, "ret").run(&[("kind", json!("surrogate"))]).await.unwrap();
    let description = ours["error"].as_str().unwrap_or_else(|| panic!("{ours}"));
    assert!(description.starts_with("Serialization Error: "), "{description}");
    assert_eq!(ours["original_type"], "<class 'str'>");
}

#[tokio::test]
async fn json_deeper_than_128_levels_is_refused_and_not_a_crash() {
    let error = client(shared().await, "ret").run(&[("kind", json!("too_deep"))]).await.unwrap_err();
    assert_eq!(error.code(), "DECODE_ERROR");
    assert!(!error.is_retryable());
}

#[tokio::test]
async fn a_generator_returned_by_a_plain_tag_is_explained() {
    for tag in ["make_generator", "make_async_generator"] {
        let error = client(shared().await, tag).run(&[]).await.unwrap_err();
        assert_eq!(error.code(), "STREAM_ENTRYPOINT", "{tag}");
        assert!(error.suggestion().is_some_and(|text| text.contains("_stream")), "{tag}: {error:?}");
    }
}
