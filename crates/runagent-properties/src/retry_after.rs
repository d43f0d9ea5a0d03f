use std::time::{Duration, SystemTime};

use http::{HeaderMap, HeaderName, HeaderValue};
use runagent_transport::retry;

const SECONDS: HeaderName = http::header::RETRY_AFTER;
const MILLISECONDS: HeaderName = HeaderName::from_static("retry-after-ms");

/// A time to wait is in the future and comes from a plain number or a date; as seconds, as milliseconds and as a date
/// the same number is the same time.
///
/// An input is the value of `retry-after`, and after a line feed, if there is one, that of `retry-after-ms`.
pub fn retry_after(input: &[u8]) {
    let mut parts = input.splitn(2, |byte| *byte == b'\n');
    let seconds = parts.next().and_then(|value| HeaderValue::from_bytes(value).ok());
    let milliseconds = parts.next().and_then(|value| HeaderValue::from_bytes(value).ok());

    let alone = seconds.as_ref().and_then(|value| after([(SECONDS, value)]));
    let first = milliseconds.as_ref().and_then(|value| after([(MILLISECONDS, value)]));
    for (time, value, may_be_date) in [(alone, &seconds, true), (first, &milliseconds, false)] {
        let Some(time) = time else { continue };
        let text = value.as_ref().and_then(|value| value.to_str().ok()).expect("text").trim();
        let is_number = text.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.');
        let is_date = || httpdate::parse_http_date(text).is_ok_and(|date| date == now() + time);
        assert!(!time.is_zero() && (is_number || (may_be_date && is_date())), "{text:?} is {time:?}");
    }
    if let (Some(seconds), Some(milliseconds)) = (&seconds, &milliseconds) {
        assert_eq!(after([(SECONDS, seconds), (MILLISECONDS, milliseconds)]), first.or(alone));
    }
    if let Some(whole) = seconds.as_ref().and_then(|value| value.to_str().ok()).and_then(whole) {
        same_in_every_form(whole);
    }
}

fn same_in_every_form(seconds: u32) {
    let time = Duration::from_secs(seconds.into());
    let expected = (seconds > 0).then_some(time);
    let value = |text: String| HeaderValue::try_from(text).expect("a number or a date");
    assert_eq!(after([(SECONDS, &value(seconds.to_string()))]), expected);
    assert_eq!(after([(MILLISECONDS, &value(format!("{seconds}000")))]), expected);
    assert_eq!(after([(SECONDS, &value(httpdate::fmt_http_date(now() + time)))]), expected);
}

/// The number that the text is, if it is nothing else.
fn whole(text: &str) -> Option<u32> {
    text.bytes().all(|byte| byte.is_ascii_digit()).then(|| text.parse().ok()).flatten()
}

fn after<const N: usize>(headers: [(HeaderName, &HeaderValue); N]) -> Option<Duration> {
    let headers: HeaderMap = headers.into_iter().map(|(name, value)| (name, value.clone())).collect();
    retry::retry_after(&headers, now())
}

/// 2024-01-01 00:00:00 UTC.
fn now() -> SystemTime {
    SystemTime::UNIX_EPOCH + Duration::from_secs(1_704_067_200)
}
