//! Calls that are tried again, in paused time.
#![allow(clippy::expect_used, reason = "a test fails by panicking")]
#![cfg(feature = "http")]

use std::{
    sync::{Arc, Mutex},
    time::Duration,
};

use http::{HeaderValue, header::USER_AGENT};
use runagent_transport::{
    Api, ApiRequest, Attempts, BaseUrl, Progress, Request, Response, TransportError, TransportErrorKind,
    retry::{Attempt, Failure, RetryPolicy, StandardRetry, Verdict},
    transport_fn,
};
use tokio::time::Instant;

/// What a scripted transport does with an attempt.
#[derive(Clone)]
enum Step {
    Status(u16, &'static [(&'static str, &'static str)]),
    Error(TransportErrorKind, Progress),
    Silence,
}

use Step::{Error, Silence, Status};

const DOWN: Step = Status(503, &[]);
const OK: Step = Status(200, &[]);
const NOT_SENT: Step = Error(TransportErrorKind::Connect, Progress::NotSent);
const LOST: Step = Error(TransportErrorKind::Closed, Progress::MaybeSent);

type Seen = Arc<Mutex<Vec<(Instant, Request)>>>;

/// An API whose attempts go by the steps, the last of them for ever.
fn scripted(
    steps: &[Step],
    configure: impl FnOnce(runagent_transport::ApiBuilder) -> runagent_transport::ApiBuilder,
) -> (Api, Seen) {
    let seen = Seen::default();
    let (log, steps) = (seen.clone(), steps.to_vec());
    let transport = transport_fn(move |request| {
        let mut log = log.lock().expect("no panic");
        let step = steps[log.len().min(steps.len() - 1)].clone();
        log.push((Instant::now(), request));
        async move { play(step).await }
    });
    let base = BaseUrl::parse("https://api.example.com").expect("a URL");
    (configure(Api::builder(base, transport)).build(), seen)
}

async fn play(step: Step) -> Result<Response, TransportError> {
    match step {
        Status(status, headers) => {
            let mut response = http::Response::builder().status(status);
            for (name, value) in headers {
                response = response.header(*name, *value);
            }
            Ok(response.body("body".into()).expect("a response"))
        }
        Error(kind, progress) => Err(TransportError::new(kind, progress, "scripted")),
        Silence => std::future::pending().await,
    }
}

fn get(api: &Api) -> ApiRequest {
    api.get(&["x"])
}

fn post(api: &Api) -> ApiRequest {
    api.post_json(&["x"], "{}")
}

/// The status, or the kind of the error, and the number of attempts.
async fn outcome(request: ApiRequest) -> (Result<u16, TransportErrorKind>, u32) {
    match request.send().await {
        Ok(response) => {
            let attempts = response.extensions().get::<Attempts>().expect("counted").0;
            (Ok(response.status().as_u16()), attempts)
        }
        Err(error) => (Err(error.kind()), error.attempts()),
    }
}

#[tokio::test(start_paused = true)]
async fn a_safe_call_gets_over_passing_failures() {
    let (api, seen) = scripted(&[DOWN, LOST, NOT_SENT, OK], |api| api);
    assert_eq!(outcome(get(&api)).await, (Ok(200), 4));
    assert_eq!(seen.lock().expect("no panic").len(), 4);
}

#[tokio::test(start_paused = true)]
async fn after_four_attempts_the_last_failure_is_the_answer() {
    let (api, _) = scripted(&[DOWN], |api| api);
    assert_eq!(outcome(get(&api)).await, (Ok(503), 4));
    let (api, _) = scripted(&[NOT_SENT], |api| api);
    assert_eq!(outcome(get(&api)).await, (Err(TransportErrorKind::Connect), 4));
}

#[tokio::test(start_paused = true)]
async fn an_unsafe_call_is_repeated_only_when_it_did_not_run() {
    for (first, attempts) in [
        (NOT_SENT, 2),
        (Status(429, &[]), 2),
        (Status(503, &[("retry-after", "1")]), 2),
        (DOWN, 1),
        (Status(500, &[]), 1),
        (Status(502, &[]), 1),
        (Status(504, &[]), 1),
        (Status(408, &[]), 1),
        (LOST, 1),
    ] {
        let (api, seen) = scripted(&[first, OK], |api| api);
        assert_eq!(outcome(post(&api)).await.1, attempts);
        assert_eq!(seen.lock().expect("no panic").len(), attempts as usize);
    }
}

#[tokio::test(start_paused = true)]
async fn a_key_makes_it_repeatable_and_stays_the_same() {
    let (api, seen) = scripted(&[LOST, DOWN, OK], |api| api);
    let call = post(&api).idempotency_key(HeaderValue::from_static("ra-1"));
    assert_eq!(outcome(call).await, (Ok(200), 3));
    for (_, request) in seen.lock().expect("no panic").iter() {
        assert_eq!(request.headers()["idempotency-key"], "ra-1");
        assert_eq!(request.body().as_bytes(), Some(&b"{}"[..]));
        assert_eq!(request.headers()["content-type"], "application/json");
    }
}

#[tokio::test(start_paused = true)]
async fn the_server_says_when() {
    let (api, seen) = scripted(&[Status(429, &[("retry-after", "7")]), OK], |api| api);
    assert_eq!(outcome(post(&api)).await, (Ok(200), 2));
    let seen = seen.lock().expect("no panic");
    assert_eq!(seen[1].0 - seen[0].0, Duration::from_secs(7));
}

#[tokio::test(start_paused = true)]
async fn a_wait_past_the_deadline_is_not_begun() {
    let start = Instant::now();
    let (api, _) = scripted(&[Status(429, &[("retry-after", "10")]), OK], |api| api);
    assert_eq!(outcome(get(&api).timeout(Duration::from_secs(10))).await, (Ok(429), 1));
    assert_eq!(start.elapsed(), Duration::ZERO);
    assert_eq!(outcome(get(&api).timeout(Duration::from_secs(11))).await, (Ok(200), 1));
}

#[tokio::test(start_paused = true)]
async fn the_time_limit_is_for_all_attempts_together() {
    let start = Instant::now();
    let (api, seen) = scripted(&[Silence], |api| api);
    let call = get(&api).timeout(Duration::from_secs(10)).attempt_timeout(Duration::from_secs(4));
    let (result, attempts) = outcome(call).await;
    assert_eq!(result, Err(TransportErrorKind::Timeout));
    assert!((2..=3).contains(&attempts), "{attempts}");
    assert!(start.elapsed() <= Duration::from_secs(10));
    assert_eq!(seen.lock().expect("no panic").len(), attempts as usize);
}

#[tokio::test(start_paused = true)]
async fn an_attempt_that_times_out_is_repeated_when_that_is_harmless() {
    let (api, _) = scripted(&[Silence, OK], |api| api);
    assert_eq!(outcome(get(&api).attempt_timeout(Duration::from_secs(1))).await, (Ok(200), 2));
    let (api, _) = scripted(&[Silence, OK], |api| api);
    let call = post(&api).attempt_timeout(Duration::from_secs(1));
    assert_eq!(outcome(call).await, (Err(TransportErrorKind::Timeout), 1));
}

#[tokio::test(start_paused = true)]
async fn delays_stay_below_their_ceilings() {
    let (api, seen) = scripted(&[DOWN], |api| api.retry(StandardRetry::new().with_max_retries(6)));
    assert_eq!(outcome(get(&api)).await.1, 7);
    let seen = seen.lock().expect("no panic");
    let ceilings = [1, 2, 4, 8, 16, 30];
    for (pair, ceiling) in seen.windows(2).zip(ceilings) {
        // The clock of Tokio counts in milliseconds.
        assert!(pair[1].0 - pair[0].0 <= Duration::from_secs(ceiling) + Duration::from_millis(1));
    }
}

#[tokio::test(start_paused = true)]
async fn a_failing_server_gets_little_more_than_one_attempt_a_call() {
    let (api, seen) = scripted(&[DOWN], |api| api);
    let clone = api.clone();
    for n in 0..1000 {
        get(if n % 2 == 0 { &api } else { &clone }).send().await.expect("an answer");
    }
    assert_eq!(seen.lock().expect("no panic").len(), 1000 + 100);
}

#[tokio::test(start_paused = true)]
async fn nothing_is_retried_when_the_policy_says_so() {
    #[derive(Debug)]
    struct Never;
    impl RetryPolicy for Never {
        fn on_failure(&self, _: &Attempt, _: &Failure<'_>) -> Verdict {
            Verdict::Stop
        }
    }
    let (api, _) = scripted(&[DOWN], |api| api.retry(Never));
    assert_eq!(outcome(get(&api)).await, (Ok(503), 1));
    let (api, _) = scripted(&[NOT_SENT], |api| api.retry(StandardRetry::new().with_max_retries(0)));
    assert_eq!(outcome(get(&api)).await, (Err(TransportErrorKind::Connect), 1));
}

#[tokio::test(start_paused = true)]
async fn a_call_can_be_left_out_of_it() {
    for step in [DOWN, NOT_SENT, LOST] {
        let (api, seen) = scripted(&[step, OK], |api| api);
        drop(api.get(&["x"]).retries(false).send().await);
        assert_eq!(seen.lock().expect("no panic").len(), 1);
    }
}

#[tokio::test(start_paused = true)]
async fn a_header_of_the_call_goes_before_that_of_the_api() {
    let (api, seen) = scripted(&[OK], |api| api.header(USER_AGENT, HeaderValue::from_static("api/1")));
    let call = get(&api).header(USER_AGENT, HeaderValue::from_static("call/1"));
    assert_eq!(outcome(call).await, (Ok(200), 1));
    assert_eq!(seen.lock().expect("no panic")[0].1.headers()["user-agent"], "call/1");
}
