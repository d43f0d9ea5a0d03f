//! Methods, queries and JSON bodies.

use http::{HeaderValue, Method, header::CONTENT_TYPE};
use runagent_transport::{OperationContext, Progress, TransportErrorKind, retry::Idempotency};

use super::script::{header, lost, ok, scripted};

#[tokio::test(start_paused = true)]
async fn what_a_method_means_decides_whether_a_lost_request_is_sent_again() {
    use Idempotency::{Idempotent, Safe, Unsafe};
    for (method, idempotency) in [
        ("GET", Safe),
        ("HEAD", Safe),
        ("OPTIONS", Safe),
        ("PUT", Idempotent),
        ("DELETE", Idempotent),
        ("POST", Unsafe),
        ("PATCH", Unsafe),
        ("PURGE", Unsafe),
    ] {
        let (api, script) = scripted([lost(), ok()], |api| api);
        let outcome = api.request(method.parse().expect("a method"), &["a b"]).send().await;
        assert_eq!(outcome.is_ok(), idempotency != Unsafe, "{method}");
        let requests = script.requests();
        assert_eq!(requests.len(), if idempotency == Unsafe { 1 } else { 2 }, "{method}");
        for request in requests {
            assert_eq!((request.method().as_str(), request.uri().path()), (method, "/a%20b"));
            let context = request.extensions().get::<OperationContext>().expect("told");
            assert_eq!((context.name(), context.idempotency()), (method, idempotency));
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_key_makes_a_patch_one_that_may_be_sent_again() {
    let (api, script) = scripted([lost(), ok()], |api| api);
    let call = api.request(Method::PATCH, &["x"]).json("{}").idempotency_key(HeaderValue::from_static("k"));
    assert_eq!(call.send().await.expect("an answer").status(), 200);
    assert_eq!(header(&script, "idempotency-key"), ["k", "k"]);
}

#[tokio::test]
async fn a_json_body_says_what_it_is_and_none_says_nothing() {
    let (api, script) = scripted([ok(), ok(), ok()], |api| api);
    api.request(Method::PUT, &["x"]).json(r#"{"a":1}"#).send().await.expect("an answer");
    api.request(Method::DELETE, &["x"]).send().await.expect("an answer");
    // As an empty POST always was.
    api.post_json(&["x"], "").send().await.expect("an answer");
    assert_eq!(header(&script, CONTENT_TYPE), ["application/json", "", "application/json"]);
    let bodies: Vec<_> = script.requests().into_iter().map(http::Request::into_body).collect();
    assert_eq!(bodies, [r#"{"a":1}"#, "", ""]);
}

#[tokio::test]
async fn a_clone_is_a_request_of_its_own() {
    let (api, script) = scripted([ok(), ok()], |api| api);
    let request = api.get(&["x"]).query("a", "1").header(CONTENT_TYPE, HeaderValue::from_static("x/y"));
    request.clone().query("b", "2").send().await.expect("an answer");
    request.send().await.expect("an answer");
    let queries: Vec<_> = script.requests().iter().map(|request| request.uri().query().map(str::to_owned)).collect();
    assert_eq!(queries, [Some("a=1&b=2".to_owned()), Some("a=1".to_owned())]);
    assert_eq!(header(&script, CONTENT_TYPE), ["x/y", "x/y"]);
}

#[tokio::test]
async fn query_parameters_are_appended_and_encoded() {
    for (parameters, expected) in [
        (&[("a", "1")][..], "a=1"),
        (&[("a", "1"), ("b", "2"), ("a", "3")], "a=1&b=2&a=3"),
        (&[("a", "")], "a="),
        (&[("a", "b&c=d")], "a=b%26c%3Dd"),
        (&[("a", "1 + 1")], "a=1%20%2B%201"),
        (&[("a", "50%")], "a=50%25"),
        (&[("a", "%26")], "a=%2526"),
        (&[("a", "x#y?z/..")], "a=x%23y%3Fz%2F.."),
        (&[("a", "€\u{1f980}")], "a=%E2%82%AC%F0%9F%A6%80"),
        (&[("a", "b\r\nx: y\0")], "a=b%0D%0Ax%3A%20y%00"),
        (&[("a", "-._~")], "a=-._~"),
        (&[("filter[name]", "x"), ("é", "\"'")], "filter%5Bname%5D=x&%C3%A9=%22%27"),
    ] {
        let (api, script) = scripted([ok()], |api| api);
        let request = parameters.iter().fold(api.get(&["p"]), |request, (name, value)| request.query(name, value));
        request.send().await.expect("an answer");
        assert_eq!(
            script.requests()[0].uri(),
            format!("https://api.example.com/p?{expected}").as_str(),
            "{parameters:?}"
        );
    }
    // Of the base URL alone there is no path before the `?`.
    let (api, script) = scripted([ok()], |api| api);
    api.get(&[]).query("a", "1").send().await.expect("an answer");
    assert_eq!(script.requests()[0].uri(), "https://api.example.com/?a=1");
}

#[tokio::test]
async fn a_query_is_not_shown_and_one_that_is_too_long_is_not_sent() {
    let (api, script) = scripted([], |api| api);
    let request = api.get(&["p"]).query("token", "CANARY");
    assert!(!format!("{request:?}").contains("CANARY"), "{request:?}");
    let error = request.query("a", "CANARY".repeat(20_000)).query("b", "2").send().await.expect_err("too long");
    assert_eq!((error.kind(), error.progress()), (TransportErrorKind::Request, Progress::NotSent));
    assert_eq!(error.to_string(), "the query is too long for a URL");
    assert_eq!(script.requests().len(), 0);
}
