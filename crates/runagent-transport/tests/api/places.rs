//! The limit of concurrent calls.

use std::time::Duration;

use futures_util::{FutureExt as _, future::join_all};
use runagent_transport::{Progress, Socket, SocketCredentials, TransportErrorKind, testing::Reply};

use super::script::{answer, ok, scripted};

#[tokio::test(start_paused = true)]
async fn no_more_calls_than_places_are_on_their_way() {
    let replies = [Reply::silence(), Reply::silence(), Reply::silence(), ok()];
    let (api, script) = scripted(replies, |api| api.max_concurrent_calls(3));
    let clone = api.clone();
    // The last one gives up first, before a place is free.
    let call = |n: usize| {
        let api = if n.is_multiple_of(2) { &api } else { &clone };
        api.get(&["x"]).timeout(Duration::from_secs(if n < 3 { 5 } else { 4 })).send()
    };
    let mut calls = Box::pin(join_all((0..4).map(call)));
    assert!(calls.as_mut().now_or_never().is_none());
    assert_eq!(script.requests().len(), 3);

    let errors: Vec<_> = calls.await.into_iter().map(|call| call.expect_err("no answer")).collect();
    assert!(errors[..3].iter().all(|error| error.kind() == TransportErrorKind::Timeout));
    assert_eq!((errors[3].kind(), errors[3].progress()), (TransportErrorKind::Throttled, Progress::NotSent));
    assert_eq!(script.requests().len(), 3);
    // Their places are free again.
    assert_eq!(api.get(&["x"]).send().await.expect("an answer").status(), 200);
}

#[tokio::test(start_paused = true)]
async fn a_call_that_waits_goes_when_another_ends_or_is_dropped() {
    let (api, script) = scripted([Reply::silence(), ok()], |api| api.max_concurrent_calls(1));
    let mut first = Box::pin(api.get(&["x"]).send());
    assert!(first.as_mut().now_or_never().is_none());
    let mut second = Box::pin(api.get(&["x"]).send());
    assert!(second.as_mut().now_or_never().is_none());
    assert_eq!(script.requests().len(), 1);
    drop(first);
    assert_eq!(second.await.expect("an answer").status(), 200);
}

#[tokio::test(start_paused = true)]
async fn a_call_keeps_its_place_while_it_waits_to_try_again() {
    let busy = answer(503, &[("retry-after", "10")]);
    let (api, script) = scripted([busy, ok(), ok()], |api| api.max_concurrent_calls(1));
    let (first, second) = tokio::join!(api.get(&["first"]).send(), api.get(&["second"]).send());
    assert!(first.expect("an answer").status().is_success() && second.expect("an answer").status().is_success());
    let paths: Vec<_> = script.requests().iter().map(|request| request.uri().path().to_owned()).collect();
    assert_eq!(paths, ["/first", "/first", "/second"]);
}

#[tokio::test(start_paused = true)]
async fn a_socket_keeps_its_place_until_it_is_dropped() {
    let (api, _) = scripted([Socket::scripted([]).into(), ok()], |api| api.max_concurrent_calls(1));
    let mut socket = api.get(&["s"]).connect(SocketCredentials::Header).await.expect("a socket");
    assert!(socket.recv().await.is_none());
    let error = api.get(&["x"]).timeout(Duration::from_secs(1)).send().await.expect_err("no place");
    assert_eq!(error.to_string(), "no place among the calls that may run at the same time within 1s");
    drop(socket);
    assert_eq!(api.get(&["x"]).send().await.expect("an answer").status(), 200);
}
