//! What the server tells of its rate limit.

use std::time::Duration;

use runagent::{
    RunAgentClient, RunAgentClientConfig,
    transport::{
        RateLimit,
        testing::{Reply, ScriptedTransport},
    },
    v1::{AgentQuery, Invoke},
};

use crate::api::{ANSWER, KEY, agent, client, options, refused, reply};

const HEADERS: &[(&str, &str)] = &[
    ("x-ratelimit-limit", "1000"),
    ("x-ratelimit-remaining", "999"),
    ("x-ratelimit-reset", "1640995200"),
    ("x-ratelimit-reset-after", "30"),
];

fn check(limit: RateLimit) {
    assert_eq!(
        (limit.limit, limit.remaining, limit.reset_after),
        (Some(1000), Some(999), Some(Duration::from_secs(30)))
    );
}

#[tokio::test]
async fn every_answer_tells_it() {
    let (_, client) = client([
        reply(200, HEADERS, r#"{"data":[]}"#),
        reply(200, HEADERS, r#"{"id":"a"}"#),
        reply(200, HEADERS, r#"{"status":"healthy"}"#),
        reply(200, HEADERS, ANSWER),
        reply(202, HEADERS, r#"{"operation_id":"op_1","status":"pending"}"#),
        reply(200, HEADERS, r#"{"operation_id":"op_1","status":"running"}"#),
    ]);
    check(client.agents(AgentQuery::new()).await.expect("a page").rate_limit);
    let agent = client.agent("a").expect("an id");
    check(agent.get().await.expect("an agent").rate_limit);
    check(agent.health().await.expect("health").rate_limit);
    check(agent.invoke(Invoke::new("q")).await.expect("an answer").rate_limit);
    let operation = agent.start(Invoke::new("q")).await.expect("an operation");
    check(operation.rate_limit());
    check(operation.status().await.expect("a status").rate_limit);
}

#[tokio::test]
async fn every_error_tells_it() {
    let failed = r#"{"status":"error","error":{"code":"X","message":"x"}}"#;
    for answer in [(429, ""), (500, ""), (404, "{}"), (200, failed), (200, "garbage"), (302, "")] {
        let (_, agent) = agent((0..3).map(|_| reply(answer.0, HEADERS, answer.1)));
        check(refused(agent.invoke(Invoke::new("q")).await).rate_limit());
        check(refused(agent.stream(Invoke::new("q")).await).rate_limit());
        check(refused(agent.start(Invoke::new("q")).await).rate_limit());
    }
    let (_, agent) = agent([Reply::silence()]);
    let options = runagent::RunOptions::new().with_timeout(Duration::ZERO);
    let error = refused(agent.invoke(Invoke::new("q").with_options(options)).await);
    assert_eq!(error.rate_limit(), RateLimit::default());
}

#[tokio::test]
async fn errors_of_the_other_api_tell_it_too() {
    for (status, body) in [(429, ""), (200, r#"{"success":false,"error":{"code":"X","message":"x"}}"#)] {
        let transport = ScriptedTransport::new([reply(status, HEADERS, body)]);
        let config = RunAgentClientConfig::new("agent-1", "chat").with_api_key(KEY);
        let client = RunAgentClient::connect_lazy(config.with_options(options().with_transport(transport)));
        check(refused(client.expect("a client").run(&[]).await).rate_limit());
    }
}

#[tokio::test]
async fn a_wait_that_the_body_asks_for_is_kept() {
    for body in [
        r#"{"error":{"code":"RATE_LIMIT_EXCEEDED","message":"x","retry_after":7}}"#,
        r#"{"status":"error","error":{"code":"RATE_LIMITED","message":"x","details":{"retry_after":7}}}"#,
    ] {
        let (_, agent) = agent([Reply::json(429, body)]);
        let error = refused(agent.invoke(Invoke::new("q")).await);
        assert_eq!((error.retry_after(), error.is_retryable()), (Some(Duration::from_secs(7)), true));
    }
}
