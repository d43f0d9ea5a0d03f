//! Changes to fields that can be cleared.

use serde::{Serialize, Serializer};

/// What an update does to a field that may be empty.
///
/// ```
/// use everruns_sdk::Patch;
///
/// let keep: Patch<String> = Patch::default();
/// assert_eq!(keep, Patch::Keep);
/// assert_eq!(Patch::from("Weekly report"), Patch::Set("Weekly report".to_owned()));
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[allow(clippy::exhaustive_enums, reason = "there is nothing else to do to a field")]
pub enum Patch<T> {
    /// Leaves it as it is: the request does not name it.
    #[default]
    Keep,
    /// Empties it: the request says `null`.
    Clear,
    /// Sets it.
    Set(T),
}

impl<T> From<T> for Patch<T> {
    fn from(value: T) -> Self {
        Self::Set(value)
    }
}

impl From<&str> for Patch<String> {
    fn from(value: &str) -> Self {
        Self::Set(value.to_owned())
    }
}

impl<T: Serialize> Serialize for Patch<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Set(value) => serializer.serialize_some(value),
            Self::Keep | Self::Clear => serializer.serialize_none(),
        }
    }
}
