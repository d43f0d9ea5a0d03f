use serde::{Serialize, Serializer, ser::SerializeMap};
use serde_json::{Map, Value};

/// Writes an object that has members of its own and keeps those of others: its own first, and no name twice.
pub(crate) struct OpenObject<M> {
    members: M,
    names: Vec<&'static str>,
}

impl<M: SerializeMap> OpenObject<M> {
    pub(crate) fn start<S: Serializer<SerializeMap = M, Error = M::Error>>(serializer: S) -> Result<Self, M::Error> {
        Ok(Self { members: serializer.serialize_map(None)?, names: Vec::new() })
    }

    pub(crate) fn member<T: Serialize + ?Sized>(&mut self, name: &'static str, value: &T) -> Result<(), M::Error> {
        self.names.push(name);
        self.members.serialize_entry(name, value)
    }

    /// A member that is left out when there is none.
    pub(crate) fn optional<T: Serialize>(&mut self, name: &'static str, value: Option<&T>) -> Result<(), M::Error> {
        value.map_or(Ok(()), |value| self.member(name, value))
    }

    pub(crate) fn end(mut self, others: &Map<String, Value>) -> Result<M::Ok, M::Error> {
        for (name, value) in others.iter().filter(|(name, _)| !self.names.contains(&name.as_str())) {
            self.members.serialize_entry(name, value)?;
        }
        self.members.end()
    }
}
