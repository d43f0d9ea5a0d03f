//! The one timer of a stream: for silence, and for the wait between two connections.

use std::{
    pin::Pin,
    task::{Context, Poll, ready},
    time::Duration,
};

use tokio::time::{Instant, Sleep, sleep_until};

/// Made once, and armed again and again.
#[derive(Default)]
pub(super) struct Timer {
    sleep: Option<Pin<Box<Sleep>>>,
    armed: bool,
}

impl Timer {
    /// Makes the timer, which takes a Tokio runtime; polling it takes none.
    pub(super) fn prepare(&mut self) {
        self.sleep.get_or_insert_with(|| Box::pin(sleep_until(Instant::now())));
    }

    /// Ready when `time` has passed since the first poll after [`disarm`](Self::disarm); never, when the clock does not
    /// reach so far (`Duration::MAX`).
    pub(super) fn poll_after(&mut self, time: Duration, cx: &mut Context<'_>) -> Poll<()> {
        let Some(sleep) = &mut self.sleep else {
            return Poll::Pending;
        };
        if !self.armed {
            let Some(deadline) = Instant::now().checked_add(time) else {
                return Poll::Pending;
            };
            sleep.as_mut().reset(deadline);
            self.armed = true;
        }
        ready!(sleep.as_mut().poll(cx));
        self.armed = false;
        Poll::Ready(())
    }

    pub(super) const fn disarm(&mut self) {
        self.armed = false;
    }
}
