//! The same without `await`.

use runagent::{
    ApiConfig, RunOptions,
    blocking::v1::{AgentClient, AgentQuery, Client, Invoke, StreamEvent},
    generic::{RunAgentClient, StreamGenerator},
    testing::FakeV1,
};
use serde_json::{Value, json};

use crate::api::{self, AGENT, DONE, chunk, events, refused};

fn client(api: FakeV1) -> Client {
    Client::new(api::config(api.into_options())).expect("a client")
}

#[test]
fn every_call_has_its_blocking_form() {
    let client = client(FakeV1::new(AGENT).with_agent("agent-124").on_invoke(|request| Ok(json!(request.query))));
    let page = client.agents(AgentQuery::new().with_limit(1)).expect("a page");
    assert_eq!((page.agents.len(), page.next_page()), (1, Some(2)));
    let ids: Vec<String> = client.all_agents().map(|agent| agent.expect("an agent").id).collect();
    assert_eq!(ids, [AGENT, "agent-124"]);

    let agent = client.agent(AGENT).expect("an id");
    assert_eq!((agent.id(), agent.get().expect("an agent").id.as_str()), (AGENT, AGENT));
    assert!(agent.health().expect("health").is_healthy());
    assert_eq!(agent.invoke(Invoke::new("Hi")).expect("an answer").result, "Hi");
    assert_eq!(agent.invoke_as::<String>(Invoke::new("Hi")).expect("an answer").result, "Hi");
    let results = agent.batch_with([Invoke::new("A"), Invoke::new("B")], RunOptions::new()).expect("results");
    let results: Vec<Value> = results.into_iter().map(|result| result.expect("an answer").result).collect();
    assert_eq!(results, ["A", "B"]);

    let operation = agent.start(Invoke::new("long")).expect("an operation");
    assert!(!operation.status().expect("a status").status.is_terminal());
    let operation = client.operation(operation.id()).expect("an id").with_options(RunOptions::new());
    assert_eq!(operation.wait().expect("an answer").result, "long");
    assert_eq!(operation.wait_as::<String>().expect("an answer").result, "long");
    assert!(client.explain().get("api_url").is_some());
}

#[test]
fn a_stream_is_an_iterator() {
    let client = client(FakeV1::new(AGENT));
    let agent = client.agent(AGENT).expect("an id");
    for mut stream in
        [agent.stream(Invoke::new("a b c")), agent.stream_get(Invoke::new("a b c"))].map(|s| s.expect("a stream"))
    {
        let events: Vec<StreamEvent> = stream.by_ref().map(|event| event.expect("an event")).collect();
        assert_eq!((events.len(), stream.received(), stream.session_id()), (5, 3, Some("session-1")));
        assert!(stream.next().is_none());
        assert_eq!(stream.rate_limit().limit, Some(1000));
    }
    let mut text = String::new();
    agent.stream(Invoke::new("a b c")).expect("a stream").read_to_string(&mut text).expect("text");
    assert_eq!(text, "a b c");
    agent.stream(Invoke::new("a")).expect("a stream").cancel();
}

#[test]
fn generic_calls_have_theirs() {
    let client = RunAgentClient::new(AGENT, api::config(FakeV1::new(AGENT).into_options())).expect("a client");
    assert_eq!(client.run_generic(json!({"query": "Hi"})).expect("an answer")["result"], "Hi");
    client.run_generic_with(json!({"query": "Hi"}), RunOptions::new()).expect("an answer");
    let mut chunks: StreamGenerator = client.run_generic_stream(json!({"query": "a b"})).expect("a stream");
    assert_eq!(chunks.by_ref().map(|chunk| chunk.expect("a chunk")).collect::<String>(), "a b");
    assert_eq!(chunks.events().received(), 2);
    assert_eq!(client.run_generic_stream_with(json!({"query": "a"}), RunOptions::new()).expect("a stream").count(), 1);
}

#[test]
fn errors_are_the_same() {
    let transport = runagent::transport::testing::ScriptedTransport::new([events(chunk("a", 0)), events(DONE)]);
    let config: ApiConfig = api::config(api::options().with_transport(transport));
    let agent = AgentClient::new(AGENT, config).expect("a client");
    let items: Vec<_> = agent.stream(Invoke::new("q")).expect("a stream").collect();
    assert_eq!(items.len(), 2);
    assert_eq!(refused(items.into_iter().next_back().expect("an item")).code(), "STREAM_TRUNCATED");
}

#[tokio::test]
async fn it_works_inside_a_runtime() {
    let client = client(FakeV1::new(AGENT));
    assert_eq!(client.agent(AGENT).expect("an id").invoke(Invoke::new("Hi")).expect("an answer").result, "Hi");
}
