use bytes::Bytes;
use runagent_transport::ApiKey;
use serde_json::json;

use super::*;

fn problem(status: u16, headers: &[(&str, &str)], body: &str) -> Problem {
    let mut response = http::Response::builder().status(status);
    for (name, value) in headers {
        response = response.header(*name, *value);
    }
    Problem::of(&response.body(Bytes::from(body.to_owned())).expect("a response"))
}

#[test]
fn the_status_decides_the_variant() {
    for (status, expected) in [
        (400, "Validation"),
        (401, "Authentication"),
        (402, "PermissionDenied"),
        (403, "PermissionDenied"),
        (404, "NotFound"),
        (405, "Api"),
        (409, "Conflict"),
        (410, "NotFound"),
        (412, "Conflict"),
        (413, "Validation"),
        (414, "Validation"),
        (415, "Validation"),
        (418, "Api"),
        (422, "Validation"),
        (429, "RateLimit"),
        (500, "Server"),
        (502, "Server"),
        (503, "Server"),
        (504, "Server"),
        (599, "Server"),
        (302, "Api"),
    ] {
        let error = Error::of_problem(problem(status, &[], ""));
        let debug = format!("{error:?}");
        assert!(debug.starts_with(&format!("{expected}(")), "{status}: {debug}");
        assert_eq!(error.status().map(|status| status.as_u16()), Some(status));
    }
}

#[test]
fn whatever_stands_in_the_body_becomes_one_line() {
    let document = json!({
        "title": "Not Found", "status": 404, "detail": "Session not found", "code": "session_not_found",
    });
    for (body, expected) in [
        (document.to_string().as_str(), "Session not found (HTTP 404, session_not_found)"),
        (r#"{"title":"Not Found","status":404}"#, "Not Found (HTTP 404)"),
        (r#"{"detail":null,"title":"Not Found","code":7}"#, "Not Found (HTTP 404)"),
        (r#"{"error":"no such agent"}"#, "no such agent (HTTP 404)"),
        (r#"{"error":{"code":"gone","message":"it was here"}}"#, "it was here (HTTP 404, gone)"),
        (r#"{"message":"nothing"}"#, "nothing (HTTP 404)"),
        ("plain text\nin two lines", "plain text\\nin two lines (HTTP 404)"),
        ("<html><body>nginx</body></html>", "Not Found (HTTP 404)"),
        ("", "Not Found (HTTP 404)"),
        ("[1,2]", "Not Found (HTTP 404)"),
        ("{\"title\":", "Not Found (HTTP 404)"),
        ("\u{feff}", "\\u{feff} (HTTP 404)"),
    ] {
        assert_eq!(problem(404, &[], body).to_string(), expected, "{body}");
    }
    assert_eq!(problem(418, &[], "x".repeat(1000).as_str()).detail().map(str::len), Some(200));
    let binary = http::Response::builder().status(500).body(Bytes::from_static(&[0xff, 0xfe])).expect("a response");
    assert_eq!(Problem::of(&binary).to_string(), "Internal Server Error (HTTP 500)");
}

#[test]
fn what_helps_is_kept() {
    let body = json!({
        "title": "Too Many Requests", "status": 429, "code": "rate_limited", "type": "https://docs.example.com/x",
        "instance": "/v1/agents", "retry_after_seconds": 30,
        "allowed_actions": [{"rel": "retry-later", "href": "/v1/agents", "method": "GET", "hint": "wait", "new": 1}],
    });
    let problem = problem(429, &[("x-request-id", "req_7")], &body.to_string());
    assert_eq!(problem.retry_after(), Some(Duration::from_secs(30)));
    assert_eq!(problem.request_id(), Some("req_7"));
    assert_eq!(problem.kind(), Some("https://docs.example.com/x"));
    assert_eq!(problem.instance(), Some("/v1/agents"));
    assert_eq!(problem.allowed_actions()[0].rel, "retry-later");
    assert_eq!(problem.body(), &body.to_string());
    let error = Error::of_problem(problem);
    assert_eq!((error.code(), error.request_id()), (Some("rate_limited"), Some("req_7")));
    assert_eq!((error.retry_after(), error.is_retryable()), (Some(Duration::from_secs(30)), true));
}

#[test]
fn the_limits_of_an_organisation_are_worth_another_try() {
    let later = r#"{"title":"Bad Request","status":400,"allowed_actions":[{"rel":"retry-later"}]}"#;
    assert!(Error::of_problem(problem(400, &[], later)).is_retryable());
    assert!(!Error::of_problem(problem(400, &[], "{}")).is_retryable());
}

#[test]
fn what_may_have_been_done_is_not_called_safe_to_repeat() {
    for (status, expected) in [(429, true), (503, true), (409, true), (500, false), (502, false), (504, false)] {
        let error = Error::of_problem(problem(status, &[("retry-after", "5")], ""));
        assert_eq!(error.is_retryable(), expected, "{status}");
    }
}

#[test]
fn the_header_goes_before_the_body_and_nonsense_is_no_time() {
    let asked = |headers: &[(&str, &str)], body: &str| problem(429, headers, body).retry_after();
    assert_eq!(asked(&[("retry-after", "7")], r#"{"retry_after_seconds":30}"#), Some(Duration::from_secs(7)));
    for body in [r#"{"retry_after_seconds":-1}"#, r#"{"retry_after_seconds":"3"}"#, r#"{"retry_after_seconds":1e300}"#]
    {
        assert_eq!(asked(&[], body), None, "{body}");
    }
}

#[test]
fn a_page_that_shows_the_key_shows_it_to_nobody() {
    let mut response =
        http::Response::builder().status(502).body(Bytes::from("evr_pat_CANARY was sent")).expect("a response");
    response.extensions_mut().insert(ApiKey::new("evr_pat_CANARY").expect("a key"));
    let error = Error::of_problem(Problem::of(&response));
    let shown = format!("{error} {error:?} {:?}", error.problem().map(Problem::body));
    assert!(!shown.contains("CANARY"), "{shown}");
}

#[test]
fn a_redirect_says_where_to_without_what_is_secret() {
    let problem = problem(307, &[("location", "https://user:CANARY@other.example.com/v1?key=CANARY#x")], "");
    let text = problem.to_string();
    assert!(text.contains("other.example.com/v1") && !text.contains("CANARY"), "{text}");
}

#[test]
fn a_decode_error_names_the_place_and_no_value() {
    for (wrong, expected) in [
        (r#"{"id":"b","name":["CANARY"]}"#, "[1].name`: sequence in the place of a string at line 1"),
        (r#"{"id":"b","max_iterations":"CANARY"}"#, "[1].max_iterations`: string in the place of u64 at line 1"),
        (r#"{"id":"b","max_iterations":"a\", expected CANARY"}"#, "[1].max_iterations`: string in the place of u64 at"),
        (r#"{"id":"b","max_iterations":-4711}"#, "[1].max_iterations`: integer in the place of u64 at line 1"),
        (r#"{"id":"b","mcpServers":{"m":{"headers":{"authorization":4711}}}}"#, "integer in the place of a string"),
        (r#"{"name":"CANARY"}"#, "missing field `id`"),
    ] {
        let json = format!(r#"[{{"id":"a"}},{wrong}]"#);
        let error = decode::<Vec<crate::types::Agent>>("list_agents", json.as_bytes()).expect_err(wrong);
        let text = error.to_string();
        assert!(text.contains("list_agents") && text.contains(expected), "{text}");
        let error = Error::Decode(error);
        let shown = format!("{text} {error:?} {:?}", std::error::Error::source(&error).map(ToString::to_string));
        assert!(!shown.contains("CANARY") && !shown.contains("4711"), "{shown}");
    }
    let error = decode::<crate::types::Agent>("get_agent", br#"{"id":"a","name":7}"#).expect_err("no name");
    assert_eq!(error.path(), Some("name"));
}
