//! What the server records of runs, and what it says of itself.

use runagent::blocking;
use runagent::platform::{Archive, InvocationFilter, InvocationStatus};
use runagent::{ErrorKind, RunAgentClient, RunAgentClientConfig, RunAgentError};
use runagent_testkit::python_server::PythonServer;
use serde_json::{Value, json};
use tokio::task::spawn_blocking;

use crate::server::{collect, config, invocation_ends, options, shared};

/// A client that makes each call once: the server's failures are meant.
fn client(server: &PythonServer, tag: &str) -> RunAgentClient {
    let config = config(server, tag).with_options(options(server).with_max_retries(0));
    RunAgentClient::connect_lazy(config).unwrap()
}

#[tokio::test]
async fn runs_and_streams_are_recorded_and_listed_the_newest_first() {
    // No other test may run an agent in between.
    let server = PythonServer::start().await;
    let echo = client(&server, "echo");
    assert_eq!(echo.invocation_stats().await.unwrap().total_invocations, 0);
    assert!(echo.invocations(InvocationFilter::new()).await.unwrap().invocations.is_empty());

    echo.run_with_args(&[json!(1)], &[("a", json!("ä"))]).await.unwrap();
    client(&server, "fail").run(&[("msg", json!("boom"))]).await.unwrap_err();
    client(&server, "ret").run(&[("kind", json!("zero"))]).await.unwrap();
    let stream = client(&server, "count_stream").run_stream(&[("n", json!(2))]).await.unwrap();
    let streamed = stream.invocation_id().unwrap().to_owned();
    assert_eq!(collect(stream).await.0.len(), 2);
    invocation_ends(&server, &streamed, "completed").await;

    let page = echo.invocations(InvocationFilter::new().all()).await.unwrap();
    assert_eq!((page.agent_id.as_str(), page.total_count), (server.agent_id(), Some(4)));
    let mut tags: Vec<_> = page.invocations.iter().map(|run| run.entrypoint_tag.as_deref().unwrap()).collect();
    // Several may be of the same second.
    tags.sort_unstable();
    assert_eq!(tags, ["count_stream", "echo", "fail", "ret"]);
    let find = |tag: &str| page.invocations.iter().find(|run| run.entrypoint_tag.as_deref() == Some(tag)).unwrap();
    let (run, failed, zero, stream) = (find("echo"), find("fail"), find("ret"), find("count_stream"));
    assert_eq!(run.input_data, json!({"input_args": [1], "input_kwargs": {"a": "ä"}}));
    assert_eq!(run.output_data, json!({"args": [1], "kwargs": {"a": "ä"}}));
    assert!(run.execution_time_ms.is_some() && run.request_timestamp.is_some() && run.response_timestamp.is_some());
    assert_eq!(run.client_info["server_port"], server.port());
    assert_eq!((&failed.status, failed.output_data.clone()), (&InvocationStatus::Failed, Value::Null));
    assert!(failed.error_detail.as_deref().unwrap().ends_with("boom"));
    assert_eq!((&zero.status, zero.output_data.clone()), (&InvocationStatus::Completed, Value::Null));
    assert_eq!(stream.invocation_id, streamed);
    assert_eq!(
        (&stream.output_data["total_chunks"], stream.sdk_type.as_deref()),
        (&json!(2), Some("websocket_stream"))
    );

    assert_eq!(echo.invocation(&run.invocation_id).await.unwrap(), *run);
    let failures = echo.invocations(InvocationFilter::new().with_status(InvocationStatus::Failed)).await.unwrap();
    assert_eq!(failures.invocations, std::slice::from_ref(failed));
    for (limit, count) in [(0, 0), (1, 1), (3, 3), (100, 4)] {
        let page = echo.invocations(InvocationFilter::new().with_limit(limit)).await.unwrap();
        assert_eq!(page.invocations.len(), count, "{limit}");
    }
    let stats = echo.invocation_stats().await.unwrap();
    assert_eq!((stats.total_invocations, stats.completed_invocations, stats.failed_invocations), (4, 3, 1));
    assert_eq!((stats.pending_invocations, stats.success_rate), (0, Some(75.0)));
    assert!(stats.avg_execution_time_ms.is_some());

    let blocking = config(&server, "echo");
    let (page, stats) = spawn_blocking(move || {
        let client = blocking::RunAgentClient::connect_lazy(blocking).unwrap();
        (client.invocations(InvocationFilter::new()).unwrap(), client.invocation_stats().unwrap())
    })
    .await
    .unwrap();
    assert_eq!((page.invocations.len(), stats.total_invocations), (4, 4));

    // One that returned NaN spoils each list that it is on.
    client(&server, "ret").run(&[("kind", json!("nan"))]).await.unwrap();
    let error = echo.invocations(InvocationFilter::new().all()).await.unwrap_err();
    assert_eq!((error.code().as_str(), error.is_retryable()), ("INTERNAL_ERROR", false));
    assert!(error.suggestion().unwrap().contains("NaN"), "{error:?}");
    let failures = echo.invocations(InvocationFilter::new().with_status("failed").all()).await.unwrap();
    assert_eq!(failures.invocations.len(), 1);
}

#[tokio::test]
async fn an_unknown_run_is_the_servers_own_refusal() {
    let error = client(shared().await, "echo").invocation("nope").await.unwrap_err();
    assert_eq!((error.code().as_str(), error.message()), ("NOT_FOUND", "Invocation nope not found"));
    assert_eq!((error.kind(), error.status()), (ErrorKind::Validation, Some(404)));
    assert!(error.request_id().is_some());
}

#[tokio::test]
async fn the_server_tells_of_itself_and_of_the_project() {
    let server = shared().await;
    let info = client(server, "echo").server_info().await.unwrap();
    assert_eq!((info.host.as_deref(), info.port), (Some("127.0.0.1"), Some(server.port())));
    assert_eq!(info.config["agent_id"], server.agent_id());
    assert!(info.message.unwrap().contains(server.agent_id()));
    assert!(info.config.get("env_vars").is_none_or(Value::is_null), "the environment stays where it is");
}

#[tokio::test]
async fn what_a_local_server_does_not_have_is_not_blamed_on_the_agent() {
    let error = client(shared().await, "echo").agent_status().await.unwrap_err();
    assert_eq!((error.code().as_str(), error.status()), ("VALIDATION_ERROR", Some(404)));
    assert!(error.message().contains("does not have this call"), "{error}");
}

#[tokio::test]
async fn another_agents_server_is_recognised() {
    let server = shared().await;
    let config = RunAgentClientConfig::new("nope", "echo").with_local(true).with_address("127.0.0.1", server.port());
    let client = RunAgentClient::connect_lazy(config.with_options(options(server).with_max_retries(0))).unwrap();
    let check = |call: &str, error: RunAgentError| {
        assert_eq!(error.code(), "AGENT_NOT_FOUND_LOCAL", "{call}: {error}");
        assert!(error.message().contains(server.agent_id()), "{call} names the agent that is served: {error}");
    };
    check("server_info", client.server_info().await.unwrap_err());
    check("invocations", client.invocations(InvocationFilter::new()).await.unwrap_err());
    check("stats", client.invocation_stats().await.unwrap_err());
    check("status", client.agent_status().await.unwrap_err());
}

#[tokio::test]
async fn the_project_that_the_server_serves_can_be_packed() {
    let folder = shared().await.agent_folder();
    spawn_blocking(move || Archive::from_folder(folder)).await.unwrap().unwrap();
}
