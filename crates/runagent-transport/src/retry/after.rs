//! How long a server asks to wait.

use std::time::{Duration, SystemTime};

use http::{HeaderMap, HeaderName, header::RETRY_AFTER};

const RETRY_AFTER_MS: HeaderName = HeaderName::from_static("retry-after-ms");

/// The time that a response asks to wait: `retry-after-ms` in milliseconds, else `Retry-After` in seconds or as a date
/// (RFC 9110, section 10.2.3, in the three forms of section 5.6.7). `None` for anything else, and for a time that is not in
/// the future.
///
/// ```
/// use std::time::{Duration, SystemTime};
/// use runagent_transport::retry::retry_after;
///
/// let response = http::Response::builder().header("retry-after", "20").body(())?;
/// assert_eq!(retry_after(response.headers(), SystemTime::now()), Some(Duration::from_secs(20)));
/// # Ok::<(), http::Error>(())
/// ```
#[must_use]
pub fn retry_after(headers: &HeaderMap, now: SystemTime) -> Option<Duration> {
    let text = |name: &HeaderName| headers.get(name).and_then(|value| value.to_str().ok()).map(str::trim);
    let milliseconds = text(&RETRY_AFTER_MS).and_then(number).map(|value| value / 1000.0).and_then(positive);
    milliseconds.or_else(|| {
        let value = text(&RETRY_AFTER)?;
        match number(value) {
            Some(seconds) => positive(seconds),
            None => httpdate::parse_http_date(value).ok()?.duration_since(now).ok().filter(|time| !time.is_zero()),
        }
    })
}

/// A decimal number: no sign but a minus, no exponent, no `inf`, no `nan`.
fn number(text: &str) -> Option<f64> {
    let digits = text.strip_prefix('-').unwrap_or(text);
    let plain = digits.starts_with(|first: char| first.is_ascii_digit())
        && digits.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.');
    if plain { text.parse().ok() } else { None }
}

fn positive(seconds: f64) -> Option<Duration> {
    Duration::try_from_secs_f64(seconds).ok().filter(|time| !time.is_zero())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// 2024-01-01 00:00:00 UTC.
    fn now() -> SystemTime {
        SystemTime::UNIX_EPOCH + Duration::from_secs(1_704_067_200)
    }

    fn after(name: &'static str, value: &str) -> Option<f64> {
        let mut headers = HeaderMap::new();
        headers.insert(name, value.parse().expect("a header value"));
        retry_after(&headers, now()).map(|time| time.as_secs_f64())
    }

    #[test]
    fn seconds_and_dates() {
        let digits = "9".repeat(35);
        for (value, expected) in [
            ("20", Some(20.0)),
            ("0.5", Some(0.5)),
            (" 7 ", Some(7.0)),
            ("60", Some(60.0)),
            ("61", Some(61.0)),
            ("120", Some(120.0)),
            ("99999999999999", Some(99_999_999_999_999.0)),
            ("0", None),
            ("-10", None),
            ("-0", None),
            ("+5", None),
            ("1e3", None),
            ("inf", None),
            ("nan", None),
            ("", None),
            ("soon", None),
            (".5", None),
            ("1.2.3", None),
            (digits.as_str(), None),
            ("Mon, 01 Jan 2024 00:00:20 GMT", Some(20.0)),
            ("Monday, 01-Jan-24 00:00:20 GMT", Some(20.0)),
            ("Mon Jan  1 00:00:20 2024", Some(20.0)),
            ("Mon, 01 Jan 2024 00:00:00 GMT", None),
            ("Sun, 31 Dec 2023 23:59:40 GMT", None),
            ("Zun, 29 Sep 2024 00:26:57 GMT", None),
            ("Mon, 01 Jan 100000 00:00:20 GMT", None),
        ] {
            assert_eq!(after("retry-after", value), expected, "{value:?}");
        }
    }

    #[test]
    fn milliseconds_go_first_when_they_are_some() {
        assert_eq!(after("retry-after-ms", "1500"), Some(1.5));
        let mut headers = HeaderMap::new();
        headers.insert("retry-after", "20".parse().expect("a value"));
        for (milliseconds, expected) in [("250", 0.25), ("nan", 20.0), ("-1", 20.0), ("0", 20.0)] {
            headers.insert("retry-after-ms", milliseconds.parse().expect("a value"));
            assert_eq!(retry_after(&headers, now()), Some(Duration::from_secs_f64(expected)), "{milliseconds}");
        }
    }
}
