//! The official Python client against our own server: it can't tell an agent in Rust from one in Python.
//!
//! `cargo xtask test` runs it: it needs `RUNAGENT_TEST_PYTHON`, a Python with the official package.

#![allow(clippy::expect_used, reason = "a test fails by panicking")]

use std::path::Path;
use std::process::Stdio;

use futures_util::stream;
use runagent_registry::Registry;
use runagent_server::{Agent, AgentError, Input, RunningServer, Server};
use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::io::AsyncWriteExt;
use tokio::process::Command;

const AGENT: &str = "5d0d4bf2-8c55-4f0c-9f55-0e6ee4dd4b0e";

fn agent() -> Agent {
    Agent::new(AGENT)
        .with_name("Rust agent")
        .entrypoint("echo", async |input: Input| {
            Ok::<_, AgentError>(json!({"args": input.args(), "kwargs": input.kwargs()}))
        })
        .entrypoint("user", async |input: Input| {
            Ok::<_, AgentError>(json!([input.user_id(), input.persistent_memory()]))
        })
        .entrypoint("greet", async |input: Input| Ok(format!("Hello, {}!", input.kwarg::<String>("name")?)))
        .entrypoint("fail", async |_: Input| Err::<(), _>(AgentError::new("boom")))
        .entrypoint("coded", async |_: Input| Err::<(), _>(quota_exceeded()))
        .entrypoint("panic", async |_: Input| -> Result<(), AgentError> { panic!("at the disco") })
        .entrypoint("big", async |_: Input| Ok::<_, AgentError>("x".repeat(5_000_000)))
        .stream_entrypoint("echo_stream", async |input: Input| {
            Ok(stream::iter(input.args().to_vec().into_iter().map(Ok::<_, AgentError>)))
        })
        .stream_entrypoint("many_stream", async |_: Input| Ok(stream::iter((0..2000).map(Ok::<_, AgentError>))))
        .stream_entrypoint("fail_stream", async |_: Input| {
            Ok(stream::iter([Ok(0), Ok(1), Err(AgentError::new("boom"))]))
        })
        .stream_entrypoint("coded_stream", async |_: Input| Ok(stream::iter([Ok(0), Err(quota_exceeded())])))
}

fn quota_exceeded() -> AgentError {
    let error = AgentError::new("no credit").with_code("QUOTA_EXCEEDED").with_suggestion("Buy more.");
    error.with_details(json!({"left": 0}))
}

async fn serve(home: &TempDir) -> RunningServer {
    let server = Server::builder(agent()).registry(Registry::in_folder(home.path())).bind().await;
    server.expect("a server").spawn()
}

/// What one call of the Python client must come to.
struct Case {
    call: Value,
    expected: Value,
}

fn case(tag: &str, args: Value, kwargs: Value, expected: Value) -> Case {
    Case { call: json!({"tag": tag, "args": args, "kwargs": kwargs, "user_id": null}), expected }
}

fn result(tag: &str, args: Value, kwargs: Value, result: Value) -> Case {
    case(tag, args, kwargs, json!({ "result": result }))
}

/// `expected` has the members of the error that matter.
fn error(tag: &str, kwargs: Value, expected: Value) -> Case {
    case(tag, json!([]), kwargs, json!({ "error": expected }))
}

fn chunks(tag: &str, args: Value, chunks: Value) -> Case {
    case(tag, args, json!({}), json!({"chunks": chunks, "error": null}))
}

fn cases() -> Vec<Case> {
    let prefix = format!("Agent execution failed: Server error running agent {AGENT}:");
    let values = json!([
        null,
        true,
        false,
        "",
        "plain",
        "naïve — 日本語 🚀 \u{2028} end",
        "nul \u{0} quote \" backslash \\",
        "42",
        "{\"looks\": \"like json\"}",
        0,
        -7,
        i64::MIN,
        u64::MAX,
        3.0,
        -0.0,
        0.1 + 0.2,
        1e-300,
        f64::MAX,
        [],
        {},
        [1, [2, [3]]],
        {"type": "integer", "payload": "42"},
        {"content": "only-this?", "other": 1},
        {"success": false, "error": "not really"},
    ]);
    let mut cases = vec![
        result("echo", json!([]), json!({}), json!({"args": [], "kwargs": {}})),
        result("echo", values.clone(), json!({}), json!({"args": values, "kwargs": {}})),
        result("echo", json!([]), json!({"of": values}), json!({"args": [], "kwargs": {"of": values}})),
        result("greet", json!([]), json!({"name": "Ada"}), json!("Hello, Ada!")),
        result("user", json!([]), json!({}), json!([null, false])),
        result("big", json!([]), json!({}), json!("x".repeat(5_000_000))),
        error("fail", json!({}), json!({"code": "INTERNAL_ERROR", "message": format!("{prefix} boom")})),
        error(
            "panic",
            json!({}),
            json!({"code": "INTERNAL_ERROR", "message": format!("{prefix} the entrypoint panicked: at the disco")}),
        ),
        error(
            "coded",
            json!({}),
            json!({
                "code": "QUOTA_EXCEEDED", "message": "no credit", "suggestion": "Buy more.", "details": {"left": 0}
            }),
        ),
        error("greet", json!({}), json!({"code": "VALIDATION_ERROR", "message": "missing keyword argument `name`"})),
        // The client's own code for whatever is a 404.
        error("zzz", json!({}), json!({"code": "CONNECTION_ERROR", "message": "Entrypoint zzz not found"})),
        chunks("echo_stream", json!([]), json!([])),
        chunks("echo_stream", values.clone(), values.clone()),
        chunks("many_stream", json!([]), (0..2000).collect()),
        case(
            "fail_stream",
            json!([]),
            json!({}),
            json!({"chunks": [0, 1], "error": {"code": "STREAM_ERROR", "message": "Streaming error: boom"}}),
        ),
        // The client reads no code in a stream.
        case(
            "coded_stream",
            json!([]),
            json!({}),
            json!({"chunks": [0], "error": {"code": "STREAM_ERROR", "message": "Streaming error: no credit"}}),
        ),
        case(
            "zzz_stream",
            json!([]),
            json!({}),
            json!({
                "chunks": [],
                "error": {"code": "NOT_FOUND", "details": {"raw_error": "Entrypoint zzz_stream not found"}}
            }),
        ),
    ];
    for value in values.as_array().expect("values") {
        let echoed = json!({"args": [value], "kwargs": {}});
        cases.push(result("echo", json!([value]), json!({}), echoed));
    }
    let mut user = result("user", json!([]), json!({}), json!(["u1", true]));
    user.call["user_id"] = json!("u1");
    cases.push(user);
    cases
}

/// Runs `client.py` as somebody whose registry is in `home`.
async fn python_client(home: &Path, calls: &[&Value]) -> Value {
    let python = std::env::var_os("RUNAGENT_TEST_PYTHON").expect("RUNAGENT_TEST_PYTHON; `cargo xtask test` sets it");
    let mut child = Command::new(python)
        .arg(concat!(env!("CARGO_MANIFEST_DIR"), "/interop/client.py"))
        .arg(AGENT)
        .env_clear()
        .env("HOME", home)
        .env("RUNAGENT_CACHE_DIR", home)
        .env("PYTHONUTF8", "1")
        .env("PYTHONDONTWRITEBYTECODE", "1")
        // Wide enough for every column of a table.
        .env("COLUMNS", "250")
        // The package looks for its templates on the network each time a client is made.
        .env("RUNAGENT_TEMPLATE_REPO", "file:///nonexistent.git")
        .env("GIT_PYTHON_REFRESH", "quiet")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .kill_on_drop(true)
        .spawn()
        .expect("run client.py");
    let mut stdin = child.stdin.take().expect("a pipe");
    let calls = json!(calls).to_string();
    // All of it is read before anything is printed.
    stdin.write_all(calls.as_bytes()).await.expect("write the calls");
    drop(stdin);
    let output = child.wait_with_output().await.expect("wait for client.py");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    serde_json::from_slice(&output.stdout).expect("read what client.py printed")
}

/// Compares an answer with what is expected: of an error, only the members that are named there.
fn assert_answer(call: &Value, answer: &Value, expected: &Value) {
    let (members, wanted) = (answer.as_object().expect("an answer"), expected.as_object().expect("an expectation"));
    assert!(members.keys().eq(wanted.keys()), "{call}: {answer}");
    for (name, wanted) in wanted {
        match wanted.as_object() {
            Some(error) if name == "error" => {
                for (member, wanted) in error {
                    assert_eq!(members[name][member], *wanted, "{call}: {answer}");
                }
            }
            // The text tells 3 from 3.0, and -0.0 from 0.0.
            _ => assert_eq!(members[name].to_string(), wanted.to_string(), "{call}"),
        }
    }
}

#[tokio::test]
async fn the_official_client_finds_and_calls_an_agent_in_rust() {
    let home = tempfile::tempdir().expect("a folder");
    let server = serve(&home).await;
    let cases = cases();
    let calls: Vec<&Value> = cases.iter().map(|case| &case.call).collect();
    let document = python_client(home.path(), &calls).await;

    let answers = document["calls"].as_array().expect("answers");
    assert_eq!(answers.len(), cases.len());
    for (case, answer) in cases.iter().zip(answers) {
        assert_answer(&case.call, answer, &case.expected);
    }
    println!("{} calls of the Python client", cases.len());

    let row = &document["agent"];
    assert_eq!(row["host"], "127.0.0.1");
    assert_eq!(row["port"], server.address().port());
    assert_eq!((&row["framework"], &row["status"]), (&json!("rust"), &json!("serving")));
    let status = document["status"].as_str().expect("text");
    for part in [AGENT, &server.address().to_string(), "Total Agents: 1"] {
        assert!(status.contains(part), "`runagent db status` lacks {part}: {status}");
    }
    server.shutdown().await.expect("the row is taken back");
}

#[tokio::test]
async fn the_official_client_finds_an_agent_that_has_moved() {
    let home = tempfile::tempdir().expect("a folder");
    let first = serve(&home).await;
    let second = serve(&home).await;
    assert_ne!(first.address(), second.address());
    first.shutdown().await.expect("the row stays with the second");
    let call = json!({"tag": "greet", "args": [], "kwargs": {"name": "Ada"}, "user_id": null});
    let document = python_client(home.path(), &[&call]).await;
    assert_eq!(document["calls"][0], json!({"result": "Hello, Ada!"}));
    assert_eq!(document["agent"]["port"], second.address().port());

    second.shutdown().await.expect("the row is taken back");
    let document = python_client(home.path(), &[]).await;
    assert_eq!(document["agent"]["status"], "initialized");
}
