//! The API that these tests call: how a client is told of it, and what its server says.

use bytes::Bytes;
use runagent::{
    ApiConfig, ClientOptions, RunAgentError, RunAgentResult,
    transport::{
        Body,
        testing::{Reply, ScriptedTransport},
    },
    v1::{AgentClient, Client, EventStream, StreamEvent},
};
use runagent_transport::testing::wire::{Script, WireServer};
use serde_json::Value;

pub(crate) const AGENT: &str = "agent-123";
pub(crate) const KEY: &str = "rau_k+e/y=1&x";

pub(crate) const ANSWER: &str =
    r#"{"status":"success","data":{"result":"Hi","metadata":{"execution_time":1.23,"tokens_used":150}}}"#;
pub(crate) const DONE: &str = "event: done\ndata: {\"message\":\"complete\",\"execution_time\":0.25}\n\n";

/// Options that read nothing of this process's environment.
pub(crate) fn options() -> ClientOptions {
    // Retrying has tests of its own; elsewhere each call is to be seen once.
    ClientOptions::new().with_environment(|_| None).with_max_retries(0)
}

pub(crate) fn config(options: ClientOptions) -> ApiConfig {
    ApiConfig::new().with_api_key(KEY).with_options(options)
}

pub(crate) fn agent_with(options: ClientOptions) -> AgentClient {
    AgentClient::new(AGENT, config(options)).expect("a usable configuration")
}

pub(crate) fn client_with(options: ClientOptions) -> Client {
    Client::new(config(options)).expect("a usable configuration")
}

/// An agent whose server gives these replies, and what it was asked.
pub(crate) fn agent<R: Into<Reply>>(replies: impl IntoIterator<Item = R>) -> (ScriptedTransport, AgentClient) {
    let transport = ScriptedTransport::new(replies);
    (transport.clone(), agent_with(options().with_transport(transport)))
}

/// An API whose server gives these replies, and what it was asked.
pub(crate) fn client<R: Into<Reply>>(replies: impl IntoIterator<Item = R>) -> (ScriptedTransport, Client) {
    let transport = ScriptedTransport::new(replies);
    (transport.clone(), client_with(options().with_transport(transport)))
}

/// An agent on a scripted server.
pub(crate) async fn agent_on(scripts: impl IntoIterator<Item = Script>) -> (WireServer, AgentClient) {
    let server = WireServer::start(scripts).await;
    let config = config(options()).with_base_url(server.url(""));
    let agent = AgentClient::new(AGENT, config).expect("a usable configuration");
    (server, agent)
}

/// An answer with these headers.
pub(crate) fn reply(status: u16, headers: &[(&str, &str)], body: impl Into<Body>) -> Reply {
    let mut response = http::Response::builder().status(status);
    for (name, value) in headers {
        response = response.header(*name, *value);
    }
    response.body(body.into()).expect("a response").into()
}

/// A stream of events.
pub(crate) fn events(body: impl Into<Body>) -> Reply {
    reply(200, &[("content-type", "text/event-stream; charset=utf-8")], body)
}

/// The head of a stream over a wire, which ends with its connection.
pub(crate) fn head() -> Script {
    Script::new().read_request().send("HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\n\r\n")
}

/// The event of a chunk.
pub(crate) fn chunk(content: &str, index: u64) -> String {
    format!("event: chunk\ndata: {{\"content\":{},\"index\":{index}}}\n\n", Value::from(content))
}

/// Every event, and the error if the stream did not end well. After its end it gives `None` for ever.
pub(crate) async fn drain(stream: &mut EventStream) -> (Vec<StreamEvent>, Option<RunAgentError>) {
    let mut events = Vec::new();
    let mut error = None;
    while let Some(item) = stream.next().await {
        assert!(error.is_none(), "something follows an error");
        match item {
            Ok(event) => events.push(event),
            Err(last) => error = Some(last),
        }
    }
    assert!(stream.next().await.is_none() && stream.next().await.is_none(), "an end that is none");
    (events, error)
}

/// The error of a call that must fail.
pub(crate) fn refused<T>(outcome: RunAgentResult<T>) -> RunAgentError {
    match outcome {
        Ok(_) => panic!("it did not fail"),
        Err(error) => error,
    }
}

/// The JSON that an error carries.
pub(crate) fn details(error: &RunAgentError) -> Value {
    match error {
        RunAgentError::Execution { details: Some(details), .. } => Value::clone(details),
        _ => Value::Null,
    }
}

/// The JSON in the body of a request.
pub(crate) fn json_of(request: &http::Request<Bytes>) -> Value {
    serde_json::from_slice(request.body()).expect("a JSON document")
}

/// Method, path and query of the requests.
pub(crate) fn targets(transport: &ScriptedTransport) -> Vec<String> {
    let target = |request: &http::Request<Bytes>| {
        let path = request.uri().path_and_query().map_or("", |path| path.as_str());
        format!("{} {path}", request.method())
    };
    transport.requests().iter().map(target).collect()
}
