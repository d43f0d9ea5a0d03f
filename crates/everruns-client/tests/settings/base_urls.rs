//! Where the API is.

use everruns_sdk::{
    AgentClient, Client, Error,
    transport::testing::{Reply, ScriptedTransport},
};

use crate::sent::{sent, shown};

const DEFAULT: &str = "https://app.everruns.com/api/v1";

#[tokio::test]
async fn a_url_leads_to_the_api_however_it_is_written() {
    for (url, expected) in [
        ("https://app.everruns.com/api", DEFAULT),
        ("https://app.everruns.com/api/", DEFAULT),
        ("https://app.everruns.com/api//", DEFAULT),
        ("https://app.everruns.com/api/v1", DEFAULT),
        ("https://app.everruns.com/api/v1/", DEFAULT),
        ("https://app.everruns.com/api/v1//", DEFAULT),
        ("app.everruns.com/api", DEFAULT),
        ("app.everruns.com/api/v1/", DEFAULT),
        (" https://app.everruns.com/api \r\n", DEFAULT),
        ("HTTPS://app.everruns.com/api", DEFAULT),
        ("wss://app.everruns.com/api", DEFAULT),
        ("https://example.com", "https://example.com/v1"),
        ("https://example.com/", "https://example.com/v1"),
        ("https://example.com:8443/x/y", "https://example.com:8443/x/y/v1"),
        // The version is the last segment, and no part of one.
        ("https://example.com/v1/everruns", "https://example.com/v1/everruns/v1"),
        ("https://example.com/rev1", "https://example.com/rev1/v1"),
        ("https://example.com/v1/v1", "https://example.com/v1/v1"),
        ("https://example.com/V1", "https://example.com/V1/v1"),
        ("https://example.com/a%20b", "https://example.com/a%20b/v1"),
        ("https://192.0.2.1", "https://192.0.2.1/v1"),
        ("https://[2001:db8::1]:8443/api", "https://[2001:db8::1]:8443/api/v1"),
        // This machine needs no encryption, and no scheme to say so.
        ("http://localhost:3000", "http://localhost:3000/v1"),
        ("localhost:3000", "http://localhost:3000/v1"),
        ("localhost.:3000/v1", "http://localhost.:3000/v1"),
        ("127.0.0.1:3000/", "http://127.0.0.1:3000/v1"),
        ("http://127.8.8.8", "http://127.8.8.8/v1"),
        ("http://[::1]:3000", "http://[::1]:3000/v1"),
        ("[::1]:3000/v1/", "http://[::1]:3000/v1"),
        ("https://localhost", "https://localhost/v1"),
    ] {
        let request = sent(Client::builder().api_key("key").base_url(url)).await.expect(url);
        assert_eq!(request.uri().to_string(), format!("{expected}/sessions/session_1"), "{url:?}");
    }
}

#[tokio::test]
async fn what_is_no_url_of_an_api_says_what_is_wrong() {
    for (url, expected) in [
        ("", "`` is no host: write `https://host`"),
        (" ", "`` is no host"),
        ("https://", "`` is no host"),
        ("/api/v1", "`` is no host"),
        ("https:/example.com", "`https:` is no host"),
        ("ftp://example.com", "`ftp` is no scheme for an API"),
        ("https://user:CANARY@example.com", "has no user name or password: set the API key instead"),
        ("user:CANARY@example.com/api", "has no user name or password"),
        ("CANARY@localhost", "has no user name or password"),
        ("https://user:CANARY/CANARY@example.com", "`…` is no host"),
        ("https://example.com?key=CANARY", "has no query"),
        ("https://example.com/api?key=CANARY", "has no query"),
        ("https://example.com/api#CANARY", "no fragment"),
        ("https://example.com:", "`example.com:` is no host"),
        ("https://example.com:0", "`example.com:0` is no host"),
        ("https://example.com:65536", "`example.com:65536` is no host"),
        ("https://example.com:https", "is no host"),
        ("https://exa mple.com", "`exa mple.com` is no host"),
        ("https://exa\nmple.com", "`exa\\nmple.com` is no host"),
        ("https://[::1", "`[::1` is no host"),
        ("https://::1", "is no host"),
        ("https://[fe80::1%eth0]", "is no host"),
        ("https://example.com/a b", "the path of the base URL holds characters that no URL has"),
        ("https://example.com/ä", "the path of the base URL holds characters that no URL has"),
        // In the clear, and not to this machine.
        ("http://example.com", "would travel unencrypted to http://example.com/v1: use https (EVERRUNS_API_URL)"),
        ("ws://example.com", "unencrypted"),
        ("http://192.168.0.1:3000/v1", "unencrypted to http://192.168.0.1:3000/v1"),
        ("http://localhost.example.com", "unencrypted"),
        ("http://127.0.0.1.example.com", "unencrypted"),
        ("http://[::ffff:127.0.0.1]", "unencrypted"),
        ("http://0.0.0.0:3000", "unencrypted"),
    ] {
        let error = sent(Client::builder().api_key("key").base_url(url)).await.expect_err(url);
        assert!(matches!(&error, Error::Config(message) if message.contains(expected)), "{url:?}: {error}");
        let shown = shown(Client::builder().api_key("key").base_url(url)).await;
        assert!(!shown.contains("CANARY"), "{url:?}: {shown}");
    }
}

#[tokio::test]
async fn a_key_goes_in_the_clear_only_where_that_is_allowed() {
    let builder = || Client::builder().api_key("evr_pat_0123").base_url("http://192.168.0.1:3000");
    let request = sent(builder().plaintext_key(true)).await.expect("allowed");
    assert_eq!(request.headers()["authorization"], "Bearer evr_pat_0123");
    assert!(matches!(sent(builder().plaintext_key(false)).await, Err(Error::Config(_))));
}

#[tokio::test]
async fn the_url_of_an_agent_is_taken_as_it_is() {
    for (url, expected) in [
        ("https://app.everruns.com/api/v1/channels/c_1", "https://app.everruns.com/api/v1/channels/c_1"),
        ("https://app.everruns.com/api/v1/channels/c_1/", "https://app.everruns.com/api/v1/channels/c_1"),
        ("localhost:3000/v1/channels/librarian", "http://localhost:3000/v1/channels/librarian"),
        ("https://agents.example.com", "https://agents.example.com"),
    ] {
        let transport = ScriptedTransport::new([Reply::json(200, r#"{"id":"session_1"}"#), Reply::json(200, "{}")]);
        let client = AgentClient::builder().base_url(url).api_key("key").transport(transport.clone()).build_agent();
        client.session("session_1").await.expect(url);
        client.card().await.expect(url);
        let requests = transport.requests();
        assert_eq!(requests[0].uri().to_string(), format!("{expected}/sessions/session_1"));
        let root = if expected == "https://agents.example.com" { "https://agents.example.com/" } else { expected };
        assert_eq!(requests[1].uri(), root);
    }
    let error = AgentClient::builder().api_key("key").build_agent().check().expect_err("no URL");
    assert!(matches!(&error, Error::Config(message) if message.contains("EVERRUNS_AGENT_URL")), "{error}");
    let error = AgentClient::new("http://example.com", "CANARY").check().expect_err("in the clear");
    assert!(error.to_string().contains("EVERRUNS_AGENT_URL"), "{error}");
}
