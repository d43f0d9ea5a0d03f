//! When to connect again.

use std::time::Duration;

use tokio::time::Instant;

const FIRST: Duration = Duration::from_secs(1);
const LONGEST: Duration = Duration::from_secs(30);
/// A connection that has lasted so long has worked, whatever it brought.
const STABLE_AFTER: Duration = Duration::from_secs(60);
/// How often in a row a server may say before any event that it hangs up, and be asked again when it says.
const MAX_CYCLES: u32 = 5;
/// How often what comes after one event may turn out to be unreadable.
const MAX_UNREADABLE: u32 = 5;

/// Counts failures in a row.
#[derive(Debug)]
pub(super) struct Backoff {
    allowed: u32,
    /// How much of what is allowed was spent.
    spent: u32,
    /// How often in a row no event came.
    failures: u32,
    opened: Option<Instant>,
    /// How often in a row the server has said that it hangs up, and no event came.
    cycles: u32,
    /// After which event something was unreadable, and how often.
    unreadable: (Option<i64>, u32),
}

impl Backoff {
    pub(super) const fn new(allowed: u32) -> Self {
        Self { allowed, spent: 0, failures: 0, opened: None, cycles: 0, unreadable: (None, 0) }
    }

    pub(super) fn opened(&mut self) {
        self.opened = Some(Instant::now());
    }

    /// The server says that it will send events.
    pub(super) const fn connected(&mut self) {
        self.spent = 0;
    }

    /// An event came.
    pub(super) const fn received(&mut self) {
        self.spent = 0;
        self.failures = 0;
        self.cycles = 0;
    }

    /// The server says that it hangs up, and when to come again: how long to wait. It costs nothing.
    pub(super) fn disconnected(&mut self, asked: Duration) -> Duration {
        if self.opened.take().is_some_and(|opened| opened.elapsed() >= STABLE_AFTER) {
            self.cycles = 0;
        }
        self.cycles = self.cycles.saturating_add(1);
        match self.cycles.checked_sub(MAX_CYCLES + 1) {
            None => asked,
            Some(more) => asked.max(FIRST.saturating_mul(1 << more.min(5)).min(LONGEST)),
        }
    }

    /// What came after this event can't be read; whether that was so too often. A new connection brings it again.
    pub(super) fn unreadable(&mut self, sequence: Option<i64>) -> bool {
        let (last, times) = self.unreadable;
        self.unreadable = (sequence, if last == sequence { times + 1 } else { 1 });
        self.unreadable.1 >= MAX_UNREADABLE
    }

    /// How long to wait; `None` when it is enough. A server that accepts and hangs up is asked less and less often.
    pub(super) fn failed(&mut self, asked: Option<Duration>, hint: Option<Duration>) -> Option<Duration> {
        let healthy = self.failures == 0 && self.opened.is_some();
        if self.opened.take().is_some_and(|opened| opened.elapsed() >= STABLE_AFTER) {
            self.failures = 0;
        }
        if self.spent >= self.allowed {
            return None;
        }
        self.spent += 1;
        let ceiling = FIRST.saturating_mul(1 << self.failures.min(5)).min(LONGEST);
        self.failures = self.failures.saturating_add(1);
        let delay = ceiling.mul_f64(fastrand::f64());
        Some(asked.unwrap_or_else(|| hint.filter(|_| healthy).map_or(delay, |hint| hint.min(delay))))
    }
}
