//! One registry, in which the official Python server and our own record their calls, and what each reads of the other's.
//!
//! `cargo xtask test` runs it: it needs `RUNAGENT_TEST_PYTHON`, a Python with the official package.

#![cfg(unix)]
#![allow(clippy::expect_used, clippy::unwrap_used, reason = "a test fails by panicking")]

use std::path::Path;
use std::process::Stdio;
use std::time::Duration;

use futures_util::stream;
use runagent::{ClientOptions, RunAgentClient, RunAgentClientConfig};
use runagent_registry::{InvocationRecord, Registry};
use runagent_server::{Agent, AgentError, Input, RunningServer, Server};
use runagent_testkit::python_server::PythonServer;
use runagent_transport::{Api, BaseUrl, HttpTransport};
use runagent_types::StructuredValue;
use serde_json::{Value, json};
use tokio::process::Command;

const AGENT: &str = "5d0d4bf2-8c55-4f0c-9f55-0e6ee4dd4b0e";

fn agent() -> Agent {
    Agent::new(AGENT)
        .with_name("Rust agent")
        .entrypoint("echo", async |input: Input| Ok(input.arg::<Value>(0)?))
        .entrypoint("fail", async |_: Input| Err::<(), _>(AgentError::new("boom")))
        .stream_entrypoint("count_stream", async |_: Input| Ok(stream::iter((0..12).map(Ok::<_, AgentError>))))
        .stream_entrypoint("fail_stream", async |_: Input| Ok(stream::iter([Ok(0), Err(AgentError::new("boom"))])))
}

/// What `echo` is called with, one at a time.
fn values() -> Vec<Value> {
    let values = json!([
        "plain", "", "naïve — 日本語 🚀 \u{2028} \u{0} end", 0, -7, u64::MAX, 0.1, false, true, null, [], {}, [1, "two", null],
        {"message": "hi", "nested": {"deep": [1, 2]}}, "x".repeat(100_000),
    ]);
    values.as_array().unwrap().clone()
}

async fn serve(folder: &Path) -> RunningServer {
    Server::builder(agent()).registry(Registry::in_folder(folder)).bind().await.unwrap().spawn()
}

fn client(folder: &Path, agent_id: &str, tag: &str) -> RunAgentClient {
    let options = ClientOptions::new().with_registry_folder(folder).with_environment(|_| None);
    let config = RunAgentClientConfig::new(agent_id, tag).with_local(true).with_options(options);
    RunAgentClient::connect_lazy(config).unwrap()
}

/// Calls everything of the Rust agent once.
async fn call_all(folder: &Path) {
    let client = |tag| client(folder, AGENT, tag);
    for value in values() {
        assert_eq!(client("echo").run_with_args(std::slice::from_ref(&value), &[]).await.unwrap(), value);
    }
    client("fail").run(&[]).await.unwrap_err();
    for tag in ["count_stream", "fail_stream"] {
        let mut chunks = client(tag).run_stream(&[]).await.unwrap();
        while chunks.next().await.is_some() {}
    }
}

async fn get(port: u16, segments: &[&str]) -> Value {
    let api = Api::builder(BaseUrl::http("127.0.0.1", port).unwrap(), HttpTransport::new()).build();
    let response = api.get(segments).send().await.unwrap();
    serde_json::from_slice(response.body()).unwrap()
}

/// What `history.py` prints.
async fn python(folder: &Path, invocation_id: &str) -> Value {
    let python = std::env::var_os("RUNAGENT_TEST_PYTHON").expect("RUNAGENT_TEST_PYTHON; `cargo xtask test` sets it");
    let output = Command::new(python)
        .arg(concat!(env!("CARGO_MANIFEST_DIR"), "/interop/history.py"))
        .args([AGENT, invocation_id])
        .env_clear()
        .env("HOME", folder)
        .env("RUNAGENT_CACHE_DIR", folder)
        .env("PYTHONUTF8", "1")
        .env("PYTHONDONTWRITEBYTECODE", "1")
        // Wide enough for every column of a table.
        .env("COLUMNS", "250")
        // The package looks for its templates on the network each time a client is made.
        .env("RUNAGENT_TEMPLATE_REPO", "file:///nonexistent.git")
        .env("GIT_PYTHON_REFRESH", "quiet")
        .stdin(Stdio::null())
        .kill_on_drop(true)
        .output()
        .await
        .expect("run history.py");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    serde_json::from_slice(&output.stdout).expect("read what history.py printed")
}

/// By id: the Python side leaves those of one second in no order.
fn sorted(invocations: &Value) -> Vec<Value> {
    let mut invocations = invocations.as_array().expect("invocations").clone();
    invocations.sort_by_key(|invocation| invocation["invocation_id"].to_string());
    invocations
}

#[tokio::test]
async fn the_official_tools_show_what_ran_in_rust() {
    let home = tempfile::tempdir().unwrap();
    let registry = Registry::in_folder(home.path());
    let server = serve(home.path()).await;
    call_all(home.path()).await;
    let old =
        InvocationRecord::run(AGENT, "from long ago", "echo").with_client_info("{}").with_start(std::time::UNIX_EPOCH);
    registry.record(&[old.completed("1", Duration::from_millis(3))]).await.unwrap();

    let page = get(server.address().port(), &["api", "v1", "agents", AGENT, "invocations"]).await;
    let stats = get(server.address().port(), &["api", "v1", "agents", AGENT, "invocations", "stats"]).await;
    let all = sorted(&page["invocations"]);
    let runs = values().len() + 2;
    assert_eq!(all.len(), runs + 2);
    let shown = all.iter().find(|invocation| invocation["output_data"] == "plain").unwrap();
    let id = shown["invocation_id"].as_str().unwrap();
    let document = python(home.path(), id).await;

    assert_eq!(sorted(&document["invocations"]), all);
    for (name, value) in stats["stats"].as_object().unwrap() {
        assert_eq!(document["stats"][name], *value, "{name}");
    }
    let agent = &document["agent"];
    assert_eq!(
        (&agent["run_count"], &agent["success_count"], &agent["error_count"]),
        (&json!(runs), &json!(runs - 1), &json!(1))
    );

    // Each run with the text that went to the caller, which the clients of both sides read.
    let kept = document["runs"].as_array().unwrap();
    assert_eq!(kept.len(), runs);
    for value in values().iter().take(14) {
        let expected = StructuredValue::encode(value);
        assert!(kept.iter().any(|run| run["output_data"] == expected.as_str() && run["success"] == true), "{expected}");
    }
    assert!(
        kept.iter().any(|run| run["error_message"] == format!("Server error running agent {AGENT}: boom").as_str())
    );

    let printed = |command: &str| document["printed"][command].as_str().unwrap().to_owned();
    for (command, parts) in [
        ("status", vec![AGENT, "Total Agents: 1"]),
        ("invocations", vec!["count_strea", "fail_stream", "completed", "failed", "websocket"]),
        ("failed", vec!["fail", "failed"]),
        ("invocation", vec![id, "plain", "local_server", "completed"]),
        ("json", vec![id, "\"output_data\": \"plain\""]),
    ] {
        for part in parts {
            assert!(printed(command).contains(part), "`runagent db {command}` lacks {part}: {}", printed(command));
        }
    }
    assert_eq!(document["left"], all.len() - 1);
    server.shutdown().await.unwrap();
}

#[tokio::test]
async fn both_servers_answer_the_same_for_every_invocation() {
    let python = PythonServer::start().await;
    let folder = python.registry_folder();
    let registry = Registry::in_folder(&folder);
    let server = serve(&folder).await;
    // By turns, on one file.
    for round in 0..3 {
        for kind in ["str", "unicode", "int", "float", "true", "list", "dict", "none", "zero"] {
            client(&folder, python.agent_id(), "ret").run(&[("kind", json!(kind))]).await.unwrap();
            client(&folder, AGENT, "echo").run_with_args(&[json!([round, kind])], &[]).await.unwrap();
        }
    }
    call_all(&folder).await;
    client(&folder, python.agent_id(), "fail").run(&[("msg", json!("boom"))]).await.unwrap_err();
    let mut chunks = client(&folder, python.agent_id(), "count_stream").run_stream(&[("n", json!(12))]).await.unwrap();
    while chunks.next().await.is_some() {}
    drop(chunks);

    // The Python server shows the invocations of every agent.
    let ours = server.address().port();
    let page = get(ours, &["api", "v1", "agents", AGENT, "invocations"]).await;
    assert_eq!(page["total_count"], 27 + values().len() + 3);
    for invocation in page["invocations"].as_array().unwrap() {
        let id = invocation["invocation_id"].as_str().unwrap();
        let path = ["api", "v1", "invocations", id];
        let (of_rust, of_python) = (get(ours, &path).await, get(python.port(), &path).await);
        // The text tells 0 from 0.0.
        assert_eq!(of_rust.to_string(), of_python.to_string());
        assert_eq!(of_rust, *invocation);
    }

    let theirs = ["api", "v1", "agents", python.agent_id(), "invocations"];
    let (page, read) = (get(python.port(), &theirs).await, registry.invocations(python.agent_id(), None, None).await);
    let read = serde_json::to_value(read.unwrap()).unwrap();
    assert_eq!((&read["total_count"], &page["total_count"]), (&json!(29), &json!(29)));
    assert_eq!(sorted(&read["invocations"]), sorted(&page["invocations"]));
    let stats = get(python.port(), &["api", "v1", "agents", python.agent_id(), "invocations", "stats"]).await;
    let read = registry.invocation_stats(python.agent_id()).await.unwrap();
    assert_eq!(serde_json::to_value(read).unwrap(), stats);
    server.shutdown().await.unwrap();
}
