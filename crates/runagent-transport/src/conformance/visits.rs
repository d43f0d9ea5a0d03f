//! What the service noticed of each caller, across requests.

use std::{collections::HashMap, sync::LazyLock};

use tokio::sync::watch;

/// The visits of this process, by the token that each case draws: [`respond`](super::respond) is a function, and its host
/// may be any.
static VISITS: LazyLock<watch::Sender<HashMap<String, Visit>>> = LazyLock::new(watch::Sender::default);

/// What the service knows of one caller.
#[derive(Clone, Debug, Default)]
pub(super) struct Visit {
    /// How many requests came.
    pub(super) requests: usize,
    /// The caller wants the rest.
    pub(super) released: bool,
    /// The request, or the body of its response, was dropped before its end.
    pub(super) left: bool,
    /// How a socket ended.
    pub(super) goodbye: Option<String>,
}

/// A name that no other case has, in this process or another.
pub(super) fn token() -> String {
    format!("{:016x}", fastrand::u64(..))
}

pub(super) fn note(token: &str, change: impl FnOnce(&mut Visit)) {
    VISITS.send_modify(|visits| change(visits.entry(token.to_owned()).or_default()));
}

/// Waits until this holds for the visit.
pub(super) async fn wait_for(token: &str, mut condition: impl FnMut(&Visit) -> bool) -> Visit {
    let mut visits = VISITS.subscribe();
    let visits = visits.wait_for(|visits| visits.get(token).is_some_and(&mut condition)).await;
    visits.expect("the sender is never dropped").get(token).cloned().unwrap_or_default()
}

/// Notes that the caller left, unless it is told that all went well.
pub(super) struct Presence {
    token: Option<String>,
}

impl Presence {
    pub(super) fn new(token: &str) -> Self {
        Self { token: Some(token.to_owned()) }
    }

    pub(super) fn end_well(&mut self) {
        self.token = None;
    }
}

impl Drop for Presence {
    fn drop(&mut self) {
        if let Some(token) = &self.token {
            note(token, |visit| visit.left = true);
        }
    }
}
