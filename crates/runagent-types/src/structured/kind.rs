use std::fmt;

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

    /// The kind of a JSON text.
    pub(super) fn of(json: &str) -> Self {
        match json.trim_ascii_start().as_bytes().first() {
            Some(b'"') => Self::String,
            Some(b'{') => Self::Object,
            Some(b'[') => Self::Array,
            Some(b't' | b'f') => Self::Boolean,
            Some(b'-' | b'0'..=b'9') if json.contains(['.', 'e', 'E']) => Self::Number,
            Some(b'-' | b'0'..=b'9') => Self::Integer,
            _ => Self::Null,
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
