//! Sessions.

use super::{Listing, wait};
use crate::{
    Result,
    types::{CancelResponse, CreateSessionRequest, Session, UpdateSessionRequest},
};

/// Sessions: see [`everruns_sdk::Sessions`](crate::Sessions).
#[derive(Clone, Debug)]
pub struct Sessions(pub(super) crate::Sessions);

impl Sessions {
    /// The sessions of the organisation. See [`list`](crate::Sessions::list).
    pub fn list(&self) -> Listing<Session> {
        self.0.list().stream().into()
    }

    /// The sessions with this text in them. See [`search`](crate::Sessions::search).
    pub fn search(&self, text: impl Into<String>) -> Listing<Session> {
        self.0.search(text).stream().into()
    }

    /// A session.
    ///
    /// # Errors
    ///
    /// See [`get`](crate::Sessions::get).
    pub fn get(&self, session_id: &str) -> Result<Session> {
        wait(self.0.get(session_id))
    }

    /// Makes a session.
    ///
    /// # Errors
    ///
    /// See [`create`](crate::Sessions::create).
    pub fn create(&self, session: CreateSessionRequest) -> Result<Session> {
        wait(self.0.create(session))
    }

    /// Changes what is set in the request, and leaves the rest.
    ///
    /// # Errors
    ///
    /// See [`update`](crate::Sessions::update).
    pub fn update(&self, session_id: &str, changes: UpdateSessionRequest) -> Result<Session> {
        wait(self.0.update(session_id, changes))
    }

    /// Deletes a session.
    ///
    /// # Errors
    ///
    /// See [`delete`](crate::Sessions::delete).
    pub fn delete(&self, session_id: &str) -> Result<()> {
        wait(self.0.delete(session_id))
    }

    /// Stops the turn that is running.
    ///
    /// # Errors
    ///
    /// See [`cancel`](crate::Sessions::cancel).
    pub fn cancel(&self, session_id: &str) -> Result<CancelResponse> {
        wait(self.0.cancel(session_id))
    }
}
