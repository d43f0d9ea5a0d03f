//! The local registry of RunAgent agents: where on this machine an agent is served, and what ran.
//!
//! The registry is one SQLite file, `runagent_local.db`, in `$RUNAGENT_CACHE_DIR` or `~/.runagent`.
//! The Python command line owns its schema, and this crate is a guest in it:
//!
//! - a look-up opens the file read-only, runs one query, closes it, and never creates anything;
//! - a server creates exactly the Python schema when there is none, changes the rows of its agent, and leaves
//!   every other row, table, index and pragma alone;
//! - what it [records](Registry::record) of its calls, one short transaction a batch, is what the Python side records;
//! - both give up with [`RegistryError::Locked`] after a busy timeout (5 s unless set).
//!
//! ```
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! use runagent_registry::{Address, Registration, Registry};
//!
//! # let folder = tempfile::tempdir()?;
//! let registry = Registry::in_folder(folder.path());
//! let agent = Registration::new("weather", "/srv/weather", Address::new("0.0.0.0", 8450)?);
//! registry.register(&agent).await?;
//!
//! // A wildcard address cannot be dialled, so it is recorded as loopback.
//! assert_eq!(registry.find("weather").await?.to_string(), "127.0.0.1:8450");
//! # Ok(())
//! # }
//! ```
#![forbid(unsafe_code)]

mod address;
mod connection;
mod error;
mod history;
mod invocation;
mod lookup;
mod reader;
mod recording;
mod registration;
mod registry;
mod schema;
mod writer;

pub use address::{Address, AddressError};
pub use error::RegistryError;
pub use invocation::InvocationRecord;
pub use registration::Registration;
pub use registry::Registry;
