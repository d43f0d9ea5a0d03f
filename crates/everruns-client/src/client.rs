//! The client of the management API.

mod bare_key;
mod builder;

use std::fmt;

pub use self::builder::ClientBuilder;
use crate::{
    Error, Result,
    api::{
        Agents, Budgets, Capabilities, Connections, Events, Files, Harnesses, Images, Memories, Messages, Models,
        Sessions, Workspaces,
    },
    service::Service,
    turn::TurnCall,
    types::CreateMessageRequest,
};

/// Everruns: agents, the sessions that they work in, and all that belongs to them.
///
/// Cloning is cheap: clones share connections, the budget of retries, and what is known of sessions.
///
/// ```no_run
/// use everruns_sdk::Client;
///
/// # fn main() -> Result<(), everruns_sdk::Error> {
/// // EVERRUNS_API_KEY, and EVERRUNS_API_URL and EVERRUNS_ORG_ID when they are set.
/// let client = Client::from_env()?;
/// // The key from elsewhere, the rest from the environment.
/// let client = Client::new("your-api-key");
/// # Ok(())
/// # }
/// ```
///
/// A client is made without touching the network. What is wrong with its settings is the error of each call, and of
/// [`check`](Self::check) before.
///
/// # Runtime
///
/// Calls need a Tokio runtime, and are an error without one. [`blocking`](crate::blocking) needs none.
#[derive(Clone)]
pub struct Client {
    service: Service,
}

impl Client {
    /// A client with this API key. The environment says where the server is (`EVERRUNS_API_URL`) and for which organisation
    /// the client works (`EVERRUNS_ORG_ID`).
    #[must_use]
    pub fn new(api_key: impl Into<String>) -> Self {
        Self::builder().environment().api_key(api_key).build()
    }

    /// A client with the API key of the environment: `EVERRUNS_API_KEY`; the rest is as for [`new`](Self::new).
    ///
    /// # Errors
    ///
    /// [`Error::Authentication`] when there is no key, and [`Error::Config`] when something else can't be used.
    pub fn from_env() -> Result<Self> {
        let client = Self::builder().environment().build();
        client.check()?;
        Ok(client)
    }

    /// Settings to change. They know nothing of the environment, unless it is
    /// [asked](ClientBuilder::environment).
    pub fn builder() -> ClientBuilder {
        ClientBuilder::default()
    }

    pub(crate) const fn of(service: Service) -> Self {
        Self { service }
    }

    /// Whether the settings can be used. Nothing is sent.
    ///
    /// # Errors
    ///
    /// [`Error::Authentication`] about the key, [`Error::Config`] about anything else; they say what to change.
    pub fn check(&self) -> Result<(), Error> {
        self.service.api().map(drop)
    }

    /// Agents and their versions.
    #[must_use]
    pub fn agents(&self) -> Agents {
        Agents::of(self.service.clone())
    }

    /// Sessions: conversations with agents.
    #[must_use]
    pub fn sessions(&self) -> Sessions {
        Sessions::of(self.service.clone())
    }

    /// What is said in a session, and the answers to what an agent asks for.
    #[must_use]
    pub fn messages(&self) -> Messages {
        Messages::of(self.service.clone())
    }

    /// What happens in a session.
    #[must_use]
    pub fn events(&self) -> Events {
        Events::of(self.service.clone())
    }

    /// The files of a session. A server that keeps them with workspaces only is asked there.
    #[must_use]
    pub fn files(&self, session_id: impl Into<String>) -> Files {
        Files::of_session(self.service.clone(), session_id.into())
    }

    /// The files of a workspace.
    #[must_use]
    pub fn workspace_files(&self, workspace_id: impl Into<String>) -> Files {
        Files::of_workspace(self.service.clone(), workspace_id.into())
    }

    /// Images that messages refer to.
    #[must_use]
    pub fn images(&self) -> Images {
        Images::of(self.service.clone())
    }

    /// What agents can be given to do.
    #[must_use]
    pub fn capabilities(&self) -> Capabilities {
        Capabilities::of(self.service.clone())
    }

    /// Harnesses: what agents have in common.
    #[must_use]
    pub fn harnesses(&self) -> Harnesses {
        Harnesses::of(self.service.clone())
    }

    /// Language models.
    #[must_use]
    pub fn models(&self) -> Models {
        Models::of(self.service.clone())
    }

    /// Workspaces.
    #[must_use]
    pub fn workspaces(&self) -> Workspaces {
        Workspaces::of(self.service.clone())
    }

    /// Memories, and the files in them.
    #[must_use]
    pub fn memories(&self) -> Memories {
        Memories::of(self.service.clone())
    }

    /// Accounts of the user with other services.
    #[must_use]
    pub fn connections(&self) -> Connections {
        Connections::of(self.service.clone())
    }

    /// Limits on what may be spent.
    #[must_use]
    pub fn budgets(&self) -> Budgets {
        Budgets::of(self.service.clone())
    }

    /// A whole turn: sends the message, answers what the agent asks for on the way, and waits for its end. See
    /// [`TurnCall`].
    pub fn turn(&self, message: CreateMessageRequest) -> TurnCall {
        TurnCall::managed(self.service.clone(), message)
    }
}

impl fmt::Debug for Client {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Client").field(&self.service).finish()
    }
}
