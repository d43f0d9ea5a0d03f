//! What a process says of itself.

use std::fs;
use std::sync::atomic::{AtomicU64, Ordering};

use serde::{Deserialize, Serialize};
use tokio::runtime::Handle;

use crate::Result;

static PANICS: AtomicU64 = AtomicU64::new(0);

/// Counts the panics of this process, which are still shown.
pub(crate) fn count_panics() {
    let show = std::panic::take_hook();
    std::panic::set_hook(Box::new(move |panic| {
        PANICS.fetch_add(1, Ordering::Relaxed);
        show(panic);
    }));
}

/// What a process holds.
#[derive(Debug, Clone, Copy, Default, Serialize, Deserialize)]
pub(crate) struct Holdings {
    pub(crate) panics: u64,
    pub(crate) tasks: u64,
    pub(crate) files: u64,
    pub(crate) memory_kib: u64,
}

impl Holdings {
    /// Those of this process; inside a Tokio runtime.
    pub(crate) fn now() -> Result<Self> {
        let status = fs::read_to_string("/proc/self/status")?;
        let memory = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).ok_or("no VmRSS")?;
        Ok(Self {
            panics: PANICS.load(Ordering::Relaxed),
            tasks: Handle::current().metrics().num_alive_tasks() as u64,
            files: fs::read_dir("/proc/self/fd")?.count() as u64,
            memory_kib: memory.trim().trim_end_matches(" kB").parse()?,
        })
    }
}

/// What the calls of a client have come to so far.
#[derive(Debug, Clone, Copy, Default, Serialize, Deserialize)]
pub(crate) struct Tally {
    /// Connections that were broken on purpose.
    pub(crate) faults: u64,
    pub(crate) unkeyed: u64,
    pub(crate) unkeyed_failed: u64,
    /// The agent ran more than once.
    pub(crate) repeated: u64,
    /// The call succeeded, and the agent did not run.
    pub(crate) lost: u64,
    pub(crate) keyed: u64,
    pub(crate) keyed_failed: u64,
    pub(crate) streams: u64,
    pub(crate) streams_failed: u64,
    /// A stream that left something out, or went on.
    pub(crate) streams_wrong: u64,
    pub(crate) cancelled: u64,
    /// Took a second longer than it may.
    pub(crate) late: u64,
}

impl Tally {
    pub(crate) fn calls(&self) -> u64 {
        self.unkeyed + self.keyed + self.streams + self.cancelled
    }

    pub(crate) fn plus(self, other: Self) -> Self {
        Self {
            faults: self.faults + other.faults,
            unkeyed: self.unkeyed + other.unkeyed,
            unkeyed_failed: self.unkeyed_failed + other.unkeyed_failed,
            repeated: self.repeated + other.repeated,
            lost: self.lost + other.lost,
            keyed: self.keyed + other.keyed,
            keyed_failed: self.keyed_failed + other.keyed_failed,
            streams: self.streams + other.streams,
            streams_failed: self.streams_failed + other.streams_failed,
            streams_wrong: self.streams_wrong + other.streams_wrong,
            cancelled: self.cancelled + other.cancelled,
            late: self.late + other.late,
        }
    }
}

/// A line that a client prints each second.
#[derive(Debug, Clone, Copy, Default, Serialize, Deserialize)]
pub(crate) struct Line {
    pub(crate) tally: Tally,
    pub(crate) holdings: Holdings,
}
