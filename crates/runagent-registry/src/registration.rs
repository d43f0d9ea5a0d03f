use std::path::Path;

use crate::address::Address;

/// One agent as its server announces it.
///
/// What is left out keeps its value when the agent is registered already.
///
/// ```
/// use runagent_registry::{Address, Registration};
///
/// let agent = Registration::new("weather", "/srv/weather", Address::new("127.0.0.1", 8450)?)
///     .with_agent_name("Weather")
///     .with_description("Tells the weather")
///     .with_version("1.2.0");
/// assert_eq!(agent.agent_id(), "weather");
/// # Ok::<(), runagent_registry::AddressError>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Registration {
    pub(crate) agent_id: String,
    pub(crate) agent_path: String,
    pub(crate) address: Address,
    pub(crate) framework: Option<String>,
    pub(crate) agent_name: Option<String>,
    pub(crate) description: Option<String>,
    pub(crate) template: Option<String>,
    pub(crate) version: Option<String>,
}

impl Registration {
    /// An agent with this id (any text; the Python side writes a UUID), whose project is in the
    /// folder `agent_path` and which is served at `address`.
    ///
    /// The registry keeps the folder as text, so bytes that are not UTF-8 are replaced.
    #[must_use]
    pub fn new(agent_id: impl Into<String>, agent_path: impl AsRef<Path>, address: Address) -> Self {
        Self {
            agent_id: agent_id.into(),
            agent_path: agent_path.as_ref().to_string_lossy().into_owned(),
            address,
            framework: None,
            agent_name: None,
            description: None,
            template: None,
            version: None,
        }
    }

    /// The framework, one of the names the Python side knows; a new agent has `default`, which
    /// means none.
    #[must_use]
    pub fn with_framework(mut self, framework: impl Into<String>) -> Self {
        self.framework = Some(framework.into());
        self
    }

    /// The name shown to people.
    #[must_use]
    pub fn with_agent_name(mut self, agent_name: impl Into<String>) -> Self {
        self.agent_name = Some(agent_name.into());
        self
    }

    /// What the agent does.
    #[must_use]
    pub fn with_description(mut self, description: impl Into<String>) -> Self {
        self.description = Some(description.into());
        self
    }

    /// The project template the agent was made from; a new agent has `default`.
    #[must_use]
    pub fn with_template(mut self, template: impl Into<String>) -> Self {
        self.template = Some(template.into());
        self
    }

    /// The version of the agent.
    #[must_use]
    pub fn with_version(mut self, version: impl Into<String>) -> Self {
        self.version = Some(version.into());
        self
    }

    /// The id callers use.
    #[must_use]
    pub fn agent_id(&self) -> &str {
        &self.agent_id
    }

    /// Where the agent is served.
    #[must_use]
    pub fn address(&self) -> &Address {
        &self.address
    }
}
