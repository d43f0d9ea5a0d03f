//! Connections that wait for their next request.

use std::{
    collections::HashMap,
    fmt,
    sync::{Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use hyper::client::conn::http1::SendRequest;
use tokio::time::Instant;

use super::origin::Origin;
use crate::Body;

/// Connections kept an origin at most; more are closed when they come back.
const MAX_IDLE: usize = 64;

/// Idle connections, the last used first out: the rest can time out.
pub(super) struct Pool {
    idle: Mutex<HashMap<Origin, Vec<Idle>>>,
    timeout: Duration,
    loopback_timeout: Duration,
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
    pub(super) async fn take(&self, origin: &Origin) -> Option<SendRequest<Body>> {
        loop {
            let mut connection = self.pop(origin)?;
            // Its task may still be busy with the end of the last response, or see just now that the server closed.
            if connection.ready().await.is_ok() {
                return Some(connection);
            }
        }
    }

    fn pop(&self, origin: &Origin) -> Option<SendRequest<Body>> {
        let mut idle = self.lock();
        let connections = idle.get_mut(origin)?;
        let last = connections.pop()?;
        if last.since.elapsed() < self.timeout_of(origin) {
            return Some(last.connection);
        }
        // The others are older still.
        connections.clear();
        None
    }

    /// Keeps a connection whose last response was read to its end.
    pub(super) fn put(&self, origin: &Origin, connection: SendRequest<Body>) {
        if connection.is_closed() {
            return;
        }
        let now = Instant::now();
        let mut idle = self.lock();
        idle.retain(|origin, connections| {
            let timeout = self.timeout_of(origin);
            connections.retain(|idle| now.duration_since(idle.since) < timeout && !idle.connection.is_closed());
            !connections.is_empty()
        });
        // Found by reference first: the origin is there already in all but the first call.
        let entry = Idle { connection, since: now };
        match idle.get_mut(origin) {
            Some(connections) if connections.len() < MAX_IDLE => connections.push(entry),
            Some(_) => {}
            None => {
                idle.insert(origin.clone(), vec![entry]);
            }
        }
    }

    fn timeout_of(&self, origin: &Origin) -> Duration {
        if origin.is_loopback() { self.loopback_timeout } else { self.timeout }
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<Origin, Vec<Idle>>> {
        self.idle.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl fmt::Debug for Pool {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let idle: usize = self.lock().values().map(Vec::len).sum();
        f.debug_struct("Pool").field("idle", &idle).field("timeout", &self.timeout).finish_non_exhaustive()
    }
}
