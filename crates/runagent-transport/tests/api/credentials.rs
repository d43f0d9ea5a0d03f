//! Keys: who gives them, where they may travel.

use std::{
    sync::{Arc, Mutex},
    time::Duration,
};

use http::{
    HeaderValue,
    header::{ACCEPT, AUTHORIZATION},
};
use runagent_transport::{
    Api, ApiKey, Attempts, BaseUrl, Credentials, Progress, Socket, SocketCredentials, TransportError,
    TransportErrorKind, credentials_fn,
    testing::{Reply, ScriptedTransport},
};

use super::script::{header, lost, ok, scripted};

fn refused() -> Reply {
    Reply::json(401, "")
}

/// Gives these keys one after the other, the last for ever, and notes which were refused.
fn keys(keys: &'static [&'static str]) -> (impl Credentials, Arc<Mutex<Vec<Option<String>>>>) {
    let refused = Arc::<Mutex<Vec<_>>>::default();
    let log = refused.clone();
    let credentials = credentials_fn(move |refused: Option<ApiKey>| {
        let mut log = log.lock().expect("no panic");
        let key = keys[log.len().min(keys.len() - 1)];
        log.push(refused.map(|key| key.expose().to_owned()));
        async move { Ok(ApiKey::new(key).expect("a key")) }
    });
    (credentials, refused)
}

#[tokio::test]
async fn the_provider_is_asked_for_every_call() {
    let (credentials, refused) = keys(&["a", "b"]);
    let (api, script) = scripted([ok(), ok()], |api| api.credentials(credentials));
    assert!(api.has_key());
    for _ in 0..2 {
        api.get(&["x"]).send().await.expect("an answer");
    }
    assert_eq!(header(&script, AUTHORIZATION), ["Bearer a", "Bearer b"]);
    assert_eq!(*refused.lock().expect("no panic"), [None, None]);
}

#[tokio::test]
async fn a_refused_key_is_replaced_once_also_for_a_post() {
    let (credentials, refusals) = keys(&["stale", "fresh"]);
    let (api, script) = scripted([refused(), ok()], |api| api.credentials(credentials));
    let response = api.post_json(&["x"], "{}").send().await.expect("an answer");
    assert_eq!(
        (response.status().as_u16(), response.extensions().get::<Attempts>().map(|count| count.0)),
        (200, Some(2))
    );
    assert_eq!(header(&script, AUTHORIZATION), ["Bearer stale", "Bearer fresh"]);
    assert_eq!(*refusals.lock().expect("no panic"), [None, Some("stale".to_owned())]);

    let (api, script) = scripted([refused(), refused(), ok()], |api| api.credentials(keys(&["a", "b", "c"]).0));
    assert_eq!(api.get(&["x"]).send().await.expect("an answer").status(), 401);
    assert_eq!(header(&script, AUTHORIZATION), ["Bearer a", "Bearer b"]);
}

#[tokio::test(start_paused = true)]
async fn the_fresh_key_is_kept_for_the_attempts_that_follow() {
    let (api, script) = scripted([refused(), lost(), ok()], |api| api.credentials(keys(&["a", "b", "c"]).0));
    assert_eq!(api.get(&["x"]).send().await.expect("an answer").status(), 200);
    assert_eq!(header(&script, AUTHORIZATION), ["Bearer a", "Bearer b", "Bearer b"]);
}

#[tokio::test]
async fn the_same_key_again_is_not_sent_again() {
    let (api, script) = scripted([refused(), ok()], |api| api.credentials(keys(&["only"]).0));
    assert_eq!(api.get(&["x"]).send().await.expect("an answer").status(), 401);
    assert_eq!(header(&script, AUTHORIZATION).len(), 1);
}

#[tokio::test]
async fn a_request_with_its_own_authorization_is_none_of_the_providers_business() {
    let (credentials, refusals) = keys(&["provided"]);
    let (api, script) = scripted([refused(), ok()], |api| api.credentials(credentials));
    let call = api.get(&["x"]).header(AUTHORIZATION, HeaderValue::from_static("Basic bWluZQ=="));
    assert_eq!(call.send().await.expect("an answer").status(), 401);
    assert_eq!(header(&script, AUTHORIZATION), ["Basic bWluZQ=="]);
    assert!(refusals.lock().expect("no panic").is_empty());
}

#[tokio::test]
async fn a_failure_comes_with_the_key_that_was_sent_so_that_it_can_be_redacted() {
    let (credentials, _) = keys(&["secret"]);
    let replies = [Reply::json(502, "GET /x?token=secret"), Reply::json(403, ""), ok()];
    let (api, _) = scripted(replies, |api| api.credentials(credentials));
    let key = |extensions: &http::Extensions| extensions.get::<ApiKey>().map(|key| key.expose().to_owned());

    let response = api.post_json(&["x"], "").send().await.expect("an answer");
    assert_eq!(key(response.extensions()).as_deref(), Some("secret"));
    let error = api.get(&["s"]).connect(SocketCredentials::Header).await.expect_err("refused");
    assert_eq!(key(error.response().expect("an answer").extensions()).as_deref(), Some("secret"));
    let response = api.get(&["x"]).send().await.expect("an answer");
    assert_eq!(key(response.extensions()), None);
}

#[tokio::test]
async fn a_fixed_key_is_not_sent_again() {
    let (api, script) = scripted([refused(), ok()], |api| api.api_key(ApiKey::new("key").expect("a key")));
    assert_eq!(api.get(&["x"]).send().await.expect("an answer").status(), 401);
    assert_eq!(header(&script, AUTHORIZATION), ["Bearer key"]);
}

#[tokio::test]
async fn handshakes_renew_their_key_too_and_send_it_where_it_was_asked_for() {
    let (credentials, _) = keys(&["a", "b&c"]);
    let (api, script) = scripted([refused(), Socket::scripted([]).into()], |api| api.credentials(credentials));
    api.get(&["s"]).connect(SocketCredentials::HeaderAndQuery).await.expect("a socket");
    assert_eq!(header(&script, AUTHORIZATION), ["Bearer a", "Bearer b&c"]);
    let uris: Vec<_> = script.requests().iter().map(|request| request.uri().to_string()).collect();
    assert_eq!(uris, ["https://api.example.com/s?token=a", "https://api.example.com/s?token=b%26c"]);
    // A handshake asks for no media type.
    assert_eq!(header(&script, ACCEPT), ["", ""]);
}

#[tokio::test]
async fn a_provider_without_a_key_is_the_error_of_the_call() {
    let credentials = credentials_fn(|_| async {
        Err(TransportError::new(TransportErrorKind::Credentials, Progress::NotSent, "the vault is sealed"))
    });
    let (api, script) = scripted([], |api| api.credentials(credentials));
    let error = api.get(&["x"]).send().await.expect_err("no key");
    assert_eq!((error.kind(), error.to_string().as_str()), (TransportErrorKind::Credentials, "the vault is sealed"));
    assert_eq!(script.requests().len(), 0);
}

#[tokio::test]
async fn when_no_other_key_can_be_had_the_servers_answer_stands() {
    let credentials = credentials_fn(|refused: Option<ApiKey>| async move {
        let sealed = TransportError::new(TransportErrorKind::Credentials, Progress::NotSent, "the vault is sealed");
        if refused.is_some() { Err(sealed) } else { Ok(ApiKey::new("key").expect("a key")) }
    });
    let (api, _) = scripted([refused()], |api| api.credentials(credentials));
    assert_eq!(api.get(&["x"]).send().await.expect("an answer").status(), 401);
}

#[tokio::test(start_paused = true)]
async fn a_provider_that_hangs_sends_nothing() {
    let (api, script) = scripted([], |api| api.credentials(credentials_fn(|_| std::future::pending())));
    let error = api.get(&["x"]).timeout(Duration::from_secs(5)).send().await.expect_err("no key");
    assert_eq!((error.kind(), error.progress()), (TransportErrorKind::Credentials, Progress::NotSent));
    assert_eq!(error.to_string(), "no API key within 5s");
    assert_eq!(script.requests().len(), 0);
}

#[tokio::test]
async fn a_key_leaves_this_machine_encrypted_or_when_that_was_allowed() {
    for (url, allowed, sent) in [
        ("https://api.example.com", false, true),
        ("http://127.0.0.1:8450", false, true),
        ("http://[::1]:8450", false, true),
        ("http://localhost", false, true),
        ("http://10.0.0.7", false, false),
        ("http://api.example.com", false, false),
        ("http://api.example.com", true, true),
    ] {
        let script = ScriptedTransport::new([ok()]);
        let api = Api::builder(BaseUrl::parse(url).expect("a URL"), script.clone())
            .api_key(ApiKey::new("rk_CANARY").expect("a key"))
            .plaintext_key(allowed)
            .build();
        let outcome = api.get(&["x"]).send().await;
        assert_eq!(script.requests().len(), usize::from(sent), "{url}");
        if let Err(error) = outcome {
            assert_eq!((error.kind(), error.progress()), (TransportErrorKind::Request, Progress::NotSent));
            assert!(error.to_string().contains("unencrypted") && !format!("{error} {error:?}").contains("CANARY"));
        }
    }
}
