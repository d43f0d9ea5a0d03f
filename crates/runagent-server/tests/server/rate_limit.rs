//! How many requests the documented API answers.

use std::time::Duration;

use runagent_server::{Agent, InProcess, Server};
use serde_json::json;

use crate::v1::{Answer, get, post};

fn told(answer: &Answer) -> [u64; 3] {
    let number = |name: &str| answer.header(&format!("x-ratelimit-{name}")).unwrap().parse::<u64>().unwrap();
    let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap().as_secs();
    assert!(number("reset").abs_diff(now + number("reset-after")) <= 60, "{:?}", answer.headers);
    [number("limit"), number("remaining"), number("reset-after")]
}

#[tokio::test(start_paused = true)]
async fn every_answer_says_how_many_are_left() {
    let agent = Agent::new("a").entrypoint("one", async || 1);
    let server = Server::builder(agent).rate_limit(4, Duration::from_secs(3600)).in_process().unwrap();
    for (left, answer) in [
        (3, get(&server, "/v1/agents").await),
        (2, get(&server, "/v1/agents/nope").await),
        (1, post(&server, "/v1/agents/a/invoke", "{}").await),
        (0, get(&server, "/v1/nope").await),
    ] {
        assert_eq!(told(&answer), [4, left, 3600]);
    }
    let refused = get(&server, "/v1/agents/a/health").await;
    assert_eq!((refused.status, told(&refused)), (429, [4, 0, 3600]));
    let error = &refused.json()["error"];
    assert_eq!((&error["code"], &error["retry_after"]), (&json!("RATE_LIMITED"), &json!(3600.0)));
    assert!(error["details"]["reset_at"].is_u64());
    assert_eq!(refused.header("retry-after"), Some("3600"));
    // The other paths have no such limit.
    let health = get(&server, "/api/v1/health").await;
    assert_eq!((health.status, health.header("x-ratelimit-limit")), (200, None));

    tokio::time::advance(Duration::from_secs(3600)).await;
    assert_eq!(told(&get(&server, "/v1/agents").await), [4, 3, 3600]);
}

#[tokio::test]
async fn who_may_not_call_uses_nothing_up() {
    let builder = Server::builder(Agent::new("a")).token("s3cret").rate_limit(5, Duration::from_secs(60));
    let server = builder.in_process().unwrap();
    let refused = get(&server, "/v1/agents").await;
    assert_eq!((refused.status, told(&refused)[..2].to_vec()), (401, vec![5, 5]));
    assert_eq!(told(&get(&server, "/v1/agents?token=s3cret").await)[..2], [5, 4]);
}

#[tokio::test]
async fn without_a_limit_nothing_is_said() {
    let server = InProcess::new(Agent::new("a")).unwrap();
    let answer = get(&server, "/v1/agents").await;
    assert!(!answer.headers.keys().any(|name| name.as_str().starts_with("x-ratelimit")), "{:?}", answer.headers);
}
