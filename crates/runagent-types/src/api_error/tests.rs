use serde_json::json;

use super::*;

fn read(body: &str) -> ApiError {
    ApiError::from_body(body.as_bytes())
}

fn told(body: &str) -> (Option<String>, String, bool) {
    let error = read(body);
    (error.code.map(|code| code.to_string()), error.message, error.is_envelope)
}

#[test]
fn every_form_in_which_servers_tell_an_error() {
    for (body, code, message, is_envelope) in [
        (r#"{"detail":"Not Found"}"#, None, "Not Found", false),
        (r#"{"detail":{"code":"X","message":"boom"}}"#, Some("X"), "boom", true),
        (r#"{"error":{"code":"X","message":"boom"}}"#, Some("X"), "boom", true),
        (r#"{"error":{"message":"boom"}}"#, None, "boom", true),
        (r#"{"error":{"code":404,"message":"boom"}}"#, Some("404"), "boom", true),
        (r#"{"error":{}}"#, None, "the server gave no message", true),
        (r#"{"error":"boom"}"#, None, "boom", false),
        (r#"{"error":"[RATE_LIMITED] slow down"}"#, Some("RATE_LIMITED"), "slow down", true),
        (r#"{"error":"[not a code] slow down"}"#, None, "[not a code] slow down", false),
        (r#"{"error":"[] slow down"}"#, None, "[] slow down", false),
        (r#"{"error":"boom","code":"X"}"#, Some("X"), "boom", true),
        (r#"{"error":true,"message":"boom"}"#, None, "boom", false),
        (r#"{"error":"","message":"boom"}"#, None, "boom", false),
        (r#"{"message":"boom"}"#, None, "boom", false),
        (r#"{"status":"error","error":{"code":"X","message":"boom"}}"#, Some("X"), "boom", true),
        (r#"{"success":false,"error":"boom"}"#, None, "boom", true),
        (r#"{"success":false,"message":"boom"}"#, None, "boom", true),
        (r#"{"success":false}"#, None, "the server gave no message", true),
        (r#"{"success":false,"data":{"error":"boom"}}"#, None, "boom", true),
        (r#"{"message":"Agent execution failed","error":{"code":"X"}}"#, Some("X"), "Agent execution failed", true),
    ] {
        assert_eq!(told(body), (code.map(str::to_owned), message.to_owned(), is_envelope), "{body}");
    }
}

#[test]
fn fastapi_lists_the_fields_it_refused() {
    let body = r#"{"detail":[{"type":"missing","loc":["body","entrypoint_tag"],"msg":"Field required","input":{}},
        {"type":"json_invalid","loc":["body",18],"msg":"JSON decode error"},{"msg":"alone"},5]}"#;
    let error = read(body);
    assert_eq!(error.message, "body.entrypoint_tag: Field required; body.18: JSON decode error; alone");
    assert_eq!(error.details.unwrap().as_array().unwrap().len(), 4);
    assert!(!error.is_envelope);
    assert_eq!(read(r#"{"detail":[]}"#).message, "the request was refused");
}

#[test]
fn retry_after_stands_in_three_places() {
    for (body, expected) in [
        (r#"{"error":{"code":"X","message":"m","retry_after":3}}"#, Some(3.0)),
        (r#"{"error":{"code":"X","message":"m","retry_after":"1.5"}}"#, Some(1.5)),
        (r#"{"error":{"code":"X","message":"m","details":{"retry_after":60}}}"#, Some(60.0)),
        (r#"{"error":"m","code":"X","retry_after":2}"#, Some(2.0)),
        (r#"{"error":{"code":"X","message":"m","retry_after":-1}}"#, None),
        (r#"{"error":{"code":"X","message":"m","retry_after":"inf"}}"#, None),
        (r#"{"error":{"code":"X","message":"m","retry_after":"NaN"}}"#, None),
        (r#"{"error":{"code":"X","message":"m","retry_after":"Wed, 21 Oct 2026 07:28:00 GMT"}}"#, None),
        (r#"{"error":{"code":"X","message":"m"}}"#, None),
    ] {
        assert_eq!(read(body).retry_after, expected, "{body}");
    }
}

#[test]
fn where_to_read_on_and_when_a_limit_ends_stand_in_the_details() {
    let link = "https://docs.example.com/errors";
    for (error, details) in [
        (json!({"documentation_url": link}), Some(json!({"documentation_url": link}))),
        (
            json!({"details": {"reset_at": "2026-01-01T00:00:00Z"}, "documentation_url": link}),
            Some(json!({"reset_at": "2026-01-01T00:00:00Z", "documentation_url": link})),
        ),
        (
            json!({"details": {"documentation_url": "theirs"}, "documentation_url": link}),
            Some(json!({"documentation_url": "theirs"})),
        ),
        (json!({"details": [1], "documentation_url": link}), Some(json!([1]))),
        (json!({"details": {"reset_at": 5}, "documentation_url": 5}), Some(json!({"reset_at": 5}))),
        (json!({"message": "m"}), None),
    ] {
        let body = json!({"status": "error", "error": error}).to_string();
        assert_eq!(read(&body).details, details, "{body}");
    }
}

#[test]
fn pages_and_plain_text() {
    for (body, message) in [
        ("", "empty response body"),
        (" \r\n", "empty response body"),
        ("\u{0}\u{1}", "empty response body"),
        ("<title>\u{7}</title><h1>\u{7}</h1>", "an HTML page instead of an answer"),
        ("upstream\r\n  connect error\t\u{0}\u{1b}[31m", "upstream connect error [31m"),
        ("<!DOCTYPE html><HTML><Title lang=en>\n 502\n Bad Gateway </Title><h1>no</h1>", "502 Bad Gateway"),
        ("<html><title></title><h1>Service Unavailable</h1></html>", "Service Unavailable"),
        ("<html><body>hi</body></html>", "an HTML page instead of an answer"),
        ("<title", "an HTML page instead of an answer"),
        ("<title>open", "an HTML page instead of an answer"),
        ("null", "null"),
        (r#"{"other":1}"#, r#"{"other":1}"#),
    ] {
        let error = read(body);
        assert_eq!((error.message.as_str(), error.code, error.is_envelope), (message, None, false), "{body}");
    }
}

#[test]
fn text_is_cut_at_a_character() {
    for text in ["x".repeat(600), "é".repeat(600), format!("x{}", "🚀".repeat(600))] {
        let message = read(&text).message;
        assert!((509..=512).contains(&message.len()) && text.starts_with(&message), "{}", message.len());
    }
    assert_eq!(read(&"x".repeat(10 << 20)).message.len(), 512);
}

#[test]
fn bytes_that_are_not_text() {
    assert_eq!(ApiError::from_body(b"bad \xff gateway").message, "bad \u{fffd} gateway");
    assert_eq!(ApiError::from_body(b"\xef\xbb\xbf{\"detail\":\"x\"}").message, "x");
    let body = ["{\"detail\":", &"[".repeat(100_000), &"]".repeat(100_000), "}"].concat();
    assert_eq!(read(&body).code, None);
}

#[test]
fn display_is_one_line() {
    let error = ApiError::new("INTERNAL_ERROR", "403 \"denied\"\nline2\u{7}");
    assert_eq!(error.to_string(), "INTERNAL_ERROR: 403 \"denied\" line2");
    assert_eq!(read(r#"{"detail":"a\nb"}"#).to_string(), "a b");
    assert_eq!(error.message, "403 \"denied\"\nline2\u{7}");
    assert_eq!(ApiError::new("A\nB\u{1b}", "m").to_string(), "A B: m");
    assert_eq!(read(r#"{"error":{"code":"A\nB: forged","message":"m"}}"#).code, None);
}

#[test]
fn builders() {
    let error = ApiError::new("X", "m").with_suggestion("s").with_details(json!([1]));
    assert_eq!((error.suggestion.as_deref(), error.details), (Some("s"), Some(json!([1]))));
}
