use serde_json::json;

use super::*;

fn decode(body: &str) -> Result<Architecture, ArchitectureError> {
    Architecture::decode(body.as_bytes())
}

#[test]
fn enveloped_bare_and_camel_case() {
    for body in [
        r#"{"success":true,"data":{"agent_id":"a1","entrypoints":[{"tag":"t"}]}}"#,
        r#"{"agent_id":"a1","entrypoints":[{"tag":"t","extractor":null,"file":null,"timeout":"soon"}]}"#,
        r#"{"agentId":"a1","entrypoints":[{"tag":"t"}],"more":1}"#,
        r#"{"status":"success","data":{"agentId":"a1","entrypoints":[{"tag":"t","more":[1]}]}}"#,
    ] {
        assert_eq!(decode(body).unwrap(), Architecture::new("a1", vec![Entrypoint::new("t")]), "{body}");
    }
    assert_eq!(decode(r#"{"entrypoints":[{"tag":"t"}]}"#).unwrap().agent_id, "");
}

#[test]
fn a_webhook_keeps_its_members() {
    let body = r#"{"agent_id":"a","entrypoints":[{"webhook_url":"https://x","method":"post","tag":"t","timeout":30,"extractor":{"a":"$.b"}}]}"#;
    let architecture = decode(body).unwrap();
    let entrypoint = architecture.find("t").unwrap();
    assert_eq!((entrypoint.method.as_deref(), entrypoint.timeout), (Some("post"), Some(30.0)));
    assert_eq!(entrypoint.extractor["a"], "$.b");
}

#[test]
fn a_list_that_is_not_there_or_empty_is_missing() {
    for body in [
        r#"{"success":true}"#,
        r#"{"success":true,"data":null}"#,
        r#"{"success":true,"data":"words"}"#,
        r#"{"success":true,"data":{}}"#,
        r#"{"success":true,"data":{"agent_id":"a","entrypoints":null}}"#,
        r#"{"success":true,"data":{"agent_id":"a","entrypoints":[]}}"#,
        r#"{"agent_id":"a"}"#,
        r#"{"agent_id":"a","entrypoints":[]}"#,
    ] {
        assert!(matches!(decode(body), Err(ArchitectureError::Missing)), "{body}");
    }
}

#[test]
fn the_servers_own_error_is_kept() {
    let error =
        decode(r#"{"success":false,"error":{"code":"AUTHENTICATION_ERROR","message":"no key","suggestion":"log in"}}"#);
    let Err(ArchitectureError::Api(error)) = error else { panic!("{error:?}") };
    assert_eq!(error, ApiError::new("AUTHENTICATION_ERROR", "no key").with_suggestion("log in"));
}

#[test]
fn what_cannot_be_understood() {
    for body in [
        "",
        "<html>",
        "[]",
        "{}",
        r#"{"detail":"Not Found"}"#,
        r#"{"agent_id":"a","entrypoints":{}}"#,
        r#"{"agent_id":"a","entrypoints":["t"]}"#,
        r#"{"agent_id":"a","entrypoints":[{"module":"no tag"}]}"#,
    ] {
        assert!(matches!(decode(body), Err(ArchitectureError::Decode(_))), "{body}");
    }
}

#[test]
fn it_is_written_as_servers_write_it() {
    let body = r#"{"agent_id":"a","entrypoints":[{"file":"main.py","module":"echo","tag":"echo","extractor":{}}]}"#;
    let architecture = decode(body).unwrap();
    assert_eq!(serde_json::to_string(&architecture).unwrap(), body);
    assert_eq!(serde_json::from_str::<Architecture>(body).unwrap(), architecture);
    assert_eq!(serde_json::to_value(Entrypoint::new("t")).unwrap(), json!({"tag": "t", "extractor": {}}));
}
