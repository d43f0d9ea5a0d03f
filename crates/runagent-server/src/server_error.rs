use std::io;

use runagent_registry::{AddressError, RegistryError};
use runagent_transport::InvalidApiKey;

/// Why an agent is not served.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ServerError {
    /// The agent's id is empty or has control characters.
    #[error("agent id {id:?} is empty or has control characters")]
    InvalidAgentId {
        /// The id as it was given.
        id: String,
    },
    /// Two agents of one server have the same id.
    #[error("agent id {id:?} is given twice")]
    DuplicateAgentId {
        /// The id.
        id: String,
    },
    /// A tag that callers could not use.
    #[error("entrypoint tag {tag:?} {problem}")]
    InvalidTag {
        /// The tag as it was given.
        tag: String,
        /// What is wrong, as the end of a sentence.
        problem: &'static str,
    },
    /// The token is empty, or has characters that a header cannot carry.
    #[error("the token cannot be used")]
    InvalidToken(#[source] InvalidApiKey),
    /// Other machines can reach the address, and nothing would keep them from calling the agent.
    #[error("{address} is not a loopback address, so a token is needed")]
    TokenRequired {
        /// The address as it was given.
        address: String,
    },
    /// The server cannot listen at the address.
    #[error("cannot listen on {address}")]
    Listen {
        /// The address as it was given.
        address: String,
        /// What the system says.
        source: io::Error,
    },
    /// The signal that ends the server cannot be waited for.
    #[error("cannot wait for a signal")]
    Signal(#[source] io::Error),
    /// The folder of the agent, which the registry records, is gone.
    #[error("cannot tell the current folder")]
    CurrentFolder(#[source] io::Error),
    /// The address cannot be recorded.
    #[error("cannot record the address")]
    Address(#[from] AddressError),
    /// The registry cannot be written.
    #[error(transparent)]
    Registry(#[from] RegistryError),
}
