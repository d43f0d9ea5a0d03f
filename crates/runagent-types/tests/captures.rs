//! Every answer and every stream that was recorded from the Python server 0.1.49 (`tests/fixtures`).
#![allow(clippy::unwrap_used, reason = "clippy's exception for tests stops at functions that tests call")]

use std::fs;
use std::path::{Path, PathBuf};

use runagent_types::platform::{self, InvocationPage, InvocationStats, InvocationStatus, ServerInfo};
use runagent_types::{ApiError, Architecture, Envelope, Frame, StreamFrame, generator_repr};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

fn fixtures(folder: &str) -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures").join(folder);
    let mut files = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect::<Vec<_>>();
    files.sort();
    files
}

fn name(path: &Path) -> &str {
    path.file_stem().unwrap().to_str().unwrap()
}

fn fixture(path: &str) -> Vec<u8> {
    fs::read(Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures").join(path)).unwrap()
}

/// What the agent returned, by the name of the recording.
fn returned(kind: &str) -> Value {
    match kind {
        "str" => json!("plain text"),
        "empty_str" => json!(""),
        "unicode" => json!("naïve — 日本語 🚀 \u{2028} end"),
        "json_str" => json!("{\"looks\": \"like json\"}"),
        "digit_str" => json!("42"),
        "int" => json!(42),
        "zero" => json!(0),
        "neg" => json!(-7),
        "bigint" => json!("1180591620717411303424"),
        "float" => json!(3.5),
        "float_int" => json!(3.0),
        "tiny" => json!(1e-300),
        "nan" | "none" => json!(null),
        "inf" => json!("inf"),
        "nested_nan" => json!({"v": null}),
        "true" => json!(true),
        "false" => json!(false),
        "list" => json!([1, "two", 3.0, null, true, {"k": [1]}]),
        "empty_list" => json!([]),
        "tuple" => json!([1, 2]),
        "set" => json!([5]),
        "dict" => json!({"message": "hi", "n": 1, "nested": {"deep": [1, 2]}}),
        "empty_dict" => json!({}),
        "type_payload" => json!({"type": "note", "payload": "\"inner\""}),
        "content" => json!({"content": "only-this?", "other": 1}),
        "strategy" => json!({"strategy": "direct", "content": 5}),
        "genword" => json!("A generator object is an iterator"),
        "bytes" => json!("00ff"),
        "datetime" => json!("2025-01-02T03:04:05"),
        "dict_datetime" => json!({"when": "2025-01-02T03:04:05"}),
        "object" => json!({"a": 1, "_hidden": 2, "b": "two"}),
        "dataclass" => json!({"x": 7, "y": "why"}),
        "error_dict" => json!({"error": "not really", "success": false}),
        "make_generator" => json!("<generator object make_generator.<locals>.g at 0x7fdf90f8b030>"),
        "make_async_generator" => json!("<async_generator object make_async_generator.<locals>.g at 0x7fdf90f8b030>"),
        other => panic!("{other} has no expected value"),
    }
}

#[test]
fn every_kind_of_run_answer() {
    let files = fixtures("run");
    assert_eq!(files.len(), 36);
    for path in files {
        let kind = name(&path);
        let body = fs::read(&path).unwrap();
        let envelope = Envelope::decode(&body).unwrap_or_else(|error| panic!("{kind}: {error}"));
        assert_eq!(envelope.message(), Some("Agent execution completed successfully"), "{kind}");
        assert_eq!(envelope.request_id().map(str::len), Some(36), "{kind}");
        assert!(envelope.timestamp().is_some_and(|timestamp| timestamp.starts_with("2026-11-21T20:27")), "{kind}");
        let value = envelope.into_result().unwrap().to_value().unwrap();
        assert_eq!(value, returned(kind), "{kind}");
        assert_eq!(generator_repr(&value), kind.contains("make_"), "{kind}");
    }
}

#[test]
fn typed_results_hold_what_values_cannot() {
    fn typed<T: serde::de::DeserializeOwned>(kind: &str) -> T {
        let body = fixture(&format!("run/{kind}.json"));
        Envelope::decode(&body).unwrap().into_result().unwrap().deserialize().unwrap()
    }
    assert_eq!(typed::<i128>("bigint"), 1 << 70);
    assert_eq!(typed::<u128>("bigint"), 1 << 70);
    assert!(typed::<f64>("nan").is_nan());
    assert_eq!(typed::<f64>("inf"), f64::INFINITY);
    assert_eq!(typed::<f64>("tiny"), 1e-300);
    assert_eq!(typed::<f64>("int"), 42.0);
    assert_eq!(typed::<Option<String>>("none"), None);
    assert_eq!(typed::<(u8, u8)>("tuple"), (1, 2));
    assert_eq!(typed::<String>("json_str"), "{\"looks\": \"like json\"}");
}

#[test]
fn every_failure() {
    let prefix = "Agent execution failed: Server error running agent 11111111-2222-4333-8444-555555555555: ";
    let files = fixtures("failures");
    assert_eq!(files.len(), 11);
    for path in files {
        let error = ApiError::from_body(&fs::read(&path).unwrap());
        let told = (error.code.as_ref().map(|code| code.as_str()), error.message.as_str());
        let not_an_object = "body: Input should be a valid dictionary or object to extract fields from";
        let refused = "body.entrypoint_tag: Input should be a valid string; \
                       body.input_args: Input should be a valid list; \
                       body.input_kwargs: Input should be a valid dictionary";
        let (code, message) = match name(&path) {
            "body_array" => (None, not_an_object.to_owned()),
            "empty_body" => (None, "body: Field required".to_owned()),
            "fail" => (Some("INTERNAL_ERROR"), format!("{prefix}boom")),
            "fail_quote" => (Some("INTERNAL_ERROR"), format!("{prefix}403 permission \"denied\"\nline2")),
            "greet_missing_param" => {
                (Some("INTERNAL_ERROR"), format!("{prefix}greet() missing 1 required positional argument: 'name'"))
            }
            "malformed_json" => (None, "body.18: JSON decode error".to_owned()),
            "missing_tag" => (None, "body.entrypoint_tag: Field required".to_owned()),
            "stream_tag" => (
                Some("VALIDATION_ERROR"),
                "Can't use Streaming Entrypoint `count_stream` through non-streaming endpoint.".to_owned(),
            ),
            "unknown_agent" => (None, "Not Found".to_owned()),
            "unknown_tag" => (Some("NOT_FOUND"), "Entrypoint zzz not found".to_owned()),
            "wrong_types" => (None, refused.to_owned()),
            other => panic!("{other} has no expected error"),
        };
        assert_eq!(told, (code, message.as_str()));
        assert_eq!(error.is_envelope, code.is_some());
        assert_eq!(error.request_id.is_some(), code.is_some());
        assert!(!error.to_string().contains('\n'));
        assert_eq!(error.details.is_some(), code.is_none() && message != "Not Found");
    }
}

#[test]
fn every_stream() {
    let files = fixtures("streams");
    assert_eq!(files.len(), 32);
    for path in files {
        let text = fs::read_to_string(&path).unwrap();
        let frames = text.lines().map(|line| StreamFrame::decode(line).unwrap()).collect::<Vec<_>>();
        let chunks = frames.iter().filter(|frame| matches!(frame, Frame::Data(_))).count() as u64;
        let stream = name(&path);
        let refused = frames.len() == 1;
        assert_eq!(matches!(frames[0], Frame::Started { invocation_id: Some(_) }), !refused, "{stream}");
        match frames.last().unwrap() {
            Frame::Completed { total_chunks, execution_time, invocation_id } => {
                assert_eq!(*total_chunks, Some(chunks), "{stream}");
                assert!(execution_time.is_some_and(|seconds| seconds > 0.0), "{stream}");
                assert!(invocation_id.is_some(), "{stream}");
            }
            Frame::Error(error) => {
                assert_eq!(error.code, None, "{stream}");
                assert!(!error.message.is_empty() && !error.message.starts_with("Streaming error"), "{stream}");
            }
            Frame::Data(_) => assert_eq!(stream, "client_leaves_midway"),
            other => panic!("{stream}: {other:?}"),
        }
        for (line, frame) in text.lines().zip(&frames) {
            let again = StreamFrame::decode(&frame.to_json()).unwrap();
            assert_eq!(&again, frame, "{stream}: {line}");
        }
    }
}

#[test]
fn every_type_of_chunk() {
    let text = String::from_utf8(fixture("streams/types.jsonl")).unwrap();
    let chunks = text.lines().filter_map(|line| match StreamFrame::decode(line).unwrap() {
        Frame::Data(chunk) => Some(chunk),
        _ => None,
    });
    let expected = json!([
        "plain text",
        "",
        "naïve — 日本語 🚀 \u{2028} end",
        "{\"looks\": \"like json\"}",
        "42",
        42,
        3.5,
        3.0,
        true,
        null,
        [1, "two", 3.0, null, true, {"k": [1]}],
        {"message": "hi", "n": 1, "nested": {"deep": [1, 2]}},
        {"type": "note", "payload": "\"inner\""},
        {"content": "only-this?", "other": 1},
        {"strategy": "direct", "content": 5},
        [1, 2],
        "{5}",
        "b'\\x00\\xff'",
        "2025-01-02 03:04:05",
        {"a": 1, "b": "two"},
        {"x": 7, "y": "why"},
        null,
        "inf",
        {"v": null},
        "1180591620717411303424",
        {"error": "not really", "success": false}
    ]);
    assert_eq!(Value::Array(chunks.collect()), expected);
}

#[test]
fn the_architecture() {
    let architecture = Architecture::decode(&fixture("architecture.json")).unwrap();
    assert_eq!(architecture.agent_id, "11111111-2222-4333-8444-555555555555");
    let echo = architecture.find("echo").unwrap();
    assert_eq!((echo.file.as_deref(), echo.module.as_deref()), (Some("main.py"), Some("echo")));
    assert!(architecture.find("count_stream").unwrap().is_stream());
    assert!(architecture.tags().count() > 20);
    assert!(architecture.find("zzz").is_none());
}

/// Reads a recording; written again it is the same.
fn platform<T: DeserializeOwned + Serialize>(name: &str) -> T {
    let body = fixture(&format!("platform/{name}.json"));
    let read: T = platform::decode(&body).unwrap().unwrap();
    let recorded: Value = serde_json::from_slice(&body).unwrap();
    assert_eq!(serde_json::to_value(&read).unwrap(), recorded, "{name}");
    read
}

#[test]
fn invocations() {
    let page: InvocationPage = platform("invocations");
    assert_eq!((page.total_count, page.invocations.len()), (Some(2), 2));
    let newest = &page.invocations[0];
    assert_eq!(newest.status, InvocationStatus::Completed);
    assert_eq!(newest.entrypoint_tag.as_deref(), Some("make_async_generator"));
    assert_eq!(newest.request_timestamp.as_deref(), Some("2026-11-21T20:27:42"));
    assert_eq!(newest.execution_time_ms, Some(0.7777214050292969));
    assert_eq!(newest.client_info["server_port"], 18450);
    assert_eq!(page.invocations[1].output_data, json!({"answer": "the answer", "missing": null}));

    let failed: InvocationPage = platform("invocations_failed");
    assert_eq!(failed.invocations[0].status, InvocationStatus::Failed);
    assert!(failed.invocations[0].error_detail.as_ref().unwrap().ends_with(": boom"));
    assert!(failed.invocations[0].output_data.is_null());

    assert!(platform::<InvocationPage>("invocations_none").invocations.is_empty());
    let stats: InvocationStats = platform("invocation_stats");
    assert_eq!((stats.total_invocations, stats.completed_invocations, stats.failed_invocations), (50, 45, 5));
    assert_eq!((stats.success_rate, stats.avg_execution_time_ms), (Some(90.0), Some(25.65)));
}

#[test]
fn refused_calls_of_the_platform() {
    for (name, code, message) in [
        ("invocation_missing", Some("NOT_FOUND"), "Invocation nope not found"),
        (
            "invocations_nan",
            Some("INTERNAL_ERROR"),
            "Agent execution failed: Out of range float values are not JSON compliant",
        ),
        (
            "invocations_bad_limit",
            None,
            "query.limit: Input should be a valid integer, unable to parse string as an integer",
        ),
    ] {
        let body = fixture(&format!("platform/{name}.json"));
        let error = ApiError::from_body(&body);
        assert_eq!((error.code.as_ref().map(|code| code.as_str()), error.message.as_str()), (code, message));
        match platform::decode::<InvocationPage>(&body) {
            Ok(told) => assert_eq!(told, Err(error)),
            Err(problem) => assert!(code.is_none(), "{name}: {problem}"),
        }
    }
}

#[test]
fn the_server_itself() {
    let info: ServerInfo = platform("server_info");
    assert_eq!(info.message.as_deref(), Some("RunAgent API - interop-agent(11111111-2222-4333-8444-555555555555)"));
    assert_eq!((info.host.as_deref(), info.port), (Some("127.0.0.1"), Some(18450)));
    assert_eq!(info.config["agent_architecture"]["entrypoints"][0]["tag"], "echo");
    assert_eq!(info.endpoints["GET /health"], "Health check");
}
