use std::collections::HashSet;
use std::fmt;

use serde::ser::{Error, Serialize, SerializeMap, Serializer};
use serde_json::Value;

/// Keyword arguments as a borrowed slice of names and values; on the wire a JSON object in the slice's order.
///
/// A name given twice is an [`EncodeError`](crate::EncodeError) that names it, as it is a `TypeError` in
/// Python: which of the two was meant nobody can know.
///
/// ```
/// use runagent_types::{Kwargs, RunRequest};
/// use serde_json::json;
///
/// let kwargs = [("name", json!("Ada")), ("punctuation", json!("!"))];
/// let body = RunRequest::new("greet", (), Kwargs::new(&kwargs)).to_json()?;
/// assert!(String::from_utf8(body)?.contains(r#""input_kwargs":{"name":"Ada","punctuation":"!"}"#));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Copy)]
pub struct Kwargs<'a>(&'a [(&'a str, Value)]);

impl<'a> Kwargs<'a> {
    /// Wraps a slice of names and values; nothing is copied.
    #[must_use]
    pub fn new(pairs: &'a [(&'a str, Value)]) -> Self {
        Self(pairs)
    }
}

impl Serialize for Kwargs<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut seen = HashSet::with_capacity(self.0.len());
        let mut map = serializer.serialize_map(Some(self.0.len()))?;
        for (name, value) in self.0 {
            if !seen.insert(*name) {
                return Err(S::Error::custom(format_args!("keyword argument `{name}` is given twice")));
            }
            map.serialize_entry(name, value)?;
        }
        map.end()
    }
}

/// Names only: values may be secret.
impl fmt::Debug for Kwargs<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.0.iter().map(|(name, _)| name)).finish()
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn debug_shows_names_and_no_values() {
        let pairs = [("password", json!("hunter2"))];
        let shown = format!("{:?}", Kwargs::new(&pairs));
        assert_eq!(shown, r#"{"password"}"#);
    }

    #[test]
    fn keeps_the_order_of_the_slice() {
        let pairs = [("z", json!(1)), ("a", json!(2))];
        assert_eq!(serde_json::to_string(&Kwargs::new(&pairs)).unwrap(), r#"{"z":1,"a":2}"#);
        assert_eq!(serde_json::to_string(&Kwargs::new(&[])).unwrap(), "{}");
    }
}
