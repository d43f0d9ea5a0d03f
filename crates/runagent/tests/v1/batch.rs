//! Several requests in one.

use runagent::{RunOptions, transport::testing::Reply, v1::Invoke};
use serde_json::json;

use crate::api::{agent, json_of, refused, reply, targets};

const REPLY: &str = r#"{"status":"success","data":{"results":[
    {"status":"success","data":{"result":"A","metadata":{"tokens_used":1}}},
    {"status":"error","error":{"code":"INVALID_INPUT","message":"no query","details":{"field":"query"}}},
    {"status":"success","data":{"result":"C","metadata":{}}}]}}"#;

fn questions() -> [Invoke; 3] {
    [Invoke::new("Question 1"), Invoke::new("Question 2").with_parameter("t", 1), Invoke::new("Question 3")]
}

#[tokio::test]
async fn results_come_in_order_and_each_may_fail() {
    let (transport, agent) = agent([reply(200, &[("x-ratelimit-remaining", "7"), ("x-request-id", "r-1")], REPLY)]);
    let results = agent.batch(questions()).await.expect("results");
    let shown: Vec<_> = results
        .iter()
        .map(|result| result.as_ref().map(|answer| answer.result.clone()).map_err(|e| e.code().as_str()))
        .collect();
    assert_eq!(shown, [Ok(json!("A")), Err("INVALID_INPUT"), Ok(json!("C"))]);
    let error = results[1].as_ref().expect_err("an error");
    assert_eq!((error.status(), error.is_retryable(), error.request_id()), (Some(200), false, Some("r-1")));
    assert_eq!(error.rate_limit().remaining, Some(7));
    assert_eq!(results[0].as_ref().expect("an answer").rate_limit.remaining, Some(7));

    assert_eq!(targets(&transport), ["POST /v1/agents/agent-123/batch"]);
    assert_eq!(
        json_of(&transport.requests()[0]),
        json!({"batch": [
            {"query": "Question 1"}, {"query": "Question 2", "parameters": {"t": 1}}, {"query": "Question 3"}
        ]})
    );
}

#[tokio::test]
async fn a_batch_has_one_set_of_options() {
    let (transport, agent) = agent([Reply::json(200, REPLY)]);
    agent.batch_with(questions(), RunOptions::new().with_header("x-a", "1")).await.expect("results");
    assert_eq!(transport.requests()[0].headers()["x-a"], "1");

    let part = Invoke::new("q").with_options(RunOptions::new());
    let error = refused(agent.batch([part]).await);
    assert_eq!((error.code().as_str(), error.attempts()), ("VALIDATION_ERROR", 0));
    assert!(error.suggestion().expect("a suggestion").contains("batch_with"));
    let unusable = RunOptions::new().with_header("a b", "1");
    assert_eq!(refused(agent.batch_with(questions(), unusable).await).code(), "VALIDATION_ERROR");
}

#[tokio::test]
async fn an_empty_batch_is_not_sent() {
    let (transport, agent) = agent::<Reply>([]);
    assert!(agent.batch([]).await.expect("no results").is_empty());
    assert!(transport.requests().is_empty());
}

#[tokio::test]
async fn what_is_no_list_of_as_many_results_is_an_error() {
    for body in ["", "{}", r#"{"data":{}}"#, r#"{"data":{"results":[]}}"#, r#"{"data":{"results":[{}]}}"#, REPLY] {
        let (_, agent) = agent([Reply::json(200, body.to_owned())]);
        let error = refused(agent.batch([Invoke::new("q")]).await);
        assert_eq!((error.code().as_str(), error.status()), ("DECODE_ERROR", Some(200)), "{body}: {error}");
    }
    let (_, agent) =
        agent([Reply::json(200, r#"{"status":"error","error":{"code":"CAPACITY_ERROR","message":"full"}}"#)]);
    let error = refused(agent.batch([Invoke::new("q")]).await);
    assert_eq!((error.code().as_str(), error.is_retryable()), ("CAPACITY_ERROR", false));
}
