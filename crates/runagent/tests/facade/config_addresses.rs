//! What is an address, and what is none.

use runagent::{ErrorCode, RunAgentClientConfig};

use crate::agent::{AGENT, options, remote};

/// What an error of a bad address may not repeat.
const CANARY: &str = "CANARY";

/// The address that a configuration comes to, or the message of its refusal.
fn address(config: &RunAgentClientConfig, name: &str) -> Result<String, String> {
    match config.explain() {
        Ok(explanation) => Ok(explanation.get(name).expect("an address").value().to_owned()),
        Err(error) => {
            assert_eq!(*error.code(), ErrorCode::CONFIG_ERROR, "{error}");
            assert!(error.suggestion().is_some());
            let everything = format!("{error} {error:?} {}", error.report());
            assert!(!everything.contains(CANARY), "{everything}");
            assert!(!error.message().contains(char::is_control), "{error:?}");
            Err(error.message().to_owned())
        }
    }
}

#[test]
fn base_urls() {
    let long = format!("https://{}.example.com", "x".repeat(5000));
    for (url, expected) in [
        ("https://a.example.com", Ok("https://a.example.com/api/v1")),
        ("https://a.example.com/", Ok("https://a.example.com/api/v1")),
        ("https://a.example.com///", Ok("https://a.example.com/api/v1")),
        ("https://a.example.com/api/v1", Ok("https://a.example.com/api/v1")),
        ("https://a.example.com/api/v1/", Ok("https://a.example.com/api/v1")),
        ("https://a.example.com/v1", Ok("https://a.example.com/api/v1")),
        ("https://a.example.com/nested/api/v1", Ok("https://a.example.com/nested/api/v1")),
        ("https://a.example.com/nested/", Ok("https://a.example.com/nested/api/v1")),
        ("https://a.example.com/a%20b", Ok("https://a.example.com/a%20b/api/v1")),
        ("a.example.com", Ok("https://a.example.com/api/v1")),
        ("a.example.com:8443/v1/", Ok("https://a.example.com:8443/api/v1")),
        ("HTTPS://a.example.com", Ok("https://a.example.com/api/v1")),
        ("  https://a.example.com\n", Ok("https://a.example.com/api/v1")),
        ("https://a.example.com:1", Ok("https://a.example.com:1/api/v1")),
        ("https://a.example.com:65535", Ok("https://a.example.com:65535/api/v1")),
        ("https://10.0.0.7", Ok("https://10.0.0.7/api/v1")),
        ("https://[2001:db8::1]", Ok("https://[2001:db8::1]/api/v1")),
        ("https://[2001:db8::1]:8443/", Ok("https://[2001:db8::1]:8443/api/v1")),
        ("https://xn--exmple-cua.com", Ok("https://xn--exmple-cua.com/api/v1")),
        ("localhost:8333", Ok("http://localhost:8333/api/v1")),
        ("http://127.0.0.1:8450", Ok("http://127.0.0.1:8450/api/v1")),
        ("http://[::1]:8450", Ok("http://[::1]:8450/api/v1")),
        ("", Err("is no host")),
        ("https://", Err("is no host")),
        ("https:///api/v1", Err("is no host")),
        ("ftp://a.example.com", Err("no scheme for an API")),
        ("file:///etc/passwd", Err("")),
        ("http://a.example.com", Err("in the clear")),
        ("http://localhost.example.com", Err("in the clear")),
        ("https://user:CANARY@a.example.com", Err("no user name or password")),
        ("https://CANARY@a.example.com", Err("no user name or password")),
        ("https://a.example.com?token=CANARY", Err("no query")),
        ("https://a.example.com/?api_key=CANARY", Err("no query")),
        ("https://a.example.com#CANARY", Err("no fragment")),
        ("https://a.example.com:0", Err("is no host")),
        ("https://a.example.com:65536", Err("is no host")),
        ("https://a.example.com:abc", Err("is no host")),
        ("https://a.example.com:", Err("is no host")),
        ("https://a.example.com:-1", Err("is no host")),
        ("https://[fe80::1%eth0]", Err("is no host")),
        ("https://[fe80::1%25eth0]", Err("is no host")),
        ("https://[::1", Err("is no host")),
        ("https://[]", Err("is no host")),
        ("https://exämple.com", Err("is no host")),
        ("https://a b.example.com", Err("is no host")),
        ("https://a.example.com/a b", Err("percent-encode")),
        ("https://a.example.com/ü", Err("percent-encode")),
        ("https://a.example.com/\r\nx", Err("percent-encode")),
        ("https://a.example.com\0", Err("is no host")),
        (&long, Ok("")),
    ] {
        let found = address(&remote("chat").with_base_url(url), "base_url");
        match (&found, expected) {
            (Ok(_), Ok("")) => {}
            (Ok(found), Ok(expected)) => assert_eq!(found, expected, "{url:?}"),
            (Err(message), Err(says)) => assert!(message.contains(says), "{url:?}: {message}"),
            _ => panic!("{url:?}: {found:?}"),
        }
    }
}

#[test]
fn hosts() {
    for (host, expected) in [
        ("localhost", Some("localhost:8450")),
        ("LOCALHOST", Some("LOCALHOST:8450")),
        ("localhost.", Some("localhost.:8450")),
        ("agent.internal", Some("agent.internal:8450")),
        ("agent_1", Some("agent_1:8450")),
        (" 127.0.0.1 ", Some("127.0.0.1:8450")),
        ("10.0.0.7", Some("10.0.0.7:8450")),
        ("0.0.0.0", Some("0.0.0.0:8450")),
        ("::1", Some("[::1]:8450")),
        ("[::1]", Some("[::1]:8450")),
        ("2001:db8::1", Some("[2001:db8::1]:8450")),
        ("", None),
        (" ", None),
        ("a b", None),
        ("a/b", None),
        ("a?token=CANARY", None),
        ("a#CANARY", None),
        ("user:CANARY@host", None),
        ("127.0.0.1:9", None),
        ("http://localhost", None),
        ("fe80::1%eth0", None),
        ("[::1", None),
        ("[]", None),
        ("exämple.local", None),
        ("a\r\nHost: b", None),
        ("a\0b", None),
        (":", None),
    ] {
        let config = RunAgentClientConfig::new(AGENT, "chat").with_local(true).with_options(options());
        let found = address(&config.with_address(host, 8450), "address");
        assert_eq!(found.as_deref().ok(), expected, "{host:?}: {found:?}");
    }
}

#[test]
fn ports() {
    let in_environment = |port: &str| {
        let port = port.to_owned();
        let config = RunAgentClientConfig::from_environment(move |name| match name {
            "RUNAGENT_AGENT_ID" => Some(AGENT.into()),
            "RUNAGENT_ENTRYPOINT_TAG" => Some("chat".into()),
            "RUNAGENT_LOCAL" => Some("on".into()),
            "RUNAGENT_HOST" => Some("localhost".into()),
            "RUNAGENT_PORT" => Some(port.clone().into()),
            _ => None,
        });
        config.map_err(|error| error.to_string()).and_then(|config| address(&config, "address"))
    };
    for (port, expected) in [
        ("1", Some("localhost:1")),
        ("80", Some("localhost:80")),
        ("8450", Some("localhost:8450")),
        ("65535", Some("localhost:65535")),
        (" 8450\n", Some("localhost:8450")),
        ("08450", Some("localhost:8450")),
        ("+8450", Some("localhost:8450")),
        ("0", None),
        ("65536", None),
        ("4294967297", None),
        ("99999999999999999999", None),
        ("-1", None),
        ("8450.0", None),
        ("8450.5", None),
        ("8e3", None),
        ("0x2102", None),
        ("8_450", None),
        ("abc", None),
        (" ", None),
        (":8450", None),
        ("8450/tcp", None),
        ("CANARY", None),
    ] {
        let found = in_environment(port);
        assert_eq!(found.as_deref().ok(), expected, "{port:?}: {found:?}");
        if let Err(message) = found {
            assert!(message.contains("RUNAGENT_PORT is not a port, from 1 to 65535"), "{port:?}: {message}");
        }
    }
    // Empty is unset: the address is half given then.
    assert!(in_environment("").expect_err("no port").contains("host and port go together"));
    let config = RunAgentClientConfig::new(AGENT, "chat").with_local(true).with_options(options());
    assert!(address(&config.with_address("localhost", 0), "address").is_err());
}
