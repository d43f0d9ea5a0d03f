//! Every way in which the server refuses a call or an agent fails.

use runagent::{RunAgentClient, RunAgentClientConfig, RunAgentError};
use serde_json::{Value, json};
use tokio::net::TcpSocket;

use crate::expectation::{expectations, part};
use crate::server::{client, collect, config, detail, options, pairs, shared};

/// For each failure that the Python client was led into: our code, a part of our message, and why the code is another
/// than the Python client's (empty when it is the same).
const ERRORS: &[(&str, &str, &str, &str)] = &[
    ("fail", "INTERNAL_ERROR", "boom", ""),
    ("fail_permission", "INTERNAL_ERROR", "403 permission denied by db", ""),
    ("async_fail", "INTERNAL_ERROR", "async boom", ""),
    ("missing_argument", "INTERNAL_ERROR", "greet() missing 1 required positional argument: 'name'", ""),
    ("unexpected_argument", "INTERNAL_ERROR", "greet() got an unexpected keyword argument 'bogus'", ""),
    ("unknown_tag", "ENTRYPOINT_NOT_FOUND", "Entrypoint zzz not found", "Python takes any 404 for a bad connection"),
    ("stream_unexpected_argument", "STREAM_ERROR", "count_stream() got an unexpected keyword argument 'bogus'", ""),
    ("unknown_stream_tag", "ENTRYPOINT_NOT_FOUND", "Entrypoint zzz_stream not found", "the code of a run"),
    ("stream_of_run_tag", "NON_STREAM_ENTRYPOINT", "`echo` does not stream", "refused before anything is sent"),
    ("unknown_agent_run", "AGENT_NOT_FOUND_LOCAL", "http://127.0.0.1:", "Python takes any 404 for a bad connection"),
    ("unknown_agent_stream", "AGENT_NOT_FOUND_LOCAL", "http://127.0.0.1:", "a local 403 is no matter of permission"),
    ("dead_port_run", "CONNECTION_ERROR", "", ""),
    ("dead_port_stream", "CONNECTION_ERROR", "", ""),
    ("unregistered_agent", "AGENT_NOT_FOUND_LOCAL", "agent `nope` is not in the registry", "Python raises ValueError"),
];

#[tokio::test]
async fn every_failure_of_the_python_client_has_our_code_and_the_agents_own_words() {
    let (server, document) = (shared().await, expectations().await);
    // Bound, so that nobody else takes the port, and not listening.
    let taken = TcpSocket::new_v4().unwrap();
    taken.bind(([127, 0, 0, 1], 0).into()).unwrap();
    let dead = taken.local_addr().unwrap().port();
    let cases = part(document, "errors");
    let known: Vec<&str> = ERRORS.iter().map(|row| row.0).collect();
    for (name, case) in cases {
        let row = ERRORS.iter().find(|row| row.0 == name).unwrap_or_else(|| panic!("{name} is not in {known:?}"));
        let (_, code, message, reason) = *row;
        let tag = case["tag"].as_str().expect("a tag");
        let local = |agent_id: &str| RunAgentClientConfig::new(agent_id, tag).with_local(true);
        let config = match name.split_once('_') {
            Some(("unknown", rest)) if rest.starts_with("agent") => {
                local("nope").with_address("127.0.0.1", server.port())
            }
            Some(("dead", _)) => local("nope").with_address("127.0.0.1", dead),
            Some(("unregistered", _)) => local("nope"),
            _ => local(server.agent_id()),
        };
        let streams = name.contains("stream");
        let error = failure(config.with_options(options(server)), &case["kwargs"], streams).await;
        assert_eq!(error.code(), code, "{name}: {error:?}");
        assert!(error.message().contains(message), "{name}: {error}");
        if code == "INTERNAL_ERROR" {
            assert_eq!(error.message(), case["error"]["message"], "{name}");
        }
        let python = case["error"]["code"].as_str();
        assert_eq!(python == Some(code), reason.is_empty(), "{name}: the Python client says {python:?}");
        assert_eq!(error.is_retryable(), name.starts_with("dead"), "{name}: {error:?}");
        assert_eq!(error.to_string().lines().count(), 1, "{name}: {error}");
    }
    drop(taken);
    println!("{} failures", cases.len());
    assert_eq!(cases.len(), ERRORS.len());
}

/// The error of a call, or of the stream that it opened.
async fn failure(config: RunAgentClientConfig, kwargs: &Value, streams: bool) -> RunAgentError {
    let client = RunAgentClient::connect_lazy(config).unwrap();
    if !streams {
        return client.run(&pairs(kwargs)).await.unwrap_err();
    }
    match client.run_stream(&pairs(kwargs)).await {
        Err(error) => error,
        Ok(stream) => collect(stream).await.1.expect("a stream that fails"),
    }
}

#[tokio::test]
async fn another_agents_address_is_recognised_by_every_call() {
    let server = shared().await;
    let other = |tag| {
        let config = RunAgentClientConfig::new("nope", tag).with_local(true).with_address("127.0.0.1", server.port());
        config.with_options(options(server))
    };
    let lazy = RunAgentClient::connect_lazy(other("echo")).unwrap();
    for (call, error) in [
        ("new", RunAgentClient::new(other("echo")).await.unwrap_err()),
        ("architecture", lazy.get_agent_architecture().await.unwrap_err()),
        ("run", lazy.run(&[]).await.unwrap_err()),
    ] {
        assert_eq!(error.code(), "AGENT_NOT_FOUND_LOCAL", "{call}");
        assert_eq!(error.status(), Some(404), "{call}");
        assert!(error.message().contains(server.agent_id()), "{call} names the agent that is served: {error}");
    }
    let stream = RunAgentClient::connect_lazy(other("count_stream")).unwrap().run_stream(&[]).await;
    let error = stream.map(drop).unwrap_err();
    assert_eq!((error.code().as_str(), error.status()), ("AGENT_NOT_FOUND_LOCAL", Some(403)));
    assert!(error.message().contains(server.agent_id()), "{error}");
    // The health page belongs to no agent, and tells whose it is.
    assert_eq!(lazy.health().await.unwrap_err().code(), "AGENT_NOT_FOUND_LOCAL");
    assert!(!lazy.health_check().await.unwrap());
}

#[tokio::test]
async fn an_unknown_tag_comes_with_the_tags_that_there_are() {
    let server = shared().await;
    let mut errors = vec![RunAgentClient::new(config(server, "zzz")).await.unwrap_err()];
    errors.push(client(server, "zzz").run(&[]).await.unwrap_err());
    errors.push(client(server, "zzz_stream").run_stream(&[]).await.map(drop).unwrap_err());
    for error in errors {
        assert_eq!(error.code(), "ENTRYPOINT_NOT_FOUND");
        let tags = detail(&error, "available_tags");
        assert!(tags.as_array().is_some_and(|tags| tags.contains(&json!("count_stream"))), "{error:?}");
        assert!(error.suggestion().is_some_and(|text| text.contains("`echo`")), "{error:?}");
    }
}

#[tokio::test]
async fn a_tag_of_the_other_sort_is_refused_before_anything_is_sent() {
    let server = shared().await;
    let stream = RunAgentClient::new(config(server, "counted_stream")).await.unwrap();
    let error = stream.run(&[("label", json!("guarded"))]).await.unwrap_err();
    assert_eq!((error.code().as_str(), error.attempts()), ("STREAM_ENTRYPOINT", 0));
    let run = RunAgentClient::new(config(server, "count_run")).await.unwrap();
    let error = run.run_stream(&[("label", json!("guarded"))]).await.map(drop).unwrap_err();
    assert_eq!((error.code().as_str(), error.attempts()), ("NON_STREAM_ENTRYPOINT", 0));
    assert_eq!(server.executions("guarded"), 0);
}

#[tokio::test]
async fn arguments_of_the_wrong_type_fail_in_the_agent_and_in_its_words() {
    let server = shared().await;
    let error = client(server, "sleepy").run(&[("s", json!("soon"))]).await.unwrap_err();
    assert_eq!((error.code().as_str(), error.status()), ("INTERNAL_ERROR", Some(200)));
    assert!(error.message().contains("'str' object cannot be interpreted"), "{error}");

    let error = client(server, "greet").run_with_args(&[json!(1), json!(2), json!(3)], &[]).await.unwrap_err();
    assert!(error.message().contains("takes from 1 to 2 positional arguments but 3 were given"), "{error}");

    let stream = client(server, "count_stream").run_stream(&[("n", json!([]))]).await.unwrap();
    let (chunks, error) = collect(stream).await;
    let error = error.expect("a stream that fails");
    assert_eq!((chunks.len(), error.code().as_str()), (0, "STREAM_ERROR"));
    assert!(error.message().contains("'list' object cannot be interpreted"), "{error}");
}

#[tokio::test]
async fn a_stream_that_fails_midway_gives_its_chunks_first() {
    let server = shared().await;
    for (tag, n, message) in [
        ("midfail_stream", 3, "stream exploded midway"),
        ("amidfail_stream", 3, "503: upstream unavailable"),
        ("earlyfail_stream", 0, "failed before the first chunk"),
        ("noniter_stream", 0, "'int' object is not iterable"),
    ] {
        let kwargs = if n > 0 { vec![("n", json!(n))] } else { Vec::new() };
        let (chunks, error) = collect(client(server, tag).run_stream(&kwargs).await.unwrap()).await;
        assert_eq!(chunks, (0..n).map(Value::from).collect::<Vec<_>>(), "{tag}");
        let error = error.unwrap_or_else(|| panic!("{tag} should fail"));
        assert_eq!((error.code().as_str(), error.message()), ("STREAM_ERROR", message), "{tag}");
        assert!(!error.is_retryable(), "{tag}");
    }
}
