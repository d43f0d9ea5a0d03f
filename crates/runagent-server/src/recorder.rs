//! Writes invocations to the registry apart from the calls they are about, which never wait for it.

use std::mem;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use runagent_registry::{InvocationRecord, Registry};
use tokio::select;
use tokio::sync::{Notify, watch};
use tokio::time::{sleep, timeout};

/// How many records wait to be written at most, and how many bytes they hold. Together with the interval, this is also how
/// much of the machine recording may take from the calls: of more than some 10,000 calls a second the rest is dropped.
const MAX_RECORDS: usize = 2048;
const MAX_BYTES: usize = 16 * 1024 * 1024;
/// How many of them are searched for the start of a call that has ended.
const LATEST: usize = 16;
/// How long the first of a batch waits for more.
const INTERVAL: Duration = Duration::from_millis(100);

/// A queue before the registry, bounded in records and in bytes, that one task empties. What it cannot take, or the
/// registry does not, is dropped.
#[derive(Debug)]
pub(crate) struct Recorder {
    registry: Registry,
    queue: Mutex<Queue>,
    /// Something is in the queue.
    filled: Notify,
    /// It is to be written now.
    hurry: Notify,
    /// How many of those that were taken are written or dropped.
    settled: watch::Sender<u64>,
}

#[derive(Debug, Default)]
struct Queue {
    records: Vec<InvocationRecord>,
    bytes: usize,
    /// How many were taken since the start.
    taken: u64,
    dropped: u64,
}

impl Queue {
    /// Returns how many wait now, or `None` if there is no room.
    fn take(&mut self, record: InvocationRecord) -> Option<usize> {
        let bytes = self.bytes + record.size();
        if bytes > MAX_BYTES {
            return None;
        }
        // A call is over in no time, usually, and then its end says it all.
        let mut latest = self.records.iter_mut().rev().take(LATEST);
        if record.is_ended()
            && let Some(start) = latest.find(|start| start.invocation_id() == record.invocation_id())
        {
            self.bytes = bytes - start.size();
            *start = record;
            return Some(self.records.len());
        }
        if self.records.len() == MAX_RECORDS {
            return None;
        }
        self.bytes = bytes;
        self.taken += 1;
        self.records.push(record);
        Some(self.records.len())
    }
}

impl Recorder {
    pub(crate) fn new(registry: Registry) -> Self {
        let (filled, hurry) = (Notify::new(), Notify::new());
        Self { registry, queue: Mutex::default(), filled, hurry, settled: watch::Sender::new(0) }
    }

    pub(crate) fn registry(&self) -> &Registry {
        &self.registry
    }

    /// Takes a record, or drops it if as many wait as may.
    pub(crate) fn keep(&self, record: InvocationRecord) {
        let taken = self.queue().take(record);
        match taken {
            Some(1) => self.filled.notify_one(),
            Some(_) => {}
            None => self.drop_records(1, "more calls are made than it can be told of"),
        }
    }

    /// Writes what is taken, batch by batch, until it is dropped.
    pub(crate) async fn work(&self) {
        loop {
            self.filled.notified().await;
            select! {
                () = sleep(INTERVAL) => {}
                () = self.hurry.notified() => {}
            }
            self.write().await;
        }
    }

    async fn write(&self) {
        let batch = {
            let mut queue = self.queue();
            queue.bytes = 0;
            mem::take(&mut queue.records)
        };
        if let Err(error) = self.registry.record(&batch).await {
            self.drop_records(batch.len() as u64, &error.to_string());
        }
        self.settled.send_modify(|settled| *settled += batch.len() as u64);
    }

    /// Waits until all that was taken so far is written or dropped, for `limit` at most.
    pub(crate) async fn flush(&self, limit: Duration) {
        let taken = self.queue().taken;
        let mut settled = self.settled.subscribe();
        if *settled.borrow_and_update() < taken {
            self.hurry.notify_one();
            // The sender is ours.
            let _ = timeout(limit, settled.wait_for(|settled| *settled >= taken)).await;
        }
    }

    /// The last [`flush`](Self::flush): how many records were lost since the start.
    pub(crate) async fn close(&self, limit: Duration) -> u64 {
        self.flush(limit).await;
        let queue = self.queue();
        queue.dropped + queue.taken - *self.settled.borrow()
    }

    /// Counts, and warns of the first.
    fn drop_records(&self, records: u64, reason: &str) {
        let before = {
            let mut queue = self.queue();
            queue.dropped += records;
            queue.dropped - records
        };
        if before == 0 {
            let registry = self.registry.path().display();
            tracing::warn!(%registry, reason, "invocations are not recorded; the calls go on");
        }
    }

    fn queue(&self) -> MutexGuard<'_, Queue> {
        self.queue.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
#[allow(clippy::expect_used, reason = "a test fails by panicking")]
mod tests;
