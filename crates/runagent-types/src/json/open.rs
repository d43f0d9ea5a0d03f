use serde::{Serialize, Serializer, ser::SerializeMap};
use serde_json::{Map, Value};

/// Writes an object with fields of its own and the other members that came with it: the fields first, and no name
/// twice.
pub(crate) struct OpenObject<'a, M> {
    members: M,
    others: &'a Map<String, Value>,
    names: Vec<&'static str>,
}

impl<'a, M: SerializeMap> OpenObject<'a, M> {
    pub(crate) fn start<S>(serializer: S, others: &'a Map<String, Value>) -> Result<Self, M::Error>
    where
        S: Serializer<SerializeMap = M, Error = M::Error>,
    {
        Ok(Self { members: serializer.serialize_map(None)?, others, names: Vec::new() })
    }

    /// A field that is always there. One that is empty because its member is mistyped gives way to that member.
    pub(crate) fn field<T>(&mut self, name: &'static str, value: &T) -> Result<(), M::Error>
    where
        T: Serialize + Default + PartialEq,
    {
        let gives_way = self.others.contains_key(name) && *value == T::default();
        self.optional(name, Some(value).filter(|_| !gives_way))
    }

    /// A field that is left out when there is none.
    pub(crate) fn optional<T: Serialize>(&mut self, name: &'static str, value: Option<&T>) -> Result<(), M::Error> {
        let Some(value) = value else { return Ok(()) };
        self.names.push(name);
        self.members.serialize_entry(name, value)
    }

    pub(crate) fn end(mut self) -> Result<M::Ok, M::Error> {
        for (name, value) in self.others.iter().filter(|(name, _)| !self.names.contains(&name.as_str())) {
            self.members.serialize_entry(name, value)?;
        }
        self.members.end()
    }
}
