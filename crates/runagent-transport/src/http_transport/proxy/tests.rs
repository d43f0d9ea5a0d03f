use super::*;

fn proxies(variables: &'static [(&'static str, &'static str)]) -> Proxies {
    let lookup = |name: &str| variables.iter().find(|(known, _)| *known == name).map(|(_, value)| value.into());
    Proxies::new(ProxySetting::Environment, &Environment::injected(lookup))
}

/// The proxy for a target, as errors show it.
fn shown(proxies: &Proxies, target: &str) -> Option<String> {
    let origin = Origin::of(&target.parse().expect("a URI")).expect("an origin");
    proxies.proxy_for(&origin).expect("a usable setting").map(Proxy::to_string)
}

fn failure(proxies: &Proxies, target: &str) -> String {
    let origin = Origin::of(&target.parse().expect("a URI")).expect("an origin");
    let Err(error) = proxies.proxy_for(&origin) else { panic!("`{target}` has a proxy or needs none") };
    assert_eq!((error.kind(), error.progress()), (TransportErrorKind::Unsupported, Progress::NotSent));
    error.to_string()
}

#[test]
fn each_scheme_has_its_variables() {
    type Row = (&'static [(&'static str, &'static str)], Option<&'static str>, Option<&'static str>);
    let rows: &[Row] = &[
        (&[], None, None),
        (&[("HTTP_PROXY", "http://p:1")], Some("http://p:1 (HTTP_PROXY)"), None),
        (&[("http_proxy", "http://p:1")], Some("http://p:1 (http_proxy)"), None),
        (&[("HTTPS_PROXY", "http://p:1")], None, Some("http://p:1 (HTTPS_PROXY)")),
        (&[("https_proxy", "p:1")], None, Some("http://p:1 (https_proxy)")),
        (&[("ALL_PROXY", "http://p:1")], Some("http://p:1 (ALL_PROXY)"), Some("http://p:1 (ALL_PROXY)")),
        (
            &[("all_proxy", "http://p:1"), ("HTTPS_PROXY", "https://q:2")],
            Some("http://p:1 (all_proxy)"),
            Some("https://q:2 (HTTPS_PROXY)"),
        ),
        (&[("HTTP_PROXY", "http://p:1"), ("http_proxy", "http://q:2")], Some("http://p:1 (HTTP_PROXY)"), None),
        // Empty is unset.
        (&[("HTTP_PROXY", ""), ("http_proxy", "http://q:2")], Some("http://q:2 (http_proxy)"), None),
        // In a CGI program the caller of the program sets HTTP_PROXY.
        (&[("HTTP_PROXY", "http://p:1"), ("REQUEST_METHOD", "GET")], None, None),
        (
            &[("http_proxy", "http://p:1"), ("ALL_PROXY", "http://q:2"), ("REQUEST_METHOD", "GET")],
            Some("http://q:2 (ALL_PROXY)"),
            Some("http://q:2 (ALL_PROXY)"),
        ),
    ];
    for (variables, http, https) in rows {
        let proxies = proxies(variables);
        assert_eq!(shown(&proxies, "http://agent.example/").as_deref(), *http, "{variables:?}");
        assert_eq!(shown(&proxies, "ws://agent.example/").as_deref(), *http, "{variables:?}");
        assert_eq!(shown(&proxies, "https://agent.example/").as_deref(), *https, "{variables:?}");
        assert_eq!(shown(&proxies, "wss://agent.example/").as_deref(), *https, "{variables:?}");
    }
}

#[test]
fn no_proxy_names_hosts_domains_and_networks() {
    let some = proxies(&[("ALL_PROXY", "p:1"), ("NO_PROXY", "one.example, .two.example,10.0.0.0/8,::5")]);
    for direct in ["one.example", "a.ONE.example:8450", "a.two.example", "10.1.2.3", "[::5]:80"] {
        assert_eq!(shown(&some, &format!("http://{direct}/")), None, "{direct}");
    }
    for proxied in ["none.example", "one.example.org", "11.0.0.1", "[::6]"] {
        assert!(shown(&some, &format!("https://{proxied}/")).is_some(), "{proxied}");
    }
    assert_eq!(shown(&proxies(&[("ALL_PROXY", "p:1"), ("no_proxy", "*")]), "http://agent.example/"), None);
}

#[test]
fn loopback_is_never_behind_a_proxy() {
    let explicit = Proxies::new(ProxySetting::Url("p:1".into()), &Environment::of_process());
    for proxies in [proxies(&[("ALL_PROXY", "p:1")]), proxies(&[("ALL_PROXY", "broken proxy")]), explicit] {
        for target in ["http://127.0.0.1:8450/", "https://127.8.9.1/", "ws://[::1]:8450/", "http://LocalHost:1/"] {
            assert_eq!(shown(&proxies, target), None, "{target}");
        }
    }
}

#[test]
fn an_explicit_setting_outdoes_the_variables() {
    let environment = || Environment::injected(|_| Some("http://other:9".into()));
    let explicit = Proxies::new(ProxySetting::Url("http://p:1".into()), &environment());
    let expected = "http://p:1 (HttpTransportBuilder::proxy)";
    assert_eq!(shown(&explicit, "http://agent.example/").as_deref(), Some(expected));
    assert_eq!(shown(&explicit, "https://agent.example/").as_deref(), Some(expected));
    assert_eq!(shown(&Proxies::new(ProxySetting::Off, &environment()), "https://agent.example/"), None);
}

#[test]
fn a_setting_that_is_no_proxy_is_an_error_that_names_it_and_not_its_value() {
    for value in ["http://user:secret@", "not a url secret", "ftp://secret:21", "socks5://secret:1080", "http://"] {
        let lookup = move |name: &str| (name == "https_proxy").then(|| value.into());
        let proxies = Proxies::new(ProxySetting::Environment, &Environment::injected(lookup));
        let message = failure(&proxies, "https://agent.example/");
        assert!(message.starts_with("https_proxy "), "{message}");
        assert!(!message.contains("secret"), "{message}");
        assert_eq!(shown(&proxies, "http://agent.example/"), None, "the other scheme does not need it");
    }
    let empty = Proxies::new(ProxySetting::Url(String::new()), &Environment::of_process());
    assert!(failure(&empty, "http://agent.example/").starts_with("HttpTransportBuilder::proxy "));
}

#[cfg(unix)]
#[test]
fn a_variable_that_is_no_text_is_an_error() {
    use std::{ffi::OsString, os::unix::ffi::OsStringExt as _};
    let lookup = |name: &str| (name == "ALL_PROXY").then(|| OsString::from_vec(b"http://\xff:1".to_vec()));
    let proxies = Proxies::new(ProxySetting::Environment, &Environment::injected(lookup));
    assert!(failure(&proxies, "http://agent.example/").starts_with("ALL_PROXY "));
}

#[test]
fn user_info_becomes_a_header_and_is_shown_nowhere() {
    let proxies = proxies(&[("ALL_PROXY", "http://user:p%40ss@p:1")]);
    let origin = Origin::of(&Uri::from_static("http://agent.example/")).expect("an origin");
    let proxy = proxies.proxy_for(&origin).expect("usable").expect("a proxy");
    let authorization = proxy.authorization().expect("a header");
    assert_eq!(authorization, "Basic dXNlcjpwQHNz");
    assert!(authorization.is_sensitive());
    assert_eq!(proxy.to_string(), "http://p:1 (ALL_PROXY)");
    assert_eq!(format!("{:?}", ProxySetting::Url("http://user:secret@p".into())), "set");
}
