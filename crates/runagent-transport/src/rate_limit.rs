//! The rate limit that a server tells.

use std::time::{Duration, SystemTime};

use http::HeaderMap;

/// From here on a number of seconds is a time since 1970: a time from now is never 31 years.
const FIRST_UNIX_TIME: u64 = 1_000_000_000;
/// From here on the time since 1970 is in milliseconds: in seconds it would be the year 5138.
const FIRST_UNIX_MILLISECONDS: u64 = 100_000_000_000;

/// What a server tells of its rate limit in the headers `X-RateLimit-Limit`, `-Remaining`, `-Reset` and `-Reset-After`.
///
/// ```
/// use std::time::{Duration, SystemTime};
/// use runagent_transport::RateLimit;
///
/// let response = http::Response::builder()
///     .header("x-ratelimit-limit", "1000")
///     .header("x-ratelimit-remaining", "0")
///     .header("x-ratelimit-reset-after", "7")
///     .body(())?;
/// let limit = RateLimit::of(response.headers(), SystemTime::now());
/// assert_eq!(limit.remaining, Some(0));
/// assert_eq!(limit.reset_after, Some(Duration::from_secs(7)));
/// # Ok::<(), http::Error>(())
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct RateLimit {
    /// How many requests a window has.
    pub limit: Option<u64>,
    /// How many are left in the current one.
    pub remaining: Option<u64>,
    /// How long it takes until the next window begins; zero when it has begun.
    pub reset_after: Option<Duration>,
}

impl RateLimit {
    /// Reads the headers of a response that came at `now`. What is missing or no whole number is `None`.
    ///
    /// `Reset-After` is in seconds and goes first. `Reset` is a Unix time in seconds; one that is too small for that counts
    /// as seconds from now, one that is too large as milliseconds.
    #[must_use]
    pub fn of(headers: &HeaderMap, now: SystemTime) -> Self {
        let number = |name: &str| -> Option<u64> { headers.get(name)?.to_str().ok()?.trim().parse().ok() };
        let unix_now = now.duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
        let reset = || {
            Some(match number("x-ratelimit-reset")? {
                seconds @ ..FIRST_UNIX_TIME => Duration::from_secs(seconds),
                seconds @ ..FIRST_UNIX_MILLISECONDS => Duration::from_secs(seconds).saturating_sub(unix_now),
                milliseconds => Duration::from_millis(milliseconds).saturating_sub(unix_now),
            })
        };
        Self {
            limit: number("x-ratelimit-limit"),
            remaining: number("x-ratelimit-remaining"),
            reset_after: number("x-ratelimit-reset-after").map(Duration::from_secs).or_else(reset),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: u64 = 1_704_067_200;

    fn read(headers: &[(&'static str, &str)]) -> RateLimit {
        let headers = headers.iter().map(|(name, value)| {
            (http::HeaderName::from_static(name), http::HeaderValue::from_str(value).expect("a value"))
        });
        RateLimit::of(&headers.collect(), SystemTime::UNIX_EPOCH + Duration::from_secs(NOW))
    }

    #[test]
    fn the_end_of_the_window_comes_in_three_forms() {
        for (headers, seconds) in [
            (&[("x-ratelimit-reset", "1704067230")][..], Some(30)),
            (&[("x-ratelimit-reset", "1704067100")], Some(0)),
            (&[("x-ratelimit-reset", "45")], Some(45)),
            (&[("x-ratelimit-reset", "1704067230"), ("x-ratelimit-reset-after", "5")], Some(5)),
            (&[("x-ratelimit-reset", "1704067230000")], Some(30)),
            (&[("x-ratelimit-reset", "18446744073709551000")], Some(u64::MAX / 1000 - NOW)),
            (&[("x-ratelimit-reset", "18446744073709551616")], None),
            (&[("x-ratelimit-reset", "soon")], None),
            (&[("x-ratelimit-reset", "-1")], None),
            (&[], None),
        ] {
            assert_eq!(read(headers).reset_after, seconds.map(Duration::from_secs), "{headers:?}");
        }
    }

    #[test]
    fn what_is_no_whole_number_is_not_told() {
        let limit = read(&[("x-ratelimit-limit", " 1000 "), ("x-ratelimit-remaining", "12.5")]);
        assert_eq!((limit.limit, limit.remaining), (Some(1000), None));
    }
}
