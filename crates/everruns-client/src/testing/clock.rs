//! Time and ids that are the same in every run.

use std::time::{Duration, SystemTime};

/// Midnight of 2026-01-01, UTC, in seconds since the epoch.
const START: u64 = 1_767_225_600;

/// A clock that moves by a millisecond each time it is read, and a counter of ids.
#[derive(Debug, Default)]
pub(super) struct Clock {
    read: u64,
    ids: u64,
}

impl Clock {
    /// The time in RFC 3339, to the millisecond.
    pub(super) fn now(&mut self) -> String {
        self.read += 1;
        self.later(Duration::ZERO)
    }

    /// A time to come, without moving the clock.
    pub(super) fn later(&self, by: Duration) -> String {
        let time = SystemTime::UNIX_EPOCH + Duration::from_secs(START) + Duration::from_millis(self.read) + by;
        humantime::format_rfc3339_millis(time).to_string()
    }

    /// A new id: the prefix, and a UUID of version 7 without dashes.
    pub(super) fn id(&mut self, prefix: &str) -> String {
        self.ids += 1;
        let milliseconds = START * 1000;
        format!("{prefix}_{milliseconds:012x}70008000{:012x}", self.ids)
    }
}

/// Whether an id has the form of those with this prefix.
pub(super) fn is_id(prefix: &str, id: &str) -> bool {
    let hex = |text: &str| text.len() == 32 && text.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'));
    id.strip_prefix(prefix).and_then(|id| id.strip_prefix('_')).is_some_and(hex)
}
