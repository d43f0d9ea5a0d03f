//! The limit on how much retrying there is altogether.

use std::sync::{Mutex, MutexGuard, PoisonError};

const CAPACITY: u32 = 500;
const COST: u32 = 5;
/// A timeout says more about a server in trouble than a refusal does.
const TIMEOUT_COST: u32 = 10;
const REFUND: u32 = 1;

/// A bucket of tokens that retries are paid from: when a server fails for everybody, clients stop adding to its load.
///
/// It starts full with 500. A retry costs 5, one after a timeout 10, and each call that succeeds gives 1 back. All clones
/// of an [`Api`](crate::Api) share one.
#[derive(Debug)]
pub struct TokenBucket(Mutex<u32>);

impl Default for TokenBucket {
    fn default() -> Self {
        Self::new()
    }
}

impl TokenBucket {
    /// A full bucket.
    #[must_use]
    pub const fn new() -> Self {
        Self(Mutex::new(CAPACITY))
    }

    /// Pays for a retry; `false` when there is not enough left.
    pub(crate) fn pay(&self, after_timeout: bool) -> bool {
        let cost = if after_timeout { TIMEOUT_COST } else { COST };
        let mut tokens = self.lock();
        match tokens.checked_sub(cost) {
            Some(left) => {
                *tokens = left;
                true
            }
            None => false,
        }
    }

    /// A call has succeeded.
    pub(crate) fn refund(&self) {
        let mut tokens = self.lock();
        *tokens = (*tokens + REFUND).min(CAPACITY);
    }

    /// The tokens left.
    #[must_use]
    pub fn tokens(&self) -> u32 {
        *self.lock()
    }

    fn lock(&self) -> MutexGuard<'_, u32> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_hundred_retries_empty_it_and_five_successes_pay_for_one() {
        let bucket = TokenBucket::new();
        assert_eq!((0..200).filter(|_| bucket.pay(false)).count(), 100);
        for _ in 0..4 {
            bucket.refund();
        }
        assert!(!bucket.pay(false));
        bucket.refund();
        assert!(bucket.pay(false));
    }

    #[test]
    fn a_timeout_costs_double_and_it_never_overflows() {
        let bucket = TokenBucket::new();
        bucket.refund();
        assert_eq!(bucket.tokens(), 500);
        assert_eq!((0..200).filter(|_| bucket.pay(true)).count(), 50);
        assert!(!bucket.pay(true));
        assert_eq!(bucket.tokens(), 0);
    }
}
