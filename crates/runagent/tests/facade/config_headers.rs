//! Headers, proxies and authorities that a client is told of.

use std::sync::{Arc, Mutex};

use http::HeaderMap;
use runagent::{
    ClientOptions, ErrorCode, RunAgentClientConfig,
    transport::{Request, transport_fn},
};

use crate::agent::{AGENT, KEY, lazy, options, refused, remote, result};

#[tokio::test]
async fn headers_go_with_every_request() {
    let seen = Arc::new(Mutex::new(HeaderMap::new()));
    let transport = transport_fn({
        let seen = seen.clone();
        move |request: Request| {
            seen.lock().expect("no panic").clone_from(request.headers());
            async move { Ok(http::Response::new(result(1).into())) }
        }
    });
    let options = options().with_transport(transport);
    let custom =
        options.clone().with_header("X-Team", "first").with_header("x-team", "last").with_user_agent("mine/1.0");
    lazy(remote("chat").with_options(custom)).run(&[]).await.expect("a result");
    let headers = seen.lock().expect("no panic").clone();
    assert_eq!(headers.get_all("x-team").iter().collect::<Vec<_>>(), ["last"]);
    assert_eq!(headers["user-agent"], "mine/1.0");
    assert_eq!(headers["authorization"], format!("Bearer {KEY}"));
    // Whoever prints the request does not print what may be a secret.
    assert!(headers["x-team"].is_sensitive());

    lazy(remote("chat").with_options(options)).run(&[]).await.expect("a result");
    let product = concat!("runagent-rust/", env!("CARGO_PKG_VERSION"));
    assert_eq!(seen.lock().expect("no panic")["user-agent"], product);
}

#[test]
fn a_header_that_can_not_be_set_is_refused_without_its_value() {
    for (name, value) in [
        ("", "CANARY"),
        (" ", "CANARY"),
        ("x team", "CANARY"),
        ("x:team", "CANARY"),
        ("x\r\ny", "CANARY"),
        ("ü", "CANARY"),
        ("x-team", "CANARY\r\nx-injected: 1"),
        ("x-team", "CANARY\n"),
        ("x-team", "CANARY\0"),
        ("x-team", "CANARY\u{7f}"),
        ("Authorization", "Bearer CANARY"),
        ("authorization", "Basic CANARY"),
        ("Proxy-Authorization", "Basic CANARY"),
        ("Host", "CANARY"),
        ("Content-Length", "CANARY"),
        ("CONTENT-TYPE", "CANARY"),
        ("Transfer-Encoding", "CANARY"),
        ("Connection", "CANARY"),
        ("Keep-Alive", "CANARY"),
        ("Upgrade", "CANARY"),
        ("Accept", "CANARY"),
        ("Accept-Encoding", "CANARY"),
        ("TE", "CANARY"),
        ("Trailer", "CANARY"),
        ("Expect", "CANARY"),
        ("Sec-WebSocket-Protocol", "CANARY"),
        ("Idempotency-Key", "CANARY"),
        ("User-Agent", "CANARY"),
    ] {
        let config = remote("chat").with_options(options().with_header(name, value));
        assert!(!format!("{config:?}").contains("CANARY"));
        let error = config.explain().expect_err(name);
        assert_eq!(*error.code(), ErrorCode::CONFIG_ERROR, "{name:?}");
        assert!(error.message().contains("can't be set"), "{name:?}: {error}");
        assert!(!format!("{error:?} {}", error.report()).contains("CANARY"), "{name:?}: {error:?}");
    }
    for text in ["mine\r\nx: 1", "\u{7f}", "\0"] {
        let error = remote("chat").with_options(options().with_user_agent(text)).explain().expect_err(text);
        assert!(error.message().contains("user-agent"), "{error}");
    }
}

#[test]
fn a_transport_of_the_callers_takes_no_settings_of_another_one() {
    let own = || options().with_transport(transport_fn(|_| async { Ok(http::Response::new("".into())) }));
    let refusal = |options: ClientOptions| {
        let error = remote("chat").with_options(options).explain().expect_err("a conflict");
        assert_eq!(*error.code(), ErrorCode::CONFIG_ERROR);
        assert!(error.suggestion().expect("a suggestion").contains("with_transport"), "{error:?}");
        assert!(!format!("{error:?}").contains("CANARY"), "{error:?}");
        error.message().to_owned()
    };
    assert!(refusal(own().with_proxy("http://user:CANARY@proxy:3128")).contains("a transport and a proxy"));
    assert!(refusal(own().with_no_proxy()).contains("a transport and a proxy"));
    #[cfg(feature = "tls")]
    assert!(refusal(own().with_ca_pem("CANARY")).contains("a transport and certificate authorities"));
    assert!(remote("chat").with_options(own()).explain().is_ok());
}

#[tokio::test]
async fn a_proxy_is_used_and_its_password_is_told_nowhere() {
    let port = runagent_transport::testing::wire::refused_port();
    let proxied = |options: ClientOptions| {
        RunAgentClientConfig::new(AGENT, "chat")
            .with_base_url("http://agents.invalid")
            .with_api_key(KEY)
            .with_options(options.with_plaintext_key(true))
    };
    let config = proxied(options().with_proxy(format!("http://user:CANARY@127.0.0.1:{port}")));
    let explanation = config.explain().expect("usable");
    assert_eq!(explanation.get("proxy").expect("it is listed").value(), "set");
    let error = refused(lazy(config.clone()).run(&[]).await);
    assert!(error.message().contains(&format!("127.0.0.1:{port}")), "{error}");
    assert!(!format!("{config:?} {explanation} {error:?} {}", error.report()).contains("CANARY"), "{error:?}");
    // The environment names one, and the options none.
    let environment = options()
        .with_environment(move |name| (name == "HTTP_PROXY").then(|| format!("http://127.0.0.1:{port}").into()));
    let error = refused(lazy(proxied(environment.clone().with_max_retries(0))).run(&[]).await);
    assert!(error.message().contains("HTTP_PROXY"), "{error}");
    let error = refused(lazy(proxied(environment.with_no_proxy())).run(&[]).await);
    assert!(!error.message().contains("proxy"), "{error}");
}
