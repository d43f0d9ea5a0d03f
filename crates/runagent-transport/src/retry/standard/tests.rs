use super::*;

fn retries(idempotency: Idempotency, failure: &Failure<'_>) -> bool {
    StandardRetry::new().on_failure(&Attempt::new(1, idempotency), failure) != Verdict::Stop
}

#[test]
fn what_got_how_far_decides() {
    use Progress::{MaybeSent, NotSent, ResponseStarted};
    use TransportErrorKind::{Closed, Connect, Protocol, Refused, Request, Timeout, Tls, TooLarge, Unsupported};

    for (kind, progress, harmless, otherwise) in [
        (Refused, NotSent, true, true),
        (Connect, NotSent, true, true),
        (Closed, NotSent, true, true),
        (Timeout, NotSent, true, true),
        (Closed, MaybeSent, true, false),
        (Closed, ResponseStarted, true, false),
        (Timeout, MaybeSent, true, false),
        (Tls, NotSent, false, false),
        (Protocol, ResponseStarted, false, false),
        (TooLarge, ResponseStarted, false, false),
        (Request, NotSent, false, false),
        (Unsupported, NotSent, false, false),
    ] {
        let error = TransportError::new(kind, progress, "");
        let failure = Failure::Transport(&error);
        assert_eq!(retries(Idempotency::Safe, &failure), harmless, "{error:?}");
        assert_eq!(retries(Idempotency::Idempotent, &failure), harmless, "{error:?}");
        assert_eq!(retries(Idempotency::Keyed, &failure), harmless, "{error:?}");
        assert_eq!(retries(Idempotency::Unsafe, &failure), otherwise, "{error:?}");
    }
}

#[test]
fn nothing_listens_here_and_nothing_will() {
    let error = TransportError::new(TransportErrorKind::Refused, Progress::NotSent, "");
    let attempt = Attempt { loopback: true, ..Attempt::new(1, Idempotency::Safe) };
    assert_eq!(StandardRetry::new().on_failure(&attempt, &Failure::Transport(&error)), Verdict::Stop);
}

#[test]
fn statuses() {
    let plain = HeaderMap::new();
    let mut asking = HeaderMap::new();
    asking.insert("retry-after", "1".parse().expect("a value"));
    for (status, headers, harmless, otherwise) in [
        (429, &plain, true, true),
        (429, &asking, true, true),
        (503, &asking, true, true),
        (503, &plain, true, false),
        (408, &plain, true, false),
        (500, &plain, true, false),
        (500, &asking, true, false),
        (502, &plain, true, false),
        (504, &plain, true, false),
        (501, &plain, false, false),
        (400, &plain, false, false),
        (401, &plain, false, false),
        (404, &asking, false, false),
        (422, &plain, false, false),
        (302, &plain, false, false),
    ] {
        let failure = Failure::Response(StatusCode::from_u16(status).expect("a status"), headers);
        assert_eq!(retries(Idempotency::Safe, &failure), harmless, "{status}");
        assert_eq!(retries(Idempotency::Keyed, &failure), harmless, "{status}");
        assert_eq!(retries(Idempotency::Unsafe, &failure), otherwise, "{status}");
    }
}

#[test]
fn what_the_server_asks_for_goes_first_up_to_a_minute() {
    for (value, expected) in [
        ("20", Verdict::Retry { after: Duration::from_secs(20) }),
        ("60", Verdict::Retry { after: Duration::from_secs(60) }),
        ("61", Verdict::Stop),
        ("86400", Verdict::Stop),
    ] {
        let mut headers = HeaderMap::new();
        headers.insert("retry-after", value.parse().expect("a value"));
        let failure = Failure::Response(StatusCode::TOO_MANY_REQUESTS, &headers);
        let attempt = Attempt::new(1, Idempotency::Unsafe);
        assert_eq!(StandardRetry::new().on_failure(&attempt, &failure), expected, "{value}");
    }
}

#[test]
fn a_server_may_forbid_it() {
    let mut headers = HeaderMap::new();
    headers.insert("x-should-retry", "false".parse().expect("a value"));
    assert!(!retries(Idempotency::Safe, &Failure::Response(StatusCode::TOO_MANY_REQUESTS, &headers)));
    headers.insert("x-should-retry", "true".parse().expect("a value"));
    assert!(!retries(Idempotency::Unsafe, &Failure::Response(StatusCode::INTERNAL_SERVER_ERROR, &headers)));
}

#[test]
fn the_number_of_retries_is_what_it_says() {
    let error = TransportError::new(TransportErrorKind::Connect, Progress::NotSent, "");
    for retries in [0, 1, 3, 10] {
        let policy = StandardRetry::new().with_max_retries(retries);
        let made = (1..=20)
            .take_while(|number| {
                let attempt = Attempt::new(*number, Idempotency::Safe);
                policy.on_failure(&attempt, &Failure::Transport(&error)) != Verdict::Stop
            })
            .count();
        assert_eq!(made, retries as usize);
    }
}

#[test]
fn delays_grow_to_thirty_seconds_and_never_wrap() {
    let policy = StandardRetry::new();
    let seconds = |retry| policy.ceiling(retry).as_secs();
    assert_eq!([1, 2, 3, 4, 5, 6, 7].map(seconds), [1, 2, 4, 8, 16, 30, 30]);
    for retry in [31, 32, 33, 64, 1000, u32::MAX] {
        assert_eq!(policy.ceiling(retry), MAX_DELAY);
    }
    for factor in [f64::NAN, f64::NEG_INFINITY, -1.0, 0.0, 0.5, 1.0] {
        assert_eq!(StandardRetry::new().with_backoff(factor).ceiling(9), Duration::from_secs(1), "{factor}");
    }
    assert_eq!(StandardRetry::new().with_backoff(f64::INFINITY).ceiling(9), MAX_DELAY);
    assert_eq!(StandardRetry::new().with_delay(Duration::MAX).ceiling(1), MAX_DELAY);
    assert_eq!(StandardRetry::new().with_delay(Duration::ZERO).ceiling(u32::MAX), Duration::ZERO);
}

#[test]
fn the_delay_is_anywhere_below_its_ceiling() {
    let policy = StandardRetry::new();
    let delays: Vec<_> = (0..200)
        .map(|_| match policy.backoff(3) {
            Verdict::Retry { after } => after,
            Verdict::Stop => panic!("a delay"),
        })
        .collect();
    assert!(delays.iter().all(|delay| *delay <= Duration::from_secs(4)));
    assert!(delays.iter().any(|delay| *delay < Duration::from_secs(1)));
    assert!(delays.iter().any(|delay| *delay > Duration::from_secs(3)));
}
