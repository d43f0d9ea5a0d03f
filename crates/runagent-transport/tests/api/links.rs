//! Links that a server gave.

use runagent_transport::{
    Api, ApiKey, BaseUrl, Progress, TransportErrorKind,
    testing::{Reply, ScriptedTransport},
};

use super::script::ok;

fn api(base: &str, replies: impl IntoIterator<Item = Reply>) -> (Api, ScriptedTransport) {
    let script = ScriptedTransport::new(replies);
    let base = BaseUrl::parse(base).expect("a URL");
    let key = ApiKey::new("rk_1").expect("a key");
    (Api::builder(base, script.clone()).api_key(key).build(), script)
}

#[tokio::test]
async fn a_link_to_the_same_origin_is_followed_with_the_key() {
    for (base, reference, expected) in [
        ("https://h/v1", "/v1/operations/op_1", "https://h/v1/operations/op_1"),
        ("https://h/v1", "/other?a=b&c=%20", "https://h/other?a=b&c=%20"),
        ("https://h/v1", "operations/op_1", "https://h/v1/operations/op_1"),
        ("https://h/v1/", "./op_1", "https://h/v1/op_1"),
        ("https://h/v1", "../op_1", "https://h/op_1"),
        ("https://h/v1", "../../../op_1", "https://h/op_1"),
        ("https://h/v1", "/a/./b/../c", "https://h/a/c"),
        ("https://h/v1", "https://h/a/../b?x=/../", "https://h/b?x=/../"),
        ("https://h/v1", "/..//evil/x", "https://h//evil/x"),
        ("https://h/v1", "?a=b", "https://h/v1/?a=b"),
        ("https://h/v1", "/a@b:c", "https://h/a@b:c"),
        ("https://h", "x", "https://h/x"),
        ("https://h", "https://h/x", "https://h/x"),
        ("https://h", "HTTPS://H:443/x", "https://h/x"),
        ("https://h:443", "https://h/x", "https://h:443/x"),
        ("https://h", "//h/x", "https://h/x"),
        ("https://h", "https://h", "https://h/"),
        ("http://127.0.0.1:8450/api/v1", "http://127.0.0.1:8450/api/v1/x", "http://127.0.0.1:8450/api/v1/x"),
        ("http://[::1]:8450", "//[::1]:8450/x", "http://[::1]:8450/x"),
        ("https://h", "/a%2Fb%00", "https://h/a%2Fb%00"),
    ] {
        let (api, script) = api(base, [ok()]);
        api.resolve(reference).send().await.unwrap_or_else(|error| panic!("{base} {reference}: {error}"));
        let request = &script.requests()[0];
        assert_eq!((request.method().as_str(), request.uri().to_string().as_str()), ("GET", expected), "{reference}");
        assert_eq!(request.headers()["authorization"], "Bearer rk_1");
    }
}

#[tokio::test]
async fn any_other_sends_nothing() {
    for reference in [
        "https://evil/x",
        "https://api.example.com.evil/x",
        "https://evil/api.example.com",
        "https://api.example.com:444/x",
        "https://api.example.com:65979/x",
        "http://api.example.com/x",
        "http://api.example.com:443/x",
        "wss://api.example.com/x",
        "ftp://api.example.com/x",
        "file:///etc/passwd",
        "javascript:alert(1)",
        "https:evil",
        "https:/evil",
        "//evil/x",
        "//evil:443",
        "///evil",
        "\\\\evil\\x",
        "/\\evil",
        "https:\\\\evil",
        "https://evil\\@api.example.com/x",
        "https://user@api.example.com/x",
        "https://user:CANARY@api.example.com/x",
        "//user@api.example.com/x",
        "https://api.example.com@evil/x",
        "/x#CANARY",
        "#",
        "",
        " ",
        " /x",
        "/x ",
        "/a b",
        "/a\tb",
        "/a\r\nx: y",
        "/a\0b",
        "/caf\u{e9}",
        "https://api.ex\u{430}mple.com/x",
        "https://",
        "https://:443/x",
    ] {
        let (api, script) = api("https://api.example.com", []);
        let request = api.resolve(reference);
        assert!(!format!("{request:?}").contains("CANARY"), "{request:?}");
        let error = request.query("a", "b").send().await.expect_err(reference);
        assert_eq!((error.kind(), error.progress()), (TransportErrorKind::Request, Progress::NotSent), "{reference:?}");
        let message = error.to_string();
        assert!(message.starts_with("a link that the server gave is not followed: "), "{message}");
        assert!(!message.contains("CANARY") && !message.contains("evil"), "{message}");
        assert_eq!(script.requests().len(), 0, "{reference:?}");
    }
}
