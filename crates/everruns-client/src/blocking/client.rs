//! The blocking client.

use super::{Agents, Events, Files, Images, Messages, Sessions, wait};
use crate::{Result, TurnOutcome, types::CreateMessageRequest};

/// Everruns, without `await`. See [`everruns_sdk::Client`](crate::Client).
///
/// Cloning is cheap: clones share connections, and so does the asynchronous client that it was made from.
#[derive(Clone, Debug)]
pub struct Client(crate::Client);

impl Client {
    /// A client with this API key: see [`Client::new`](crate::Client::new).
    #[must_use]
    pub fn new(api_key: impl Into<String>) -> Self {
        crate::Client::new(api_key).into()
    }

    /// A client with the API key of the environment: see [`Client::from_env`](crate::Client::from_env).
    ///
    /// # Errors
    ///
    /// See [`Client::from_env`](crate::Client::from_env).
    pub fn from_env() -> Result<Self> {
        crate::Client::from_env().map(Self::from)
    }

    /// The asynchronous client, whose calls [`wait`](super::wait()) waits for.
    #[must_use]
    pub const fn as_async(&self) -> &crate::Client {
        &self.0
    }

    /// Agents and their versions.
    #[must_use]
    pub fn agents(&self) -> Agents {
        Agents(self.0.agents())
    }

    /// Sessions: conversations with agents.
    #[must_use]
    pub fn sessions(&self) -> Sessions {
        Sessions(self.0.sessions())
    }

    /// What is said in a session, and the answers to what an agent asks for.
    #[must_use]
    pub fn messages(&self) -> Messages {
        Messages(self.0.messages())
    }

    /// What happens in a session.
    #[must_use]
    pub fn events(&self) -> Events {
        Events(self.0.events())
    }

    /// The files of a session.
    #[must_use]
    pub fn files(&self, session_id: impl Into<String>) -> Files {
        Files(self.0.files(session_id))
    }

    /// The files of a workspace.
    #[must_use]
    pub fn workspace_files(&self, workspace_id: impl Into<String>) -> Files {
        Files(self.0.workspace_files(workspace_id))
    }

    /// Images that messages refer to.
    #[must_use]
    pub fn images(&self) -> Images {
        Images(self.0.images())
    }

    /// A whole turn: sends the message, and waits for its end. One that answers what the agent asks for on the way is a
    /// [`TurnCall`](crate::TurnCall) to [wait](super::wait()) for.
    ///
    /// # Errors
    ///
    /// Those of a [`TurnCall`](crate::TurnCall).
    pub fn turn(&self, message: CreateMessageRequest) -> Result<TurnOutcome> {
        wait(self.0.turn(message))
    }
}

impl From<crate::Client> for Client {
    fn from(client: crate::Client) -> Self {
        Self(client)
    }
}

impl From<Client> for crate::Client {
    fn from(client: Client) -> Self {
        client.0
    }
}
