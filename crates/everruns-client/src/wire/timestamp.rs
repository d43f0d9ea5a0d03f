//! Points in time.

use std::{fmt, time::SystemTime};

use serde::{Deserialize, Serialize};

/// A point in time as the server wrote it (RFC 3339, in UTC, with three to nine digits of a second), or empty when it wrote
/// none.
///
/// ```
/// use everruns_sdk::types::Timestamp;
/// use std::time::{Duration, SystemTime};
///
/// let timestamp = Timestamp::from("1970-01-01T00:00:01.500Z");
/// assert_eq!(timestamp.to_system_time(), Some(SystemTime::UNIX_EPOCH + Duration::from_millis(1500)));
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Timestamp(String);

impl Timestamp {
    /// The text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The time, unless the text is none, or none in UTC.
    #[must_use]
    pub fn to_system_time(&self) -> Option<SystemTime> {
        humantime::parse_rfc3339(&self.0).ok()
    }
}

impl From<&str> for Timestamp {
    fn from(text: &str) -> Self {
        Self(text.to_owned())
    }
}

impl fmt::Display for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}
