//! What is tried again, and what never is.

use std::time::Duration;

use runagent::ErrorCode;

use crate::{
    agent::{architecture, lazy, refused, remote, result},
    memory::Memory,
};

#[tokio::test(start_paused = true)]
async fn a_call_that_runs_no_agent_gets_over_passing_failures() {
    let memory = Memory::default().answer(503, "").answer(502, "").answer(200, architecture(&["chat"]));
    let client = lazy(remote("chat").with_options(memory.options().with_max_retries(3)));
    client.get_agent_architecture().await.expect("the third answer");
    assert_eq!(memory.asked().len(), 3);
}

#[tokio::test(start_paused = true)]
async fn a_run_is_repeated_only_when_the_agent_did_not_run() {
    for (first, repeated) in [(429, true), (500, false), (502, false), (503, false), (504, false), (408, false)] {
        let memory = Memory::default().answer(first, "").answer(200, result(1));
        let client = lazy(remote("chat").with_options(memory.options().with_max_retries(3)));
        let outcome = client.run(&[]).await;
        assert_eq!(outcome.is_ok(), repeated, "{first}");
        assert_eq!(memory.asked().len(), if repeated { 2 } else { 1 }, "{first}");
    }
    let memory = Memory::default().answer_with(503, &[("retry-after", "2")], "").answer(200, result(1));
    let client = lazy(remote("chat").with_options(memory.options().with_max_retries(3)));
    client.run(&[]).await.expect("the second answer");
}

#[tokio::test(start_paused = true)]
async fn an_agent_that_ran_and_failed_is_not_run_again() {
    let failure = r#"{"success":false,"error":{"code":"CONNECTION_ERROR","message":"its own"}}"#;
    let memory = Memory::default().answer(200, failure);
    let client = lazy(remote("chat").with_options(memory.options().with_max_retries(3)));
    let error = refused(client.run(&[]).await);
    assert_eq!((error.code().as_str(), error.is_retryable()), ("CONNECTION_ERROR", false));
    assert_eq!(memory.asked().len(), 1);
}

#[tokio::test(start_paused = true)]
async fn the_error_counts_the_attempts() {
    let memory = (0..4).fold(Memory::default(), |memory, _| memory.answer(429, ""));
    let client = lazy(remote("chat").with_options(memory.options().with_max_retries(3)));
    let error = refused(client.run(&[]).await);
    assert_eq!((error.code(), error.attempts()), (&ErrorCode::RATE_LIMIT_ERROR, 4));

    // What would not be over before the deadline is not begun.
    let memory = Memory::default().answer_with(429, &[("retry-after", "30")], "");
    let options = memory.options().with_max_retries(3).with_run_timeout(Duration::from_secs(20));
    let error = refused(lazy(remote("chat").with_options(options)).run(&[]).await);
    assert_eq!((error.attempts(), error.retry_after()), (1, Some(Duration::from_secs(30))));
}

#[tokio::test(start_paused = true)]
async fn a_handshake_is_repeated_and_a_stream_is_not() {
    let memory = Memory::default().rejection(503).rejection(429).rejection(502).rejection(503);
    let client = lazy(remote("count_stream").with_options(memory.options().with_max_retries(3)));
    let error = refused(client.run_stream(&[]).await);
    assert_eq!((error.code(), error.attempts()), (&ErrorCode::SERVER_ERROR, 4));
}
