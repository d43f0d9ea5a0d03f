use std::error::Error;
use std::fmt;

/// A value that has no JSON form, so nothing was sent.
///
/// The display is the reason that the value's `Serialize` gave, for instance a keyword argument that was
/// given twice or a map key that is not a string.
///
/// ```
/// use runagent_types::{Kwargs, RunRequest};
/// use serde_json::json;
///
/// let twice = [("n", json!(1)), ("n", json!(2))];
/// let error = RunRequest::new("greet", (), Kwargs::new(&twice)).to_json().unwrap_err();
/// assert_eq!(error.to_string(), "cannot encode a run request: keyword argument `n` is given twice");
/// ```
#[derive(Debug)]
pub struct EncodeError {
    what: &'static str,
    cause: serde_json::Error,
}

impl EncodeError {
    pub(crate) fn new(what: &'static str, cause: serde_json::Error) -> Self {
        Self { what, cause }
    }
}

impl fmt::Display for EncodeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "cannot encode {}: {}", self.what, self.cause)
    }
}

impl Error for EncodeError {
    /// What lies beneath the reason that the display already gives.
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        self.cause.source()
    }
}
