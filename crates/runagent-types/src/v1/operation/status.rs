use std::fmt;

use serde::{Deserialize, Serialize};

/// How far an [`Operation`](super::Operation) is: an open set, a word that is not known is kept.
///
/// ```
/// use runagent_types::v1::OperationStatus;
///
/// assert!(OperationStatus::from("cancelled").is_terminal());
/// assert_eq!(OperationStatus::from("paused").as_str(), "paused");
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(from = "String", into = "String")]
#[non_exhaustive]
pub enum OperationStatus {
    /// It has not begun.
    Pending,
    /// The agent is running.
    Running,
    /// The agent has returned.
    Completed,
    /// The agent or the server has failed.
    Failed,
    /// It was broken off.
    Cancelled,
    /// Another word, as it came; empty if there is none.
    Other(String),
}

impl OperationStatus {
    /// The word on the wire.
    #[must_use]
    pub fn as_str(&self) -> &str {
        match self {
            Self::Pending => "pending",
            Self::Running => "running",
            Self::Completed => "completed",
            Self::Failed => "failed",
            Self::Cancelled => "cancelled",
            Self::Other(word) => word,
        }
    }

    /// Whether it stays as it is; a word that is not known may still change.
    #[must_use]
    pub fn is_terminal(&self) -> bool {
        matches!(self, Self::Completed | Self::Failed | Self::Cancelled)
    }
}

impl From<String> for OperationStatus {
    fn from(word: String) -> Self {
        match word.as_str() {
            "pending" => Self::Pending,
            "running" => Self::Running,
            "completed" => Self::Completed,
            "failed" => Self::Failed,
            "cancelled" => Self::Cancelled,
            _ => Self::Other(word),
        }
    }
}

impl From<&str> for OperationStatus {
    fn from(word: &str) -> Self {
        Self::from(word.to_owned())
    }
}

impl From<OperationStatus> for String {
    fn from(status: OperationStatus) -> Self {
        status.as_str().to_owned()
    }
}

impl fmt::Display for OperationStatus {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}
