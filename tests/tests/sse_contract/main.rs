//! Our event source through `sse-contract-service`, case by case as the harness launchdarkly/sse-contract-tests goes
//! about it: the service runs as a process of its own, and servers here play the streams and receive the callbacks.

#![allow(clippy::expect_used, reason = "a test fails by panicking")]

mod http_behaviour;
mod parsing;
mod reconnection;
mod service;
mod stream;

use serde_json::json;

use crate::service::Service;

/// What the harness has, leaf by leaf.
const HARNESS_CASES: usize = 113;

#[tokio::test]
async fn every_case_of_the_harness() {
    let mut service = Service::start().await;
    let parsing = parsing::run(&service).await;
    let http = http_behaviour::run(&service).await;
    let reconnection = reconnection::run(&service).await;
    let cases = parsing + http + reconnection;
    println!("{cases} cases of {HARNESS_CASES}: {parsing} parsing, {http} HTTP, {reconnection} reconnection");
    assert_eq!(cases, HARNESS_CASES);
    service.quit().await;
}

#[tokio::test]
async fn the_service_says_what_it_can_do_and_refuses_what_it_does_not_know() {
    let mut service = Service::start().await;
    let (status, _, body) = service.call("GET", "/", None).await;
    assert_eq!(status, 200);
    assert_eq!(
        body["capabilities"],
        json!([
            "bom",
            "comments",
            "event-type-listeners",
            "headers",
            "last-event-id",
            "post",
            "read-timeout",
            "report",
            "restart",
            "server-directed-shutdown-request",
        ])
    );
    let callback = "http://127.0.0.1:1/callback";
    for parameters in [
        json!({}),
        json!({ "streamUrl": "http://127.0.0.1:1/" }),
        json!({ "streamUrl": "no url at all", "callbackUrl": callback }),
        json!({ "streamUrl": "http://127.0.0.1:1/", "callbackUrl": "http://[" }),
        json!({ "streamUrl": "http://127.0.0.1:1/", "callbackUrl": callback, "method": "NOT A METHOD" }),
        json!({ "streamUrl": "http://127.0.0.1:1/", "callbackUrl": callback, "headers": { "a b": "c" } }),
        json!({ "streamUrl": "http://127.0.0.1:1/", "callbackUrl": callback, "readTimeoutMs": -1 }),
    ] {
        let (status, _, _) = service.call("POST", "/", Some(&parameters)).await;
        assert_eq!(status, 400, "{parameters}");
    }
    let restart = json!({ "command": "restart" });
    assert_eq!(service.call("POST", "/streams/99", Some(&restart)).await.0, 404);
    assert_eq!(service.call("DELETE", "/streams/99", None).await.0, 404);

    let parameters = json!({ "streamUrl": "http://127.0.0.1:1/", "callbackUrl": callback });
    let (status, location, _) = service.call("POST", "/", Some(&parameters)).await;
    let location = location.expect("a Location");
    assert_eq!(status, 201);
    for command in [json!({ "command": "fly" }), json!({}), json!([])] {
        assert_eq!(service.call("POST", &location, Some(&command)).await.0, 400, "{command}");
    }
    assert_eq!(service.call("POST", &location, Some(&restart)).await.0, 202);
    assert_eq!(service.call("DELETE", &location, None).await.0, 204);
    assert_eq!(service.call("DELETE", &location, None).await.0, 404);
    service.quit().await;
}
