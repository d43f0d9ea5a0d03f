use serde::de::{Deserializer, Visitor};
use serde::forward_to_deserialize_any;

/// A float that JSON has no number for. Python's NaN arrives as `null`, its infinities as strings.
#[derive(Clone, Copy)]
pub(super) enum Float {
    Nan,
    Infinite,
    NegativeInfinite,
}

impl Float {
    pub(super) fn parse(payload: &str) -> Option<Self> {
        let word = payload.trim_ascii();
        let word = word.strip_prefix('"').and_then(|word| word.strip_suffix('"')).unwrap_or(word);
        match word {
            "null" | "nan" | "NaN" => Some(Self::Nan),
            "inf" | "Infinity" => Some(Self::Infinite),
            "-inf" | "-Infinity" => Some(Self::NegativeInfinite),
            _ => None,
        }
    }
}

/// A float to whoever asks for one; to everyone else what `Value` can hold.
impl<'de> Deserializer<'de> for Float {
    type Error = serde_json::Error;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Self::Error> {
        match self {
            Self::Nan => visitor.visit_unit(),
            Self::Infinite => visitor.visit_str("inf"),
            Self::NegativeInfinite => visitor.visit_str("-inf"),
        }
    }

    fn deserialize_f64<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Self::Error> {
        visitor.visit_f64(match self {
            Self::Nan => f64::NAN,
            Self::Infinite => f64::INFINITY,
            Self::NegativeInfinite => f64::NEG_INFINITY,
        })
    }

    fn deserialize_f32<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Self::Error> {
        self.deserialize_f64(visitor)
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Self::Error> {
        visitor.visit_some(self)
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        _name: &'static str,
        visitor: V,
    ) -> Result<V::Value, Self::Error> {
        visitor.visit_newtype_struct(self)
    }

    forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 char str string bytes byte_buf unit unit_struct seq
        tuple tuple_struct map struct enum identifier ignored_any
    }
}
