//! An error as people read it, and as a line of a log.

use std::{error, fmt};

use runagent::{ErrorCode, RunAgentClientConfig, RunAgentError};
use runagent_transport::testing::wire::refused_port;
use serde_json::{Value, json};

use crate::{
    agent::{AGENT, lazy, options, refused, remote},
    memory::Memory,
};

/// An error with a cause of its own.
#[derive(Debug)]
struct Cause(&'static str, Option<Box<Cause>>);

impl fmt::Display for Cause {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0)
    }
}

impl error::Error for Cause {
    fn source(&self) -> Option<&(dyn error::Error + 'static)> {
        self.1.as_deref().map(|cause| cause as _)
    }
}

fn chain(causes: &[&'static str]) -> RunAgentError {
    let cause = causes.iter().rev().fold(None, |inner, text| Some(Box::new(Cause(text, inner))));
    RunAgentError::new("MINE", "it failed").with_source(cause.expect("a cause"))
}

fn written(error: &RunAgentError) -> Value {
    serde_json::to_value(error).expect("an error has a JSON form")
}

/// Refused four times, in the server's own words.
async fn refused_for_want_of_quota() -> RunAgentError {
    let body = r#"{"success":false,"error":{"code":"QUOTA","message":"none\nleft","suggestion":"Pay.","details":{"used":5}},"request_id":"r-1"}"#;
    let memory = (0..4).fold(Memory::default(), |memory, _| memory.answer_with(429, &[("retry-after", "1.5")], body));
    refused(lazy(remote("chat").with_options(memory.options().with_max_retries(3))).run(&[]).await)
}

#[tokio::test(start_paused = true)]
async fn a_report_has_all_that_a_person_wants_to_know() {
    let error = refused_for_want_of_quota().await;
    assert_eq!(error.to_string(), "QUOTA: none left");
    assert_eq!(
        error.report().to_string(),
        "QUOTA: none left\n  suggestion: Pay.\n  status: 429\n  request id: r-1\n  attempts: 4\n  retry after: 1.5s\n  \
         details: {\"used\":5}"
    );
}

#[tokio::test(start_paused = true)]
async fn a_log_has_all_that_a_program_wants_to_know() {
    assert_eq!(
        serde_json::to_string(&refused_for_want_of_quota().await).expect("an error has a JSON form"),
        concat!(
            r#"{"code":"QUOTA","kind":"rate_limit","message":"none\nleft","suggestion":"Pay.","status":429,"#,
            r#""request_id":"r-1","attempts":4,"retry_after":1.5,"retryable":true,"details":{"used":5}}"#
        )
    );
}

#[test]
fn what_is_not_known_is_left_out() {
    assert_eq!(
        serde_json::to_string(&RunAgentError::new("MINE", "it failed")).expect("an error has a JSON form"),
        r#"{"code":"MINE","kind":"unknown","message":"it failed","attempts":0,"retryable":false}"#
    );
    assert_eq!(RunAgentError::new("MINE", "it failed").report().to_string(), "MINE: it failed");
}

#[tokio::test]
async fn values_that_were_refused_are_in_neither() {
    let fault = json!({"type": "dict_type", "loc": ["body", "input_kwargs"], "msg": "not a dictionary",
        "input": "CANARY", "ctx": {"is": "CANARY"}});
    let memory = Memory::default().answer(422, json!({ "detail": [fault] }).to_string());
    let error = refused(lazy(remote("chat").with_options(memory.options())).run(&[]).await);
    let told = json!([{"type": "dict_type", "loc": ["body", "input_kwargs"], "msg": "not a dictionary"}]);
    assert_eq!(written(&error)["details"], told);
    assert!(error.report().to_string().contains("not a dictionary"));
    assert!(!format!("{}{}", written(&error), error.report()).contains("CANARY"));
}

#[test]
fn the_whole_chain_is_there_without_what_only_repeats() {
    let error = chain(&["it failed", "the pipe broke", "the pipe broke", "a nail"]);
    assert_eq!(written(&error)["causes"], json!(["the pipe broke", "a nail"]));
    assert_eq!(error.report().to_string(), "MINE: it failed\n  caused by: the pipe broke\n  caused by: a nail");
}

#[tokio::test]
async fn the_causes_of_a_real_failure_go_down_to_the_system() {
    let config = RunAgentClientConfig::new(AGENT, "chat").with_local(true).with_options(options());
    let error = refused(lazy(config.with_address("127.0.0.1", refused_port())).run(&[]).await);
    let causes = written(&error)["causes"].as_array().expect("causes").clone();
    let last = causes.last().and_then(Value::as_str).expect("a cause");
    assert!(last.contains("refused") && causes.iter().all(|cause| *cause != error.message()), "{causes:?}");
    let report = error.report().to_string();
    assert_eq!(report.lines().filter(|line| line.starts_with("  caused by: ")).count(), causes.len(), "{report}");
    assert!(report.contains("\n  suggestion: Start the agent"), "{report}");
}

#[test]
fn nobody_controls_the_terminal_of_who_reads_a_report() {
    let error =
        chain(&["a\u{1b}[2J\ncause"]).with_suggestion("do\r\n  this\u{9b}2J").with_details(json!("\u{9b}2J\u{1b}[2J"));
    assert_eq!(
        error.report().to_string(),
        "MINE: it failed\n  suggestion: do this2J\n  details: \"2J\\u001b[2J\"\n  caused by: a[2J cause"
    );
    // A log is JSON, which escapes by itself.
    assert_eq!(written(&error)["suggestion"], "do\r\n  this\u{9b}2J");
    assert_eq!(*error.code(), ErrorCode::from("MINE"));
}
