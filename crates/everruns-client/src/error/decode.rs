//! Answers that are not what they should be.

use std::{error, fmt};

use serde::de::DeserializeOwned;

/// An answer of success, or an event, that is not what it should be. The message says where, and repeats nothing of the answer but names
/// of fields.
#[derive(Debug)]
pub struct DecodeError {
    what: String,
    path: Option<String>,
    message: String,
}

impl DecodeError {
    pub(crate) fn of_event(error: &serde_json::Error) -> Self {
        Self { what: "the event".to_owned(), path: None, message: without_value(error) }
    }

    /// Where in the answer, such as `data[0].name`, when it is JSON.
    #[must_use]
    pub fn path(&self) -> Option<&str> {
        self.path.as_deref()
    }
}

/// Decodes the answer to an operation.
pub(crate) fn decode<T: DeserializeOwned>(what: &'static str, json: &[u8]) -> Result<T, DecodeError> {
    serde_json::from_slice(json).map_err(|first| {
        let what = format!("the answer to `{what}`");
        // The path costs more than the value, so it is asked for once that has failed.
        let mut deserializer = serde_json::Deserializer::from_slice(json);
        match serde_path_to_error::deserialize::<_, T>(&mut deserializer) {
            Ok(_) => DecodeError { what, path: None, message: without_value(&first) },
            Err(error) => {
                let path = Some(error.path().to_string()).filter(|path| path != ".");
                DecodeError { what, path, message: without_value(error.inner()) }
            }
        }
    })
}

/// What the decoder says, without the value that it did not expect, which may be anything.
fn without_value(error: &serde_json::Error) -> String {
    let message = error.to_string();
    let parts = message.split_once(": ").and_then(|(what, rest)| Some((what, rest.rsplit_once(", expected ")?)));
    let Some(("invalid type" | "invalid value", (value, expected))) = parts else { return message };
    // Such as `string "abc"`, or "integer `5`".
    let noun = value.split(['"', '`']).next().unwrap_or_default().trim_end();
    format!("{noun} in the place of {expected}")
}

impl fmt::Display for DecodeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} is not what it should be", self.what)?;
        if let Some(path) = &self.path {
            write!(f, ", at `{}`", path.escape_debug())?;
        }
        write!(f, ": {}", self.message.escape_debug())
    }
}

impl error::Error for DecodeError {}
