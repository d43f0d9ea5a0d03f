//! What the decoders of the documented API make of bodies that are odd or broken.
#![allow(clippy::unwrap_used, reason = "clippy's exception for tests stops at functions that tests call")]

use runagent_types::v1::{AgentHealth, AgentInfo, BatchReply, InvokeOutput, Operation, Page};
use runagent_types::{ApiError, DecodeError};
use serde_json::Value;

/// A letter for each decoder, in the order output, page, agent, batch, operation, health: it is **r**ead, it tells an
/// **e**rror, it is JSON of another **s**hape, or it is **m**alformed.
fn outcomes(body: &[u8]) -> String {
    fn letter<T>(decoded: Result<Result<T, ApiError>, DecodeError>) -> char {
        match decoded {
            Ok(Ok(_)) => 'r',
            Ok(Err(error)) => {
                assert!(error.is_envelope && !error.message.is_empty() && !error.to_string().contains('\n'));
                'e'
            }
            Err(error) if error.is_malformed() => 'm',
            Err(_) => 's',
        }
    }
    [
        letter(InvokeOutput::<Value>::decode(body)),
        letter(Page::<AgentInfo>::decode(body)),
        letter(AgentInfo::decode(body)),
        letter(BatchReply::<Value>::decode(body)),
        letter(Operation::<Value>::decode(body)),
        letter(AgentHealth::decode(body)),
    ]
    .iter()
    .collect()
}

#[test]
fn bodies_that_are_not_json_or_no_object() {
    for (body, outcome) in [
        ("", "mmmmmm"),
        (" \r\n\t", "mmmmmm"),
        ("\u{feff}", "mmmmmm"),
        ("\u{feff}\u{feff}{}", "mmmmmm"),
        ("\0", "mmmmmm"),
        ("OK", "mmmmmm"),
        ("<!DOCTYPE html><html><title>502 Bad Gateway</title></html>", "mmmmmm"),
        ("data: {\"result\":1}\n\n", "mmmmmm"),
        ("{", "mmmmmm"),
        ("}", "mmmmmm"),
        ("{]", "mmmmmm"),
        (r#"{"result":1"#, "mmmmmm"),
        (r#"{"result":1,}"#, "mmmmmm"),
        (r#"{"result":}"#, "mmmmmm"),
        (r#"{"result" 1}"#, "mmmmmm"),
        (r#"{result:1}"#, "mmmmmm"),
        (r#"{'result':1}"#, "mmmmmm"),
        (r#"{"result":NaN}"#, "mmmmmm"),
        (r#"{"result":-Infinity}"#, "mmmmmm"),
        (r#"{"result":01}"#, "mmmmmm"),
        (r#"{"result":.5}"#, "mmmmmm"),
        (r#"{"result":None}"#, "mmmmmm"),
        (r#"{"result":"a	tab"}"#, "mmmmmm"),
        (r#"{"result":"\x41"}"#, "mmmmmm"),
        (r#"{"result":1}{"result":2}"#, "mmmmmm"),
        (r#"{"result":1} // done"#, "mmmmmm"),
        ("null", "ssssss"),
        ("true", "ssssss"),
        ("17", "ssssss"),
        (r#""{\"result\":1}""#, "ssssss"),
        ("[]", "ssssss"),
        (r#"[{"result":1}]"#, "ssssss"),
    ] {
        assert_eq!(outcomes(body.as_bytes()), outcome, "{body:?}");
    }
    for body in [&b"{\"result\":\"\xff\"}"[..], b"\xff\xfe{\0}\0", b"\x1f\x8b\x08\0\0"] {
        assert_eq!(outcomes(body), "mmmmmm", "{body:?}");
    }
}

#[test]
fn objects_in_which_something_is_odd() {
    for (body, outcome) in [
        ("{}", "ssrssr"),
        (r#"{"detail":"Not Found"}"#, "ssrssr"),
        (r#"{"result":null}"#, "rsrssr"),
        (r#"{"result":1,"metadata":null,"usage":null}"#, "rsrssr"),
        (r#"{"result":1,"metadata":[[]],"usage":"7"}"#, "rsrssr"),
        (r#"{"result":1,"usage":{"total_tokens":18446744073709551616}}"#, "rsrssr"),
        (r#"{"result":340282366920938463463374607431768211456}"#, "rsrssr"),
        (r#"{"result":1e-400,"data":null}"#, "rsrssr"),
        (r#"{"result":"\ud800"}"#, "msmssr"),
        (r#"{"result":1,"result":2}"#, "rsrssr"),
        ("\u{feff} {\"result\":1}\r\n", "rsrssr"),
        (r#"{"status":"success"}"#, "ssrssr"),
        (r#"{"status":"success","data":null}"#, "ssrssr"),
        (r#"{"status":"success","data":"text"}"#, "ssrssr"),
        (r#"{"status":"success","data":{}}"#, "ssrssr"),
        (r#"{"status":"success","data":{"metadata":{}}}"#, "ssrssr"),
        (r#"{"status":"success","data":{"result":{"error":"mine"}}}"#, "rsrssr"),
        (r#"{"status":"success","error":{"code":"X","message":"left over"},"data":{"result":1}}"#, "rsrssr"),
        (r#"{"status":null,"data":{"result":1}}"#, "rsrssr"),
        (r#"{"status":"SUCCESS","data":{"result":1}}"#, "rsrssr"),
        (r#"{"data":[]}"#, "srrssr"),
        (r#"{"data":[],"pagination":[]}"#, "srrssr"),
        (r#"{"data":[{}],"pagination":{"page":"2"}}"#, "srrssr"),
        (r#"{"data":[[]]}"#, "ssrssr"),
        (r#"{"data":[null]}"#, "ssrssr"),
        (r#"{"data":{"data":[]}}"#, "srrssr"),
        (r#"{"results":[]}"#, "ssrrsr"),
        (r#"{"results":{}}"#, "ssrssr"),
        (r#"{"results":[{}]}"#, "ssrssr"),
        (r#"{"results":[{"status":"error"}]}"#, "ssrrsr"),
        (r#"{"operation_id":"op"}"#, "ssrsrr"),
        (r#"{"operation_id":7,"status":"pending"}"#, "ssrssr"),
        (r#"{"operation_id":"op","status":"error","error":"boom"}"#, "eeeere"),
        (r#"{"operation_id":"op","status":"failed","error":"boom"}"#, "eeeerr"),
        (r#"{"status":"error"}"#, "eeeeee"),
        (r#"{"status":"error","error":null}"#, "eeeeee"),
        (r#"{"status":"error","error":[]}"#, "eeeeee"),
        (r#"{"status":"error","data":{"result":1}}"#, "eeeeee"),
        (r#"{"status":"success","status":"error"}"#, "eeeeee"),
        (r#"{"success":false}"#, "eeeeee"),
        (r#"{"error":{}}"#, "eeeeee"),
        (r#"{"error":"boom"}"#, "eeeeee"),
        (r#"{"error":{"code":"A\nB","message":"two\nlines"}}"#, "eeeeee"),
        (r#"{"error":false,"result":1}"#, "eeeeee"),
        (r#"{"error":null,"result":1}"#, "rsrssr"),
    ] {
        assert_eq!(outcomes(body.as_bytes()), outcome, "{body}");
    }
}

#[test]
fn bodies_that_are_nested_without_end() {
    for (open, close, outcome, cut) in [
        ("[", "]", "ssssss", "ssssss"),
        (r#"{"data":"#, "}", "ssmssr", "mmmmmm"),
        (r#"{"result":"#, "}", "msmssr", "mmmmmm"),
        (r#"{"error":"#, "}", "eeeeee", "mmmmmm"),
    ] {
        let deep = [&open.repeat(20_000), "1", &close.repeat(20_000)].concat();
        assert_eq!(outcomes(deep.as_bytes()), outcome, "{open}");
        assert_eq!(outcomes(&deep.as_bytes()[..open.len() * 20_000]), cut, "{open}");
    }
    let result = [r#"{"operation_id":"op","status":"completed","result":"#, &"[".repeat(200), &"]".repeat(200), "}"];
    assert_eq!(outcomes(result.concat().as_bytes()), "msmsmr");
}

#[test]
fn a_body_cut_anywhere_is_malformed() {
    let body = r#"{"status":"success","data":{"result":"é\n","metadata":{"tokens_used":150}}}"#;
    for end in 0..body.len() {
        assert_eq!(outcomes(&body.as_bytes()[..end]), "mmmmmm", "{end}");
    }
    assert_eq!(outcomes(body.as_bytes()), "rsrssr");
}
