//! Whether a key is good, and where it travels.

use runagent::{
    ApiConfig, ErrorCode,
    platform::Client,
    transport::{ApiKey, credentials_fn, testing::ScriptedTransport},
};
use tracing::Level;

use crate::{
    cloud::{KEY, KEY_IN_QUERY, client, config, only, options, refused, scripted, shown},
    log::log_of,
};

const GOOD: &str = r#"{"success":true,"data":{"valid":true,"user_email":"ada@example.com","user_id":"u1","user_tier":"free","default_project_name":"Main","default_project_id":"p1"}}"#;

/// The requests: where each had the key.
fn places(cloud: &ScriptedTransport) -> Vec<String> {
    cloud.requests().iter().map(|request| request.uri().query().unwrap_or("header").to_owned()).collect()
}

#[tokio::test]
async fn a_key_goes_in_the_header() {
    let cloud = scripted([(200, GOOD)]);
    let validation = client(&cloud).validate_token().await.expect("an answer");
    assert!(validation.valid);
    assert_eq!(validation.user_email.as_deref(), Some("ada@example.com"));
    assert_eq!(validation.default_project_id.as_deref(), Some("p1"));
    assert_eq!(only(&cloud), "POST /api/v1/tokens/validate application/json {}");
}

#[tokio::test]
async fn a_key_that_is_not_good_is_an_answer() {
    for (body, reason) in [
        (r#"{"success":true,"data":{"valid":false,"reason":"expired"}}"#.to_owned(), Some("expired")),
        (r#"{"valid":false}"#.to_owned(), None),
        (format!(r#"{{"valid":false,"reason":"{KEY} is unknown"}}"#), Some("[redacted] is unknown")),
    ] {
        let cloud = scripted([(200, &body)]);
        let validation = client(&cloud).validate_token().await.expect("an answer");
        assert_eq!((validation.valid, validation.reason.as_deref()), (false, reason));
        assert_eq!(cloud.requests().len(), 1);
    }
}

#[tokio::test]
async fn a_server_that_refuses_the_header_is_asked_by_the_query_and_then_always() {
    for base in ["https://backend.run-agent.ai", "http://127.0.0.1:18600", "http://localhost:18600", "http://[::1]:1"] {
        for status in [401, 403, 422] {
            let cloud = scripted([(status, r#"{"detail":[]}"#), (200, GOOD), (200, GOOD)]);
            let client = Client::new(config(&cloud).with_base_url(base)).expect("a client");
            assert!(client.validate_token().await.expect(base).valid);
            // Clones know it, too.
            assert!(client.clone().validate_token().await.expect(base).valid);
            assert_eq!(places(&cloud), ["header", KEY_IN_QUERY, KEY_IN_QUERY], "{base} {status}");
            let bodies: Vec<_> = cloud.requests().into_iter().map(http::Request::into_body).collect();
            assert!(bodies.iter().all(|body| body == "{}"));
        }
    }
    let cloud = scripted([(401, ""), (200, GOOD)]);
    client(&cloud).validate_token().await.expect("an answer");
    let second = shown(&cloud.requests()[1]);
    assert_eq!(second, format!("POST /api/v1/tokens/validate?{KEY_IN_QUERY} application/json {{}}"));
}

#[tokio::test]
async fn a_key_that_is_refused_in_both_places_is_an_error_and_nothing_is_remembered() {
    let cloud = scripted([(401, ""), (401, r#"{"detail":"Invalid key"}"#), (200, GOOD)]);
    let client = client(&cloud);
    let error = refused(client.validate_token().await);
    assert_eq!((error.code(), error.message()), (&ErrorCode::AUTHENTICATION_ERROR, "Invalid key"));
    assert!(client.validate_token().await.expect("an answer").valid);
    assert_eq!(places(&cloud), ["header", KEY_IN_QUERY, "header"]);
}

#[tokio::test]
async fn other_refusals_are_no_reason_to_put_the_key_into_a_url() {
    for (status, code) in [
        (400, "VALIDATION_ERROR"),
        (404, "VALIDATION_ERROR"),
        (429, "RATE_LIMIT_ERROR"),
        (500, "SERVER_ERROR"),
        (302, "CONFIG_ERROR"),
    ] {
        let cloud = scripted([(status, "")]);
        let error = refused(client(&cloud).validate_token().await);
        assert_eq!(error.code().as_str(), code);
        assert_eq!(places(&cloud), ["header"], "{status}");
    }
}

#[tokio::test]
async fn a_key_is_never_in_a_url_that_others_on_the_way_can_read() {
    let cloud = scripted([(401, "")]);
    let options = options(&cloud).with_plaintext_key(true);
    let config = ApiConfig::new().with_api_key(KEY).with_base_url("http://agents.example.com").with_options(options);
    let error = refused(Client::new(config).expect("a client").validate_token().await);
    assert_eq!(*error.code(), ErrorCode::AUTHENTICATION_ERROR);
    assert_eq!(places(&cloud), ["header"]);
}

#[tokio::test]
async fn a_key_of_a_provider_travels_in_the_same_way() {
    let cloud = scripted([(403, ""), (200, GOOD), (403, ""), (200, GOOD)]);
    let credentials = credentials_fn(|_| async { Ok(ApiKey::new(KEY).expect("a key")) });
    let client = Client::new(ApiConfig::new().with_options(options(&cloud).with_credentials(credentials)));
    let client = client.expect("a client");
    for _ in 0..2 {
        assert!(client.validate_token().await.expect("an answer").valid);
    }
    // It may be another one by then, so the header is asked first.
    assert_eq!(places(&cloud), ["header", KEY_IN_QUERY, "header", KEY_IN_QUERY]);
}

#[tokio::test]
async fn neither_errors_nor_logs_tell_the_key_or_its_url() {
    let echo = format!(r#"{{"detail":"POST /tokens/validate?{KEY_IN_QUERY} {KEY}"}}"#);
    let text = log_of(Level::TRACE, async || {
        for (first, second) in [(401, 401), (403, 500), (422, 302), (401, 422)] {
            let cloud = scripted([(first, &echo), (second, &echo)]);
            let client = client(&cloud);
            let text = crate::shown::everything(&refused(client.validate_token().await));
            assert_eq!(cloud.requests().len(), 2);
            assert!(!text.contains("rau_"), "{text}");
        }
    });
    let text = text.await;
    assert!(text.contains("POST"), "the log is not empty: {text}");
    assert!(!text.contains("rau_") && !text.contains("token="), "{text}");
}
