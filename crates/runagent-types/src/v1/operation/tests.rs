use serde_json::json;

use super::*;
use crate::v1::{InvokeMetadata, Usage};

fn read(body: &str) -> Operation {
    Operation::decode(body.as_bytes()).unwrap_or_else(|error| panic!("{body}: {error}")).unwrap()
}

#[test]
fn statuses_are_an_open_set() {
    for (word, is_terminal) in [
        ("pending", false),
        ("running", false),
        ("completed", true),
        ("failed", true),
        ("cancelled", true),
        ("queued", false),
        ("Completed", false),
        ("", false),
    ] {
        let operation = read(&json!({"operation_id": "op", "status": word}).to_string());
        assert_eq!((operation.status.as_str(), operation.status.is_terminal()), (word, is_terminal));
        assert_eq!(matches!(operation.status, OperationStatus::Other(_)), ["queued", "Completed", ""].contains(&word));
    }
    for body in
        [r#"{"operation_id":"op"}"#, r#"{"operation_id":"op","status":null}"#, r#"{"operation_id":"op","status":1}"#]
    {
        assert_eq!(read(body), Operation::new("op", OperationStatus::Other(String::new())), "{body}");
    }
}

#[test]
fn a_result_is_an_output_or_any_json() {
    let told = |tokens| InvokeMetadata { tokens_used: Some(tokens), ..InvokeMetadata::default() };
    for (result, expected) in [
        (json!({"result": 1, "metadata": {"tokens_used": 2}}), InvokeOutput::new(json!(1)).with_metadata(told(2))),
        (json!({"result": null, "metadata": {}}), InvokeOutput::new(json!(null))),
        (json!({"result": 1, "usage": {}}), InvokeOutput::new(json!(1)).with_usage(Usage::default())),
        (json!({"result": 1}), InvokeOutput::new(json!({"result": 1}))),
        (json!({"result": 1, "metadata": 2}), InvokeOutput::new(json!({"result": 1, "metadata": 2}))),
        (json!({"metadata": {}}), InvokeOutput::new(json!({"metadata": {}}))),
        (json!("text"), InvokeOutput::new(json!("text"))),
        (json!([1]), InvokeOutput::new(json!([1]))),
        (json!({}), InvokeOutput::new(json!({}))),
        (json!(null), InvokeOutput::new(json!(null))),
    ] {
        let body = json!({"operation_id": "op", "status": "completed", "result": result}).to_string();
        assert_eq!(read(&body).result, Some(expected), "{body}");
    }
}

#[test]
fn before_the_end_null_is_no_result() {
    for (status, is_result) in [("pending", false), ("failed", false), ("completed", true)] {
        let body = json!({"operation_id": "op", "status": status, "result": null}).to_string();
        assert_eq!(read(&body).result.is_some(), is_result, "{status}");
        assert_eq!(read(&json!({"operation_id": "op", "status": status}).to_string()).result, None);
    }
}

#[test]
fn a_failed_operation_is_an_operation_and_a_failed_answer_is_not() {
    let operation =
        read(r#"{"operation_id":"op","status":"failed","error":{"code":"INTERNAL_ERROR","message":"boom"}}"#);
    assert_eq!(operation.status, OperationStatus::Failed);
    assert_eq!(operation.error, Some(ApiError::new("INTERNAL_ERROR", "boom")));
    assert_eq!(read(r#"{"operation_id":"op","status":"failed","error":"boom"}"#).error.unwrap().message, "boom");
    assert_eq!(read(r#"{"operation_id":"op","status":"failed","error":null}"#).error, None);
    assert!(read(r#"{"operation_id":"op","status":"error","error":7}"#).error.is_some());

    let answer = Operation::<Value>::decode(br#"{"status":"error","error":{"code":"NOT_FOUND","message":"no op"}}"#);
    assert_eq!(answer.unwrap(), Err(ApiError::new("NOT_FOUND", "no op")));
    let enveloped = read(r#"{"status":"success","data":{"operation_id":"op","status":"running","check_url":5}}"#);
    assert_eq!(enveloped, Operation::new("op", OperationStatus::Running));
}

#[test]
fn typed_results_are_exact() {
    let body = br#"{"operation_id":"op","status":"completed","result":{"result":1180591620717411303424,"usage":{}}}"#;
    assert_eq!(Operation::<i128>::decode(body).unwrap().unwrap().result.unwrap().result, 1 << 70);
    let body = br#"{"operation_id":"op","status":"completed","result":1180591620717411303424}"#;
    assert_eq!(Operation::<u128>::decode(body).unwrap().unwrap().result.unwrap().result, 1 << 70);
}

#[test]
fn it_arrives_as_it_was_sent() {
    let mut done = Operation::new("op", OperationStatus::Completed).with_check_url("/v1/operations/op");
    for result in [json!(null), json!({"result": 1, "metadata": {}}), json!("text")] {
        done.result = Some(InvokeOutput::new(result));
        assert_eq!(Operation::decode(&done.to_json()).unwrap().as_ref(), Ok(&done));
    }
    let mut failed = Operation::new("op", OperationStatus::Other("gone".to_owned()));
    failed.error = Some(ApiError::new("EXPIRED", "too late").with_details(json!({"at": 1})));
    let body = failed.to_json();
    assert_eq!(
        std::str::from_utf8(&body).unwrap(),
        r#"{"operation_id":"op","status":"gone","error":{"code":"EXPIRED","message":"too late","details":{"at":1}}}"#
    );
    assert_eq!(Operation::decode(&body).unwrap(), Ok(failed));
}
