//! The examples for Everruns as programs, against a server in this process.
//!
//! `cargo test` builds the examples first; `cargo test --test everruns` alone does not.
#![allow(clippy::expect_used, reason = "a test fails by panicking")]

use everruns_sdk::testing::FakeEverruns;
use runagent_testkit::HttpServer;
use tokio::process::Command;

/// What an example prints, and whether it ends well.
async fn run(name: &str, environment: &[(&str, &str)], arguments: &[&str]) -> (bool, String) {
    let test = std::env::current_exe().expect("a test");
    let example = test.ancestors().nth(2).expect("a folder").join("examples").join(name);
    assert!(example.exists(), "build it first: cargo build --package runagent-examples --example {name}");
    let mut command = Command::new(example);
    command.env_clear().envs(environment.iter().copied()).args(arguments).kill_on_drop(true);
    let output = command.output().await.expect("it runs");
    let text = String::from_utf8(output.stdout).expect("text") + &String::from_utf8_lossy(&output.stderr);
    (output.status.success(), text)
}

fn assistant() -> FakeEverruns {
    FakeEverruns::new().with_api_key("evr_pat_1").with_agent("my-assistant", |turn| format!("You said: {}", turn.text))
}

#[tokio::test]
async fn a_session_is_made_and_a_message_sent() {
    let fake = assistant();
    let server = HttpServer::start(fake.clone()).await;
    let environment =
        [("EVERRUNS_API_KEY", "evr_pat_1"), ("EVERRUNS_API_URL", server.url()), ("EVERRUNS_ORG_ID", "org_1")];
    let (success, output) = run("everruns_session", &environment, &[]).await;
    assert!(success && output.is_empty(), "{output}");
    let requests = fake.requests();
    let lines: Vec<String> = requests.iter().map(|request| format!("{} {}", request.method, request.path)).collect();
    assert!(lines[0].ends_with("POST /v1/agents"), "{lines:?}");
    assert!(lines[2].ends_with("/messages"), "{lines:?}");
    assert_eq!(requests[2].json()["message"]["content"][0]["text"], "Hello! What can you help me with?");
    for request in &requests {
        assert_eq!(request.header("authorization"), Some("Bearer evr_pat_1"));
        assert_eq!(request.header("x-org-id"), Some("org_1"));
    }
}

#[tokio::test]
async fn the_whole_text_is_printed() {
    let server = HttpServer::start(assistant()).await;
    let environment = [("EVERRUNS_API_KEY", "evr_pat_1"), ("EVERRUNS_API_URL", server.url())];
    let (success, output) = run("everruns_events", &environment, &["What is a bee?"]).await;
    assert!(success, "{output}");
    assert_eq!(output, "You said: What is a bee?\n--- Turn completed ---\n");
}

#[tokio::test]
async fn errors_have_their_variants() {
    let server = HttpServer::start(assistant()).await;
    for (key, expected) in
        [("evr_pat_1", "error"), ("evr_pat_2", "Auth error: "), ("", "Auth error: the API key is empty")]
    {
        let environment = [("EVERRUNS_API_KEY", key), ("EVERRUNS_API_URL", server.url())];
        let (success, output) = run("everruns_errors", &environment, &[]).await;
        assert!(success && output.contains(expected), "{key}: {output}");
    }
}

#[tokio::test]
async fn without_a_key_it_says_what_to_set() {
    let (success, output) = run("everruns_session", &[], &[]).await;
    assert!(!success && output.contains("EVERRUNS_API_KEY"), "{output}");
}

#[tokio::test]
async fn a_whole_turn_needs_nothing() {
    let (success, output) = run("everruns_turn", &[], &[]).await;
    assert!(success, "{output}");
    assert!(output.contains("asked for soil") && output.ends_with("It has had 40 litres.\n"), "{output}");
}
