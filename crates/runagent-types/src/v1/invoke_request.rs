use std::fmt;

use serde::{Deserialize, Serialize, Serializer};
use serde_json::{Map, Value};

use crate::DecodeError;
use crate::json::{OpenObject, from_object, to_text, utf8};

/// What a client asks of an agent: the body of `POST /v1/agents/{id}/invoke` and `…/stream`.
///
/// Any JSON object is one: what does not have the documented form is kept in [`other`](Self::other), so an object
/// that is turned into a request and back is the same object. `Debug` shows no values: they may be secret.
///
/// ```
/// use runagent_types::v1::InvokeRequest;
/// use serde_json::json;
///
/// let request = InvokeRequest::new("Hello").with_parameter("max_tokens", 150).with_session_id("s1");
/// assert_eq!(
///     String::from_utf8(request.to_json())?,
///     r#"{"query":"Hello","parameters":{"max_tokens":150},"session_id":"s1"}"#
/// );
///
/// let read = InvokeRequest::from_slice(br#"{"query": ["not", "text"], "user": "u1"}"#)?;
/// assert_eq!((&read.query, read.mistyped_member()), (&None, Some("query")));
/// assert_eq!(read.other["user"], "u1");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Default, PartialEq, Deserialize)]
#[serde(from = "Map<String, Value>")]
#[non_exhaustive]
pub struct InvokeRequest {
    /// The question or the instruction.
    pub query: Option<String>,
    /// Settings such as `temperature`, `max_tokens` and `context`. When there are none they are not sent.
    pub parameters: Map<String, Value>,
    /// The conversation that this request continues.
    pub session_id: Option<String>,
    /// Everything else, as it came: members that are not documented, and `query`, `parameters` and `session_id`
    /// where they are not text, a non-empty object and text. A field above goes before a member here.
    pub other: Map<String, Value>,
}

impl InvokeRequest {
    /// A request with this query and nothing else; [`default`](Self::default) has no query either.
    #[must_use]
    pub fn new(query: impl Into<String>) -> Self {
        Self { query: Some(query.into()), ..Self::default() }
    }

    /// Sets a parameter.
    #[must_use]
    pub fn with_parameter(mut self, name: impl Into<String>, value: impl Into<Value>) -> Self {
        self.parameters.insert(name.into(), value.into());
        self
    }

    /// Continues this conversation.
    #[must_use]
    pub fn with_session_id(mut self, session_id: impl Into<String>) -> Self {
        self.session_id = Some(session_id.into());
        self
    }

    /// The documented member that is there with another type than the documented one; null counts as absent.
    #[must_use]
    pub fn mistyped_member(&self) -> Option<&'static str> {
        ["query", "parameters", "session_id"].into_iter().find(|name| match self.other.get(*name) {
            None | Some(Value::Null) => false,
            Some(value) => !(*name == "parameters" && value.is_object()),
        })
    }

    /// The request as one object.
    #[must_use]
    pub fn into_map(self) -> Map<String, Value> {
        let mut members = Map::new();
        if let Some(query) = self.query {
            members.insert("query".to_owned(), query.into());
        }
        if !self.parameters.is_empty() {
            members.insert("parameters".to_owned(), self.parameters.into());
        }
        if let Some(session_id) = self.session_id {
            members.insert("session_id".to_owned(), session_id.into());
        }
        for (name, value) in self.other {
            members.entry(name).or_insert(value);
        }
        members
    }

    /// The bytes to send.
    #[must_use]
    pub fn to_json(&self) -> Vec<u8> {
        to_text(self)
    }

    /// What a server reads. Whether a query is needed is the agent's affair: without one it is `None`.
    ///
    /// # Errors
    ///
    /// The body is not JSON ([`DecodeError::is_malformed`]), or not an object.
    pub fn from_slice(body: &[u8]) -> Result<Self, DecodeError> {
        const WHAT: &str = "an invoke request";
        from_object(WHAT, utf8(WHAT, body)?)
    }
}

impl From<Map<String, Value>> for InvokeRequest {
    fn from(members: Map<String, Value>) -> Self {
        let mut request = Self::default();
        for (name, value) in members {
            match (name.as_str(), value) {
                ("query", Value::String(query)) => request.query = Some(query),
                ("parameters", Value::Object(parameters)) if !parameters.is_empty() => request.parameters = parameters,
                ("session_id", Value::String(session_id)) => request.session_id = Some(session_id),
                (_, value) => {
                    request.other.insert(name, value);
                }
            }
        }
        request
    }
}

impl Serialize for InvokeRequest {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut object = OpenObject::start(serializer, &self.other)?;
        object.optional("query", self.query.as_ref())?;
        object.optional("parameters", Some(&self.parameters).filter(|parameters| !parameters.is_empty()))?;
        object.optional("session_id", self.session_id.as_ref())?;
        object.end()
    }
}

impl fmt::Debug for InvokeRequest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("InvokeRequest")
            .field("parameters", &self.parameters.keys())
            .field("other", &self.other.keys())
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests;
