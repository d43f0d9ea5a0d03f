//! Where a result differs from the type that was asked for.

use std::fmt;

use runagent_types::{DecodeError, ErrorCode};
use serde::{Deserialize, Deserializer, de::Error as _};
use serde_path_to_error::Track;

use crate::RunAgentError;

/// Marks the path in the message of a decoder's error. No path has it, and no message begins with it.
const MARK: char = '\u{1}';

/// A `T` whose errors begin with the path to what does not fit. It costs more than a plain `T`, so it is asked only once
/// that has failed.
pub(crate) struct Located<T>(std::marker::PhantomData<T>);

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Located<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let mut track = Track::new();
        match T::deserialize(serde_path_to_error::Deserializer::new(deserializer, &mut track)) {
            Ok(_) => Ok(Self(std::marker::PhantomData)),
            Err(error) => Err(D::Error::custom(format_args!("{MARK}{}{MARK}{error}", track.path()))),
        }
    }
}

/// The error for something that was not what was expected; `locate` decodes it again as a [`Located`].
pub(crate) fn undecodable<T>(error: DecodeError, locate: impl FnOnce() -> Result<T, DecodeError>) -> RunAgentError {
    let path = if error.is_malformed() { None } else { locate().err().and_then(|located| path(&located)) };
    let message = match path {
        Some(path) => format!("{error}, in `{}`", path.escape_debug()),
        None => error.to_string(),
    };
    RunAgentError::new(ErrorCode::DECODE_ERROR, message).with_source(error)
}

/// The path that [`Located`] has put into the error, unless it is that of the whole.
fn path(error: &dyn std::error::Error) -> Option<String> {
    let mut cause = Some(error);
    while let Some(error) = cause {
        let text = error.to_string();
        if let Some((path, _)) = text.strip_prefix(MARK).and_then(|text| text.split_once(MARK)) {
            return Some(path.to_owned()).filter(|path| path != ".");
        }
        cause = error.source();
    }
    None
}

impl<T> fmt::Debug for Located<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Located")
    }
}
