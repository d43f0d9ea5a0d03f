//! The limit on silence.

use std::{
    pin::Pin,
    task::{Context, Poll, ready},
    time::Duration,
};

use tokio::time::{Instant, Sleep, sleep_until};

/// Measures how long we wait for the server. Time in which nobody asks for the next frame does not count, so a slow
/// consumer is never taken for a silent server.
#[derive(Debug)]
pub(crate) struct Idle {
    limit: Duration,
    /// Made where there is a runtime; a stream without a network needs none.
    timer: Option<Pin<Box<Sleep>>>,
    armed: bool,
}

impl Idle {
    /// A limit that is not running yet.
    pub(crate) fn new(limit: Duration) -> Self {
        let now = Instant::now();
        let in_runtime = tokio::runtime::Handle::try_current().is_ok();
        // A time that never comes needs no timer.
        let timer = (in_runtime && now.checked_add(limit).is_some()).then(|| Box::pin(sleep_until(now)));
        Self { limit, timer, armed: false }
    }

    /// One that runs from now on.
    pub(crate) fn running(limit: Duration) -> Self {
        let mut idle = Self::new(limit);
        idle.arm();
        idle
    }

    /// Called while there is nothing to read: ready, with the limit, when that has lasted too long.
    pub(crate) fn poll_waiting(&mut self, cx: &mut Context<'_>) -> Poll<Duration> {
        if !self.armed {
            self.arm();
        }
        let Some(timer) = &mut self.timer else { return Poll::Pending };
        ready!(timer.as_mut().poll(cx));
        Poll::Ready(self.limit)
    }

    fn arm(&mut self) {
        if let (Some(timer), Some(deadline)) = (&mut self.timer, Instant::now().checked_add(self.limit)) {
            self.armed = true;
            timer.as_mut().reset(deadline);
        }
    }

    /// Something was read.
    pub(crate) const fn disarm(&mut self) {
        self.armed = false;
    }
}
