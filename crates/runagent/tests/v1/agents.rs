//! The list of agents, one agent, and its health.

use futures_util::TryStreamExt;
use runagent::{
    ErrorKind,
    transport::testing::Reply,
    v1::{AgentClient, AgentInfo, AgentQuery, Client},
};
use serde_json::json;

use crate::api::{self, AGENT, KEY, client, config, options, refused, reply, targets};

fn page(ids: &[&str], pagination: &str) -> Reply {
    let agents: Vec<_> = ids.iter().map(|id| json!({"id": id, "name": "n"})).collect();
    let agents = json!(agents);
    Reply::json(200, format!(r#"{{"data":{agents},"pagination":{pagination}}}"#))
}

fn ids(agents: &[AgentInfo]) -> Vec<&str> {
    agents.iter().map(|agent| agent.id.as_str()).collect()
}

#[tokio::test]
async fn a_page_has_its_agents_and_where_they_are() {
    let (transport, client) = client([page(&["a", "b"], r#"{"page":2,"limit":20,"total":100,"pages":5}"#)]);
    let page = client.agents(AgentQuery::new().with_page(2).with_limit(20)).await.expect("a page");
    assert_eq!(ids(&page.agents), ["a", "b"]);
    let pagination = page.pagination.expect("pagination");
    assert_eq!((pagination.page, pagination.total, page.next_page()), (Some(2), Some(100), Some(3)));
    assert_eq!(targets(&transport), ["GET /v1/agents?page=2&limit=20"]);
}

#[tokio::test]
async fn every_request_has_the_required_headers() {
    let info = r#"{"data":{"id":"agent-123"}}"#;
    let (transport, agent) = api::agent([info, r#"{"status":"healthy"}"#].map(|body| Reply::json(200, body)));
    agent.get().await.expect("an agent");
    agent.health().await.expect("health");
    for request in transport.requests() {
        let header = |name: &str| request.headers()[name].to_str().expect("ASCII").to_owned();
        assert_eq!(header("authorization"), format!("Bearer {KEY}"));
        assert_eq!((&*header("content-type"), &*header("accept")), ("application/json", "application/json"));
        assert!(header("user-agent").starts_with("runagent-rust/"));
        assert_eq!(request.uri().authority().expect("an authority"), "api.run-agent.ai");
    }
    assert_eq!(targets(&transport), ["GET /v1/agents/agent-123", "GET /v1/agents/agent-123/health"]);
}

#[tokio::test]
async fn an_agent_and_its_health_come_with_and_without_an_envelope() {
    let headers = &[("x-ratelimit-remaining", "999"), ("x-request-id", "r-1")][..];
    for (info, health) in [
        (r#"{"id":"agent-123","name":"greeter","entrypoints":[{"tag":"chat"}]}"#, r#"{"status":"degraded"}"#),
        (
            r#"{"status":"success","data":{"agent_id":"agent-123","name":"greeter","entrypoints":[{"tag":"chat"}]}}"#,
            r#"{"status":"success","data":{"status":"degraded"}}"#,
        ),
    ] {
        let (_, agent) = api::agent([reply(200, headers, info), reply(200, headers, health)]);
        let info = agent.get().await.expect("an agent");
        assert_eq!((info.id.as_str(), info.name.as_deref()), (AGENT, Some("greeter")));
        assert_eq!((info.rate_limit.remaining, info.request_id.as_deref(), info.attempts), (Some(999), Some("r-1"), 1));
        let health = agent.health().await.expect("health");
        assert!(!health.is_healthy());
        assert_eq!(health.rate_limit.remaining, Some(999));
    }
}

#[tokio::test]
async fn all_agents_come_page_after_page() {
    let pages = [
        page(&["a", "b"], r#"{"page":1,"limit":2,"total":3,"pages":2}"#),
        page(&["c"], r#"{"page":2,"limit":2,"total":3,"pages":2}"#),
    ];
    let (transport, client) = client(pages);
    let mut agents = client.all_agents();
    assert_eq!(transport.requests().len(), 0);
    assert_eq!(agents.next().await.expect("an agent").expect("no error").id, "a");
    assert_eq!(transport.requests().len(), 1);
    let rest: Vec<AgentInfo> = agents.try_collect().await.expect("agents");
    assert_eq!(ids(&rest), ["b", "c"]);
    assert_eq!(targets(&transport), ["GET /v1/agents", "GET /v1/agents?page=2"]);
}

/// Pagination that can't be true, the agents that come all the same, and what is wrong.
#[tokio::test]
async fn pagination_that_lies_never_goes_on_for_ever() {
    for (pages, expected, fault) in [
        (vec![r#"{"page":1,"limit":2,"total":9,"pages":0}"#], &["a0"][..], None),
        (vec![r#"{"page":1,"limit":1,"total":-5}"#], &["a0"], None),
        (vec![r#"{"page":1,"limit":0,"total":5}"#], &["a0"], None),
        (vec![r#"{"page":"one","pages":"many"}"#], &["a0"], None),
        (vec!["[]"], &["a0"], None),
        (vec!["null"], &["a0"], None),
        (vec![r#"{"page":18446744073709551615,"pages":18446744073709551615}"#], &["a0"], None),
        // It gives the same page again and again.
        (vec![r#"{"page":1,"pages":5}"#; 3], &["a0"], Some("asked for page 2 of the agents, and gave page 1")),
        (
            vec![r#"{"page":1,"pages":5}"#, r#"{"page":2,"pages":5}"#, r#"{"page":2,"pages":5}"#],
            &["a0", "a1"],
            Some("gave page 2"),
        ),
    ] {
        let replies = pages.iter().enumerate().map(|(index, pagination)| page(&[&*format!("a{index}")], pagination));
        let (_, client) = client(replies);
        let mut agents = client.all_agents();
        let (mut found, mut error) = (Vec::new(), None);
        while let Some(item) = agents.next().await {
            assert!(error.is_none(), "something follows an error");
            match item {
                Ok(agent) => found.push(agent.id),
                Err(last) => error = Some(last),
            }
        }
        assert_eq!(found, expected, "{pages:?}");
        match (error, fault) {
            (None, None) => {}
            (Some(error), Some(fault)) => {
                assert_eq!(error.code(), "DECODE_ERROR");
                assert!(error.message().contains(fault), "{error}");
            }
            (error, _) => panic!("{pages:?}: {error:?}"),
        }
    }
}

#[tokio::test]
async fn a_list_without_agents_has_an_end() {
    let (transport, client) = client([page(&[], r#"{"page":1,"limit":20,"total":100,"pages":5}"#)]);
    assert!(client.all_agents().next().await.is_none());
    assert_eq!(transport.requests().len(), 1);
}

#[tokio::test]
async fn an_answer_that_is_no_list_is_an_error() {
    for body in ["", "<html>", "[]", "{}", r#"{"data":{}}"#, r#"{"data":["a"]}"#, r#"{"data":null}"#, "\u{0}"] {
        let (_, client) = client([Reply::json(200, body.to_owned())]);
        let error = refused(client.agents(AgentQuery::new()).await);
        assert_eq!((error.code().as_str(), error.status()), ("DECODE_ERROR", Some(200)), "{body}: {error}");
    }
}

#[tokio::test]
async fn an_id_is_one_segment_of_a_path_or_refused() {
    let (transport, client) = client([Reply::json(200, r#"{"data":{"id":"x"}}"#)]);
    for id in ["", ".", ".."] {
        let error = refused(client.agent(id));
        assert_eq!((error.code().as_str(), error.kind()), ("VALIDATION_ERROR", ErrorKind::Validation), "{id:?}");
        assert!(error.message().starts_with("the agent id: "), "{error}");
        let error = refused(client.operation(id));
        assert!(error.message().starts_with("the operation id: "), "{error}");
        assert_eq!(refused(AgentClient::new(id, config(options()))).code(), "VALIDATION_ERROR");
    }
    client.agent("a/../b?c#d%e f").expect("an id").get().await.expect("an agent");
    assert_eq!(targets(&transport), ["GET /v1/agents/a%2F..%2Fb%3Fc%23d%25e%20f"]);
}

#[tokio::test]
async fn a_client_says_what_it_is_set_to() {
    let client = Client::new(config(options())).expect("a client");
    assert_eq!(client.explain().get("api_url").expect("there").value(), "https://api.run-agent.ai/v1");
    assert_eq!(client.explain().get("run_timeout").expect("there").value(), "30s");
    assert!(format!("{client:?}").contains("api.run-agent.ai"));
    // Without a key nothing but this machine can be called.
    let error = refused(Client::new(runagent::ApiConfig::new().with_options(options())));
    assert_eq!(error.kind(), ErrorKind::Authentication);
}
