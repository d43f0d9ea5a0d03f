//! Any object in, any object out.

use runagent::{
    RunOptions,
    generic::{AsyncRunAgentClient, AsyncStreamGenerator, InputData, OutputData, StreamChunk},
    transport::testing::Reply,
};
use serde::Serialize;
use serde_json::{Value, json};

use crate::api::{DONE, agent, chunk, events, json_of, refused, targets};

fn answer(result: &Value) -> Reply {
    Reply::json(200, json!({"status": "success", "data": {"result": result}}).to_string())
}

#[tokio::test]
async fn an_object_is_the_body_and_nothing_is_lost() {
    #[derive(Serialize)]
    struct Input {
        query: &'static str,
        big: u128,
        parameters: Option<()>,
    }

    let input = json!({"query": ["not", "text"], "parameters": {}, "session_id": null, "deep": {"a": [1.5, null]}});
    let (transport, agent) = agent((0..4).map(|_| answer(&json!({"a": 1}))));
    let members: InputData = input.as_object().expect("an object").clone();
    let output: OutputData = agent.run_generic(&members).await.expect("an answer");
    assert_eq!(Value::Object(output), json!({"a": 1}));
    agent.run_generic(&input).await.expect("an answer");
    agent.run_generic(input.clone()).await.expect("an answer");
    agent.run_generic(Input { query: "q", big: u128::MAX, parameters: None }).await.expect("an answer");
    let requests = transport.requests();
    assert!(requests[..3].iter().all(|request| json_of(request) == input));
    assert_eq!(requests[3].body(), &*format!(r#"{{"query":"q","big":{},"parameters":null}}"#, u128::MAX));
    assert_eq!(targets(&transport), ["POST /v1/agents/agent-123/invoke"; 4]);
}

#[tokio::test]
async fn an_answer_that_is_no_object_is_put_into_one() {
    for result in [json!("Hi"), json!(null), json!([1]), json!(0)] {
        let (_, agent) = agent([answer(&result)]);
        let output = agent.run_generic(json!({"query": "q"})).await.expect("an answer");
        assert_eq!(Value::Object(output), json!({"result": result}));
    }
}

#[tokio::test]
async fn an_input_that_is_no_object_is_refused() {
    let (transport, agent) = agent::<Reply>([]);
    for input in [json!(null), json!("query"), json!([{"query": "q"}]), json!(1)] {
        assert_eq!(refused(agent.run_generic(&input).await).code(), "VALIDATION_ERROR", "{input}");
        assert_eq!(refused(agent.run_generic_stream(&input).await).code(), "VALIDATION_ERROR", "{input}");
    }
    let error = refused(agent.run_generic(std::collections::BTreeMap::from([(vec![1], "CANARY")])).await);
    assert!(error.code() == "VALIDATION_ERROR" && !format!("{error:?}").contains("CANARY"), "{error:?}");
    assert!(transport.requests().is_empty());
}

#[tokio::test]
async fn a_stream_is_its_text() {
    let start = "event: start\ndata: {\"session_id\":\"s\"}\n\n";
    let body = format!("{start}{}event: ping\ndata: {{}}\n\n{}{DONE}", chunk("Once ", 0), chunk("upon", 1));
    let (transport, agent) = agent([events(body.clone()), events(body)]);
    let mut chunks: AsyncStreamGenerator = agent.run_generic_stream(json!({"query": "q"})).await.expect("a stream");
    let first: StreamChunk = chunks.next().await.expect("a chunk").expect("no error");
    assert_eq!(first, "Once ");
    assert_eq!(chunks.next().await.expect("a chunk").expect("no error"), "upon");
    assert!(chunks.next().await.is_none() && chunks.next().await.is_none());
    assert_eq!((chunks.events().received(), chunks.events().session_id()), (2, Some("s")));

    let options = RunOptions::new().with_header("x-a", "1");
    let stream = agent.run_generic_stream_with(json!({"query": "q"}), options).await.expect("a stream");
    let text: String = futures_util::TryStreamExt::try_collect(stream).await.expect("text");
    assert_eq!(text, "Once upon");
    let request = &transport.requests()[1];
    assert_eq!(
        (&request.headers()["x-a"], &request.headers()["accept"]),
        (&"1".parse().unwrap(), &"text/event-stream".parse().unwrap())
    );
    assert_eq!(json_of(request), json!({"query": "q"}));
}

#[tokio::test]
async fn five_requests_go_at_the_same_time() {
    let (transport, client) = agent((0..5).map(|i| answer(&json!({"i": i}))));
    let client: AsyncRunAgentClient = client;
    let tasks = (0..5).map(|i| client.run_generic(json!({"query": format!("Question {i}")})));
    let results = futures_util::future::try_join_all(tasks).await.expect("answers");
    assert_eq!((results.len(), transport.requests().len()), (5, 5));
}
