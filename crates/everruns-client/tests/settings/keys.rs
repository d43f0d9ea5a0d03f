//! Keys.

use std::sync::Arc;

use everruns_sdk::{
    AgentClient, Client, Error,
    transport::{
        ApiKey, BoxFuture, Credentials, TransportError,
        testing::{Reply, ScriptedTransport},
    },
};

use crate::sent::{sent, shown};

#[tokio::test]
async fn a_key_is_sent_without_what_stands_around_it() {
    for (key, expected) in [
        ("evr_pat_0123", "evr_pat_0123"),
        ("evr_pat_0123\n", "evr_pat_0123"),
        ("evr_pat_0123\r\n", "evr_pat_0123"),
        ("evr_pat_0123\n\n", "evr_pat_0123"),
        ("  evr_pat_0123\t", "evr_pat_0123"),
        ("\u{a0}evr_pat_0123\u{a0}", "evr_pat_0123"),
        ("evr_ak_0123", "evr_ak_0123"),
        ("eyJh.eyJz-_.c2ln==", "eyJh.eyJz-_.c2ln=="),
        ("k+/=~!\"\\", "k+/=~!\"\\"),
        ("k", "k"),
    ] {
        let builder = || Client::builder().api_key(key);
        let request = sent(builder()).await.expect(key);
        let header = &request.headers()["authorization"];
        assert_eq!(header, &format!("Bearer {expected}"));
        assert!(header.is_sensitive());
        let request = sent(builder().bare_key(true)).await.expect(key);
        let header = &request.headers()["authorization"];
        assert_eq!(header, expected);
        assert!(header.is_sensitive());
        if expected.len() > 1 {
            let shown = shown(builder()).await + &shown(builder().bare_key(true)).await;
            assert!(!shown.contains(expected.trim_end_matches(['"', '\\'])), "{shown}");
        }
    }
}

#[tokio::test]
async fn a_key_that_no_header_takes_is_refused_without_an_echo() {
    for (key, expected) in [
        ("", "the API key is empty (EVERRUNS_API_KEY)"),
        (" ", "the API key is empty"),
        ("\r\n", "the API key is empty"),
        ("CANARY x", "copy it again (EVERRUNS_API_KEY)"),
        ("Bearer CANARY", "copy it again"),
        ("CANARY\nCANARY", "copy it again"),
        ("CANARY\tx", "copy it again"),
        ("CANARY\0", "copy it again"),
        ("CANARY\u{7f}", "copy it again"),
        ("CANARYé", "copy it again"),
        ("“CANARY”", "copy it again"),
        ("\u{feff}CANARY", "copy it again"),
        ("CANARY\u{200b}", "copy it again"),
    ] {
        for bare in [false, true] {
            let builder = || Client::builder().api_key(key).bare_key(bare);
            let error = sent(builder()).await.expect_err(key);
            assert!(matches!(error, Error::Authentication(_)), "{error:?}");
            assert!(error.to_string().contains(expected), "{key:?}: {error}");
            assert_eq!(error.attempts(), Some(0));
            let shown = shown(builder()).await;
            assert!(!shown.contains("CANARY"), "{key:?}: {shown}");
        }
        let error = AgentClient::new("https://example.com", key).check().expect_err(key);
        assert!(error.to_string().contains("EVERRUNS_AGENT_KEY"), "{error}");
    }
}

#[tokio::test]
async fn only_this_machine_is_called_without_a_key() {
    for url in ["http://localhost:3000", "http://[::1]:3000", "https://127.0.0.1"] {
        let request = sent(Client::builder().base_url(url)).await.expect(url);
        assert!(!request.headers().contains_key("authorization"));
    }
    for builder in [Client::builder(), Client::builder().base_url("https://example.com")] {
        let error = sent(builder).await.expect_err("no key");
        assert!(matches!(error, Error::Authentication(_)), "{error:?}");
        assert_eq!(error.to_string(), "there is no API key: set EVERRUNS_API_KEY, or `api_key`");
    }
}

/// Somebody on the way may answer with a page that shows the request.
#[tokio::test]
async fn a_key_that_comes_back_is_not_shown() {
    for bare in [false, true] {
        let transport = ScriptedTransport::new([Reply::json(502, "authorization: evr_pat_CANARY (502)")]);
        let builder = Client::builder().api_key("evr_pat_CANARY").bare_key(bare).max_retries(0);
        let error = builder.transport(transport).build().sessions().get("s").await.expect_err("refused");
        let shown = format!("{error} {error:?} {:?}", error.problem().map(everruns_sdk::Problem::body));
        assert!(!shown.contains("CANARY") && shown.contains("[redacted]"), "{bare}: {shown}");
    }
}

/// Gives one key, and another when that was refused.
#[derive(Clone, Debug, Default)]
struct Vault(Arc<std::sync::Mutex<Vec<Option<String>>>>);

impl Credentials for Vault {
    fn key(&self, refused: Option<ApiKey>) -> BoxFuture<'_, Result<ApiKey, TransportError>> {
        Box::pin(async move {
            let key = if refused.is_some() { "second" } else { "first" };
            self.0.lock().expect("whole").push(refused.map(|key| key.expose().to_owned()));
            Ok(ApiKey::new(key).expect("a key"))
        })
    }
}

#[tokio::test]
async fn a_key_that_expired_is_asked_for_once_more() {
    for (bare, expected) in [(false, ["Bearer first", "Bearer second"]), (true, ["first", "second"])] {
        let transport = ScriptedTransport::new([Reply::json(401, "{}"), Reply::json(200, r#"{"id":"session_1"}"#)]);
        let vault = Vault::default();
        let client = Client::builder().credentials(vault.clone()).bare_key(bare).transport(transport.clone()).build();
        client.sessions().get("session_1").await.expect("renewed");
        let keys: Vec<_> =
            transport.requests().iter().map(|request| request.headers()["authorization"].clone()).collect();
        assert_eq!(keys, expected);
        assert_eq!(*vault.0.lock().expect("whole"), [None, Some("first".to_owned())]);
    }
}
