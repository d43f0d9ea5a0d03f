use std::fmt;

use serde_json::Value;

/// The `type` of a [`StructuredValue`](crate::StructuredValue).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ValueKind {
    /// `string`
    String,
    /// `integer`, of any size
    Integer,
    /// `number`: a float, NaN and the infinities included
    Number,
    /// `boolean`
    Boolean,
    /// `array`
    Array,
    /// `object`
    Object,
    /// `null`
    Null,
    /// A name that the protocol does not define; the payload is read as JSON.
    Other,
}

impl ValueKind {
    /// The name on the wire; `other` for [`ValueKind::Other`], which is never written.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::String => "string",
            Self::Integer => "integer",
            Self::Number => "number",
            Self::Boolean => "boolean",
            Self::Array => "array",
            Self::Object => "object",
            Self::Null => "null",
            Self::Other => "other",
        }
    }

    pub(super) fn from_name(name: &str) -> Self {
        match name {
            "string" => Self::String,
            "integer" => Self::Integer,
            "number" => Self::Number,
            "boolean" => Self::Boolean,
            "array" => Self::Array,
            "object" => Self::Object,
            "null" => Self::Null,
            _ => Self::Other,
        }
    }

    pub(super) fn of(value: &Value) -> Self {
        match value {
            Value::Null => Self::Null,
            Value::Bool(_) => Self::Boolean,
            // By its text: with `arbitrary_precision` a number may be neither i64, u64 nor f64.
            Value::Number(number) if number.to_string().contains(['.', 'e', 'E']) => Self::Number,
            Value::Number(_) => Self::Integer,
            Value::String(_) => Self::String,
            Value::Array(_) => Self::Array,
            Value::Object(_) => Self::Object,
        }
    }

    /// What a blank payload stands for, as JSON.
    pub(super) fn empty(self) -> &'static str {
        match self {
            Self::String => "\"\"",
            Self::Integer => "0",
            Self::Number => "0.0",
            Self::Boolean => "false",
            Self::Array => "[]",
            Self::Object => "{}",
            Self::Null | Self::Other => "null",
        }
    }
}

impl fmt::Display for ValueKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}
