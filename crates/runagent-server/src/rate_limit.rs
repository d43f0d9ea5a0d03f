use std::sync::{Mutex, PoisonError};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use http::{HeaderMap, HeaderValue, StatusCode};
use runagent_types::ApiError;
use serde_json::json;
use tokio::time::Instant;

use crate::refusal::Refusal;

/// As good as for ever, and yet the clock can add it up.
const LONGEST: Duration = Duration::from_secs(100 * 365 * 24 * 60 * 60);

/// How many requests are taken in a window of time. All callers share it: the server knows but one token.
#[derive(Debug)]
pub(crate) struct RateLimit {
    limit: u64,
    per: Duration,
    window: Mutex<Window>,
}

#[derive(Debug, Clone, Copy)]
struct Window {
    /// When it ends; the first begins with the first request.
    end: Option<Instant>,
    used: u64,
}

impl RateLimit {
    pub(crate) fn new(limit: u64, per: Duration) -> Self {
        Self { limit, per: per.min(LONGEST), window: Mutex::new(Window { end: None, used: 0 }) }
    }

    /// Counts a request, or refuses it.
    pub(crate) fn take(&self) -> Result<(), Refusal> {
        let mut window = self.window.lock().unwrap_or_else(PoisonError::into_inner);
        let now = Instant::now();
        if window.end.is_none_or(|end| end <= now) {
            *window = Window { end: Some(now + self.per), used: 0 };
        }
        if window.used < self.limit {
            window.used += 1;
            return Ok(());
        }
        Err(self.refusal(self.left(*window)))
    }

    /// Tells callers what is left.
    pub(crate) fn tell(&self, headers: &mut HeaderMap) {
        let window = *self.window.lock().unwrap_or_else(PoisonError::into_inner);
        let left = self.left(window);
        let used = if left.is_zero() && window.end.is_some() { 0 } else { window.used };
        let mut number = |name: &'static str, number: u64| headers.insert(name, HeaderValue::from(number));
        number("x-ratelimit-limit", self.limit);
        number("x-ratelimit-remaining", self.limit.saturating_sub(used));
        number("x-ratelimit-reset", unix(left));
        number("x-ratelimit-reset-after", seconds(left));
    }

    /// How long a window lasts yet.
    fn left(&self, window: Window) -> Duration {
        window.end.map_or(self.per, |end| end.saturating_duration_since(Instant::now()))
    }

    fn refusal(&self, left: Duration) -> Refusal {
        let message = format!("no more than {} requests in {:?}", self.limit, self.per);
        let mut error = ApiError::new("RATE_LIMITED", message).with_details(json!({"reset_at": unix(left)}));
        error.retry_after = Some(seconds(left) as f64);
        Refusal::Failure(StatusCode::TOO_MANY_REQUESTS, Box::new(error))
    }
}

/// Whole seconds, rounded up: who waits for so long has waited long enough.
fn seconds(time: Duration) -> u64 {
    time.as_secs().saturating_add(u64::from(time.subsec_nanos() > 0))
}

/// So far from now, in seconds since 1970.
fn unix(left: Duration) -> u64 {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    seconds(now.saturating_add(left))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(limit: &RateLimit) -> [u64; 3] {
        let mut headers = HeaderMap::new();
        limit.tell(&mut headers);
        ["limit", "remaining", "reset-after"]
            .map(|name| headers[format!("x-ratelimit-{name}")].to_str().unwrap().parse().unwrap())
    }

    #[tokio::test(start_paused = true)]
    async fn a_window_begins_with_its_first_request_and_ends_by_the_clock() {
        let limit = RateLimit::new(2, Duration::from_secs(60));
        assert_eq!(told(&limit), [2, 2, 60]);
        tokio::time::advance(Duration::from_secs(1000)).await;
        limit.take().unwrap();
        tokio::time::advance(Duration::from_millis(500)).await;
        limit.take().unwrap();
        assert_eq!(told(&limit), [2, 0, 60]);
        let Refusal::Failure(StatusCode::TOO_MANY_REQUESTS, error) = limit.take().unwrap_err() else { panic!() };
        assert_eq!((error.code.unwrap().as_str(), error.retry_after), ("RATE_LIMITED", Some(60.0)));
        tokio::time::advance(Duration::from_secs(60)).await;
        assert_eq!(told(&limit)[1], 2);
        limit.take().unwrap();
        assert_eq!(told(&limit), [2, 1, 60]);
    }

    #[tokio::test]
    async fn no_length_of_a_window_is_too_long() {
        let limit = RateLimit::new(1, Duration::MAX);
        limit.take().unwrap();
        assert_eq!(told(&limit), [1, 0, LONGEST.as_secs()]);
    }
}
