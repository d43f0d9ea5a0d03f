//! Responses that are read while they arrive.

use std::{pin::Pin, time::Duration};

use http::header::AUTHORIZATION;
use http_body::Body as _;
use runagent_transport::{
    Api, ApiKey, Attempts, BaseUrl, Body, HttpTransport, Progress, TransportErrorKind, credentials_fn,
    testing::{
        Reply, cut_off, unending,
        wire::{Event, Gate, Script, WireServer},
    },
};

use super::script::{answer, header, lost, ok, scripted};

async fn next(body: &mut Body) -> Option<Vec<u8>> {
    let frame = std::future::poll_fn(|cx| Pin::new(&mut *body).poll_frame(cx)).await?;
    Some(frame.expect("a frame").into_data().expect("data").to_vec())
}

fn reply(status: u16, body: Body) -> Reply {
    http::Response::builder().status(status).body(body).expect("a response").into()
}

#[tokio::test(start_paused = true)]
async fn it_is_tried_again_until_there_is_a_head() {
    let (api, script) = scripted([answer(429, &[("retry-after", "2")]), lost(), reply(200, "all".into())], |api| api);
    let start = tokio::time::Instant::now();
    let response = api.get(&["x"]).open().await.expect("an answer");
    assert_eq!(
        (response.status().as_u16(), response.extensions().get::<Attempts>().map(|count| count.0)),
        (200, Some(3))
    );
    assert!(start.elapsed() >= Duration::from_secs(2));
    assert_eq!(response.into_body().collect(64).await.expect("a body"), "all");
    assert_eq!(script.requests().len(), 3);
}

#[tokio::test]
async fn what_breaks_the_body_is_not_tried_again() {
    let (api, script) = scripted([reply(200, cut_off("half")), ok()], |api| api);
    let mut body = api.get(&["x"]).open().await.expect("an answer").into_body();
    assert_eq!(next(&mut body).await.as_deref(), Some(&b"half"[..]));
    let error = body.collect(64).await.expect_err("cut off");
    assert_eq!(error.kind(), TransportErrorKind::Closed);
    assert_eq!(script.requests().len(), 1);
}

#[tokio::test(start_paused = true)]
async fn the_time_limits_end_with_the_head() {
    let silence = [Reply::silence(), Reply::silence()];
    let (api, _) = scripted(silence, |api| api);
    for limited in [
        api.post_json(&["x"], "").timeout(Duration::from_secs(5)),
        api.post_json(&["x"], "").attempt_timeout(Duration::from_secs(5)),
    ] {
        let error = limited.open().await.expect_err("no head");
        assert_eq!((error.kind(), error.progress()), (TransportErrorKind::Timeout, Progress::MaybeSent));
    }
    let (api, _) = scripted([reply(200, unending("one"))], |api| api);
    let call = api.get(&["x"]).timeout(Duration::from_secs(5)).attempt_timeout(Duration::from_secs(5));
    let mut body = call.open().await.expect("an answer").into_body();
    assert_eq!(next(&mut body).await.as_deref(), Some(&b"one"[..]));
    let more = tokio::time::timeout(Duration::from_secs(3600), next(&mut body)).await;
    assert!(more.is_err(), "{more:?}");
}

#[tokio::test(start_paused = true)]
async fn the_place_is_held_until_the_body_is_dropped_or_over() {
    for status in [200, 404] {
        for to_the_end in [false, true] {
            let (api, _) = scripted([reply(status, "one".into()), ok()], |api| api.max_concurrent_calls(1));
            let call = || api.get(&["y"]).timeout(Duration::from_secs(1)).send();
            let response = api.get(&["x"]).open().await.expect("an answer");
            assert_eq!(response.status(), status);
            let mut body = response.into_body();
            assert_eq!(body.size_hint().exact(), Some(3));
            assert!(next(&mut body).await.is_some());
            assert_eq!(call().await.expect_err("no place").kind(), TransportErrorKind::Throttled);
            if to_the_end {
                assert!(next(&mut body).await.is_none());
            } else {
                drop(body);
            }
            assert_eq!(call().await.expect("an answer").status(), 200);
        }
    }
}

#[tokio::test]
async fn a_refused_key_is_replaced_and_the_one_that_was_sent_comes_along() {
    let credentials = credentials_fn(|refused: Option<ApiKey>| async move {
        Ok(ApiKey::new(if refused.is_some() { "fresh" } else { "stale" }).expect("a key"))
    });
    let (api, script) =
        scripted([answer(401, &[]), reply(403, "not for fresh".into())], |api| api.credentials(credentials));
    let response = api.post_json(&["x"], "{}").open().await.expect("an answer");
    assert_eq!(response.status(), 403);
    let key = response.extensions().get::<ApiKey>().cloned().expect("the key");
    let body = response.into_body().collect(64).await.expect("a body");
    assert_eq!(&key.redact(&body)[..], b"not for [redacted]");
    assert_eq!(header(&script, AUTHORIZATION), ["Bearer stale", "Bearer fresh"]);
}

#[tokio::test]
async fn it_is_there_while_the_server_still_sends_and_dropping_it_hangs_up() {
    let gate = Gate::new();
    let head = "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n3\r\none\r\n";
    let server =
        WireServer::start([Script::new().read_request().send(head).wait(&gate).send("3\r\ntwo\r\n").stall()]).await;
    let base = BaseUrl::parse(&server.url("")).expect("a URL");
    // A limit for `send` alone.
    let api = Api::builder(base, HttpTransport::new()).max_response_bytes(1).build();
    let mut body = api.get(&["x"]).open().await.expect("an answer").into_body();
    assert_eq!(next(&mut body).await.as_deref(), Some(&b"one"[..]));
    gate.open();
    assert_eq!(next(&mut body).await.as_deref(), Some(&b"two"[..]));
    drop(body);
    server.wait_for(|events| events.contains(&Event::ClientClosed { connection: 0 })).await;
}
