use serde_json::json;

use super::*;

fn decode(frame: &str) -> StreamFrame {
    StreamFrame::decode(frame).unwrap_or_else(|error| panic!("{frame}: {error}"))
}

fn failed(frame: &str) -> (Option<String>, String) {
    match decode(frame) {
        Frame::Error(error) => (error.code.map(|code| code.to_string()), error.message),
        other => panic!("{frame}: {other:?}"),
    }
}

#[test]
fn a_chunk_may_stand_in_four_places() {
    for (frame, expected) in [
        (r#"{"type":"data","content":"{\"type\":\"integer\",\"payload\":\"1\"}","data":2}"#, json!(1)),
        (r#"{"type":"data","data":2,"payload":3}"#, json!(2)),
        (r#"{"type":"data","payload":[3]}"#, json!([3])),
        (r#"{"type":"data","delta":"words"}"#, json!("words")),
        (
            r#"{"type":"data","content":{"content":"kept","strategy":"direct"}}"#,
            json!({"content": "kept", "strategy": "direct"}),
        ),
        (r#"{"type":"data","content":1180591620717411303424}"#, json!("1180591620717411303424")),
        (r#"{"type":"data","content":{"result_data":{"data":1}}}"#, json!({"result_data": {"data": 1}})),
        (r#"{"content":"{\"payload\":\"[1]\",\"type\":\"array\"}","type":"data"}"#, json!([1])),
        (r#"{"type":"data","content":"{\"type\":\"array\",\"payload\":\"[1]\"}","content":2}"#, json!(2)),
        (r#"{"type":"status","content":"1","type":"data"}"#, json!(1)),
        (r#"{"type":"data","content":""}"#, json!("")),
        (r#"{"type":"data","content":null}"#, json!(null)),
        (r#"{"type":"data"}"#, json!(null)),
        (r#"{"content":"an error: stream_failed","type":"data","error":"mine"}"#, json!("an error: stream_failed")),
    ] {
        assert_eq!(decode(frame), Frame::Data(expected), "{frame}");
    }
}

#[test]
fn errors_under_every_key() {
    for (frame, code, message) in [
        (r#"{"type": "error", "error": "Streaming error: boom"}"#, None, "boom"),
        (r#"{"type": "error", "error": "Streaming error: "}"#, None, "the server gave no message"),
        (r#"{"type":"error","error":"Chunk serialization failed: x"}"#, None, "Chunk serialization failed: x"),
        (r#"{"type":"error","detail":"Entrypoint x not found"}"#, None, "Entrypoint x not found"),
        (r#"{"type":"error","message":"boom"}"#, None, "boom"),
        (r#"{"type":"error","data":{"error":"boom"}}"#, None, "boom"),
        (r#"{"type":"error","error":{"code":"X","message":"boom"}}"#, Some("X"), "boom"),
        (r#"{"type":"error","detail":{"code":"X","message":"boom"}}"#, Some("X"), "boom"),
        (r#"{"type":"error","data":{"error":{"code":"X","message":"Streaming error: boom"}}}"#, Some("X"), "boom"),
        (r#"{"type":"error","error":"boom","code":"X"}"#, Some("X"), "boom"),
        (r#"{"type":"error"}"#, None, "the server gave no message"),
        (r#"{"type":"status","status":"stream_error","error":"boom"}"#, None, "boom"),
        (r#"{"type":"status","status":"stream_failed","message":"boom"}"#, None, "boom"),
        (r#"{"type":"status","status":"stream_interrupted"}"#, None, "the stream was interrupted"),
        (r#"{"type":"status","status":"stream_retry"}"#, Some("STREAM_RETRY"), "the server asks to try again later"),
    ] {
        assert_eq!(failed(frame), (code.map(str::to_owned), message.to_owned()), "{frame}");
    }
}

#[test]
fn what_is_not_known_is_named_and_skipped() {
    for (frame, kind) in [
        (r#"{"type":"status","status":"stream_progress","error":"no"}"#, "stream_progress"),
        (r#"{"type":"status","status":"stream_update"}"#, "stream_update"),
        (r#"{"type":"status"}"#, ""),
        (r#"{"type":"heartbeat","content":1}"#, "heartbeat"),
        (r#"{"type":5}"#, ""),
        ("{}", ""),
    ] {
        assert_eq!(decode(frame), Frame::Unknown { kind: kind.to_owned() }, "{frame}");
    }
}

#[test]
fn mistyped_counters_are_absent() {
    let frame =
        r#"{"type":"status","status":"stream_completed","total_chunks":"3","execution_time":null,"invocation_id":7}"#;
    let absent = Frame::Completed { total_chunks: None, execution_time: None, invocation_id: None };
    assert_eq!(decode(frame), absent);
    // More than any float: as infinity it could not be sent on.
    assert_eq!(decode(r#"{"type":"status","status":"stream_completed","execution_time":1e999}"#), absent);
}

#[test]
fn messages_that_are_no_frame() {
    for frame in ["", "[]", "1", "null", "{", r#"{"type":"data","content":}"#, r#"{"type":"data"} x"#] {
        assert!(StreamFrame::decode(frame).is_err(), "{frame}");
    }
    assert!(StreamFrame::decode(r#"{"type":"data","content":"{\"type\":\"array\",\"payload\":\"[\"}"}"#).is_err());
    let deep = format!(r#"{{"type":"data","content":{}{}}}"#, "[".repeat(100_000), "]".repeat(100_000));
    assert!(StreamFrame::decode(&deep).unwrap_err().is_malformed());
}

#[test]
fn chunks_have_the_type_that_is_asked_for() {
    let nan = r#"{"type":"data","content":"{\"type\": \"number\", \"payload\": \"null\"}"}"#;
    assert!(matches!(Frame::<f64>::decode(nan).unwrap(), Frame::Data(chunk) if chunk.is_nan()));
    let wide = r#"{"type":"data","content":"{\"type\": \"integer\", \"payload\": \"1180591620717411303424\"}"}"#;
    assert_eq!(Frame::<i128>::decode(wide).unwrap(), Frame::Data(1 << 70));
    assert!(Frame::<u8>::decode(wide).is_err());
}

#[test]
fn frames_are_written_as_the_python_server_writes_them() {
    for frame in include_str!("../../tests/fixtures/streams/acount.jsonl").lines() {
        assert_eq!(decode(frame).to_json(), frame);
    }
}

#[test]
fn an_error_survives_the_wire_and_is_text_to_older_clients() {
    let error = ApiError::new("RATE_LIMIT_ERROR", "slow down").with_suggestion("wait").with_details(json!({"n": 1}));
    let wire = StreamFrame::Error(error.clone()).to_json();
    assert!(wire.starts_with(r#"{"type":"error","error":"Streaming error: slow down""#), "{wire}");
    assert_eq!(decode(&wire), Frame::Error(error.clone()));

    let plain = ApiError::from_body(br#"{"detail":"boom"}"#);
    // A refusal is the sentence alone, as the Python server sends it.
    assert_eq!(StreamFrame::refusal(&plain.message), r#"{"type":"error","detail":"boom"}"#);
    assert_eq!(StreamFrame::Error(plain).to_json(), r#"{"type":"error","error":"Streaming error: boom"}"#);
}

#[test]
fn an_unknown_frame_is_written_as_its_type() {
    assert_eq!(StreamFrame::Unknown { kind: "heartbeat".to_owned() }.to_json(), r#"{"type":"heartbeat"}"#);
}
