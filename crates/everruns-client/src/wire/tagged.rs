//! Objects whose shape a word in them names.

use serde::{Deserialize, Deserializer, Serializer, ser::SerializeMap};
use serde_json::Value;

use super::Object;

/// An enum of objects, told apart by one field of theirs. What has another word there, or does not decode as the word says, is
/// kept as JSON.
///
/// serde's internally tagged and untagged enums buffer in a form of their own, which loses numbers in a build with
/// `arbitrary_precision`, and refuse what they do not know.
macro_rules! tagged {
    (
        $(#[$meta:meta])*
        pub enum $name:ident by $tag:literal {
            $($(#[$variant_meta:meta])* $variant:ident($payload:ty) = $word:literal $(| $other_spelling:literal)*),+ $(,)?
        }
    ) => {
        $(#[$meta])*
        #[derive(Clone, Debug, PartialEq)]
        #[non_exhaustive]
        pub enum $name {
            $($(#[$variant_meta])* $variant($payload),)+
            /// Of a kind that this version does not know, or not as its kind should be.
            Unknown(serde_json::Value),
        }

        impl $name {
            #[doc = concat!("The word in its field `", $tag, "`, empty when there is none.")]
            #[must_use]
            pub fn kind(&self) -> &str {
                match self {
                    $(Self::$variant(_) => $word,)+
                    Self::Unknown(value) => value.get($tag).and_then(serde_json::Value::as_str).unwrap_or_default(),
                }
            }
        }

        $(impl From<$payload> for $name {
            fn from(payload: $payload) -> Self {
                Self::$variant(payload)
            }
        })+

        impl<'de> serde::Deserialize<'de> for $name {
            fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let object = $crate::wire::Tagged::read(deserializer, $tag)?;
                let decoded = match object.word() {
                    $($word $(| $other_spelling)* => object.payload().map(Self::$variant),)+
                    _ => None,
                };
                Ok(decoded.unwrap_or_else(|| Self::Unknown(object.into_value())))
            }
        }

        impl serde::Serialize for $name {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                match self {
                    $(Self::$variant(payload) => $crate::wire::Tagged::write(serializer, $tag, $word, payload),)+
                    Self::Unknown(value) => value.serialize(serializer),
                }
            }
        }
    };
}

/// An object of a [`tagged!`] enum while it is read.
pub(crate) struct Tagged {
    tag: &'static str,
    word: String,
    fields: Value,
}

impl Tagged {
    pub(crate) fn read<'de, D: Deserializer<'de>>(deserializer: D, tag: &'static str) -> Result<Self, D::Error> {
        let mut fields = Value::deserialize(deserializer)?;
        let word = match fields.get_mut(tag) {
            Some(Value::String(word)) => std::mem::take(word),
            _ => String::new(),
        };
        Ok(Self { tag, word, fields })
    }

    pub(crate) fn word(&self) -> &str {
        &self.word
    }

    pub(crate) fn payload<T: for<'de> Deserialize<'de> + Object>(&self) -> Option<T> {
        let mut payload = T::deserialize(&self.fields).ok()?;
        payload.extra_mut().remove(self.tag);
        Some(payload)
    }

    pub(crate) fn into_value(mut self) -> Value {
        if let Some(Value::String(word)) = self.fields.get_mut(self.tag) {
            *word = self.word;
        }
        self.fields
    }

    pub(crate) fn write<S: Serializer, T: Object>(
        serializer: S,
        tag: &'static str,
        word: &'static str,
        payload: &T,
    ) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry(tag, word)?;
        payload.write_fields(&mut map)?;
        map.end()
    }
}
