use serde::{Deserialize, Serialize};

use crate::json::or_default;

/// How many tokens the model read and wrote; a count that the server does not tell is `None`.
///
/// ```
/// use runagent_types::v1::Usage;
///
/// let mut usage = Usage::default();
/// usage.total_tokens = Some(150);
/// assert_eq!(serde_json::to_string(&usage)?, r#"{"total_tokens":150}"#);
/// # Ok::<(), serde_json::Error>(())
/// ```
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Usage {
    /// Tokens of the question, its context included.
    #[serde(default, deserialize_with = "or_default", skip_serializing_if = "Option::is_none")]
    pub prompt_tokens: Option<u64>,
    /// Tokens of the answer.
    #[serde(default, deserialize_with = "or_default", skip_serializing_if = "Option::is_none")]
    pub completion_tokens: Option<u64>,
    /// Both together.
    #[serde(default, deserialize_with = "or_default", skip_serializing_if = "Option::is_none")]
    pub total_tokens: Option<u64>,
}
