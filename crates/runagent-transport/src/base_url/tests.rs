use proptest::prelude::*;

use super::*;

#[test]
fn urls_are_read_as_people_write_them() {
    for (url, expected) in [
        ("https://backend.run-agent.ai/", "https://backend.run-agent.ai"),
        ("backend.run-agent.ai", "https://backend.run-agent.ai"),
        ("backend.run-agent.ai:444/api/v1/", "https://backend.run-agent.ai:444/api/v1"),
        ("localhost:8333/", "http://localhost:8333"),
        ("127.0.0.1:8450", "http://127.0.0.1:8450"),
        ("[::1]:8450/x", "http://[::1]:8450/x"),
        ("HTTP://Example.com", "http://Example.com"),
        ("wss://example.com//", "https://example.com"),
        ("  https://example.com\n", "https://example.com"),
    ] {
        assert_eq!(BaseUrl::parse(url).expect(url).to_string(), expected, "{url}");
    }
}

#[test]
fn urls_that_are_none_are_refused_without_an_echo_of_secrets() {
    for url in [
        "",
        "https://",
        "http:///path",
        "ftp://example.com",
        "https://user:SECRET@example.com",
        "https://user:SECRET/SECRET@example.com",
        "SECRET@example.com",
        "https://example.com?token=SECRET",
        "https://example.com/#SECRET",
        "http://example.com:70000",
        "http://example.com:",
        "http://example.com:0",
        "http://example.com:x",
        "http://[::1",
        "http://[]",
        "http://[fe80::1%eth0]",
        "http://[fe80::1%25eth0]:80",
        "http://[v1.x]",
        "http://[127.0.0.1]",
        "http://a b",
        "http://exämple.com",
        "http://example.com/a b",
        "http://example.com/\u{85}/",
        "http://example.com/é",
        "http://example.com/\r\nx",
    ] {
        let error = BaseUrl::parse(url).expect_err(url);
        assert!(!error.to_string().contains("SECRET"), "{error}");
        assert!(!error.to_string().contains('\n'), "{error}");
    }
}

#[test]
fn a_prefix_is_added_once() {
    for url in
        ["https://example.com", "https://example.com/", "https://example.com/api/v1", "https://example.com/api/v1/"]
    {
        let base = BaseUrl::parse(url).expect(url).with_prefix("/api/v1");
        assert_eq!(base.to_string(), "https://example.com/api/v1", "{url}");
    }
}

#[test]
fn a_suffix_is_taken_away_if_it_is_there() {
    for (url, expected) in [
        ("https://example.com/api/v1/", "https://example.com"),
        ("https://example.com/x//api/v1", "https://example.com/x"),
        ("https://example.com/api/v1/x", "https://example.com/api/v1/x"),
        ("https://example.com", "https://example.com"),
    ] {
        assert_eq!(BaseUrl::parse(url).expect(url).without_suffix("/api/v1").to_string(), expected, "{url}");
    }
}

#[test]
fn hosts_and_ports() {
    assert_eq!(BaseUrl::http("::1", 8450).expect("address").to_string(), "http://[::1]:8450");
    assert_eq!(BaseUrl::http("[::1]", 8450).expect("address").to_string(), "http://[::1]:8450");
    assert_eq!(BaseUrl::http("localhost", 8450).expect("name").to_string(), "http://localhost:8450");
    for host in ["", " ", "a b", "a/b", "a?b", "user@host", "127.0.0.1:1", "http://x", "a\r\nb"] {
        let error = BaseUrl::http(host, 8450).expect_err(host);
        assert!(!error.to_string().contains('\n'), "{error}");
    }
    let error = BaseUrl::http("user:SECRET@host?x", 8450).expect_err("a URL");
    assert!(!error.to_string().contains("SECRET"), "{error}");
    assert!(BaseUrl::http("localhost", 0).is_err());
}

#[test]
fn loopback_hosts() {
    for host in ["localhost", "LOCALHOST", "localhost.", "127.0.0.1", "127.9.9.9", "[::1]"] {
        assert!(is_loopback(host), "{host}");
    }
    for host in ["localhost.evil.com", "128.0.0.1", "127.0.0.1.nip.io", "[::2]", "0.0.0.0", "example.com", ""] {
        assert!(!is_loopback(host), "{host}");
    }
}

#[test]
fn segments_are_one_segment_or_an_error() {
    let base = BaseUrl::parse("http://h").expect("a URL");
    for (segment, expected) in [
        ("abc-._~9", "/abc-._~9"),
        ("a/b", "/a%2Fb"),
        ("../x", "/..%2Fx"),
        ("a?b#c", "/a%3Fb%23c"),
        ("a%2Fb", "/a%252Fb"),
        ("a b", "/a%20b"),
        ("a\\b", "/a%5Cb"),
        ("@:;=&+", "/%40%3A%3B%3D%26%2B"),
        ("é", "/%C3%A9"),
        ("👩‍🚀", "/%F0%9F%91%A9%E2%80%8D%F0%9F%9A%80"),
        ("...", "/..."),
    ] {
        assert_eq!(base.join(&[segment], None).expect(segment).path(), expected, "{segment}");
    }
    let long = "x".repeat(257);
    for segment in ["", ".", "..", "%2e", "%2E%2e", ".%2e", "a\0b", "a\r\nb", "\u{85}", &long] {
        let error = base.join(&[segment], None).expect_err(segment);
        assert!(!error.to_string().contains('\n'), "{error}");
    }
}

proptest! {
    #[test]
    fn any_segment_stays_one_segment(segment in ".{1,80}") {
        let base = BaseUrl::parse("http://h/api").expect("a URL");
        if let Ok(uri) = base.join(&["agents", &segment, "run"], None) {
            let parts: Vec<_> = uri.path().split('/').collect();
            prop_assert_eq!(parts.len(), 5);
            prop_assert_eq!(&parts[..3], &["", "api", "agents"]);
            let mut decoded = Vec::new();
            let mut bytes = parts[3].bytes();
            while let Some(byte) = bytes.next() {
                if byte == b'%' {
                    let hex = [bytes.next().expect("hex"), bytes.next().expect("hex")];
                    let hex = std::str::from_utf8(&hex).expect("ASCII");
                    decoded.push(u8::from_str_radix(hex, 16).expect("hex"));
                } else {
                    decoded.push(byte);
                }
            }
            prop_assert_eq!(decoded, segment.as_bytes());
            prop_assert_eq!(uri.query(), None);
        }
    }
}
