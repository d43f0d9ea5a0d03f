//! Connections that wait for their next request.

use std::{
    collections::HashMap,
    fmt,
    sync::{Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use hyper::client::conn::http1::SendRequest;
use tokio::{runtime, time::Instant};

use super::origin::Origin;
use crate::Body;

/// Connections kept an origin at most; more are closed when they come back.
const MAX_IDLE: usize = 64;

/// How long a connection may take to be ready for its next request. It is ready once its task has seen the end of the
/// last response, so one that takes longer has other troubles.
const READY_TIME: Duration = Duration::from_millis(10);

/// Idle connections, the last used first out: the rest can time out.
pub(super) struct Pool {
    idle: Mutex<HashMap<Key, Vec<Idle>>>,
    timeout: Duration,
    loopback_timeout: Duration,
}

/// A connection is driven by a task of the runtime it was made in, so it is of use only while that one runs.
#[derive(Clone, PartialEq, Eq, Hash)]
struct Key {
    origin: Origin,
    runtime: runtime::Id,
}

struct Idle {
    connection: SendRequest<Body>,
    since: Instant,
}

impl Pool {
    pub(super) fn new(timeout: Duration, loopback_timeout: Duration) -> Self {
        Self { idle: Mutex::default(), timeout, loopback_timeout }
    }

    /// A connection that is ready for a request, if one is kept.
    pub(super) async fn take(&self, origin: &Origin, runtime: runtime::Id) -> Option<SendRequest<Body>> {
        let key = Key { origin: origin.clone(), runtime };
        loop {
            let mut connection = self.pop(&key)?;
            if connection.is_ready() {
                return Some(connection);
            }
            if let Ok(Ok(())) = tokio::time::timeout(READY_TIME, connection.ready()).await {
                return Some(connection);
            }
        }
    }

    fn pop(&self, key: &Key) -> Option<SendRequest<Body>> {
        let mut idle = self.lock();
        let connections = idle.get_mut(key)?;
        let last = connections.pop()?;
        if last.since.elapsed() < self.timeout_of(&key.origin) {
            return Some(last.connection);
        }
        // The others are older still.
        connections.clear();
        None
    }

    /// Keeps a connection whose last response was read to its end.
    pub(super) fn put(&self, origin: Origin, runtime: runtime::Id, connection: SendRequest<Body>) {
        if connection.is_closed() {
            return;
        }
        let now = Instant::now();
        let timeout = self.timeout_of(&origin);
        let mut idle = self.lock();
        let connections = idle.entry(Key { origin, runtime }).or_default();
        // The oldest come first, and there is rarely one that is too old.
        while connections.first().is_some_and(|idle| now.duration_since(idle.since) >= timeout) {
            connections.remove(0);
        }
        if connections.len() < MAX_IDLE {
            connections.push(Idle { connection, since: now });
        }
    }

    fn timeout_of(&self, origin: &Origin) -> Duration {
        if origin.is_loopback() { self.loopback_timeout } else { self.timeout }
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<Key, Vec<Idle>>> {
        self.idle.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl fmt::Debug for Pool {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let idle: usize = self.lock().values().map(Vec::len).sum();
        f.debug_struct("Pool").field("idle", &idle).field("timeout", &self.timeout).finish_non_exhaustive()
    }
}
