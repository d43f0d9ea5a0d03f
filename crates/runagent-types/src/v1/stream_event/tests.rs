use serde_json::json;

use super::*;

fn read(event: &str, data: &str) -> StreamEvent {
    StreamEvent::decode(event, data).unwrap_or_else(|error| panic!("{event} {data}: {error}"))
}

fn chunk(content: &str, index: Option<u64>) -> StreamEvent {
    StreamEvent::Chunk { content: content.to_owned(), index }
}

#[test]
fn the_documented_events() {
    let usage = Usage { total_tokens: Some(3), ..Usage::default() };
    let mut busy = ApiError::new("CAPACITY_ERROR", "try later");
    busy.retry_after = Some(5.0);
    for (event, data, expected) in [
        (
            "start",
            r#"{"message":"Starting","session_id":"s1"}"#,
            StreamEvent::Start { message: Some("Starting".to_owned()), session_id: Some("s1".to_owned()) },
        ),
        ("chunk", r#"{"content":"Once ","index":0}"#, chunk("Once ", Some(0))),
        ("error", r#"{"error":"try later","code":"CAPACITY_ERROR","retry_after":5}"#, StreamEvent::Error(busy)),
        (
            "done",
            r#"{"message":"Done","usage":{"total_tokens":3},"execution_time":1.5}"#,
            StreamEvent::Done { message: Some("Done".to_owned()), usage: Some(usage), execution_time: Some(1.5) },
        ),
    ] {
        let read = read(event, data);
        assert_eq!(read, expected);
        assert_eq!(StreamEvent::decode(read.event_name(), &read.data()).unwrap(), expected, "{}", read.data());
    }
}

#[test]
fn what_is_written_is_one_line_of_json() {
    let text = "a\nb\r\u{2028}\"";
    for event in [
        chunk(text, None),
        StreamEvent::Error(ApiError::new("X", text).with_suggestion(text).with_details(json!(text))),
        StreamEvent::Start { message: Some(text.to_owned()), session_id: None },
        StreamEvent::Done { message: None, usage: None, execution_time: None },
    ] {
        let data = event.data();
        assert!(!data.contains(['\n', '\r']), "{data}");
        assert_eq!(read(event.event_name(), &data), event);
    }
    assert_eq!(chunk("x", None).data(), r#"{"content":"x"}"#);
}

#[test]
fn a_chunk_that_is_no_text_is_its_json() {
    for (data, content) in [
        (r#"{"content":{"a": 1},"index":1}"#, r#"{"a": 1}"#),
        (r#"{"content":1180591620717411303424,"index":1}"#, "1180591620717411303424"),
        (r#"{"content":[],"index":1}"#, "[]"),
        (r#"{"content":false,"index":1}"#, "false"),
        (r#"{"content":null,"index":1}"#, ""),
        (r#"{"index":1}"#, ""),
        (r#"{"content":"\ud83d\ude80\u0041","index":1}"#, "🚀A"),
    ] {
        assert_eq!(read("chunk", data), chunk(content, Some(1)), "{data}");
    }
    for index in ["-1", "1.0", "\"1\"", "null", "18446744073709551616", "[]"] {
        assert_eq!(read("chunk", &format!(r#"{{"content":"x","index":{index}}}"#)), chunk("x", None), "{index}");
    }
}

#[test]
fn an_event_without_a_name_is_named_by_its_data() {
    for event in ["", "message"] {
        assert_eq!(read(event, r#"{"type":"chunk","content":"x"}"#), chunk("x", None));
        assert_eq!(read(event, r#"{"event":"chunk","content":"x"}"#), chunk("x", None));
        assert_eq!(read(event, r#"{"type":1,"event":"chunk","content":"x"}"#), chunk("x", None));
        assert_eq!(read(event, r#"{"type":"chunk","event":"done","content":"x"}"#), chunk("x", None));
        for data in ["[DONE]", "", "hello", r#"{"content":"x"}"#, "[1]"] {
            let expected = StreamEvent::Unknown { event: event.to_owned(), data: data.to_owned() };
            assert_eq!(read(event, data), expected);
        }
    }
    assert_eq!(read("chunk", r#"{"type":"done","content":"x"}"#), chunk("x", None));
}

#[test]
fn an_unknown_event_is_kept_as_it_came() {
    for data in ["", "not json", "{\n}", r#"{"content":1}"#] {
        let event = read("heartbeat", data);
        assert_eq!(event, StreamEvent::Unknown { event: "heartbeat".to_owned(), data: data.to_owned() });
        assert_eq!((event.event_name(), event.data().as_str()), ("heartbeat", data));
    }
    assert_eq!(read("message", r#"{"type":"progress"}"#).event_name(), "progress");
    assert_eq!(read("Chunk", "{}").event_name(), "Chunk");
}

#[test]
fn an_error_is_one_whatever_its_data_are() {
    for (data, message) in [
        (r#"{"error":"boom"}"#, "boom"),
        (r#"{"error":{"message":"boom"}}"#, "boom"),
        (r#"{"message":"boom"}"#, "boom"),
        ("boom", "boom"),
        ("\"boom\"", "\"boom\""),
        ("{}", "the server gave no message"),
        (r#"{"error":null}"#, "the server gave no message"),
        (r#"{"error":"boo"#, "the server gave no message"),
        ("", "empty response body"),
    ] {
        let StreamEvent::Error(error) = read("error", data) else { panic!("{data}") };
        assert_eq!(error.message, message, "{data}");
    }
}

#[test]
fn members_that_are_missing_or_mistyped_are_absent() {
    let empty = StreamEvent::Done { message: None, usage: None, execution_time: None };
    for data in [
        "{}",
        r#"{"message":null,"usage":null,"execution_time":null}"#,
        r#"{"message":1,"usage":[1],"execution_time":"1.5"}"#,
        r#"{"usage":"three","execution_time":1e999,"more":{}}"#,
    ] {
        assert_eq!(read("done", data), empty, "{data}");
    }
    let start = StreamEvent::Start { message: None, session_id: None };
    assert_eq!(read("start", r#"{"message":{},"session_id":5}"#), start);
}

#[test]
fn data_of_another_shape_are_refused() {
    for event in ["start", "chunk", "done"] {
        for data in ["[]", "null", "5", "\"x\""] {
            assert!(!StreamEvent::decode(event, data).unwrap_err().is_malformed(), "{event} {data}");
        }
        for data in ["", "x", "{", r#"{"content":NaN}"#, r#"{"content":"x"}{}"#] {
            assert!(StreamEvent::decode(event, data).unwrap_err().is_malformed(), "{event} {data}");
        }
    }
    assert!(StreamEvent::decode("chunk", r#"{"content":"\ud800"}"#).is_err());
    assert_eq!(read("chunk", "\u{feff}{\"content\":\"x\"}"), chunk("x", None));
}
