//! Objects that a server sends, and those that travel both ways.

use std::{borrow::Cow, fmt};

use serde::{
    Deserialize, Deserializer,
    de::{Error, MapAccess, Visitor},
    ser::SerializeMap,
};
use serde_json::{Map, Value};

/// A struct for a JSON object of a server: each field may be missing or `null`, which leaves its default, except those after
/// `requires` (whose names on the wire are those of the struct); fields that are not known are kept in `extra`. It serialises
/// to what it was decoded from, without what was missing.
///
/// serde's `flatten` would do the same, but buffers, and loses numbers in a build with `arbitrary_precision`.
macro_rules! record {
    (
        $(#[$meta:meta])*
        pub struct $name:ident $(requires $($required:ident),+)? {
            $($(#[$field_meta:meta])* pub $field:ident: $type:ty $(= $key:literal)?),* $(,)?
        }
    ) => {
        $(#[$meta])*
        #[derive(Clone, Debug, Default, PartialEq)]
        #[non_exhaustive]
        pub struct $name {
            $($(#[$field_meta])* pub $field: $type,)*
            /// What else the server sent.
            pub extra: serde_json::Map<String, serde_json::Value>,
        }

        object! { $name [$($($required),+)?] $($field $(= $key)?),* }
    };
}

/// A [`record!`] that callers write too: a literal of it may end with `..Default::default()`. A field that ends with `; always`
/// is written even when it is empty, since the server requires it.
macro_rules! shared {
    (
        $(#[$meta:meta])*
        pub struct $name:ident {
            $($(#[$field_meta:meta])* pub $field:ident: $type:ty $(= $key:literal)? $(; $always:ident)?),* $(,)?
        }
    ) => {
        $(#[$meta])*
        #[derive(Clone, Debug, Default, PartialEq)]
        #[allow(clippy::exhaustive_structs, reason = "made by a literal that ends with `..Default::default()`")]
        pub struct $name {
            $($(#[$field_meta])* pub $field: $type,)*
            /// What this version has no field for, sent and received as it is.
            pub extra: serde_json::Map<String, serde_json::Value>,
        }

        object! { $name [] $($field $(= $key)? $(; $always)?),* }
    };
}

/// How a struct of [`record!`] and [`shared!`] is read and written.
macro_rules! object {
    ($name:ident [$($required:ident),*] $($field:ident $(= $key:literal)? $(; $always:ident)?),*) => {
        impl $crate::wire::Object for $name {
            fn write_fields<M: serde::ser::SerializeMap>(&self, map: &mut M) -> Result<(), M::Error> {
                $(if object!(@written &self.$field $(, $always)?) {
                    map.serialize_entry(object!(@key $field $($key)?), &self.$field)?;
                })*
                for (key, value) in &self.extra {
                    map.serialize_entry(key, value)?;
                }
                Ok(())
            }

            fn extra_mut(&mut self) -> &mut serde_json::Map<String, serde_json::Value> {
                &mut self.extra
            }
        }

        impl<'de> serde::Deserialize<'de> for $name {
            fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                struct Fields;

                impl<'de> serde::de::Visitor<'de> for Fields {
                    type Value = $name;

                    fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                        f.write_str("an object")
                    }

                    fn visit_map<A: serde::de::MapAccess<'de>>(self, mut map: A) -> Result<$name, A::Error> {
                        let mut object = $name::default();
                        while let Some($crate::wire::Key(key)) = map.next_key()? {
                            match &*key {
                                $(object!(@key $field $($key)?) => {
                                    $crate::wire::MapSlot::fill(&mut object.$field, &mut map)?;
                                })*
                                _ => {
                                    object.extra.insert(key.into_owned(), map.next_value()?);
                                }
                            }
                        }
                        $($crate::wire::MapSlot::check(&object.$required, stringify!($required))?;)*
                        Ok(object)
                    }
                }

                const FIELDS: &[&str] = &[$(object!(@key $field $($key)?)),*];
                deserializer.deserialize_struct(stringify!($name), FIELDS, Fields)
            }
        }

        impl serde::Serialize for $name {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                use serde::ser::SerializeMap as _;

                let mut map = serializer.serialize_map(None)?;
                $crate::wire::Object::write_fields(self, &mut map)?;
                map.end()
            }
        }
    };
    (@written $value:expr) => { !$crate::wire::MapSlot::is_missing($value) };
    (@written $value:expr, always) => { true };
    (@key $field:ident) => { stringify!($field) };
    (@key $field:ident $key:literal) => { $key };
}

/// A struct of [`record!`] or [`shared!`].
pub(crate) trait Object {
    /// Adds what it has to a map.
    fn write_fields<M: SerializeMap>(&self, map: &mut M) -> Result<(), M::Error>;

    /// The fields that are not known.
    fn extra_mut(&mut self) -> &mut Map<String, Value>;
}

/// The name of a field, borrowed where the input allows it.
pub(crate) struct Key<'de>(pub(crate) Cow<'de, str>);

impl<'de> Deserialize<'de> for Key<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Text;

        impl<'de> Visitor<'de> for Text {
            type Value = Key<'de>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("the name of a field")
            }

            fn visit_borrowed_str<E: Error>(self, text: &'de str) -> Result<Self::Value, E> {
                Ok(Key(Cow::Borrowed(text)))
            }

            fn visit_str<E: Error>(self, text: &str) -> Result<Self::Value, E> {
                Ok(Key(Cow::Owned(text.to_owned())))
            }

            fn visit_string<E: Error>(self, text: String) -> Result<Self::Value, E> {
                Ok(Key(Cow::Owned(text)))
            }
        }

        deserializer.deserialize_str(Text)
    }
}

/// A field of an [`object!`].
pub(crate) trait MapSlot<'de>: Sized {
    /// Takes the next value of the map, unless that is `null`.
    fn fill<A: MapAccess<'de>>(&mut self, map: &mut A) -> Result<(), A::Error>;

    /// Whether it has the value of a field that is missing.
    fn is_missing(&self) -> bool;

    /// Refuses a required field that is missing.
    fn check<E: Error>(&self, name: &'static str) -> Result<(), E> {
        if self.is_missing() { Err(E::missing_field(name)) } else { Ok(()) }
    }
}

impl<'de, T: Deserialize<'de> + Default + PartialEq> MapSlot<'de> for T {
    fn fill<A: MapAccess<'de>>(&mut self, map: &mut A) -> Result<(), A::Error> {
        if let Some(value) = map.next_value()? {
            *self = value;
        }
        Ok(())
    }

    fn is_missing(&self) -> bool {
        *self == T::default()
    }
}
