//! The API in memory answers as the documents say.

use runagent::{
    ApiConfig, ErrorKind, RunAgentError,
    testing::FakeV1,
    v1::{AgentClient, AgentQuery, Client, Invoke, InvokeRequest, OperationStatus},
};
use serde_json::json;

use crate::api::{AGENT, agent_with, client_with, config, details, options, refused};

fn quiet(api: FakeV1) -> runagent::ClientOptions {
    api.into_options().with_environment(|_| None).with_max_retries(0)
}

#[tokio::test]
async fn it_refuses_what_the_documents_say_is_refused() {
    let api =
        FakeV1::new(AGENT).on_invoke(|_| Err(RunAgentError::new("NO_CREDIT", "x").with_details(json!({"left": 0}))));
    let agent = agent_with(quiet(api.clone()));
    let error = refused(agent.invoke(Invoke::default()).await);
    assert_eq!((error.code().as_str(), error.status()), ("INVALID_INPUT", Some(400)));
    assert_eq!(details(&error), json!({"field": "query", "reason": "missing"}));
    let odd = json!({"query": ["q"]}).as_object().expect("an object").clone();
    let error = refused(agent.invoke(Invoke::from(InvokeRequest::from(odd))).await);
    assert_eq!((error.code().as_str(), error.kind()), ("INVALID_FIELD_TYPE", ErrorKind::Validation));
    let error = refused(agent.invoke(Invoke::new("q")).await);
    assert_eq!((error.code().as_str(), error.status(), details(&error)), ("NO_CREDIT", Some(500), json!({"left": 0})));

    let client = client_with(quiet(api.clone()));
    let error = refused(client.agent("other").expect("an id").get().await);
    assert_eq!((error.code().as_str(), error.kind()), ("AGENT_NOT_FOUND", ErrorKind::AgentNotFound));
    let error = refused(client.operation("op_9").expect("an id").status().await);
    assert_eq!((error.code().as_str(), error.kind()), ("OPERATION_NOT_FOUND", ErrorKind::Validation));
    let error = refused(client.agents(AgentQuery::new().with_limit(0)).await);
    assert_eq!(error.code(), "INVALID_FIELD_TYPE");

    let keyless = ApiConfig::new().with_base_url("http://127.0.0.1:9").with_options(quiet(api));
    let error = refused(AgentClient::new(AGENT, keyless).expect("a client").get().await);
    assert_eq!((error.code().as_str(), error.kind()), ("INVALID_API_KEY", ErrorKind::Authentication));
}

#[tokio::test]
async fn it_counts_down_its_rate_limit() {
    let agent = agent_with(quiet(FakeV1::new(AGENT).with_rate_limit(2)));
    for left in [1, 0] {
        assert_eq!(agent.get().await.expect("an agent").rate_limit.remaining, Some(left));
    }
    let error = refused(agent.get().await);
    assert_eq!(
        (error.code().as_str(), error.kind(), error.status()),
        ("RATE_LIMITED", ErrorKind::RateLimit, Some(429))
    );
    assert_eq!((error.rate_limit().limit, error.retry_after().map(|time| time.as_secs())), (Some(2), Some(3600)));
}

#[tokio::test]
async fn it_lists_its_agents_in_pages() {
    let api = (0..45).fold(FakeV1::new(AGENT), |api, i| api.with_agent(format!("b-{i:02}")));
    let client = Client::new(config(quiet(api.clone()))).expect("a client");
    let page = client.agents(AgentQuery::new().with_page(3)).await.expect("a page");
    assert_eq!((page.agents.len(), page.next_page()), (6, None));
    assert_eq!(page.pagination.expect("pagination").total, Some(46));
    let all: Vec<_> = futures_util::TryStreamExt::try_collect(client.all_agents()).await.expect("agents");
    assert_eq!((all.len(), api.requests().len()), (46, 4));
    assert!(client.agents(AgentQuery::new().with_page(u64::MAX)).await.expect("a page").agents.is_empty());
}

#[tokio::test]
async fn an_operation_goes_on_with_each_question() {
    let client = client_with(quiet(FakeV1::new(AGENT)));
    let operation = client.agent(AGENT).expect("an id").start(Invoke::new("long")).await.expect("an operation");
    for expected in [OperationStatus::Pending, OperationStatus::Running, OperationStatus::Completed] {
        assert_eq!(operation.status().await.expect("a status").status, expected);
    }
    let failing = FakeV1::new(AGENT).on_invoke(|_| Err(RunAgentError::new("NO_CREDIT", "x")));
    let agent = agent_with(quiet(failing));
    let operation = agent.start(Invoke::new("long")).await.expect("an operation");
    assert_eq!(refused(operation.wait().await).code(), "NO_CREDIT");
}

#[tokio::test]
async fn a_stream_that_fails_has_started() {
    let api = FakeV1::new(AGENT).on_stream(|_| Err(RunAgentError::new("NO_CREDIT", "x")));
    let mut stream = agent_with(quiet(api.clone())).stream(Invoke::new("q")).await.expect("a stream");
    assert!(stream.next().await.expect("the start").is_ok());
    assert_eq!(refused(stream.next().await.expect("the error")).code(), "NO_CREDIT");
    // It shows no key, nor what was asked.
    let shown = format!("{api:?} {:?}", api.requests()[0].headers());
    assert!(!shown.contains(crate::api::KEY), "{shown}");
    drop(options());
}
