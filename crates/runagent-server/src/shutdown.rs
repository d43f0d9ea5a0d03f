use tokio::sync::watch;

/// That the server shuts down, for everyone who must be told and waited for.
#[derive(Debug)]
pub(crate) struct Shutdown(watch::Sender<bool>);

/// Somebody whom the shutdown waits for, until this is dropped.
#[derive(Debug)]
pub(crate) struct Participant(watch::Receiver<bool>);

impl Shutdown {
    pub(crate) fn new() -> Self {
        Self(watch::Sender::new(false))
    }

    pub(crate) fn participant(&self) -> Participant {
        Participant(self.0.subscribe())
    }

    pub(crate) fn begin(&self) {
        self.0.send_replace(true);
    }

    pub(crate) fn has_begun(&self) -> bool {
        *self.0.borrow()
    }

    /// Waits until every participant is gone.
    pub(crate) async fn completed(&self) {
        self.0.closed().await;
    }
}

impl Participant {
    /// Waits until the shutdown begins.
    pub(crate) async fn begun(&mut self) {
        // A server that is gone has ended too.
        let _ = self.0.wait_for(|begun| *begun).await;
    }
}
