//! Connections that wait for their next request.

use std::{
    collections::HashMap,
    fmt,
    sync::{Arc, Mutex, MutexGuard, PoisonError, Weak},
    time::Duration,
};

use hyper::client::conn::http1::SendRequest;
use tokio::{
    runtime::{self, Handle},
    task::JoinHandle,
    time::Instant,
};

#[cfg(feature = "__tls")]
use super::http2::Shared;
use super::{origin::Origin, sender::Sender};
use crate::Body;

/// Connections kept an origin at most; more are closed when they come back.
const MAX_IDLE: usize = 64;

/// How long a connection may take to be ready for its next request. It is ready once its task has seen the end of the
/// last response, so one that takes longer has other troubles.
const READY_TIME: Duration = Duration::from_millis(10);

/// How soon to look again after an HTTP/2 connection that is used, at the earliest.
#[cfg(feature = "__tls")]
const USED_TIME: Duration = Duration::from_secs(1);

/// Idle connections, the last used first out: the rest can time out. An HTTP/2 connection stays here while it is used.
pub(super) struct Pool {
    kept: Mutex<HashMap<Key, Kept>>,
    timeout: Duration,
    loopback_timeout: Duration,
}

/// A connection is driven by a task of the runtime it was made in, so it is of use only while that one runs.
#[derive(Clone, PartialEq, Eq, Hash)]
struct Key {
    origin: Origin,
    runtime: runtime::Id,
}

/// What is kept for an origin.
struct Kept {
    /// How long without use.
    timeout: Duration,
    idle: Vec<Since<SendRequest<Body>>>,
    #[cfg(feature = "__tls")]
    shared: Option<Since<Shared>>,
    /// The task that takes out what was not used in time. It ends, and this goes, when nothing is left.
    reaper: JoinHandle<()>,
}

/// A connection, and when it was last put here or taken.
struct Since<T> {
    connection: T,
    since: Instant,
}

impl Pool {
    pub(super) fn new(timeout: Duration, loopback_timeout: Duration) -> Self {
        Self { kept: Mutex::default(), timeout, loopback_timeout }
    }

    /// A connection that is ready for a request, if one is kept.
    pub(super) async fn take(&self, origin: &Origin, runtime: runtime::Id) -> Option<Sender> {
        let key = Key { origin: origin.clone(), runtime };
        loop {
            match self.pop(&key)? {
                Sender::Http1(mut connection) => {
                    if connection.is_ready() {
                        return Some(Sender::Http1(connection));
                    }
                    if let Ok(Ok(())) = Box::pin(tokio::time::timeout(READY_TIME, connection.ready())).await {
                        return Some(Sender::Http1(connection));
                    }
                }
                #[cfg(feature = "__tls")]
                shared @ Sender::Http2(_) => return Some(shared),
            }
        }
    }

    fn pop(&self, key: &Key) -> Option<Sender> {
        let mut kept = self.lock();
        let kept = kept.get_mut(key)?;
        #[cfg(feature = "__tls")]
        if let Some(shared) = kept.shared() {
            return Some(Sender::Http2(shared));
        }
        let last = kept.idle.pop()?;
        if last.since.elapsed() < kept.timeout {
            return Some(Sender::Http1(last.connection));
        }
        // The others are older still.
        kept.idle.clear();
        None
    }

    /// Keeps a connection whose last response was read to its end.
    pub(super) fn put(self: &Arc<Self>, origin: Origin, runtime: &Handle, connection: Sender) {
        match connection {
            Sender::Http1(connection) => self.put_idle(origin, runtime, connection),
            // It is here, and its rest begins now.
            #[cfg(feature = "__tls")]
            Sender::Http2(used) => {
                if let Some(kept) = self.lock().get_mut(&Key { origin, runtime: runtime.id() })
                    && let Some(shared) = kept.shared.as_mut().filter(|shared| shared.connection.is_same(&used))
                {
                    shared.since = Instant::now();
                }
            }
        }
    }

    fn put_idle(self: &Arc<Self>, origin: Origin, runtime: &Handle, connection: SendRequest<Body>) {
        if connection.is_closed() {
            return;
        }
        let mut kept = self.lock();
        let kept = self.entry(&mut kept, origin, runtime);
        if kept.idle.len() < MAX_IDLE {
            kept.idle.push(Since { connection, since: Instant::now() });
        }
    }

    /// Lets others use a new connection, if it is of HTTP/2. If several were made at the same time, the first is used by
    /// all: also returns whether it is that of somebody else.
    #[cfg_attr(not(feature = "__tls"), expect(unused_variables, reason = "connections of HTTP/1.1 are not shared"))]
    pub(super) fn share(self: &Arc<Self>, origin: Origin, runtime: &Handle, connection: Sender) -> (Sender, bool) {
        match connection {
            Sender::Http1(_) => (connection, false),
            #[cfg(feature = "__tls")]
            Sender::Http2(new) => {
                let mut kept = self.lock();
                let kept = self.entry(&mut kept, origin, runtime);
                if let Some(first) = kept.shared() {
                    return (Sender::Http2(first), true);
                }
                kept.shared = Some(Since { connection: new.clone(), since: Instant::now() });
                (Sender::Http2(new), false)
            }
        }
    }

    /// Offers a connection that took no request no more.
    #[cfg(feature = "__tls")]
    pub(super) fn forget(&self, origin: &Origin, runtime: runtime::Id, connection: &Sender) {
        let Sender::Http2(broken) = connection else { return };
        if let Some(kept) = self.lock().get_mut(&Key { origin: origin.clone(), runtime }) {
            kept.shared.take_if(|shared| shared.connection.is_same(broken));
        }
    }

    fn entry<'a>(self: &Arc<Self>, kept: &'a mut HashMap<Key, Kept>, origin: Origin, runtime: &Handle) -> &'a mut Kept {
        let key = Key { origin, runtime: runtime.id() };
        if kept.get(&key).is_none_or(Kept::is_left_behind) {
            // Runtimes come and go: what those that went left behind is cleared when another one comes.
            kept.retain(|_, kept| !kept.is_left_behind());
        }
        kept.entry(key).or_insert_with_key(|key| {
            let timeout = if key.origin.is_loopback() { self.loopback_timeout } else { self.timeout };
            Kept {
                timeout,
                idle: Vec::new(),
                #[cfg(feature = "__tls")]
                shared: None,
                reaper: runtime.spawn(reap(Arc::downgrade(self), key.clone(), timeout)),
            }
        })
    }

    /// Drops what was not used in time. Returns how soon to look again, or `None` when nothing is left.
    fn expire(&self, key: &Key) -> Option<Duration> {
        let mut kept = self.lock();
        let rest = kept.get_mut(key)?.expire();
        if rest.is_none() {
            kept.remove(key);
        }
        rest
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<Key, Kept>> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Lets connections go when their time is over, and ends when there is none for once. It keeps neither the pool nor the
/// runtime alive.
async fn reap(pool: Weak<Pool>, key: Key, timeout: Duration) {
    let mut rest = Some(timeout);
    while let Some(time) = rest {
        tokio::time::sleep(time).await;
        rest = pool.upgrade().and_then(|pool| pool.expire(&key));
    }
}

impl Drop for Kept {
    fn drop(&mut self) {
        self.reaper.abort();
    }
}

impl Kept {
    /// Whether the runtime has gone, and with it the tasks of the connections.
    fn is_left_behind(&self) -> bool {
        self.reaper.is_finished()
    }

    /// Drops what was not used in time. Returns how soon to look again, or `None` when nothing is left.
    fn expire(&mut self) -> Option<Duration> {
        // The oldest come first.
        let old = self.idle.partition_point(|idle| idle.since.elapsed() >= self.timeout);
        self.idle.drain(..old);
        let rest = self.idle.first().map(|idle| self.timeout.saturating_sub(idle.since.elapsed()));
        #[cfg(feature = "__tls")]
        let rest = rest.into_iter().chain(self.expire_shared()).min();
        rest
    }
}

#[cfg(feature = "__tls")]
impl Kept {
    /// [`expire`](Self::expire) for the HTTP/2 connection.
    fn expire_shared(&mut self) -> Option<Duration> {
        let timeout = self.timeout;
        self.shared.take_if(|shared| !shared.is_used() && shared.since.elapsed() >= timeout);
        let shared = self.shared.as_ref()?;
        Some(if shared.is_used() { timeout.max(USED_TIME) } else { timeout.saturating_sub(shared.since.elapsed()) })
    }

    /// One more handle of the HTTP/2 connection. One that is full makes room for a new connection.
    fn shared(&mut self) -> Option<Shared> {
        let timeout = self.timeout;
        let usable = |shared: &Since<Shared>| {
            shared.connection.has_room() && (shared.is_used() || shared.since.elapsed() < timeout)
        };
        self.shared.take_if(|shared| !usable(shared));
        let shared = self.shared.as_mut()?;
        shared.since = Instant::now();
        Some(shared.connection.clone())
    }
}

#[cfg(feature = "__tls")]
impl Since<Shared> {
    fn is_used(&self) -> bool {
        self.connection.requests() > 0
    }
}

impl fmt::Debug for Pool {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let idle: usize = self.lock().values().map(|kept| kept.idle.len()).sum();
        f.debug_struct("Pool").field("idle", &idle).field("timeout", &self.timeout).finish_non_exhaustive()
    }
}
