use serde_json::json;
use serde_json::value::RawValue;

use super::*;

const WIDE: &str = "1180591620717411303424";

fn read(body: &str) -> InvokeOutput {
    InvokeOutput::decode(body.as_bytes()).unwrap_or_else(|error| panic!("{body}: {error}")).unwrap()
}

#[test]
fn both_documented_forms() {
    let output = read(
        r#"{"status":"success","data":{"result":"Agent response here","metadata":{"execution_time":1.23,"tokens_used":150}}}"#,
    );
    assert_eq!(output.result, "Agent response here");
    assert_eq!((output.metadata.execution_time, output.metadata.tokens_used), (Some(1.23), Some(150)));
    assert_eq!(output.usage, None);

    let output = read(
        r#"{"result":{"text":"hi"},"usage":{"prompt_tokens":1,"completion_tokens":2,"total_tokens":3},
            "metadata":{"execution_time":0.5,"agent_version":"2.1","request_id":"r1"}}"#,
    );
    assert_eq!(output.result, json!({"text": "hi"}));
    let usage = output.usage.unwrap();
    assert_eq!((usage.prompt_tokens, usage.completion_tokens, usage.total_tokens), (Some(1), Some(2), Some(3)));
    assert_eq!(output.metadata.agent_version.as_deref(), Some("2.1"));
    assert_eq!(output.metadata.request_id.as_deref(), Some("r1"));
}

#[test]
fn a_result_may_be_any_json() {
    for result in ["null", "0", "false", r#""""#, "[]", "{}", r#"{"error":"mine"}"#, r#"{"status":"error"}"#] {
        let value: Value = serde_json::from_str(result).unwrap();
        assert_eq!(read(&format!(r#"{{"result":{result}}}"#)).result, value);
        assert_eq!(read(&format!(r#"{{"status":"success","data":{{"result":{result}}}}}"#)).result, value);
        assert_eq!(read(&format!(r#"{{"status":"success","error":null,"result":{result}}}"#)).result, value);
    }
}

#[test]
fn a_typed_result_is_exact_and_a_value_keeps_the_digits() {
    let body = format!(r#"{{"status":"success","data":{{"result":[{WIDE}]}}}}"#);
    assert_eq!(InvokeOutput::<[i128; 1]>::decode(body.as_bytes()).unwrap().unwrap().result, [1_i128 << 70]);
    assert_eq!(InvokeOutput::<[Box<RawValue>; 1]>::decode(body.as_bytes()).unwrap().unwrap().result[0].get(), WIDE);
    assert_eq!(read(&body).result, json!([WIDE]));
    let error = InvokeOutput::<String>::decode(body.as_bytes()).unwrap_err();
    assert!(!error.is_malformed() && error.to_string().contains("unexpected shape"), "{error}");
}

#[test]
fn mistyped_and_unknown_members_do_no_harm() {
    let output = read(
        r#"{"result":1,"usage":{"prompt_tokens":-1,"completion_tokens":"2","total_tokens":99999999999999999999},
            "metadata":{"execution_time":"fast","tokens_used":1.5,"agent_version":2,"request_id":null,"cost":[1]},"more":{}}"#,
    );
    assert_eq!(output.usage, Some(Usage::default()));
    let metadata = output.metadata;
    assert_eq!((metadata.execution_time, metadata.tokens_used), (None, None));
    assert_eq!((metadata.agent_version, metadata.request_id), (None, None));
    assert_eq!(
        Value::Object(metadata.other),
        json!({"execution_time": "fast", "tokens_used": 1.5, "agent_version": 2, "request_id": null, "cost": [1]})
    );
    for beside in [r#""usage":[],"metadata":[]"#, r#""usage":null,"metadata":null"#, r#""usage":5,"metadata":"m""#] {
        assert_eq!(read(&format!(r#"{{"result":1,{beside}}}"#)), InvokeOutput::new(json!(1)), "{beside}");
    }
}

#[test]
fn an_error_is_what_the_server_said() {
    for body in [
        r#"{"status":"error","error":{"code":"INVALID_INPUT","message":"Query parameter is required","details":{"field":"query","reason":"missing"}}}"#,
        r#"{"error":{"code":"INVALID_INPUT","message":"Query parameter is required","details":{"field":"query","reason":"missing"}}}"#,
        r#"{"status":"error","result":1,"error":{"code":"INVALID_INPUT","message":"Query parameter is required","details":{"field":"query","reason":"missing"}}}"#,
    ] {
        let error = InvokeOutput::<Value>::decode(body.as_bytes()).unwrap().unwrap_err();
        let expected = ApiError::new("INVALID_INPUT", "Query parameter is required")
            .with_details(json!({"field": "query", "reason": "missing"}));
        assert_eq!(error, expected, "{body}");
    }
}

#[test]
fn it_is_written_in_the_first_form_and_arrives_as_it_was_sent() {
    let mut metadata =
        InvokeMetadata { execution_time: Some(1.23), tokens_used: Some(150), ..InvokeMetadata::default() };
    metadata.other.insert("region".to_owned(), json!("eu"));
    let usage = Usage { total_tokens: Some(150), ..Usage::default() };
    let output = InvokeOutput::new(json!("Hi")).with_metadata(metadata).with_usage(usage);
    let body = output.to_json();
    assert_eq!(
        std::str::from_utf8(&body).unwrap(),
        r#"{"status":"success","data":{"result":"Hi","usage":{"total_tokens":150},"metadata":{"execution_time":1.23,"tokens_used":150,"region":"eu"}}}"#
    );
    assert_eq!(InvokeOutput::decode(&body).unwrap(), Ok(output));
}

#[test]
fn a_deep_result_is_malformed_and_breaks_nothing() {
    let body = format!(r#"{{"result":{}{}}}"#, "[".repeat(100_000), "]".repeat(100_000));
    assert!(InvokeOutput::<Value>::decode(body.as_bytes()).unwrap_err().is_malformed());
    let body = format!(r#"{{"result":1,"metadata":{{"deep":{}{}}}}}"#, "[".repeat(100_000), "]".repeat(100_000));
    assert_eq!(read(&body), InvokeOutput::new(json!(1)));
}
