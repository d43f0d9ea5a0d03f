//! What happens in a session.

use super::{EventStream, Listing, wait};
use crate::{Event, Result};

/// What happens in a session: see [`everruns_sdk::Events`](crate::Events).
#[derive(Clone, Debug)]
pub struct Events(pub(super) crate::Events);

impl Events {
    /// The events as they happen. One with settings is a [`Subscribe`](crate::Subscribe) to [wait](super::wait()) for.
    ///
    /// # Errors
    ///
    /// See [`stream`](crate::Events::stream).
    pub fn stream(&self, session_id: &str) -> Result<EventStream> {
        wait(self.0.stream(session_id)).map(EventStream::from)
    }

    /// All events that the server has kept, oldest first. See [`list`](crate::Events::list).
    pub fn list(&self, session_id: &str) -> Listing<Event> {
        self.0.list(session_id).stream().into()
    }
}
