//! How JSON text becomes values, so that no number is ever changed on the way.

mod exact;
mod extent;
mod members;
mod object;
mod open;
mod text;
mod wide;

use serde::de::{DeserializeOwned, IgnoredAny};
use serde::{Deserialize, Deserializer, Serialize};
use serde_json::Value;

pub(crate) use members::{members, present_members, two_texts};
pub(crate) use object::Object;
pub(crate) use open::OpenObject;
pub(crate) use text::text;
pub(crate) use wide::suspected as may_hold_wide_integers;

use crate::DecodeError;
use exact::Exact;

/// Parses one JSON document (a leading byte order mark is skipped).
///
/// Numbers keep their exact value: an integer outside the range of `i64` and `u64`, at any depth, becomes
/// a [`Value::String`] with its digits. The result is the same in a build that turns on the
/// `arbitrary_precision` feature of `serde_json`.
///
/// # Errors
///
/// The text is not JSON, or is nested deeper than 128 levels.
///
/// ```
/// use serde_json::json;
///
/// let value = runagent_types::value_from_str("[1, 18446744073709551616, 0.5]")?;
/// assert_eq!(value, json!([1, "18446744073709551616", 0.5]));
/// # Ok::<(), runagent_types::DecodeError>(())
/// ```
pub fn value_from_str(text: &str) -> Result<Value, DecodeError> {
    typed_from_str(text)
}

/// [`value_from_str`] for bytes.
///
/// # Errors
///
/// The bytes are not UTF-8, not JSON, or nested deeper than 128 levels.
pub fn value_from_slice(bytes: &[u8]) -> Result<Value, DecodeError> {
    value_from_str(utf8("JSON", bytes)?)
}

/// [`value_from_str`] for any type: `i128`, `u128` and raw JSON get integers beyond 64 bits exactly, and every
/// `Value` inside gets their digits.
///
/// # Errors
///
/// The text is not JSON, is nested deeper than 128 levels, or is not a `T`: then the
/// [source](std::error::Error::source) says why not.
///
/// ```
/// let (wide, value): (i128, serde_json::Value) =
///     runagent_types::typed_from_str("[18446744073709551616, 18446744073709551616]")?;
/// assert_eq!((wide, value), (1 << 64, "18446744073709551616".into()));
/// # Ok::<(), runagent_types::DecodeError>(())
/// ```
pub fn typed_from_str<T: DeserializeOwned>(text: &str) -> Result<T, DecodeError> {
    from_text(without_bom(text)).map_err(|error| DecodeError::json("JSON", error))
}

/// The text of a body, without its byte order mark.
pub(crate) fn utf8<'a>(what: &'static str, bytes: &'a [u8]) -> Result<&'a str, DecodeError> {
    match std::str::from_utf8(bytes) {
        Ok(text) => Ok(without_bom(text)),
        Err(error) => Err(DecodeError::utf8(what, error)),
    }
}

pub(crate) fn without_bom(text: &str) -> &str {
    text.strip_prefix('\u{feff}').unwrap_or(text)
}

/// `serde_json::from_str`, except that every `Value` inside `T` keeps its wide integers.
pub(crate) fn from_text<'de, T: Deserialize<'de>>(text: &'de str) -> serde_json::Result<T> {
    if !wide::suspected(text) {
        return serde_json::from_str(text);
    }
    let mut deserializer = serde_json::Deserializer::from_str(text);
    let exact = T::deserialize(Exact(&mut deserializer)).and_then(|value| deserializer.end().map(|()| value));
    // An error inside rewritten text is out of place; the text as it is gives the same one, placed.
    exact.map_err(|error| serde_json::from_str::<T>(text).err().unwrap_or(error))
}

/// [`from_text`] for what is an object: a derived struct would take an array as well.
pub(crate) fn from_object<'de, T: Deserialize<'de>>(what: &'static str, text: &'de str) -> Result<T, DecodeError> {
    if !is_object(text) && serde_json::from_str::<IgnoredAny>(text).is_ok() {
        return Err(DecodeError::shape(what, "not a JSON object"));
    }
    from_text(text).map_err(|error| DecodeError::json(what, error))
}

/// Whether the text of a JSON value is an object.
pub(crate) fn is_object(json: &str) -> bool {
    json.trim_ascii_start().starts_with('{')
}

/// The JSON of a value that always has one: strings, numbers, `Value`s and raw JSON under string keys.
pub(crate) fn to_text<T: Serialize>(value: &T) -> Vec<u8> {
    // Writing to memory cannot fail, and these types never refuse.
    serde_json::to_vec(value).unwrap_or_default()
}

/// For members that real servers ignore or leave null: a mistyped one counts as absent.
pub(crate) fn or_default<'de, D, T>(deserializer: D) -> Result<T, D::Error>
where
    D: Deserializer<'de>,
    T: Default + DeserializeOwned,
{
    let value = Value::deserialize(deserializer)?;
    Ok(serde_json::from_value(value).unwrap_or_default())
}

#[cfg(test)]
mod tests;
