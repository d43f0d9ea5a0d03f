//! The platform in memory: replies in a list, and what was asked for them.

use bytes::Bytes;
use http::header::{ACCEPT, AUTHORIZATION, CONTENT_TYPE};
use runagent::{
    ApiConfig, ClientOptions, RunAgentError, RunAgentResult,
    platform::Client,
    transport::testing::{Reply, ScriptedTransport},
};
use serde_json::Value;

pub(crate) const AGENT: &str = "11111111-2222-4333-8444-555555555555";
/// A key that a URL can't hold as it is.
pub(crate) const KEY: &str = "rau_k+e/y=1&x";
pub(crate) const KEY_IN_QUERY: &str = "token=rau_k%2Be%2Fy%3D1%26x";

pub(crate) const METADATA_DONE: &str = r#"{"success":true,"data":{"agent_id":"11111111-2222-4333-8444-555555555555","entrypoints_created":2,"entrypoint_ids":["e1","e2"]},"message":null,"error":null,"request_id":"r1"}"#;
#[cfg(feature = "deploy")]
pub(crate) const UPLOAD_DONE: &str = r#"{"success":true,"data":{"agent_id":"11111111-2222-4333-8444-555555555555","status":"uploaded","file_size":2048,"file_name":"agent_11111111.zip"}}"#;
pub(crate) const START_DONE: &str = r#"{"success":true,"data":{"endpoint":"/agents/11111111-2222-4333-8444-555555555555/run","network_info":{"zone":"eu"}}}"#;
#[cfg(feature = "deploy")]
pub(crate) const STATUS_DONE: &str = r#"{"success":true,"data":{"status":"deployed"}}"#;
/// How the platform refuses an id that it has.
pub(crate) const EXISTS: &str = r#"{"success":false,"data":null,"error":{"code":"RESOURCE_ALREADY_EXISTS","message":"Agent exists","details":{"agent_id":"a"}},"request_id":"r9"}"#;

/// Options that read nothing of this process's environment, and show each call once.
pub(crate) fn options(transport: &ScriptedTransport) -> ClientOptions {
    ClientOptions::new().with_environment(|_| None).with_max_retries(0).with_transport(transport.clone())
}

/// A platform that gives these replies.
pub(crate) fn scripted<const N: usize>(replies: [(u16, &str); N]) -> ScriptedTransport {
    ScriptedTransport::new(replies.map(|(status, body)| Reply::json(status, body.to_owned())))
}

pub(crate) fn config(transport: &ScriptedTransport) -> ApiConfig {
    ApiConfig::new().with_api_key(KEY).with_options(options(transport))
}

pub(crate) fn client(transport: &ScriptedTransport) -> Client {
    Client::new(config(transport)).expect("a usable configuration")
}

/// A request as it is compared: method, path and query, media type, and a body that is text.
pub(crate) fn shown(request: &http::Request<Bytes>) -> String {
    let headers = request.headers();
    assert_eq!(headers[AUTHORIZATION], format!("Bearer {KEY}"), "{}", request.uri().path());
    assert_eq!(headers[ACCEPT], "application/json");
    assert!(request.uri().to_string().starts_with("https://backend.run-agent.ai/api/v1"), "{}", request.uri().path());
    let target = request.uri().path_and_query().expect("a path");
    let media_type = headers.get(CONTENT_TYPE).map_or("-", |value| value.to_str().expect("ASCII"));
    let body = std::str::from_utf8(request.body()).expect("text");
    format!("{} {target} {media_type} {body}", request.method()).trim_end().to_owned()
}

/// The only request, as it is compared.
#[track_caller]
pub(crate) fn only(transport: &ScriptedTransport) -> String {
    let requests = transport.requests();
    assert_eq!(requests.len(), 1);
    shown(&requests[0])
}

#[track_caller]
pub(crate) fn refused<T>(result: RunAgentResult<T>) -> RunAgentError {
    result.map(drop).expect_err("it is refused")
}

pub(crate) fn json(text: &str) -> Value {
    serde_json::from_str(text).expect("JSON")
}
