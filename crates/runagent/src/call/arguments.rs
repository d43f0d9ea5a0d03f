//! Arguments as JSON text, which rounds no number.

use std::fmt;

use serde::{
    Deserialize, Deserializer, Serialize, Serializer,
    de::{MapAccess, Visitor},
    ser::SerializeMap as _,
};
use serde_json::value::{RawValue, to_raw_value};

/// Positional and keyword arguments. `Debug` tells how many and their names: what they say is nobody's business.
#[derive(Clone, Default)]
pub(crate) struct Arguments {
    pub(crate) args: Vec<Box<RawValue>>,
    pub(crate) kwargs: Members,
}

impl fmt::Debug for Arguments {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names = self.kwargs.0.iter().map(|(name, _)| name);
        f.debug_struct("Arguments").field("args", &self.args.len()).field("kwargs", &names.collect::<Vec<_>>()).finish()
    }
}

/// The members of a JSON object in their order, each name once.
#[derive(Clone, Default)]
pub(crate) struct Members(Vec<(String, Box<RawValue>)>);

impl Members {
    /// The members of what serialises as an object; `None` for what serialises as something else.
    pub(super) fn of(value: &impl Serialize) -> Result<Option<Self>, serde_json::Error> {
        Ok(serde_json::from_str(json(value)?.get()).ok())
    }

    pub(super) fn set(&mut self, name: String, value: Box<RawValue>) {
        match self.0.iter_mut().find(|(known, _)| *known == name) {
            Some((_, known)) => *known = value,
            None => self.0.push((name, value)),
        }
    }

    pub(super) fn extend(&mut self, others: Self) {
        for (name, value) in others.0 {
            self.set(name, value);
        }
    }
}

impl Serialize for Members {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(self.0.len()))?;
        for (name, value) in &self.0 {
            map.serialize_entry(name, value)?;
        }
        map.end()
    }
}

impl<'de> Deserialize<'de> for Members {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Read;

        impl<'de> Visitor<'de> for Read {
            type Value = Members;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Members, A::Error> {
                let mut members = Members::default();
                while let Some((name, value)) = map.next_entry()? {
                    members.set(name, value);
                }
                Ok(members)
            }
        }

        deserializer.deserialize_map(Read)
    }
}

/// The JSON text of a value.
pub(super) fn json(value: &impl Serialize) -> Result<Box<RawValue>, serde_json::Error> {
    to_raw_value(value)
}
