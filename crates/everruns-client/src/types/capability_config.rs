//! Which capabilities an agent has.

use serde_json::Value;

shared! {
    /// A capability of an agent, with its settings.
    ///
    /// ```
    /// use everruns_sdk::types::CapabilityConfig;
    ///
    /// let capabilities: Vec<CapabilityConfig> = vec!["current_time".into(), CapabilityConfig::new("web_fetch")];
    /// assert_eq!(capabilities[0].capability, "current_time");
    /// ```
    pub struct CapabilityConfig {
        /// The id of the capability, on the wire `ref`.
        pub capability: String = "ref"; always,
        /// Its settings, as its own schema says.
        pub config: Option<Value>,
    }
}

impl CapabilityConfig {
    /// A capability with the settings that it has by default.
    #[must_use]
    pub fn new(capability: impl Into<String>) -> Self {
        Self { capability: capability.into(), ..Self::default() }
    }

    /// The same with other settings.
    #[must_use]
    pub fn with_config(self, config: impl Into<Value>) -> Self {
        Self { config: Some(config.into()), ..self }
    }
}

impl From<&str> for CapabilityConfig {
    fn from(capability: &str) -> Self {
        Self::new(capability)
    }
}

impl From<String> for CapabilityConfig {
    fn from(capability: String) -> Self {
        Self::new(capability)
    }
}
