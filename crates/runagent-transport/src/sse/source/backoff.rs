//! How long to wait before the next connection.

use std::time::Duration;

use tokio::time::Instant;

const DEFAULT_RECONNECTION_TIME: Duration = Duration::from_secs(1);
const RECONNECTION_TIMES: (Duration, Duration) = (Duration::from_millis(100), Duration::from_secs(30));
/// The longest random part.
const MAX_JITTER: Duration = Duration::from_secs(30);
/// A connection that brings something so late has worked, whatever it brought.
const STABLE_AFTER: Duration = Duration::from_secs(60);

/// Counts failures in a row.
///
/// The standard's reconnection time is a minimum: a server that asks for 10 s is never asked again sooner, so the
/// random part that keeps clients apart comes on top of it.
#[derive(Debug, Default)]
pub(super) struct Backoff {
    /// What the server has told, if it has.
    told: Option<Duration>,
    failures: u32,
    opened: Option<Instant>,
}

impl Backoff {
    pub(super) fn set_reconnection_time(&mut self, time: Duration) {
        let (least, most) = RECONNECTION_TIMES;
        self.told = Some(time.clamp(least, most));
    }

    /// What the server has told.
    pub(super) const fn told(&self) -> Option<Duration> {
        self.told
    }

    fn reconnection_time(&self) -> Duration {
        self.told.unwrap_or(DEFAULT_RECONNECTION_TIME)
    }

    /// How many connections in a row came to nothing.
    pub(super) const fn failures(&self) -> u32 {
        self.failures
    }

    /// A connection was made.
    pub(super) fn opened(&mut self) {
        self.opened = Some(Instant::now());
    }

    /// Bytes have come.
    pub(super) fn received(&mut self) {
        if self.failures > 0 && self.opened.is_some_and(|opened| opened.elapsed() >= STABLE_AFTER) {
            self.failures = 0;
        }
    }

    /// An event has come.
    pub(super) const fn succeeded(&mut self) {
        self.failures = 0;
    }

    /// Counts a failure and says how long to wait.
    pub(super) fn failed(&mut self) -> Duration {
        let delay = self.delay();
        self.failures = self.failures.saturating_add(1);
        delay
    }

    /// The time until the next connection: another one at each call.
    pub(super) fn delay(&self) -> Duration {
        self.reconnection_time() + self.max_jitter().mul_f64(fastrand::f64())
    }

    fn max_jitter(&self) -> Duration {
        let factor = 2_u32.saturating_pow(self.failures);
        self.reconnection_time().saturating_mul(factor).min(MAX_JITTER)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_random_part_doubles_up_to_its_limit_and_never_overflows() {
        let mut backoff = Backoff::default();
        for expected in [1, 2, 4, 8, 16, 30, 30] {
            assert_eq!(backoff.max_jitter(), Duration::from_secs(expected));
            let delay = backoff.failed();
            assert!(delay >= Duration::from_secs(1) && delay <= Duration::from_secs(1 + expected), "{delay:?}");
        }
        backoff.failures = u32::MAX;
        assert!(backoff.failed() <= Duration::from_secs(31));
        assert_eq!(backoff.failures(), u32::MAX);
        backoff.succeeded();
        assert_eq!(backoff.max_jitter(), Duration::from_secs(1));
    }

    #[test]
    fn delays_differ() {
        let backoff = Backoff::default();
        let first = backoff.delay();
        assert!((0..100).any(|_| backoff.delay() != first));
    }

    #[test]
    fn the_reconnection_time_is_kept_in_bounds() {
        let mut backoff = Backoff::default();
        for (asked, expected) in [(0, 100), (99, 100), (2500, 2500), (30_001, 30_000), (u64::MAX, 30_000)] {
            backoff.set_reconnection_time(Duration::from_millis(asked));
            assert_eq!(backoff.reconnection_time(), Duration::from_millis(expected));
            assert!(backoff.delay() >= Duration::from_millis(expected));
        }
    }
}
