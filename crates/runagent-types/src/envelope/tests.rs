use serde_json::{Value, json};

use super::*;

fn result(body: &str) -> Value {
    let value = Envelope::decode(body.as_bytes()).unwrap().into_result().unwrap().to_value().unwrap();
    assert_eq!(Envelope::decode_result(body.as_bytes()).unwrap().as_ref(), Ok(&value), "{body}");
    value
}

fn failure(body: &str) -> ApiError {
    let error = Envelope::decode(body.as_bytes()).unwrap().into_result().unwrap_err();
    assert_eq!(Envelope::decode_result::<Value>(body.as_bytes()).unwrap().as_ref(), Err(&error), "{body}");
    error
}

#[test]
fn the_result_is_found_in_every_place_that_servers_have_used() {
    for (body, expected) in [
        (
            r#"{"success":true,"data":{"result_data":{"data":"{\"type\":\"integer\",\"payload\":\"1\"}"}},"output_data":2}"#,
            json!(1),
        ),
        (r#"{"success":true,"data":{"result_data":{"data":{"a":1}}}}"#, json!({"a": 1})),
        (r#"{"success":true,"data":"{\"type\":\"integer\",\"payload\":\"1\"}","output_data":2}"#, json!(1)),
        (r#"{"success":true,"data":"plain words"}"#, json!("plain words")),
        (r#"{"success":true,"data":"","output_data":2}"#, json!("")),
        (r#"{"success":true,"data":null,"output_data":2}"#, json!(2)),
        (r#"{"success":true,"data":{"execution_id":"e"},"output_data":"[3]"}"#, json!([3])),
        (r#"{"success":true,"data":{"result_data":{"data":null}},"output_data":4}"#, json!(4)),
        (r#"{"success":true,"data":{"result_data":"x","content":1}}"#, json!({"result_data": "x", "content": 1})),
        (r#"{"success":true,"data":{"strategy":"direct","content":5}}"#, json!({"strategy": "direct", "content": 5})),
        (r#"{"success":true,"data":["result_data"]}"#, json!(["result_data"])),
        (r#"{"success":true,"data":0}"#, json!(0)),
        (r#"{"data":{"a":[1.5,{}]},"success":true,"error":{"x":1}}"#, json!({"a": [1.5, {}]})),
        (r#"{"success":true,"data":{"a":"result_data"}}"#, json!({"a": "result_data"})),
        (r#"{"success":true,"data":{"a":1},"output_data":2}"#, json!(2)),
        (r#"{"success":true,"data":{"a":1},"output_data":null}"#, json!({"a": 1})),
        (r#"{"success":true,"data":[1],"data":"two"}"#, json!("two")),
        (r#"{"success":true,"data":[1],"data":null}"#, json!(null)),
        (r#"{"success":true,"\u0064ata":[1]}"#, json!([1])),
        (r#"{"success":true}"#, json!(null)),
        (r#"{"success":true,"data":1180591620717411303424}"#, json!("1180591620717411303424")),
    ] {
        assert_eq!(result(body), expected, "{body}");
    }
}

#[test]
fn success_is_told_in_several_ways() {
    for body in [
        r#"{"data":1}"#,
        r#"{"output_data":1}"#,
        r#"{"status":"success","data":1}"#,
        r#"{"success":true,"status":"error","data":1}"#,
        r#"{"success":true,"error":"left over","data":1}"#,
        r#"{"success":"yes","data":1}"#,
        r#"{"success":true,"error":null,"data":1}"#,
    ] {
        assert_eq!(result(body), 1, "{body}");
    }
    for body in [
        r#"{"success":false,"data":1}"#,
        r#"{"success":false,"error":null}"#,
        r#"{"status":"error"}"#,
        r#"{"error":"boom"}"#,
        r#"{"error":{"code":"X","message":"boom"},"data":1}"#,
    ] {
        let error = failure(body);
        assert!(error.is_envelope && !error.message.is_empty(), "{body}: {error:?}");
    }
}

#[test]
fn an_agents_own_success_and_error_keys_are_data() {
    let body = r#"{"success":true,"data":"{\"type\":\"object\",\"payload\":\"{\\\"error\\\":\\\"no\\\",\\\"success\\\":false}\"}"}"#;
    assert_eq!(result(body), json!({"error": "no", "success": false}));
}

#[test]
fn a_failure_keeps_what_the_server_said() {
    let error = failure(
        r#"{"success":false,"data":null,"error":{"code":"AGENT_NOT_FOUND_REMOTE","message":"no such agent",
            "suggestion":"deploy it","details":{"id":"a"},"field":"agent_id"},"request_id":"r1"}"#,
    );
    let mut expected = ApiError::new("AGENT_NOT_FOUND_REMOTE", "no such agent")
        .with_suggestion("deploy it")
        .with_details(json!({"id": "a"}));
    expected.field = Some("agent_id".to_owned());
    expected.request_id = Some("r1".to_owned());
    assert_eq!(error, expected);
}

#[test]
fn what_stands_beside_the_result() {
    let body =
        br#"{"success":true,"data":{"a": 1},"message":"done","timestamp":"2026-11-21T20:27:36","request_id":"r1"}"#;
    let envelope = Envelope::decode(body).unwrap();
    assert_eq!(envelope.message(), Some("done"));
    assert_eq!(envelope.timestamp(), Some("2026-11-21T20:27:36"));
    assert_eq!(envelope.request_id(), Some("r1"));
    assert_eq!(envelope.into_result().unwrap().raw_data(), Some(r#"{"a": 1}"#));

    let mistyped = Envelope::decode(br#"{"success":true,"message":1,"timestamp":{},"request_id":[]}"#).unwrap();
    assert_eq!((mistyped.message(), mistyped.timestamp(), mistyped.request_id()), (None, None, None));
    assert_eq!(mistyped.into_result().unwrap().raw_data(), None);
}

#[test]
fn bodies_that_are_no_envelope() {
    for body in [
        "",
        "null",
        "[]",
        "1",
        "\"success\"",
        "{",
        "{}",
        "<html></html>",
        r#"{"detail":"Not Found"}"#,
        r#"{"message":"hi"}"#,
        r#"{"status":"healthy","version":"1"}"#,
        r#"{"success":true}x"#,
        r#"{"success":true,"data":[1,}"#,
        r#"{"success":null,"data":null}"#,
    ] {
        assert!(Envelope::decode(body.as_bytes()).is_err(), "{body}");
        assert!(Envelope::decode_result::<Value>(body.as_bytes()).is_err(), "{body}");
    }
    assert!(Envelope::decode(b"{\"success\":true,\"data\":\"\xff\"}").unwrap_err().is_malformed());
}

#[test]
fn a_mark_and_white_space_around_the_body_do_no_harm() {
    assert_eq!(result("\u{feff}  {\"success\":true,\"data\":1}\r\n"), 1);
}

#[test]
fn of_a_member_given_twice_the_last_counts() {
    assert_eq!(result(r#"{"success":false,"data":1,"success":true,"data":2}"#), 2);
}

#[test]
fn deep_data_is_an_error_only_when_it_is_decoded() {
    let body = format!(r#"{{"success":true,"data":{}{}}}"#, "[".repeat(100_000), "]".repeat(100_000));
    let payload = Envelope::decode(body.as_bytes()).unwrap().into_result().unwrap();
    assert!(payload.to_value().unwrap_err().is_malformed());
    assert!(Envelope::decode_result::<Value>(body.as_bytes()).unwrap_err().is_malformed());
    let details = body.replace(r#""success":true,"data""#, r#""success":false,"error":"x","details""#);
    assert_eq!(failure(&details).details, None);
}

#[test]
fn a_result_with_an_impossible_character_is_an_error() {
    let payload = Envelope::decode(br#"{"success":true,"data":"\ud800"}"#).unwrap().into_result().unwrap();
    assert!(payload.to_value().is_err());
}

#[test]
fn a_result_has_the_type_that_is_asked_for() {
    let wide = br#"{"success":true,"data":[1180591620717411303424]}"#;
    assert_eq!(Envelope::decode_result(wide).unwrap(), Ok([1_i128 << 70]));
    let small = br#"{"success":true,"data":[7]}"#;
    assert_eq!(Envelope::decode_result(small).unwrap(), Ok([7_u8]));
    let error = Envelope::decode_result::<String>(small).unwrap_err();
    assert_eq!(error.to_string(), "cannot decode a result: unexpected shape at line 1 column 0");
}
