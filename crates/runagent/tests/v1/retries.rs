//! What is tried again, and what never is.

use std::time::Duration;

use runagent::{
    RunOptions,
    transport::{
        Progress, TransportError, TransportErrorKind,
        testing::{Reply, ScriptedTransport},
    },
    v1::{AgentClient, Invoke},
};
use tokio::time::Instant;

use crate::api::{ANSWER, DONE, agent_with, events, options, refused, reply};

const OPERATION: &str = r#"{"operation_id":"op_1","status":"pending"}"#;
const BATCH: &str = r#"{"data":{"results":[{"data":{"result":1}}]}}"#;

fn retrying(replies: impl IntoIterator<Item = Reply>) -> (ScriptedTransport, AgentClient) {
    let transport = ScriptedTransport::new(replies);
    (transport.clone(), agent_with(options().with_max_retries(3).with_transport(transport)))
}

/// The name of a first answer, the answer, and whether a call that runs an agent is made again after it.
type Failure = (&'static str, fn() -> Reply, bool);

fn failures() -> Vec<Failure> {
    fn lost(kind: TransportErrorKind, progress: Progress) -> Reply {
        TransportError::new(kind, progress, "it broke").into()
    }
    vec![
        ("not sent", || lost(TransportErrorKind::Connect, Progress::NotSent), true),
        ("429", || Reply::json(429, ""), true),
        ("503 with Retry-After", || reply(503, &[("retry-after", "2")], ""), true),
        ("503", || Reply::json(503, ""), false),
        ("500", || Reply::json(500, ""), false),
        ("502", || Reply::json(502, ""), false),
        ("504", || Reply::json(504, ""), false),
        ("408", || Reply::json(408, ""), false),
        ("in flight", || lost(TransportErrorKind::Closed, Progress::MaybeSent), false),
        ("in the answer", || lost(TransportErrorKind::Closed, Progress::ResponseStarted), false),
    ]
}

#[tokio::test(start_paused = true)]
async fn an_agent_is_never_run_twice() {
    for (name, first, repeated) in failures() {
        let (transport, agent) = retrying([first(), Reply::json(200, ANSWER)]);
        assert_eq!(agent.invoke(Invoke::new("q")).await.is_ok(), repeated, "invoke: {name}");
        assert_eq!(transport.requests().len(), 1 + usize::from(repeated), "invoke: {name}");

        let (_, agent) = retrying([first(), Reply::json(202, OPERATION)]);
        assert_eq!(agent.start(Invoke::new("q")).await.is_ok(), repeated, "start: {name}");

        let (_, agent) = retrying([first(), Reply::json(200, BATCH)]);
        assert_eq!(agent.batch([Invoke::new("q")]).await.is_ok(), repeated, "batch: {name}");

        let (transport, agent) = retrying([first(), events(DONE)]);
        assert_eq!(agent.stream(Invoke::new("q")).await.is_ok(), repeated, "stream: {name}");
        assert_eq!(transport.requests().len(), 1 + usize::from(repeated), "stream: {name}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_key_and_a_read_get_over_passing_failures() {
    for (name, first, _) in failures() {
        let (transport, agent) = retrying([first(), Reply::json(200, ANSWER)]);
        let keyed = RunOptions::new().with_idempotency_key("order-1");
        let answer = agent.invoke(Invoke::new("q").with_options(keyed)).await.expect(name);
        assert_eq!(answer.attempts, 2, "{name}");
        let keys: Vec<_> =
            transport.requests().iter().map(|request| request.headers()["idempotency-key"].clone()).collect();
        assert_eq!(keys, ["order-1", "order-1"]);

        let (_, agent) = retrying([first(), Reply::json(200, r#"{"id":"a"}"#)]);
        assert_eq!(agent.get().await.expect(name).attempts, 2, "{name}");
    }
}

#[tokio::test(start_paused = true)]
async fn the_error_counts_the_attempts_and_the_wait_is_the_servers() {
    let (_, agent) = retrying((0..4).map(|_| reply(429, &[("retry-after", "5")], "")));
    let begun = Instant::now();
    let error = refused(agent.invoke(Invoke::new("q")).await);
    assert_eq!((error.code().as_str(), error.attempts()), ("RATE_LIMIT_ERROR", 4));
    assert_eq!((begun.elapsed(), error.retry_after()), (Duration::from_secs(15), Some(Duration::from_secs(5))));

    // More than a minute is not waited for, nor what would pass the deadline.
    for seconds in ["61", "31"] {
        let (transport, agent) = retrying([reply(429, &[("retry-after", seconds)], "")]);
        assert_eq!(refused(agent.invoke(Invoke::new("q")).await).attempts(), 1);
        assert_eq!(transport.requests().len(), 1);
    }
}

#[tokio::test(start_paused = true)]
async fn an_agent_that_ran_and_failed_is_not_run_again() {
    let failure = r#"{"status":"error","error":{"code":"RATE_LIMITED","message":"its own","retry_after":1}}"#;
    let (transport, agent) = retrying([Reply::json(200, failure)]);
    let error = refused(agent.invoke(Invoke::new("q")).await);
    assert_eq!((error.is_retryable(), transport.requests().len()), (false, 1));
}

#[tokio::test(start_paused = true)]
async fn a_wait_gets_over_passing_failures() {
    let done = r#"{"operation_id":"op_1","status":"completed","result":1}"#;
    let (_, agent) = retrying([Reply::json(202, OPERATION), Reply::json(502, ""), Reply::json(200, done)]);
    let operation = agent.start(Invoke::new("q")).await.expect("an operation");
    assert_eq!(operation.wait().await.expect("an answer").result, 1);
}
