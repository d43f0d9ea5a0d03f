//! What holds a script back until the test says go.

use std::sync::Arc;

use tokio::sync::watch;

/// A gate between a test and the scripts that [wait](super::Script::wait) at it; clones are the same gate.
///
/// It starts closed, and once open it stays open, for scripts that reach it later too.
///
/// ```
/// use runagent_transport::testing::wire::{Gate, Script};
///
/// let gate = Gate::new();
/// let script = Script::new().read_request().wait(&gate).send("HTTP/1.1 204 No Content\r\n\r\n");
/// gate.open();
/// # drop(script);
/// ```
#[derive(Clone, Debug, Default)]
pub struct Gate {
    open: Arc<watch::Sender<bool>>,
}

impl Gate {
    /// A closed gate.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Lets everyone through, from now on.
    pub fn open(&self) {
        self.open.send_replace(true);
    }

    /// Returns once the gate is open, at once if it is.
    pub(super) async fn passed(&self) {
        let mut open = self.open.subscribe();
        open.wait_for(|open| *open).await.expect("the sender is in self");
    }
}
