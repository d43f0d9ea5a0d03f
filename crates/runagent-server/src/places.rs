use std::sync::Arc;
use std::time::Duration;

use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::timeout;

use crate::limits::Limits;
use crate::refusal::Refusal;

/// The places of calls that run at the same time, streams included, and the queue for them.
#[derive(Debug)]
pub(crate) struct Places {
    free: Arc<Semaphore>,
    queue: Semaphore,
    wait: Duration,
}

/// A place that is taken, until this is dropped.
#[derive(Debug)]
pub(crate) struct Place(#[expect(dead_code, reason = "what counts is when it is dropped")] OwnedSemaphorePermit);

impl Places {
    pub(crate) fn new(limits: &Limits) -> Self {
        let semaphore = |places: usize| Semaphore::new(places.min(Semaphore::MAX_PERMITS));
        Self { free: Arc::new(semaphore(limits.calls)), queue: semaphore(limits.waiting), wait: limits.wait }
    }

    /// Takes a place if one is free.
    pub(crate) fn take_free(&self) -> Option<Place> {
        Arc::clone(&self.free).try_acquire_owned().ok().map(Place)
    }

    /// Whether a call would find a place.
    pub(crate) fn has_free(&self) -> bool {
        self.free.available_permits() > 0
    }

    /// Takes a place, or waits for one in the order of arrival.
    pub(crate) async fn take(&self) -> Result<Place, Refusal> {
        if let Some(place) = self.take_free() {
            return Ok(place);
        }
        let _waiting = self.queue.try_acquire().map_err(|_| Refusal::busy())?;
        match timeout(self.wait, Arc::clone(&self.free).acquire_owned()).await {
            Ok(Ok(permit)) => Ok(Place(permit)),
            _ => Err(Refusal::overloaded()),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::pin::pin;

    use futures_util::FutureExt;
    use http::StatusCode;

    use super::*;

    fn places(calls: usize, waiting: usize) -> Places {
        Places::new(&Limits { calls, waiting, wait: Duration::from_secs(10), ..Limits::default() })
    }

    fn status(taken: Result<Place, Refusal>) -> StatusCode {
        match taken {
            Err(Refusal::Failure(status, error)) => {
                assert_eq!(error.retry_after, Some(1.0));
                status
            }
            other => panic!("{other:?}"),
        }
    }

    #[tokio::test(start_paused = true)]
    async fn calls_get_their_place_in_the_order_of_their_arrival() {
        let places = places(1, 2);
        let first = places.take().await.unwrap();
        let (mut second, mut third) = (pin!(places.take()), pin!(places.take()));
        assert!((&mut second).now_or_never().is_none());
        assert!((&mut third).now_or_never().is_none());
        assert_eq!(status(places.take().await), StatusCode::TOO_MANY_REQUESTS);
        drop(first);
        assert!((&mut third).now_or_never().is_none());
        let second = second.await.unwrap();
        // Its place in the queue is free again, though not that of a call.
        assert!(places.take().now_or_never().is_none());
        drop(second);
        third.await.unwrap();
        places.take().await.unwrap();
    }

    #[tokio::test(start_paused = true)]
    async fn a_call_that_is_given_up_leaves_the_queue() {
        let places = places(1, 1);
        let _first = places.take().await.unwrap();
        assert!(places.take().now_or_never().is_none());
        let mut second = pin!(places.take());
        assert!((&mut second).now_or_never().is_none());
        assert_eq!(status(second.await), StatusCode::SERVICE_UNAVAILABLE);
    }

    #[tokio::test]
    async fn without_a_queue_nobody_waits() {
        assert_eq!(status(places(0, 0).take().await), StatusCode::TOO_MANY_REQUESTS);
    }
}
