use serde_json::json;

use super::*;

fn read(body: &str) -> Result<InvokeRequest, DecodeError> {
    InvokeRequest::from_slice(body.as_bytes())
}

fn sent(request: &InvokeRequest) -> String {
    String::from_utf8(request.to_json()).unwrap()
}

#[test]
fn what_is_not_set_is_not_sent() {
    assert_eq!(sent(&InvokeRequest::default()), "{}");
    assert_eq!(sent(&InvokeRequest::new("")), r#"{"query":""}"#);
    let mut request = InvokeRequest::new("q").with_session_id("s");
    request.other.insert("user".to_owned(), json!(1));
    assert_eq!(sent(&request), r#"{"query":"q","session_id":"s","user":1}"#);
}

#[test]
fn any_object_is_a_request_and_comes_back_as_it_was() {
    for object in [
        json!({}),
        json!({"query": "q", "parameters": {"a": [1, null]}, "session_id": "s", "more": {"deep": []}}),
        json!({"query": null, "parameters": null, "session_id": null}),
        json!({"query": 5, "parameters": [1], "session_id": {}}),
        json!({"query": {"text": "q"}, "parameters": {}}),
    ] {
        let Value::Object(members) = object else { panic!() };
        let request = InvokeRequest::from(members.clone());
        let sent: Value = serde_json::from_slice(&request.to_json()).unwrap();
        assert_eq!(sent, Value::Object(members.clone()));
        assert_eq!(read(&sent.to_string()).unwrap(), request);
        assert_eq!(request.into_map(), members);
    }
}

#[test]
fn a_member_of_another_type_is_kept_and_named() {
    for (body, mistyped) in [
        ("{}", None),
        (r#"{"query":null,"parameters":{},"session_id":null}"#, None),
        (r#"{"query":"q","more":1}"#, None),
        (r#"{"query":1}"#, Some("query")),
        (r#"{"query":"q","parameters":[]}"#, Some("parameters")),
        (r#"{"query":"q","parameters":"{}"}"#, Some("parameters")),
        (r#"{"query":"q","session_id":7}"#, Some("session_id")),
        (r#"{"session_id":7,"query":[]}"#, Some("query")),
    ] {
        assert_eq!(read(body).unwrap().mistyped_member(), mistyped, "{body}");
    }
}

#[test]
fn a_field_goes_before_a_member_of_the_same_name() {
    let mut request = read(r#"{"query":1,"parameters":"none"}"#).unwrap().with_parameter("n", 1);
    request.query = Some("q".to_owned());
    assert_eq!(sent(&request), r#"{"query":"q","parameters":{"n":1}}"#);
    assert_eq!(request.into_map()["query"], "q");
}

#[test]
fn wide_integers_keep_their_digits() {
    let request = read(r#"{"query":"q","parameters":{"n":[1180591620717411303424]}}"#).unwrap();
    assert_eq!(request.parameters["n"], json!(["1180591620717411303424"]));
}

#[test]
fn of_a_member_given_twice_the_last_counts() {
    assert_eq!(read(r#"{"query":1,"query":"two"}"#).unwrap(), InvokeRequest::new("two"));
}

#[test]
fn what_is_no_object_is_refused() {
    for body in ["[]", "null", "5", "\"q\"", "[[\"query\"]]", "\u{feff}[]"] {
        let error = read(body).unwrap_err();
        assert_eq!(error.to_string(), "cannot decode an invoke request: not a JSON object", "{body}");
        assert!(!error.is_malformed());
    }
    let deep = format!("{{\"query\":{}{}}}", "[".repeat(200), "]".repeat(200));
    for body in ["", "{", "query", r#"{"query":"q"}}"#, r#"{"query":NaN}"#, "{'query':1}", &deep] {
        assert!(read(body).unwrap_err().is_malformed(), "{body}");
    }
    assert!(InvokeRequest::from_slice(b"{\"query\":\"\xff\"}").unwrap_err().is_malformed());
    assert_eq!(read("\u{feff} {}\n").unwrap(), InvokeRequest::default());
}

#[test]
fn debug_shows_names_and_no_values() {
    let mut request = InvokeRequest::new("hunter2").with_parameter("password", "hunter3").with_session_id("hunter4");
    request.other.insert("secret".to_owned(), json!("hunter5"));
    let shown = format!("{request:?}");
    assert!(shown.contains("password") && shown.contains("secret") && !shown.contains("hunter"), "{shown}");
}
