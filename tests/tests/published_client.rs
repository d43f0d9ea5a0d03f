//! crates.io `runagent` 0.1.49 against our own server: whoever has not moved to ours yet gets what our client gets.
//!
//! `cargo xtask test --peers` builds that client and runs this: it needs `RUNAGENT_TEST_PEER`, the program `call` of
//! `benches/peer-runagent`.

#![allow(clippy::expect_used, reason = "a test fails by panicking")]

use std::process::Stdio;

use futures_util::stream;
use runagent_server::{Agent, AgentError, Input, Server};
use serde_json::{Value, json};
use tokio::io::AsyncWriteExt;
use tokio::process::Command;

const AGENT: &str = "0b8f9a51-7a3c-4a39-9a6e-6b1d5b0a4a11";

fn agent() -> Agent {
    Agent::new(AGENT)
        .entrypoint("echo", async |input: Input| {
            Ok::<_, AgentError>(json!({"args": input.args(), "kwargs": input.kwargs()}))
        })
        .entrypoint("greet", async |input: Input| Ok(format!("Hello, {}!", input.kwarg::<String>("name")?)))
        .entrypoint("value", async |input: Input| Ok::<_, AgentError>(input.arg::<Value>(0)?))
        .entrypoint("fail", async |_: Input| Err::<(), _>(AgentError::new("boom")))
        .stream_entrypoint("echo_stream", async |input: Input| {
            Ok(stream::iter(input.args().to_vec().into_iter().map(Ok::<_, AgentError>)))
        })
        .stream_entrypoint("many_stream", async |_: Input| Ok(stream::iter((0..2000).map(Ok::<_, AgentError>))))
        .stream_entrypoint("fail_stream", async |_: Input| Ok(stream::iter([Ok(0), Err(AgentError::new("boom"))])))
}

fn case(tag: &str, args: Value, kwargs: Value, answer: Value) -> (Value, Value) {
    (json!({"tag": tag, "args": args, "kwargs": kwargs}), answer)
}

fn cases() -> Vec<(Value, Value)> {
    let values =
        json!([null, true, "", "naïve — 日本語 🚀", "42", 0, -7, u64::MAX, 3.5, [], {}, [1, [2]], {"a": {"b": null}}]);
    let mut cases = vec![
        case(
            "echo",
            json!([1, "zwei"]),
            json!({"k": [true]}),
            json!({"result": {"args": [1, "zwei"], "kwargs": {"k": [true]}}}),
        ),
        case("greet", json!([]), json!({"name": "Ada"}), json!({"result": "Hello, Ada!"})),
        case("echo_stream", values.clone(), json!({}), json!({ "chunks": values })),
        case("many_stream", json!([]), json!({}), json!({ "chunks": (0..2000).collect::<Vec<_>>() })),
        // How that client words it: the agent's own words are in there.
        case("fail", json!([]), json!({}), json!({"error": "boom"})),
        case("fail_stream", json!([]), json!({}), json!({"error": "boom"})),
        case("zzz", json!([]), json!({}), json!({"error": "zzz"})),
    ];
    for value in values.as_array().expect("values") {
        cases.push(case("value", json!([value]), json!({}), json!({ "result": value })));
    }
    cases
}

#[tokio::test]
async fn the_published_client_gets_what_the_agent_returns() {
    let server = Server::bind(agent()).await.expect("a server").spawn();
    let program =
        std::env::var_os("RUNAGENT_TEST_PEER").expect("RUNAGENT_TEST_PEER; `cargo xtask test --peers` sets it");
    let home = tempfile::tempdir().expect("a home folder");
    let mut child = Command::new(program)
        .args([server.address().ip().to_string(), server.address().port().to_string(), AGENT.to_owned()])
        .env_clear()
        .env("HOME", home.path())
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .kill_on_drop(true)
        .spawn()
        .expect("run the client");
    let cases = cases();
    let calls: Vec<&Value> = cases.iter().map(|(call, _)| call).collect();
    let mut stdin = child.stdin.take().expect("a pipe");
    stdin.write_all(json!(calls).to_string().as_bytes()).await.expect("write the calls");
    drop(stdin);
    let output = child.wait_with_output().await.expect("wait for the client");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let answers: Vec<Value> = serde_json::from_slice(&output.stdout).expect("read what it printed");
    assert_eq!(answers.len(), cases.len());
    for ((call, expected), answer) in cases.iter().zip(&answers) {
        match expected["error"].as_str() {
            Some(words) => {
                assert!(answer["error"].as_str().is_some_and(|text| text.contains(words)), "{call}: {answer}")
            }
            None => assert_eq!(answer, expected, "{call}"),
        }
    }
    server.shutdown().await.expect("a clean end");
}
