//! A gate in the way of a turn.

use std::sync::Arc;

use tokio::sync::watch;

/// Holds a turn until the test opens it: see [`Turn::wait_for`](super::Turn::wait_for). Clones are the same gate.
///
/// ```
/// use everruns_sdk::testing::{FakeEverruns, Gate, Turn};
///
/// let gate = Gate::new();
/// let fake = FakeEverruns::new().with_agent("slow", {
///     let gate = gate.clone();
///     move |_| Turn::new().delta("Half").wait_for(&gate).delta(" and half")
/// });
/// // … once the test has seen the first half:
/// gate.open();
/// # drop(fake);
/// ```
#[derive(Clone, Debug)]
pub struct Gate(Arc<watch::Sender<bool>>);

impl Gate {
    /// A gate that is closed.
    #[must_use]
    pub fn new() -> Self {
        Self(Arc::new(watch::Sender::new(false)))
    }

    /// Lets everything through, from now on.
    pub fn open(&self) {
        self.0.send_replace(true);
    }

    pub(super) async fn passed(&self) {
        // The sender is here: it cannot be gone.
        drop(self.0.subscribe().wait_for(|open| *open).await);
    }
}

impl Default for Gate {
    fn default() -> Self {
        Self::new()
    }
}
