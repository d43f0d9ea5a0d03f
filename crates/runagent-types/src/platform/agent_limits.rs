use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::{Map, Value};

use crate::json::or_default;

/// The answer of `GET /limits/agents`, which has no envelope: how many agents the key's owner may have.
///
/// ```
/// use runagent_types::platform::{AgentLimit, AgentLimits};
///
/// let limits: AgentLimits = serde_json::from_str(r#"{"max_agents":-1,"tier_info":{"name":"pro"}}"#)?;
/// assert_eq!(limits.max_agents, Some(AgentLimit::Unlimited));
///
/// let limits = AgentLimits::new(AgentLimit::AtMost(5));
/// assert_eq!(serde_json::to_string(&limits)?, r#"{"max_agents":5,"tier_info":{},"features":[],"expires_at":null}"#);
/// # Ok::<(), serde_json::Error>(())
/// ```
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct AgentLimits {
    /// How many agents; `None` if the server does not tell.
    #[serde(default, deserialize_with = "or_default")]
    pub max_agents: Option<AgentLimit>,
    /// What the server tells of the tier.
    #[serde(default, deserialize_with = "or_default")]
    pub tier_info: Map<String, Value>,
    /// The features of the tier.
    #[serde(default, deserialize_with = "or_default")]
    pub features: Vec<String>,
    /// When these limits end, as the server writes it.
    #[serde(default, deserialize_with = "or_default")]
    pub expires_at: Option<String>,
}

/// How many agents are allowed; on the wire a number, of which -1 is no limit.
///
/// ```
/// use runagent_types::platform::AgentLimit;
///
/// assert!(AgentLimit::AtMost(5).allows(4) && !AgentLimit::AtMost(5).allows(5));
/// assert!(AgentLimit::Unlimited.allows(u64::MAX));
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum AgentLimit {
    /// This many.
    AtMost(u64),
    /// As many as one likes.
    Unlimited,
}

impl AgentLimits {
    /// Limits with nothing told beside the number.
    #[must_use]
    pub fn new(max_agents: AgentLimit) -> Self {
        Self { max_agents: Some(max_agents), ..Self::default() }
    }
}

impl AgentLimit {
    /// The number, unless there is no limit.
    #[must_use]
    pub fn at_most(self) -> Option<u64> {
        match self {
            Self::AtMost(count) => Some(count),
            Self::Unlimited => None,
        }
    }

    /// Whether someone with `count` agents may have one more.
    #[must_use]
    pub fn allows(self, count: u64) -> bool {
        self.at_most().is_none_or(|most| count < most)
    }
}

impl Serialize for AgentLimit {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::AtMost(count) => serializer.serialize_u64(*count),
            Self::Unlimited => serializer.serialize_i64(-1),
        }
    }
}

impl<'de> Deserialize<'de> for AgentLimit {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let limit = Value::deserialize(deserializer)?;
        match (limit.as_u64(), limit.as_i64()) {
            (Some(count), _) => Ok(Self::AtMost(count)),
            (None, Some(-1)) => Ok(Self::Unlimited),
            _ => Err(serde::de::Error::custom("a limit is a count or -1")),
        }
    }
}
