//! What happens in a session.

#[macro_use]
mod table;
mod envelope;
mod kinds;

use std::fmt;

use serde::{Deserialize, Serialize, Serializer};
use serde_json::{Value, value::RawValue};

pub use self::{
    envelope::{EventContext, EventMeta},
    kinds::Event,
};

use crate::error::DecodeError;

impl Event {
    /// Reads the JSON of one event. An event of a type that is not known, and one whose data does not fit its type, is
    /// [`Unknown`](Self::Unknown).
    ///
    /// ```
    /// use everruns_sdk::Event;
    ///
    /// let json = r#"{"id":"event_1","type":"turn.cancelled","data":{"turn_id":"turn_1"},"sequence":14}"#;
    /// let event = Event::from_json(json)?;
    /// assert!(event.ends_turn());
    /// assert_eq!((event.kind(), event.sequence(), event.turn_id()), ("turn.cancelled", Some(14), Some("turn_1")));
    /// # Ok::<(), everruns_sdk::DecodeError>(())
    /// ```
    ///
    /// # Errors
    ///
    /// When it is no JSON, or no event: an object with a `type`.
    pub fn from_json(json: impl Into<String>) -> Result<Self, DecodeError> {
        Self::read(json.into()).map_err(|error| DecodeError::of_event(&error))
    }

    /// The same, with the words of the parser.
    pub(crate) fn read(json: String) -> serde_json::Result<Self> {
        envelope::open(json)
    }

    /// The event's id.
    #[must_use]
    pub fn id(&self) -> &str {
        &self.meta().id
    }

    /// The session.
    #[must_use]
    pub fn session_id(&self) -> &str {
        &self.meta().session_id
    }

    /// The place among the events that the server keeps, from 1; `None` for one that it does not keep, such as a delta. It is
    /// the only order there is: ids are not ordered.
    #[must_use]
    pub fn sequence(&self) -> Option<i64> {
        self.meta().sequence
    }

    /// The turn that it belongs to, if it belongs to one.
    #[must_use]
    pub fn turn_id(&self) -> Option<&str> {
        self.meta().context.turn_id.as_deref().or_else(|| self.own_turn_id()).filter(|id| !id.is_empty())
    }

    /// Whether the server does not keep it: it is seen as it happens, or never.
    #[must_use]
    pub fn is_ephemeral(&self) -> bool {
        self.sequence().is_none()
    }

    /// Whether a turn is over with it, well or not: `turn.completed`, `turn.failed`, `turn.cancelled`, `turn.sealed`.
    #[must_use]
    pub const fn ends_turn(&self) -> bool {
        matches!(
            self,
            Self::TurnCompleted { .. } | Self::TurnFailed { .. } | Self::TurnCancelled { .. } | Self::TurnSealed { .. }
        )
    }

    /// The JSON of the event as it came, with what this version does not know; empty for an event that was
    /// [added](EventMeta::is_added).
    #[must_use]
    pub fn raw(&self) -> &str {
        &self.meta().raw
    }
}

impl<'de> Deserialize<'de> for Event {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let json: Box<str> = Box::<RawValue>::deserialize(deserializer)?.into();
        Self::read(json.into()).map_err(serde::de::Error::custom)
    }
}

/// As it came.
impl Serialize for Event {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let added = || {
            let mut event = serde_json::Map::new();
            event.insert("type".to_owned(), self.kind().into());
            event.insert("session_id".to_owned(), self.session_id().into());
            if let Self::OutputMessageDelta { turn_id, message_id, delta, .. } = self {
                let data = serde_json::json!({ "turn_id": turn_id, "message_id": message_id, "delta": delta });
                event.insert("data".to_owned(), data);
            }
            Value::Object(event)
        };
        match self.raw() {
            "" => added().serialize(serializer),
            raw => serde_json::from_str::<&RawValue>(raw).map_err(serde::ser::Error::custom)?.serialize(serializer),
        }
    }
}

impl fmt::Display for Event {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.kind())?;
        self.sequence().map_or(Ok(()), |sequence| write!(f, " #{sequence}"))
    }
}
