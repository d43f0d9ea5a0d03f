//! Keeping to the rate limit that a server tells.

use std::time::Duration;

use futures_util::future::join_all;
use runagent_transport::{Progress, TransportErrorKind};
use tokio::time::Instant;

use super::script::{Script, Step};

fn left(count: &'static [(&'static str, &'static str)]) -> Step {
    Step::Answer(200, count)
}

const NONE_FOR_SEVEN_SECONDS: &[(&str, &str)] = &[("x-ratelimit-remaining", "0"), ("x-ratelimit-reset-after", "7")];
const TWO_FOR_SEVEN_SECONDS: &[(&str, &str)] = &[("x-ratelimit-remaining", "2"), ("x-ratelimit-reset-after", "7")];

/// When each request came, in seconds from now on.
fn seconds(script: &Script, start: Instant) -> Vec<u64> {
    script.seen(|time, _| (time - start).as_secs())
}

#[tokio::test(start_paused = true)]
async fn a_call_waits_for_the_renewal_when_none_is_left() {
    let start = Instant::now();
    let script = Script::new([left(NONE_FOR_SEVEN_SECONDS)]);
    let api = script.api(|api| api.pacing(true));
    for _ in 0..3 {
        api.get(&["x"]).send().await.expect("an answer");
    }
    assert_eq!(seconds(&script, start), [0, 7, 7]);
}

#[tokio::test(start_paused = true)]
async fn calls_at_once_share_what_is_left() {
    let start = Instant::now();
    let script = Script::new([left(TWO_FOR_SEVEN_SECONDS)]);
    let api = script.api(|api| api.pacing(true));
    api.get(&["x"]).send().await.expect("an answer");
    join_all((0..4).map(|_| api.get(&["x"]).send())).await.into_iter().for_each(|call| drop(call.expect("an answer")));
    assert_eq!(seconds(&script, start), [0, 0, 0, 7, 7]);
}

#[tokio::test(start_paused = true)]
async fn an_answer_that_was_overtaken_gives_nothing_back() {
    let start = Instant::now();
    let script = Script::new([left(NONE_FOR_SEVEN_SECONDS), left(TWO_FOR_SEVEN_SECONDS)]);
    let api = script.api(|api| api.pacing(true));
    let (first, second) = tokio::join!(api.get(&["x"]).send(), api.get(&["x"]).send());
    first.and(second).expect("answers");
    api.get(&["x"]).send().await.expect("an answer");
    assert_eq!(seconds(&script, start), [0, 0, 7]);
}

#[tokio::test(start_paused = true)]
async fn a_wait_that_is_too_long_is_an_error_at_once() {
    const AN_HOUR: &[(&str, &str)] = &[("x-ratelimit-remaining", "0"), ("x-ratelimit-reset-after", "3600")];
    for (answer, timeout) in [(AN_HOUR, Duration::MAX), (NONE_FOR_SEVEN_SECONDS, Duration::from_secs(7))] {
        let start = Instant::now();
        let script = Script::new([left(answer)]);
        let api = script.api(|api| api.pacing(true));
        api.get(&["x"]).send().await.expect("an answer");
        let error = api.get(&["x"]).timeout(timeout).send().await.expect_err("used up");
        assert_eq!((error.kind(), error.progress()), (TransportErrorKind::RateLimited, Progress::NotSent));
        assert!(error.retry_after().is_some_and(|time| time >= Duration::from_secs(6)), "{error}");
        assert_eq!((start.elapsed(), script.count()), (Duration::ZERO, 1));
    }
}

#[tokio::test(start_paused = true)]
async fn without_it_nothing_waits() {
    let start = Instant::now();
    let script = Script::new([left(NONE_FOR_SEVEN_SECONDS)]);
    let api = script.api(|api| api);
    for _ in 0..2 {
        api.get(&["x"]).send().await.expect("an answer");
    }
    assert_eq!(seconds(&script, start), [0, 0]);
}
