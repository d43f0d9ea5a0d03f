//! What is tried again, and what never is.

use std::time::Duration;

use runagent::ErrorCode;

use crate::{
    agent::{architecture, lazy, refused, remote},
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
async fn what_would_not_be_over_before_the_deadline_is_not_begun() {
    let memory = Memory::default().answer_with(429, &[("retry-after", "30")], "");
    let options = memory.options().with_max_retries(3).with_run_timeout(Duration::from_secs(20));
    let error = refused(lazy(remote("chat").with_options(options)).run(&[]).await);
    assert_eq!((error.attempts(), error.retry_after()), (1, Some(Duration::from_secs(30))));
}

#[tokio::test(start_paused = true)]
async fn attempts_are_counted_whatever_the_last_of_them_came_to() {
    for (status, code) in [(301, ErrorCode::CONFIG_ERROR), (401, ErrorCode::AUTHENTICATION_ERROR)] {
        let memory = Memory::default().answer(429, "").answer(429, "").answer(status, "");
        let error = refused(lazy(remote("chat").with_options(memory.options().with_max_retries(3))).run(&[]).await);
        assert_eq!((error.code(), error.attempts()), (&code, 3), "{status}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_handshake_is_repeated_and_a_stream_is_not() {
    let memory = Memory::default().rejection(503).rejection(429).rejection(502).rejection(503);
    let client = lazy(remote("count_stream").with_options(memory.options().with_max_retries(3)));
    let error = refused(client.run_stream(&[]).await);
    assert_eq!((error.code(), error.attempts()), (&ErrorCode::SERVER_ERROR, 4));
}
