use serde_json::json;

use super::*;

fn read(body: &str) -> Result<Result<BatchReply, ApiError>, DecodeError> {
    BatchReply::decode(body.as_bytes())
}

#[test]
fn outputs_and_errors_keep_their_order() {
    let body = r#"{"status":"success","data":{"results":[
        {"status":"error","error":{"code":"INVALID_INPUT","message":"no query"}},
        {"status":"success","data":{"result":1,"metadata":{"tokens_used":2}}},
        {"result":2},
        {"error":"boom"},
        {"status":"success","data":{"result":null}}]}}"#;
    let results = read(body).unwrap().unwrap().results;
    let told = results.iter().map(|result| match result {
        Ok(output) => output.result.clone(),
        Err(error) => json!(error.to_string()),
    });
    assert_eq!(
        told.collect::<Vec<_>>(),
        [json!("INVALID_INPUT: no query"), json!(1), json!(2), json!("boom"), json!(null)]
    );
    assert_eq!(results[1].as_ref().unwrap().metadata.tokens_used, Some(2));
}

#[test]
fn the_batch_as_a_whole_may_fail() {
    let error = read(r#"{"status":"error","error":{"code":"INVALID_INPUT","message":"batch is empty"}}"#);
    assert_eq!(error.unwrap(), Err(ApiError::new("INVALID_INPUT", "batch is empty")));
    assert_eq!(read(r#"{"results":[]}"#).unwrap(), Ok(BatchReply::new([])));
}

#[test]
fn a_result_that_is_neither_is_no_reply() {
    for result in ["null", "1", "[]", "{}", r#"{"status":"success"}"#, r#"{"status":"success","data":{"answer":1}}"#] {
        let body = format!(r#"{{"status":"success","data":{{"results":[{{"result":1}},{result}]}}}}"#);
        assert!(!read(&body).unwrap_err().is_malformed(), "{result}");
    }
    let deep = format!(r#"{{"results":[{{"result":{}{}}}]}}"#, "[".repeat(100_000), "]".repeat(100_000));
    assert!(read(&deep).unwrap_err().is_malformed());
}

#[test]
fn typed_results_are_exact() {
    let body = br#"{"results":[{"result":1180591620717411303424}]}"#;
    let reply = BatchReply::<i128>::decode(body).unwrap().unwrap();
    assert_eq!(reply.results[0].as_ref().unwrap().result, 1 << 70);
}

#[test]
fn it_arrives_as_it_was_sent() {
    let reply = BatchReply::new([
        Ok(InvokeOutput::new(json!({"status": "error"}))),
        Err(ApiError::new("RATE_LIMITED", "slow down").with_details(json!({"limit": 5}))),
    ]);
    let body = reply.to_json();
    assert_eq!(
        std::str::from_utf8(&body).unwrap(),
        r#"{"status":"success","data":{"results":[{"status":"success","data":{"result":{"status":"error"},"metadata":{}}},{"status":"error","error":{"code":"RATE_LIMITED","message":"slow down","details":{"limit":5}}}]}}"#
    );
    assert_eq!(BatchReply::decode(&body).unwrap(), Ok(reply));
}
