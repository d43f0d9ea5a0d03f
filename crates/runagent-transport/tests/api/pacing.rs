//! Keeping to the rate limit that a server tells.

use std::time::Duration;

use futures_util::future::join_all;
use runagent_transport::{Api, Progress, Transport, TransportErrorKind, testing::ScriptedTransport, transport_fn};
use tokio::time::Instant;

use super::script::{answer, ok, over, scripted};

const NONE: &[(&str, &str)] = &[("x-ratelimit-remaining", "0"), ("x-ratelimit-reset-after", "7")];
const TWO: &[(&str, &str)] = &[("x-ratelimit-remaining", "2"), ("x-ratelimit-reset-after", "7")];
const NONE_FOR_AN_HOUR: &[(&str, &str)] = &[("x-ratelimit-remaining", "0"), ("x-ratelimit-reset-after", "3600")];

/// Calls, and returns when the answer came: the transport gives it at once.
async fn answered_at(api: &Api, start: Instant) -> u64 {
    api.get(&["x"]).send().await.expect("an answer");
    start.elapsed().as_secs()
}

/// Answers late: requests that are made at once are all there before the first is answered.
fn late(script: ScriptedTransport) -> impl Transport {
    transport_fn(move |request| {
        let script = script.clone();
        async move {
            tokio::task::yield_now().await;
            script.send(request).await
        }
    })
}

#[tokio::test(start_paused = true)]
async fn a_call_waits_for_the_renewal_when_none_is_left() {
    let start = Instant::now();
    let (api, _) = scripted([answer(200, NONE), ok(), ok()], |api| api.pacing(true));
    for expected in [0, 7, 7] {
        assert_eq!(answered_at(&api, start).await, expected);
    }
}

#[tokio::test(start_paused = true)]
async fn calls_at_once_share_what_is_left() {
    let start = Instant::now();
    let (api, _) = scripted([answer(200, TWO), ok(), ok(), ok(), ok()], |api| api.pacing(true));
    assert_eq!(answered_at(&api, start).await, 0);
    assert_eq!(join_all((0..4).map(|_| answered_at(&api, start))).await, [0, 0, 7, 7]);
}

#[tokio::test(start_paused = true)]
async fn an_answer_that_was_overtaken_gives_nothing_back() {
    let start = Instant::now();
    let script = ScriptedTransport::new([answer(200, NONE), answer(200, TWO), ok()]);
    let api = over(late(script), |api| api.pacing(true));
    assert_eq!(tokio::join!(answered_at(&api, start), answered_at(&api, start)), (0, 0));
    assert_eq!(answered_at(&api, start).await, 7);
}

#[tokio::test(start_paused = true)]
async fn a_wait_that_is_too_long_is_an_error_at_once() {
    for (headers, timeout) in [(NONE_FOR_AN_HOUR, Duration::MAX), (NONE, Duration::from_secs(7))] {
        let start = Instant::now();
        let (api, script) = scripted([answer(200, headers)], |api| api.pacing(true));
        assert_eq!(answered_at(&api, start).await, 0);
        let error = api.get(&["x"]).timeout(timeout).send().await.expect_err("used up");
        assert_eq!((error.kind(), error.progress()), (TransportErrorKind::Throttled, Progress::NotSent));
        assert!(error.retry_after().is_some_and(|time| time >= Duration::from_secs(6)), "{error}");
        assert_eq!((start.elapsed(), script.requests().len()), (Duration::ZERO, 1));
    }
}

#[tokio::test(start_paused = true)]
async fn without_it_nothing_waits() {
    let start = Instant::now();
    let (api, _) = scripted([answer(200, NONE), ok()], |api| api);
    for _ in 0..2 {
        assert_eq!(answered_at(&api, start).await, 0);
    }
}

#[tokio::test(start_paused = true)]
async fn a_window_whose_end_moves_with_every_answer_is_no_trap() {
    // As token buckets tell it.
    const SLIDING: &[(&str, &str)] = &[("x-ratelimit-remaining", "3"), ("x-ratelimit-reset-after", "60")];
    let script = ScriptedTransport::new((0..100).map(|_| answer(200, SLIDING)));
    let api = over(script.clone(), |api| api.pacing(true));
    for _ in 0..100 {
        api.get(&["x"]).send().await.expect("an answer");
        tokio::time::advance(Duration::from_secs(21)).await;
    }
    assert_eq!(script.requests().len(), 100);
}

#[tokio::test(start_paused = true)]
async fn a_late_answer_of_the_window_before_changes_nothing() {
    const OVER: &[(&str, &str)] = &[("x-ratelimit-remaining", "50"), ("x-ratelimit-reset-after", "0")];
    let start = Instant::now();
    let script = ScriptedTransport::new([answer(200, NONE), answer(200, OVER), ok()]);
    let api = over(late(script), |api| api.pacing(true));
    assert_eq!(tokio::join!(answered_at(&api, start), answered_at(&api, start)), (0, 0));
    assert_eq!(answered_at(&api, start).await, 7);
}

#[tokio::test(start_paused = true)]
async fn a_window_of_years_is_a_mistake() {
    const YEARS: &[(&str, &str)] = &[("x-ratelimit-remaining", "0"), ("x-ratelimit-reset-after", "1795635600000")];
    let start = Instant::now();
    let (api, _) = scripted([answer(200, YEARS), ok()], |api| api.pacing(true));
    assert_eq!((answered_at(&api, start).await, answered_at(&api, start).await), (0, 0));
}

#[tokio::test(start_paused = true)]
async fn the_servers_own_refusal_is_not_hidden_by_ours() {
    let refusal = answer(429, &[NONE_FOR_AN_HOUR, &[("x-request-id", "r1")]].concat());
    let (api, script) = scripted([refusal], |api| api.pacing(true));
    let response = api.get(&["x"]).send().await.expect("an answer");
    assert_eq!(
        (response.status().as_u16(), &response.headers()["x-request-id"]),
        (429, &"r1".parse().expect("a value"))
    );
    assert_eq!(script.requests().len(), 1);
}
