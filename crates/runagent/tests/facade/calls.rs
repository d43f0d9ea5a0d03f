//! Calls with arguments, results and settings of the caller's own types.

use std::{collections::BTreeMap, time::Duration};

use bytes::Bytes;
use futures_util::FutureExt;
use runagent::{Call, CancelToken, ErrorCode, RunAgentClientConfig, RunAgentResult, RunOptions, RunOutput};
use runagent_transport::testing::{
    Reply, ScriptedTransport,
    wire::{Script, WireServer},
};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json, value::RawValue};
use tokio::time::Instant;

use crate::{
    agent::{architecture, lazy, ok, options, refused, remote, remote_on, result},
    memory::Memory,
};

#[derive(Serialize)]
struct Question<'a> {
    text: &'a str,
    seed: u128,
    #[serde(skip_serializing_if = "Option::is_none")]
    language: Option<&'a str>,
}

const QUESTION: Question<'_> = Question { text: "why?", seed: u128::MAX, language: None };

fn structured(kind: &str, payload: &str) -> String {
    let data = json!({"type": kind, "payload": payload}).to_string();
    json!({"success": true, "data": data, "timestamp": "2026-11-25T10:00:00", "request_id": "r1"}).to_string()
}

/// Calls an agent that answers with a body.
async fn answer<T: serde::de::DeserializeOwned>(body: impl Into<String>) -> RunAgentResult<RunOutput<T>> {
    let memory = Memory::default().answer(200, body);
    lazy(remote("chat").with_options(memory.options())).call(Call::new()).await
}

#[tokio::test]
async fn arguments_are_whatever_serialises() {
    let call = Call::new()
        .with_arg(1)
        .with_arg(("a", f64::NAN))
        .with_kwarg("text", "first")
        .with_kwargs(QUESTION)
        .with_kwargs(BTreeMap::from([("z", 1)]))
        .with_kwarg("z", [true]);
    let memory = Memory::default().answer(200, result(1));
    let client = lazy(remote("chat").with_user_id("u-1").with_options(memory.options()));
    client.call::<i64>(call).await.expect("an answer");
    assert_eq!(
        memory.asked()[0].body,
        r#"{"entrypoint_tag":"chat","input_args":[1,["a",null]],"input_kwargs":{"text":"why?","seed":340282366920938463463374607431768211455,"z":[true]},"timeout_seconds":300,"async_execution":false,"user_id":"u-1"}"#
    );
}

#[tokio::test]
async fn a_call_goes_before_the_client() {
    let call = Call::new()
        .with_user_id("u-2")
        .with_persistent_memory(false)
        .with_options(RunOptions::new().with_timeout(Duration::from_secs(5)));
    let memory = Memory::default().answer(200, result(1));
    let config = remote("chat").with_user_id("u-1").with_persistent_memory(true).with_options(memory.options());
    lazy(config).call::<i64>(call).await.expect("an answer");
    assert_eq!(
        memory.asked()[0].body,
        r#"{"entrypoint_tag":"chat","input_args":[],"input_kwargs":{},"timeout_seconds":5,"async_execution":false,"user_id":"u-2"}"#
    );
}

#[tokio::test]
async fn what_does_not_serialise_is_never_sent() {
    struct Broken;

    impl Serialize for Broken {
        fn serialize<S: serde::Serializer>(&self, _: S) -> Result<S::Ok, S::Error> {
            Err(serde::ser::Error::custom("no"))
        }
    }

    let client = lazy(remote("chat").with_options(Memory::default().options()));
    for (call, message) in [
        (Call::new().with_arg(0).with_arg(Broken), "the positional argument 1 does not serialise: no"),
        (Call::new().with_kwarg("x", Broken), "the argument `x` does not serialise: no"),
        (
            Call::new().with_kwarg("x", BTreeMap::from([((1, 2), 3)])),
            "the argument `x` does not serialise: key must be a string",
        ),
        (Call::new().with_kwargs(Broken), "the keyword arguments do not serialise: no"),
        (Call::new().with_kwargs([1, 2]), "the keyword arguments are no object with names"),
        (Call::new().with_kwargs("text"), "the keyword arguments are no object with names"),
        (
            Call::new().with_options(RunOptions::new().with_header("host", "x")),
            "the header host can't be set: the client writes it itself",
        ),
    ] {
        let error = refused(client.call::<Value>(call).await);
        assert_eq!((error.code(), error.message()), (&ErrorCode::VALIDATION_ERROR, message));
        assert_eq!(error.attempts(), 0);
    }
}

#[tokio::test]
async fn results_are_whatever_deserialises() {
    #[derive(Debug, PartialEq, Deserialize)]
    struct Answer {
        text: String,
        scores: Vec<f32>,
    }

    let answered = answer::<Answer>(structured("object", r#"{"text": "because", "scores": [1, 0.5], "more": null}"#));
    let answered = answered.await.expect("an answer");
    assert_eq!(answered.value, Answer { text: "because".to_owned(), scores: vec![1.0, 0.5] });
    let wide = answer::<i128>(structured("integer", "-170141183460469231731687303715884105728"));
    assert_eq!(wide.await.expect("an answer").value, i128::MIN);
    let raw = answer::<Box<RawValue>>(structured("object", r#"{"n": 1.0, "n": 2e0}"#));
    assert_eq!(raw.await.expect("an answer").value.get(), r#"{"n": 1.0, "n": 2e0}"#);
    let bare = answer::<Vec<u8>>(r#"{"success":true,"data":[1,2]}"#);
    assert_eq!(bare.await.expect("an answer").value, [1, 2]);
}

#[tokio::test]
async fn a_result_of_another_type_is_located() {
    #[derive(Debug, Deserialize)]
    #[allow(dead_code, reason = "never made")]
    struct Order {
        items: Vec<Item>,
    }
    #[derive(Debug, Deserialize)]
    #[allow(dead_code, reason = "never made")]
    struct Item {
        price: f64,
    }

    for (payload, message) in [
        (
            r#"{"items": [{"price": 1}, {"price": "much"}]}"#,
            "cannot decode a structured value: unexpected shape at line 1 column 41, in `items[1].price`",
        ),
        (r#"{"items": [{}]}"#, "cannot decode a structured value: unexpected shape at line 1 column 13, in `items[0]`"),
        ("{}", "cannot decode a structured value: unexpected shape at line 1 column 2"),
        (r#"{"items": [{"price": 1}"#, "cannot decode a structured value: JSON cut short at line 1 column 23"),
    ] {
        let error = refused(answer::<Order>(structured("object", payload)).await);
        assert_eq!((error.code(), error.message()), (&ErrorCode::DECODE_ERROR, message), "{payload}");
        assert!(!error.is_retryable(), "the agent ran");
    }
    let error = refused(answer::<Order>(r#"{"success":true,"data":{"items":[{"price":[]}]}}"#).await);
    assert!(error.message().ends_with(", in `items[0].price`"), "{error}");
}

#[tokio::test]
async fn a_generator_is_told_from_another_type() {
    let text = r#""<generator object tell at 0x7f00>""#;
    let body = structured("string", text);
    let number = refused(answer::<u32>(body.clone()).await);
    // Its name would be both.
    let string = refused(answer::<String>(body.clone()).await);
    let value = refused(answer::<Value>(body).await);
    for error in [number, string, value] {
        assert_eq!((error.code(), error.status()), (&ErrorCode::STREAM_ENTRYPOINT, Some(200)));
    }
    let text = "about a generator object at 0x7f00";
    assert_eq!(answer::<String>(structured("string", &json!(text).to_string())).await.expect("text").value, text);
}

#[tokio::test]
async fn what_an_answer_tells_is_told_of_a_result_that_is_wrong() {
    let busy = || Reply::json(429, "");
    let failed = r#"{"success":false,"error":{"code":"X","message":"m"}}"#;
    for body in [structured("integer", "3"), failed.to_owned(), "<html>".to_owned()] {
        let reply = http::Response::builder().header("x-request-id", "q-1").body(body.clone()).expect("a response");
        let transport = ScriptedTransport::new([busy(), Reply::from(reply)]);
        let options = options().with_max_retries(1).with_retry_delay(Duration::ZERO).with_transport(transport);
        let error = refused(lazy(remote("chat").with_options(options)).call::<String>(Call::new()).await);
        assert_eq!((error.status(), error.attempts(), error.request_id()), (Some(200), 2, Some("q-1")), "{body}");
    }
}

#[tokio::test(start_paused = true)]
async fn an_entrypoint_that_is_missing_is_explained_in_a_short_time_or_not_at_all() {
    let missing = r#"{"success":false,"error":{"code":"NOT_FOUND","message":"Entrypoint chat not found"}}"#;
    let client = || {
        let transport = ScriptedTransport::new([Reply::json(404, missing), Reply::silence()]);
        lazy(remote("chat").with_options(options().with_transport(transport)))
    };
    let since = Instant::now();
    let error = refused(client().call::<Value>(Call::new()).await);
    assert_eq!((error.code(), since.elapsed()), (&ErrorCode::ENTRYPOINT_NOT_FOUND, Duration::from_secs(2)));

    let token = CancelToken::new();
    let client = client();
    let call = Call::new().with_options(RunOptions::new().with_cancel(&token));
    let ends = async {
        tokio::time::sleep(Duration::from_secs(1)).await;
        token.cancel();
    };
    let (outcome, ()) = tokio::join!(client.call::<Value>(call), ends);
    assert_eq!(refused(outcome).code(), &ErrorCode::CANCELLED);
}

#[tokio::test(start_paused = true)]
async fn what_is_known_of_a_run_comes_with_its_result() {
    let busy = http::Response::builder().status(429).header("retry-after", "2").body("").expect("a response");
    let limit = [("x-ratelimit-limit", "100"), ("x-ratelimit-remaining", "7")];
    let mut response = http::Response::builder();
    for (name, value) in limit {
        response = response.header(name, value);
    }
    let response = response.body(structured("integer", "3")).expect("a response");
    let transport = ScriptedTransport::new([Reply::from(busy), Reply::from(response)]);
    let client = lazy(remote("chat").with_options(options().with_max_retries(1).with_transport(transport)));
    let output = client.call::<u8>(Call::new()).await.expect("an answer");
    assert_eq!((output.value, output.metadata.attempts), (3, 2));
    assert_eq!(output.metadata.elapsed, Duration::from_secs(2));
    assert_eq!(output.metadata.request_id.as_deref(), Some("r1"));
    assert_eq!(output.metadata.timestamp.as_deref(), Some("2026-11-25T10:00:00"));
    assert_eq!((output.metadata.rate_limit.limit, output.metadata.rate_limit.remaining), (Some(100), Some(7)));
    assert_eq!((output.metadata.invocation_id, output.metadata.execution_time), (None, None));
}

#[tokio::test]
async fn an_execution_record_names_the_invocation() {
    let record =
        json!({"execution_id": "ex-1", "runtime_seconds": 1.5, "result_data": {"data": {"execution_id": "no"}}});
    let body = json!({"success": true, "data": record}).to_string();
    let output = answer::<Value>(body).await.expect("an answer");
    assert_eq!(output.value, json!({"execution_id": "no"}));
    assert_eq!(output.metadata.invocation_id.as_deref(), Some("ex-1"));
    assert_eq!(output.metadata.execution_time, Some(Duration::from_millis(1500)));
    // A result that happens to have such names is only a result.
    let body = json!({"success": true, "data": {"execution_id": "mine", "runtime_seconds": 2}}).to_string();
    assert_eq!(answer::<Value>(body).await.expect("an answer").metadata.invocation_id, None);
}

#[tokio::test]
async fn a_raw_answer_is_the_body_as_it_came() {
    let body = format!(" {}\n", structured("object", r#"{"a":1}"#));
    let memory = Memory::default()
        .answer(200, body.clone())
        .answer(200, r#"{"success":false,"error":{"code":"X","message":"m"}}"#);
    let client = lazy(remote("chat").with_options(memory.options()));
    let output = client.call_raw(Call::new()).await.expect("an answer");
    assert_eq!(output.value, Bytes::from(body));
    assert_eq!(output.metadata.request_id.as_deref(), Some("r1"));
    let error = refused(client.call_raw(Call::new()).await);
    assert_eq!((error.code().as_str(), error.status(), error.is_retryable()), ("X", Some(200), false));
}

#[tokio::test(start_paused = true)]
async fn a_call_has_a_time_limit_of_its_own() {
    let client =
        lazy(remote("chat").with_options(options().with_transport(ScriptedTransport::new([Reply::silence()]))));
    let since = Instant::now();
    let limit = Duration::from_secs(2);
    let call = Call::new().with_options(RunOptions::new().with_timeout(limit));
    let error = refused(client.call::<Value>(call).await);
    assert_eq!((error.code(), since.elapsed()), (&ErrorCode::TIMEOUT_ERROR, limit));
}

#[tokio::test(start_paused = true)]
async fn what_explains_an_error_takes_no_longer_than_the_call_may() {
    let gone = || Reply::json(404, r#"{"detail":"Not Found"}"#);
    let no_tag =
        || Reply::json(404, r#"{"success":false,"error":{"code":"NOT_FOUND","message":"Entrypoint chat not found"}}"#);
    for (answer, code) in [(gone(), ErrorCode::AGENT_NOT_FOUND_LOCAL), (no_tag(), ErrorCode::ENTRYPOINT_NOT_FOUND)] {
        let transport = ScriptedTransport::new([answer, Reply::silence()]);
        let config = RunAgentClientConfig::new("agent-1", "chat").with_local(true).with_address("127.0.0.1", 8450);
        let client = lazy(config.with_options(options().with_transport(transport.clone())));
        let since = Instant::now();
        let limit = Duration::from_millis(100);
        let call = Call::new().with_options(RunOptions::new().with_timeout(limit));
        let error = refused(client.call::<Value>(call).await);
        assert_eq!((error.code(), since.elapsed()), (&code, limit));
        assert_eq!(transport.requests().len(), 2, "the health, or the architecture, was asked for");
    }
}

#[tokio::test(start_paused = true)]
async fn headers_go_along_and_a_key_lets_a_run_be_repeated() {
    let lost = || Reply::json(502, "{}");
    let transport = ScriptedTransport::new([lost(), Reply::json(200, result(1)), lost()]);
    let client = lazy(remote("chat").with_options(options().with_max_retries(1).with_transport(transport.clone())));
    let options = RunOptions::new().with_header("X-Tenant", "acme").with_idempotency_key("order-1");
    let output = client.call::<u8>(Call::new().with_options(options.clone())).await.expect("an answer");
    assert_eq!(output.metadata.attempts, 2);
    for request in transport.requests() {
        assert_eq!(
            (&request.headers()["x-tenant"], &request.headers()["idempotency-key"]),
            (&"acme".parse().expect("a value"), &"order-1".parse().expect("a value"))
        );
    }
    let error = refused(client.call::<u8>(Call::new()).await);
    assert_eq!((error.status(), error.attempts()), (Some(502), 1));
    assert_eq!(transport.requests().len(), 3);
    assert!(transport.requests()[2].headers().get("x-tenant").is_none());
}

#[tokio::test]
async fn a_token_ends_a_call() {
    let transport = ScriptedTransport::new([Reply::silence()]);
    let client = lazy(remote("chat").with_options(options().with_transport(transport.clone())));
    let token = CancelToken::new();
    let call = Call::new().with_options(RunOptions::new().with_cancel(&token));
    let mut running = Box::pin(client.call::<Value>(call.clone()));
    assert!(running.as_mut().now_or_never().is_none());
    token.clone().cancel();
    let error = refused(running.await);
    assert_eq!((error.code(), error.is_retryable()), (&ErrorCode::CANCELLED, false));
    // One that was used before ends the call before anything is sent.
    let error = refused(client.call_raw(call).await);
    assert_eq!((error.code(), transport.requests().len()), (&ErrorCode::CANCELLED, 1));
}

#[tokio::test]
async fn entrypoints_of_an_agent_share_a_connection() {
    let script = Script::new().read_request().send(ok(&architecture(&["chat", "sum"])));
    let script = script.read_request().send(ok(&result(1))).read_request().send(ok(&result(2)));
    let server = WireServer::start([script]).await;
    let chat = runagent::RunAgentClient::new(remote_on(&server, "chat")).await.expect("a client");
    let sum = chat.entrypoint("sum").expect("a tag");
    assert_eq!((chat.run(&[]).await.expect("1"), sum.run(&[]).await.expect("2")), (json!(1), json!(2)));
    assert_eq!((server.connections(), chat.entrypoint_tag(), sum.entrypoint_tag()), (1, "chat", "sum"));
    assert!(server.requests()[2].body.windows(5).any(|bytes| bytes == b"\"sum\""));
    for tag in ["", "a\nb", "\0"] {
        assert_eq!(refused(chat.entrypoint(tag)).code(), &ErrorCode::VALIDATION_ERROR, "{tag:?}");
    }
}
