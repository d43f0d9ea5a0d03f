use std::fmt;

use serde::{Deserialize, Serialize};

/// How an [`Invocation`](super::Invocation) is: an open set, a word that is not known is kept.
///
/// ```
/// use runagent_types::platform::InvocationStatus;
///
/// assert_eq!(InvocationStatus::from("failed"), InvocationStatus::Failed);
/// assert_eq!(InvocationStatus::from("timed_out").as_str(), "timed_out");
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(from = "String", into = "String")]
#[non_exhaustive]
pub enum InvocationStatus {
    /// It has not ended.
    Pending,
    /// The agent has returned.
    Completed,
    /// The agent or the server has failed.
    Failed,
    /// Another word, as it came; empty if there is none.
    Other(String),
}

impl InvocationStatus {
    /// The word on the wire, also for the query `?status=`.
    #[must_use]
    pub fn as_str(&self) -> &str {
        match self {
            Self::Pending => "pending",
            Self::Completed => "completed",
            Self::Failed => "failed",
            Self::Other(word) => word,
        }
    }
}

/// No word.
impl Default for InvocationStatus {
    fn default() -> Self {
        Self::Other(String::new())
    }
}

impl From<String> for InvocationStatus {
    fn from(word: String) -> Self {
        match word.as_str() {
            "pending" => Self::Pending,
            "completed" => Self::Completed,
            "failed" => Self::Failed,
            _ => Self::Other(word),
        }
    }
}

impl From<&str> for InvocationStatus {
    fn from(word: &str) -> Self {
        Self::from(word.to_owned())
    }
}

impl From<InvocationStatus> for String {
    fn from(status: InvocationStatus) -> Self {
        status.as_str().to_owned()
    }
}

impl fmt::Display for InvocationStatus {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}
