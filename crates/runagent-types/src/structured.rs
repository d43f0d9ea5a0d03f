mod float;
mod kind;

use std::borrow::Cow;

use serde::de::value::StrDeserializer;
use serde::de::{DeserializeOwned, IgnoredAny};
use serde_json::Value;
use serde_json::error::Category;

pub use kind::ValueKind;

use crate::DecodeError;
use crate::json::{from_text, members, text, to_text, two_texts, without_bom};
use float::Float;

const WHAT: &str = "a structured value";

/// A result as the Python server wraps it: `{"type": T, "payload": P}`, where `P` is JSON in a string.
///
/// Exactly one layer is taken off: an agent that itself answers with a dictionary of `type` and `payload`
/// gets it to the caller unchanged.
///
/// ```
/// use runagent_types::{StructuredValue, ValueKind};
///
/// let value = StructuredValue::parse(r#"{"type": "array", "payload": "[1, \"two\"]"}"#).expect("structured");
/// assert_eq!(value.kind(), ValueKind::Array);
/// assert_eq!(value.payload(), r#"[1, "two"]"#);
/// assert_eq!(value.deserialize::<(u8, String)>()?, (1, "two".to_owned()));
/// # Ok::<(), runagent_types::DecodeError>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct StructuredValue<'a> {
    kind: ValueKind,
    payload: Cow<'a, str>,
}

impl StructuredValue<'_> {
    /// Reads the wrapper, or `None` if the text is something else: not a JSON object, or one whose `type`
    /// and `payload` are not both strings.
    #[must_use]
    pub fn parse(source: &str) -> Option<StructuredValue<'_>> {
        if !source.trim_ascii_start().starts_with('{') {
            return None;
        }
        let [kind, payload] = match two_texts(source, [r#""type""#, r#""payload""#]) {
            Some(texts) => texts,
            None => {
                let [kind, payload] = members(source, ["type", "payload"]).ok()?;
                [text(kind?)?, text(payload?)?]
            }
        };
        Some(StructuredValue { kind: ValueKind::from_name(&kind), payload })
    }

    /// What the sender says the payload is.
    #[must_use]
    pub fn kind(&self) -> ValueKind {
        self.kind
    }

    /// The value's own JSON text.
    #[must_use]
    pub fn payload(&self) -> &str {
        &self.payload
    }

    /// The value itself.
    ///
    /// A blank payload is the empty value of its kind (`""`, `0`, `0.0`, `false`, `[]`, `{}`, else null).
    /// What [`Value`] cannot hold: NaN is [`Value::Null`], the infinities are `"inf"` and `"-inf"`, an
    /// integer beyond 64 bits is a string of its digits. [`deserialize`](Self::deserialize) has no such limit.
    ///
    /// # Errors
    ///
    /// The payload is not JSON, or is nested deeper than 128 levels.
    pub fn to_value(&self) -> Result<Value, DecodeError> {
        self.deserialize()
    }

    /// The value as a `T`, exact for `i128`, `u128` and raw JSON. For `f64` NaN and the infinities arrive as
    /// themselves; for `Option<f64>` NaN is `None`, since the server sends it as null.
    ///
    /// # Errors
    ///
    /// The payload is not JSON, is nested deeper than 128 levels, or is not a `T`.
    pub fn deserialize<T: DeserializeOwned>(&self) -> Result<T, DecodeError> {
        self.read().map_err(|error| DecodeError::json(WHAT, error))
    }

    /// Wraps a value as the Python server does, the kind by the value's own JSON type.
    ///
    /// ```
    /// use runagent_types::StructuredValue;
    ///
    /// let wrapped = StructuredValue::encode(&serde_json::json!("hi"));
    /// assert_eq!(wrapped, r#"{"type": "string", "payload": "\"hi\""}"#);
    /// ```
    #[must_use]
    pub fn encode(value: &Value) -> String {
        Self::encode_json(&String::from_utf8_lossy(&to_text(value)))
    }

    /// [`encode`](Self::encode) for a value that is JSON text already. Whatever a [`Value`] cannot hold, such as an
    /// integer beyond 64 bits, goes as it is.
    ///
    /// ```
    /// use runagent_types::StructuredValue;
    ///
    /// let wrapped = StructuredValue::encode_json("18446744073709551616");
    /// assert_eq!(wrapped, r#"{"type": "integer", "payload": "18446744073709551616"}"#);
    /// ```
    #[must_use]
    pub fn encode_json(json: &str) -> String {
        let kind = ValueKind::of(json).as_str();
        let quoted = to_text(&json);
        format!(r#"{{"type": "{kind}", "payload": {}}}"#, String::from_utf8_lossy(&quoted))
    }

    fn read<T: DeserializeOwned>(&self) -> serde_json::Result<T> {
        if self.kind == ValueKind::Null {
            return from_text("null");
        }
        if self.payload.trim_ascii().is_empty() {
            return from_text(self.kind.empty());
        }
        let read = from_text(&self.payload);
        if read.is_err()
            && self.kind == ValueKind::Number
            && let Some(float) = Float::parse(&self.payload)
        {
            return T::deserialize(float);
        }
        read
    }
}

/// The value of a result that arrived as text: a [`StructuredValue`] without its wrapper, else JSON, else
/// the text itself.
///
/// # Errors
///
/// The text is a structured value with a broken payload, or JSON nested deeper than 128 levels.
///
/// ```
/// use runagent_types::decode_text;
/// use serde_json::json;
///
/// assert_eq!(decode_text(r#"{"type": "integer", "payload": "42"}"#)?, 42);
/// assert_eq!(decode_text(r#"{"answer": 42}"#)?, json!({"answer": 42}));
/// assert_eq!(decode_text("forty-two")?, "forty-two");
/// # Ok::<(), runagent_types::DecodeError>(())
/// ```
pub fn decode_text(text: &str) -> Result<Value, DecodeError> {
    deserialize_text(text)
}

/// [`decode_text`] for any type.
pub(crate) fn deserialize_text<T: DeserializeOwned>(source: &str) -> Result<T, DecodeError> {
    if let Some(structured) = StructuredValue::parse(source) {
        let value = structured.read();
        // A `type` that is not ours and a payload that is not JSON: a user's own dictionary.
        if value.is_ok() || structured.kind != ValueKind::Other || is_json(&structured.payload) {
            return value.map_err(|error| DecodeError::json(WHAT, error));
        }
    }
    let error = match from_text(without_bom(source)) {
        Ok(value) => return Ok(value),
        Err(error) => error,
    };
    // Plain text is a string, and so is the text "42" to a caller who wants a string. JSON that only
    // the depth limit refuses is neither.
    if error.classify() == Category::Data || !is_json(source) {
        let plain = StrDeserializer::<serde_json::Error>::new(source);
        if let Ok(value) = T::deserialize(plain) {
            return Ok(value);
        }
    }
    Err(DecodeError::json("a result", error))
}

fn is_json(text: &str) -> bool {
    serde_json::from_str::<IgnoredAny>(text).is_ok()
}

/// Whether a result is the text Python prints for a generator: the entrypoint yields, but its tag does not
/// end with `_stream`, so nobody iterated it.
///
/// Only the exact form counts (`<generator object name at 0x7f…>`, also `async_generator`): an answer
/// *about* generators is an answer.
///
/// ```
/// use runagent_types::generator_repr;
/// use serde_json::json;
///
/// assert!(generator_repr(&json!("<generator object f.<locals>.g at 0x7fdf90f8b030>")));
/// assert!(!generator_repr(&json!("A generator object is an iterator")));
/// ```
#[must_use]
pub fn generator_repr(value: &Value) -> bool {
    fn name_and_address(text: &str) -> Option<(&str, &str)> {
        let text = text.strip_prefix('<')?;
        let text = text.strip_prefix("async_").unwrap_or(text);
        text.strip_prefix("generator object ")?.strip_suffix('>')?.rsplit_once(" at 0x")
    }
    value.as_str().and_then(name_and_address).is_some_and(|(name, address)| {
        !name.is_empty()
            && !name.contains('\n')
            && !address.is_empty()
            && address.bytes().all(|byte| byte.is_ascii_hexdigit())
    })
}

#[cfg(test)]
mod tests;
