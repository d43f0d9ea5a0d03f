use std::error::Error;
use std::fmt;
use std::str::Utf8Error;

use serde_json::error::Category;

/// Bytes from the wire that are not what they should be.
///
/// The display names what was being decoded and where it went wrong (line and column, from 1), and never
/// repeats the bytes: they may hold a user's data. [`source`](Error::source) is the parser's own error,
/// which for a type mismatch may quote the offending value.
///
/// ```
/// let error = runagent_types::value_from_str("{\"a\": tru}").unwrap_err();
/// assert_eq!(error.to_string(), "cannot decode JSON: malformed JSON at line 1 column 10");
/// ```
#[derive(Debug)]
pub struct DecodeError {
    what: &'static str,
    cause: Cause,
}

#[derive(Debug)]
enum Cause {
    Json(serde_json::Error),
    Utf8(Utf8Error),
    Shape(&'static str),
}

impl DecodeError {
    pub(crate) fn json(what: &'static str, error: serde_json::Error) -> Self {
        Self { what, cause: Cause::Json(error) }
    }

    pub(crate) fn utf8(what: &'static str, error: Utf8Error) -> Self {
        Self { what, cause: Cause::Utf8(error) }
    }

    /// JSON that is well formed and yet not the thing: `problem` completes "cannot decode X: …".
    pub(crate) fn shape(what: &'static str, problem: &'static str) -> Self {
        Self { what, cause: Cause::Shape(problem) }
    }

    /// True when the bytes are not JSON at all (malformed, cut short, nested too deeply, not UTF-8), false
    /// when they are JSON of another shape.
    #[must_use]
    pub fn is_malformed(&self) -> bool {
        match &self.cause {
            Cause::Json(error) => error.classify() != Category::Data,
            Cause::Utf8(_) => true,
            Cause::Shape(_) => false,
        }
    }

    /// Line and column (both from 1) where the decoder stopped, when it knows.
    #[must_use]
    pub fn position(&self) -> Option<(usize, usize)> {
        match &self.cause {
            Cause::Json(error) if error.line() > 0 => Some((error.line(), error.column())),
            _ => None,
        }
    }
}

impl fmt::Display for DecodeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let problem = match &self.cause {
            Cause::Json(error) => match error.classify() {
                Category::Syntax | Category::Io => "malformed JSON",
                Category::Eof => "JSON cut short",
                Category::Data => "unexpected shape",
            },
            Cause::Utf8(_) => "not UTF-8",
            Cause::Shape(problem) => problem,
        };
        write!(f, "cannot decode {}: {problem}", self.what)?;
        match self.position() {
            Some((line, column)) => write!(f, " at line {line} column {column}"),
            None => Ok(()),
        }
    }
}

impl Error for DecodeError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        match &self.cause {
            Cause::Json(error) => Some(error),
            Cause::Utf8(error) => Some(error),
            Cause::Shape(_) => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_type_mismatch_is_located_but_not_quoted() {
        let cause = serde_json::from_str::<u64>("\"hunter2\"").unwrap_err();
        let error = DecodeError::json("a number", cause);
        assert_eq!(error.to_string(), "cannot decode a number: unexpected shape at line 1 column 9");
        assert!(!error.is_malformed());
        assert!(error.source().is_some());
    }

    #[test]
    fn a_body_that_ends_early_is_malformed() {
        let cause = serde_json::from_str::<u64>("").unwrap_err();
        let error = DecodeError::json("a number", cause);
        assert!(error.to_string().contains("cut short"), "{error}");
        assert!(error.is_malformed());
    }
}
