//! What all events have.

use std::{borrow::Cow, collections::HashMap};

use serde::{Deserialize, Deserializer, de::DeserializeOwned};
use serde_json::{Value, value::RawValue};

use super::Event;
use crate::types::Timestamp;

/// What all events have.
#[derive(Clone, Debug, Default, PartialEq)]
#[non_exhaustive]
pub struct EventMeta {
    /// The event's id. Only that of an event with a sequence is known to the server.
    pub id: String,
    /// When it happened.
    pub timestamp: Timestamp,
    /// The session.
    pub session_id: String,
    /// The place among the events that the server keeps, from 1.
    pub sequence: Option<i64>,
    /// What it belongs to.
    pub context: EventContext,
    /// What else the server says about it.
    pub metadata: Option<Value>,
    /// Words by which events can be asked for.
    pub tags: Vec<String>,
    pub(super) raw: String,
}

impl EventMeta {
    /// Whether this client added it: a delta with the text of a message that no delta of the server has brought.
    #[must_use]
    pub const fn is_added(&self) -> bool {
        self.raw.is_empty()
    }
}

record! {
    /// What an event belongs to.
    pub struct EventContext {
        /// The turn.
        pub turn_id: Option<String>,
        /// The message that the turn answers.
        pub input_message_id: Option<String>,
        /// The step of the turn.
        pub exec_id: Option<String>,
        /// The trace.
        pub trace_id: Option<String>,
        /// The span in the trace.
        pub span_id: Option<String>,
        /// The span that this one is in.
        pub parent_span_id: Option<String>,
    }
}

/// The event on the wire. Its data comes before its type, so it is decoded afterwards.
#[derive(Deserialize)]
struct Envelope<'a> {
    #[serde(borrow, rename = "type")]
    kind: Cow<'a, str>,
    #[serde(borrow, default)]
    data: Option<&'a RawValue>,
    #[serde(default, deserialize_with = "or_default")]
    id: String,
    #[serde(default, deserialize_with = "or_default")]
    ts: Timestamp,
    #[serde(default, deserialize_with = "or_default")]
    session_id: String,
    #[serde(default)]
    sequence: Option<i64>,
    #[serde(default, deserialize_with = "or_default")]
    context: EventContext,
    #[serde(default)]
    metadata: Option<Value>,
    #[serde(default, deserialize_with = "or_default")]
    tags: Vec<String>,
}

impl<'a> Envelope<'a> {
    fn read(json: &'a str) -> serde_json::Result<Self> {
        serde_json::from_str(json).or_else(|error: serde_json::Error| {
            // What can't be used of it takes nothing from the rest: an event that is dropped may be the one that is waited for.
            if error.is_data() { Self::read_loosely(json).ok_or(error) } else { Err(error) }
        })
    }

    /// Without what is not as it should be; `None` for what is no event.
    fn read_loosely(json: &'a str) -> Option<Self> {
        fn get<T: DeserializeOwned + Default>(fields: &HashMap<Cow<'_, str>, &RawValue>, name: &str) -> T {
            fields.get(name).and_then(|value| serde_json::from_str(value.get()).ok()).unwrap_or_default()
        }

        let fields: HashMap<Cow<'a, str>, &'a RawValue> = serde_json::from_str(json).ok()?;
        Some(Self {
            kind: serde_json::from_str::<String>(fields.get("type")?.get()).ok()?.into(),
            data: fields.get("data").copied(),
            id: get(&fields, "id"),
            ts: get(&fields, "ts"),
            session_id: get(&fields, "session_id"),
            sequence: get(&fields, "sequence"),
            context: get(&fields, "context"),
            metadata: get(&fields, "metadata"),
            tags: get(&fields, "tags"),
        })
    }
}

pub(super) fn open(raw: String) -> serde_json::Result<Event> {
    let envelope = Envelope::read(&raw)?;
    let meta = Box::new(EventMeta {
        id: envelope.id,
        timestamp: envelope.ts,
        session_id: envelope.session_id,
        sequence: envelope.sequence,
        context: envelope.context,
        metadata: envelope.metadata,
        tags: envelope.tags,
        raw: String::new(),
    });
    let mut event = Event::decode(&envelope.kind, meta, envelope.data.map_or("{}", RawValue::get));
    // Only now, since the data borrows from it.
    event.meta_mut().raw = raw;
    Ok(event)
}

/// The value, or what stands for none when it is `null`.
pub(super) fn or_default<'de, D: Deserializer<'de>, T: Deserialize<'de> + Default>(
    deserializer: D,
) -> Result<T, D::Error> {
    Option::deserialize(deserializer).map(Option::unwrap_or_default)
}
