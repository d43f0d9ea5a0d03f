//! The agent that these tests call: how a client is told of it, and what its server says.

use runagent::{ClientOptions, RunAgentClient, RunAgentClientConfig, RunAgentError, RunAgentResult, RunStream};
use runagent_transport::testing::wire::{Script, WireServer};
use serde_json::{Value, json};

pub(crate) const AGENT: &str = "agent-1";
/// A key that a URL can't hold as it is.
pub(crate) const KEY: &str = "rau_k+e/y=1&x";
pub(crate) const KEY_IN_QUERY: &str = "?token=rau_k%2Be%2Fy%3D1%26x";

pub(crate) const STARTED: &str = r#"{"type":"status","status":"stream_started","invocation_id":"inv-1"}"#;
pub(crate) const COMPLETED: &str =
    r#"{"type":"status","status":"stream_completed","total_chunks":2,"execution_time":0.25,"invocation_id":"inv-1"}"#;

/// Options that read nothing of this process's environment.
pub(crate) fn options() -> ClientOptions {
    // Retrying has tests of its own; elsewhere each call is to be seen once.
    ClientOptions::new().with_environment(|_| None).with_max_retries(0)
}

/// A remote agent, with a key, at the default address.
pub(crate) fn remote(tag: &str) -> RunAgentClientConfig {
    RunAgentClientConfig::new(AGENT, tag).with_api_key(KEY).with_options(options())
}

/// A remote agent on a scripted server.
pub(crate) fn remote_on(server: &WireServer, tag: &str) -> RunAgentClientConfig {
    remote(tag).with_base_url(server.url(""))
}

/// A local agent on a scripted server, without a key.
pub(crate) fn local_on(server: &WireServer, tag: &str) -> RunAgentClientConfig {
    RunAgentClientConfig::new(AGENT, tag)
        .with_local(true)
        .with_address("127.0.0.1", server.addr().port())
        .with_options(options())
}

pub(crate) fn lazy(config: RunAgentClientConfig) -> RunAgentClient {
    RunAgentClient::connect_lazy(config).expect("a usable configuration")
}

/// What the server says of the entrypoints.
pub(crate) fn architecture(tags: &[&str]) -> String {
    let entrypoints: Vec<Value> =
        tags.iter().map(|tag| json!({"file": "main.py", "module": tag, "tag": tag, "extractor": {}})).collect();
    json!({"success": true, "data": {"agent_id": AGENT, "entrypoints": entrypoints}, "error": null}).to_string()
}

/// The answer to a run that returned an integer.
pub(crate) fn result(integer: i64) -> String {
    let data = json!({"type": "integer", "payload": integer.to_string()}).to_string();
    json!({"success": true, "data": data, "message": null, "error": null, "request_id": "r1"}).to_string()
}

/// The frame of a chunk that is an integer.
pub(crate) fn chunk(integer: i64) -> String {
    let content = json!({"type": "integer", "payload": integer.to_string()}).to_string();
    json!({"type": "data", "content": content}).to_string()
}

/// The frame of a chunk that is text.
pub(crate) fn text_chunk(text: &str) -> String {
    let content = json!({"type": "string", "payload": json!(text).to_string()}).to_string();
    json!({"type": "data", "content": content}).to_string()
}

/// An HTTP answer as it goes over the wire; `headers` end with CRLF each.
pub(crate) fn answer_with(status: &str, headers: &str, body: &str) -> String {
    let length = body.len();
    format!("HTTP/1.1 {status}\r\ncontent-type: application/json\r\ncontent-length: {length}\r\n{headers}\r\n{body}")
}

pub(crate) fn answer(status: &str, body: &str) -> String {
    answer_with(status, "", body)
}

pub(crate) fn ok(body: &str) -> String {
    answer("200 OK", body)
}

/// A connection on which a stream was started.
pub(crate) fn opened() -> Script {
    Script::new().upgrade().expect_ws_text().ws_text(STARTED)
}

/// Opens a stream on a server that plays one script.
pub(crate) async fn stream_of(script: Script) -> (WireServer, RunStream) {
    let server = WireServer::start([script]).await;
    let stream = lazy(remote_on(&server, "count_stream")).run_stream(&[]).await.expect("a stream");
    (server, stream)
}

/// Every chunk, and the error if the stream did not end well. After its end it gives `None` for ever.
pub(crate) async fn drain(stream: &mut RunStream) -> (Vec<Value>, Option<RunAgentError>) {
    let mut chunks = Vec::new();
    let mut error = None;
    while let Some(item) = stream.next().await {
        assert!(error.is_none(), "something follows an error");
        match item {
            Ok(chunk) => chunks.push(chunk),
            Err(last) => error = Some(last),
        }
    }
    assert!(stream.next().await.is_none() && stream.next().await.is_none(), "an end that is none");
    assert_eq!(stream.received(), chunks.len() as u64);
    (chunks, error)
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
