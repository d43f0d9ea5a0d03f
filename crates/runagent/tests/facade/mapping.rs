//! From what is seen to a code, and to how often it is tried: with retries on, row by row.
//!
//! What is seen before anything is sent is in `guards` and `registry`, what an architecture may be in `construction`, what
//! a stream may say in `streams`.

use runagent::{
    RunAgentClientConfig, RunAgentError,
    testing::{Expectation, FakeAgent, RunAnswer, StreamAnswer},
};
use serde_json::json;

use crate::{
    agent::{AGENT, drain, lazy, refused, remote},
    memory::Memory,
};

/// What the code is, whether the caller may try again, and how many attempts the client makes.
type Outcome = (&'static str, bool, u32);
type Seen<A> = fn(Expectation<A>) -> Expectation<A>;

const NOT_FOUND: &str = r#"{"detail":"Not Found"}"#;
const NO_ENTRYPOINT: &str = r#"{"success":false,"error":{"code":"NOT_FOUND","message":"Entrypoint chat not found"}}"#;
const STREAMING_TAG: &str = r#"{"success":false,"error":{"code":"VALIDATION_ERROR","message":"Can't use Streaming Entrypoint `chat` through non-streaming endpoint."}}"#;
const INTERNAL: &str = r#"{"success":false,"error":{"code":"INTERNAL_ERROR","message":"database is locked"}}"#;
const RATE_LIMITED: &str = r#"{"error":"[RATE_LIMITED] Too many requests"}"#;
const GENERATOR: &str = "<generator object count at 0x7fdf90f8b030>";
/// The code is the agent's own, whatever it is called.
const LOOKS_RETRYABLE: &str = r#"{"success":false,"error":{"code":"CONNECTION_ERROR","message":"its own"}}"#;

#[rustfmt::skip]
const RUNS: &[(&str, Seen<RunAnswer>, Outcome)] = &[
    ("refused on another machine", |call| call.refuses(), ("CONNECTION_ERROR", true, 4)),
    ("lost in flight", |call| call.breaks_off(), ("CONNECTION_ERROR", false, 1)),
    ("no answer", |call| call.falls_silent(), ("TIMEOUT_ERROR", false, 1)),
    ("301", |call| call.responds(301, &[("location", "/")], ""), ("CONFIG_ERROR", false, 1)),
    ("400, a tag that streams", |call| call.responds(400, &[], STREAMING_TAG), ("STREAM_ENTRYPOINT", false, 1)),
    ("401", |call| call.responds(401, &[], ""), ("AUTHENTICATION_ERROR", false, 1)),
    ("403", |call| call.responds(403, &[], ""), ("PERMISSION_ERROR", false, 1)),
    ("404", |call| call.responds(404, &[], NOT_FOUND), ("AGENT_NOT_FOUND_REMOTE", false, 1)),
    ("404, no such tag", |call| call.responds(404, &[], NO_ENTRYPOINT), ("ENTRYPOINT_NOT_FOUND", false, 1)),
    ("408", |call| call.responds(408, &[], ""), ("TIMEOUT_ERROR", false, 1)),
    ("422", |call| call.responds(422, &[], r#"{"detail":[]}"#), ("VALIDATION_ERROR", false, 1)),
    ("429", |call| call.responds(429, &[], ""), ("RATE_LIMIT_ERROR", true, 4)),
    ("429, its own code", |call| call.responds(429, &[], RATE_LIMITED), ("RATE_LIMITED", true, 4)),
    ("429, soon", |call| call.responds(429, &[("retry-after", "2")], ""), ("RATE_LIMIT_ERROR", true, 4)),
    ("429, not soon", |call| call.responds(429, &[("retry-after", "61")], ""), ("RATE_LIMIT_ERROR", true, 1)),
    ("500", |call| call.responds(500, &[], ""), ("SERVER_ERROR", false, 1)),
    ("500, its own code", |call| call.responds(500, &[], INTERNAL), ("INTERNAL_ERROR", false, 1)),
    ("502", |call| call.responds(502, &[], "<title>Bad Gateway</title>"), ("SERVER_ERROR", false, 1)),
    ("503", |call| call.responds(503, &[], ""), ("SERVER_ERROR", false, 1)),
    ("503, come back", |call| call.responds(503, &[("retry-after", "2")], ""), ("SERVER_ERROR", true, 4)),
    ("504", |call| call.responds(504, &[], ""), ("SERVER_ERROR", false, 1)),
    ("200, the agent failed", |call| call.fails(RunAgentError::new("BOOM", "boom")), ("BOOM", false, 1)),
    ("200, it looks retryable", |call| call.responds(200, &[], LOOKS_RETRYABLE), ("CONNECTION_ERROR", false, 1)),
    ("200, a generator", |call| call.returns(GENERATOR), ("STREAM_ENTRYPOINT", false, 1)),
    ("200, no JSON", |call| call.responds(200, &[], "<html>"), ("DECODE_ERROR", false, 1)),
];

#[rustfmt::skip]
const LOCAL_RUNS: &[(&str, Seen<RunAnswer>, Outcome)] = &[
    ("refused on this machine", |call| call.refuses(), ("CONNECTION_ERROR", true, 1)),
    ("404", |call| call.responds(404, &[], NOT_FOUND), ("AGENT_NOT_FOUND_LOCAL", false, 1)),
    ("403", |call| call.responds(403, &[], ""), ("PERMISSION_ERROR", false, 1)),
];

#[rustfmt::skip]
const STREAMS: &[(&str, Seen<StreamAnswer>, Outcome)] = &[
    ("breaks off at once", |call| call.breaks_off(), ("STREAM_TRUNCATED", false, 1)),
    ("breaks off later", |call| call.chunks([1]).breaks_off(), ("STREAM_TRUNCATED", false, 1)),
    ("falls silent", |call| call.chunks([1]).falls_silent(), ("STREAM_IDLE", false, 1)),
    ("the agent failed", |call| call.fails(RunAgentError::new("BOOM", "boom")), ("BOOM", false, 1)),
];

/// The status of a handshake, remote and local.
const HANDSHAKES: &[(u16, Outcome, Outcome)] = &[
    (302, ("CONFIG_ERROR", false, 1), ("CONFIG_ERROR", false, 1)),
    (403, ("PERMISSION_ERROR", false, 1), ("AGENT_NOT_FOUND_LOCAL", false, 1)),
    (404, ("AGENT_NOT_FOUND_REMOTE", false, 1), ("AGENT_NOT_FOUND_LOCAL", false, 1)),
    (429, ("RATE_LIMIT_ERROR", true, 4), ("RATE_LIMIT_ERROR", true, 4)),
    (500, ("SERVER_ERROR", true, 4), ("SERVER_ERROR", true, 4)),
    (503, ("SERVER_ERROR", true, 4), ("SERVER_ERROR", true, 4)),
];

/// The status of a question that runs no agent.
const READS: &[(u16, Outcome)] = &[
    (401, ("AUTHENTICATION_ERROR", false, 1)),
    (404, ("AGENT_NOT_FOUND_REMOTE", false, 1)),
    (408, ("TIMEOUT_ERROR", true, 4)),
    (422, ("VALIDATION_ERROR", false, 1)),
    (429, ("RATE_LIMIT_ERROR", true, 4)),
    (500, ("SERVER_ERROR", true, 4)),
    (502, ("SERVER_ERROR", true, 4)),
    (503, ("SERVER_ERROR", true, 4)),
    (504, ("SERVER_ERROR", true, 4)),
];

fn local(tag: &str) -> RunAgentClientConfig {
    RunAgentClientConfig::new(AGENT, tag).with_local(true).with_address("127.0.0.1", 8450)
}

fn check(seen: &str, error: &RunAgentError, (code, retryable, attempts): Outcome) {
    assert_eq!(error.code(), code, "{seen}: {error:?}");
    assert_eq!(error.is_retryable(), retryable, "{seen}: {error:?}");
    assert_eq!(error.attempts(), attempts, "{seen}: {error:?}");
}

#[tokio::test(start_paused = true)]
async fn every_outcome_of_a_run_has_its_code_and_its_attempts() {
    let remote = RUNS.iter().map(|row| (remote("chat"), row));
    let local = LOCAL_RUNS.iter().map(|row| (local("chat"), row));
    for (config, (seen, answer, outcome)) in remote.chain(local) {
        let agent = FakeAgent::new(AGENT).expect_run("chat", |call| answer(call.times(outcome.2 as usize)));
        let options = agent.clone().into_options().with_environment(|_| None);
        let error = refused(lazy(config.with_options(options)).run(&[("n", json!(1))]).await);
        check(seen, &error, *outcome);
        agent.verify();
    }
}

#[tokio::test(start_paused = true)]
async fn every_outcome_of_a_stream_has_its_code_and_one_attempt() {
    for (seen, answer, outcome) in STREAMS {
        let agent = FakeAgent::new(AGENT).expect_stream("count_stream", answer);
        let options = agent.clone().into_options().with_environment(|_| None);
        let client = lazy(remote("count_stream").with_options(options));
        let mut stream = client.run_stream(&[]).await.expect(seen);
        check(seen, &drain(&mut stream).await.1.expect(seen), *outcome);
        agent.verify();
    }
}

#[tokio::test(start_paused = true)]
async fn every_status_of_a_handshake_has_its_code_and_its_attempts() {
    for (status, from_remote, from_local) in HANDSHAKES {
        for (config, outcome) in [(remote("count_stream"), *from_remote), (local("count_stream"), *from_local)] {
            // A key that the server does not take from the header is offered once more in the query.
            let handshakes = outcome.2 + u32::from(outcome.0 == "PERMISSION_ERROR");
            let memory = (0..handshakes).fold(Memory::default(), |memory, _| memory.rejection(*status));
            // A local server is asked which agent it serves.
            let memory = memory.answer(200, "<html>");
            let options = memory.options().with_max_retries(3);
            let error = refused(lazy(config.with_options(options)).run_stream(&[]).await);
            check(&format!("{status}"), &error, outcome);
            let sockets = memory.asked().iter().filter(|asked| asked.operation == "run_stream").count();
            assert_eq!(sockets, handshakes as usize, "{status}");
        }
    }
}

#[tokio::test(start_paused = true)]
async fn every_status_of_a_read_has_its_code_and_its_attempts() {
    for (status, outcome) in READS {
        let memory = (0..outcome.2).fold(Memory::default(), |memory, _| memory.answer(*status, ""));
        let client = lazy(remote("chat").with_options(memory.options().with_max_retries(3)));
        let error = refused(client.get_agent_architecture().await);
        check(&format!("{status}"), &error, *outcome);
        assert_eq!(memory.asked().len(), outcome.2 as usize, "{status}");
    }
}
