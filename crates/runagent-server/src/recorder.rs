//! Writes invocations to the registry apart from the calls they are about, which never wait for it.

use std::mem;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use runagent_registry::{InvocationRecord, Registry};
use tokio::select;
use tokio::sync::{Notify, watch};
use tokio::time::{Instant, sleep_until, timeout};

/// How many records wait to be written at most, and how many bytes they hold. Together with the pace, this is also how
/// much of the machine recording may take from the calls: of more than some 10,000 calls a second the rest is dropped.
const MAX_RECORDS: usize = 2048;
const MAX_BYTES: usize = 16 * 1024 * 1024;
/// How many bytes more the ends of calls may hold whose beginning was taken.
const END_BYTES: usize = 8 * 1024 * 1024;
/// How many of them are searched for the start of a call that has ended.
const LATEST: usize = 16;
/// How long the first of a batch waits for more.
const INTERVAL: Duration = Duration::from_millis(100);
/// How long after the beginning of a batch the next one is begun, at the earliest.
const PACE: Duration = Duration::from_millis(200);
/// Why records are dropped, in the warning.
const CROWDED: &str = "more calls are made than it can be told of";

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
    fn is_full(&self) -> bool {
        self.records.len() >= MAX_RECORDS || self.bytes >= MAX_BYTES
    }

    /// Returns how many wait now.
    fn push(&mut self, record: InvocationRecord) -> usize {
        self.bytes += record.size();
        self.taken += 1;
        self.records.push(record);
        self.records.len()
    }

    /// Takes the end of a call, and returns how many wait now, or `None` if there is no room for its bytes.
    fn end(&mut self, record: InvocationRecord) -> Option<usize> {
        // A call is over in no time, usually, and then its end says it all.
        let mut latest = self.records.iter_mut().rev().take(LATEST);
        let start = latest.find(|start| start.invocation_id() == record.invocation_id());
        let bytes = self.bytes + record.size() - start.as_ref().map_or(0, |start| start.size());
        if bytes > MAX_BYTES + END_BYTES {
            return None;
        }
        let Some(start) = start else { return Some(self.push(record)) };
        *start = record;
        self.bytes = bytes;
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

    /// Takes the record of a call that begins, and returns it. If as many wait as may it is not even made, and the end of
    /// the call is not to be told either: calls come first.
    pub(crate) fn begin(&self, record: impl FnOnce() -> InvocationRecord) -> Option<InvocationRecord> {
        let queue = self.queue();
        if queue.is_full() {
            self.drop_records(queue, 1, CROWDED);
            return None;
        }
        drop(queue);
        let record = record();
        let waiting = self.queue().push(record.clone());
        self.wake(waiting);
        Some(record)
    }

    /// Takes the record of a call that began here and has ended.
    pub(crate) fn end(&self, record: InvocationRecord) {
        let mut queue = self.queue();
        match queue.end(record) {
            Some(waiting) => {
                drop(queue);
                self.wake(waiting);
            }
            None => self.drop_records(queue, 1, CROWDED),
        }
    }

    fn wake(&self, waiting: usize) {
        if waiting == 1 {
            self.filled.notify_one();
        }
    }

    /// Writes what is taken, batch by batch, until it is dropped.
    pub(crate) async fn work(&self) {
        let mut next = Instant::now();
        loop {
            self.filled.notified().await;
            select! {
                () = sleep_until(next.max(Instant::now() + INTERVAL)) => {}
                () = self.hurry.notified() => {}
            }
            next = Instant::now() + PACE;
            self.write().await;
        }
    }

    async fn write(&self) {
        let batch = {
            let mut queue = self.queue();
            queue.bytes = 0;
            // The next one will be about as large.
            let next = Vec::with_capacity(queue.records.len());
            mem::replace(&mut queue.records, next)
        };
        if let Err(error) = self.registry.record(&batch).await {
            self.drop_records(self.queue(), batch.len() as u64, &error.to_string());
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
    fn drop_records(&self, mut queue: MutexGuard<'_, Queue>, records: u64, reason: &str) {
        let is_first = queue.dropped == 0;
        queue.dropped += records;
        drop(queue);
        if is_first {
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
