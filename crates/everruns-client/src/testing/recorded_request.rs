//! What the fake was asked.

use std::fmt;

use bytes::Bytes;
use http::{HeaderMap, Method, StatusCode, header::CONTENT_TYPE, request::Parts};
use serde_json::Value;

use super::problem::Problem;

/// A request that the fake got, and answered.
///
/// `Debug` shows the method and the path: the rest may hold what nobody should see in a log.
#[derive(Clone)]
#[non_exhaustive]
pub struct RecordedRequest {
    /// The method.
    pub method: Method,
    /// The path as it was sent, with its escapes, and with what comes before the version.
    pub path: String,
    /// The query, decoded, in its order.
    pub query: Vec<(String, String)>,
    /// The headers.
    pub headers: HeaderMap,
    /// The body.
    pub body: Bytes,
}

impl RecordedRequest {
    pub(super) fn new(head: Parts, body: Bytes) -> Self {
        let pairs = head.uri.query().unwrap_or_default().split('&').filter(|pair| !pair.is_empty());
        let query = pairs.map(|pair| {
            let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
            (decoded(&name.replace('+', " ")), decoded(&value.replace('+', " ")))
        });
        Self {
            method: head.method,
            path: head.uri.path().to_owned(),
            query: query.collect(),
            headers: head.headers,
            body,
        }
    }

    /// The body as JSON; `null` when it is none.
    #[must_use]
    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or_default()
    }

    /// A header, when it is there and text.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).and_then(|value| value.to_str().ok())
    }

    /// The first value of a query parameter.
    #[must_use]
    pub fn query(&self, name: &str) -> Option<&str> {
        self.query.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
    }

    /// Each value of a query parameter.
    pub(super) fn each_query(&self, name: &str) -> Vec<&str> {
        self.query.iter().filter(|(key, _)| key == name).map(|(_, value)| value.as_str()).collect()
    }

    /// A query parameter that is a number.
    pub(super) fn number(&self, name: &str) -> Result<Option<u64>, Problem> {
        let invalid = |_| Problem::text(StatusCode::BAD_REQUEST, format!("{name} is not a number"));
        self.query(name).map(str::parse).transpose().map_err(invalid)
    }

    /// Whether a query parameter says `true`.
    pub(super) fn flag(&self, name: &str) -> bool {
        self.query(name) == Some("true")
    }

    /// The segments of the path below the version, decoded; none when there is no version.
    pub(super) fn segments(&self) -> Vec<String> {
        let mut segments = self.path.split('/').skip_while(|segment| *segment != "v1").skip(1);
        segments.by_ref().map(decoded).collect()
    }

    /// The body as an object, as the server's framework reads it.
    pub(super) fn object(&self) -> Result<Value, Problem> {
        let is_json = self.header(CONTENT_TYPE.as_str()).is_some_and(|value| value.starts_with("application/json"));
        if !is_json {
            let message = "Expected a request whose `Content-Type` is `application/json`";
            return Err(Problem::text(StatusCode::UNSUPPORTED_MEDIA_TYPE, message));
        }
        match serde_json::from_slice(&self.body) {
            Ok(value @ Value::Object(_)) => Ok(value),
            Ok(_) => Err(Problem::text(StatusCode::UNPROCESSABLE_ENTITY, "the JSON body is not an object")),
            Err(error) => Err(Problem::text(StatusCode::BAD_REQUEST, format!("the body is not JSON: {error}"))),
        }
    }

    /// The same, where there need not be one.
    pub(super) fn optional_object(&self) -> Result<Value, Problem> {
        if matches!(&*self.body, b"" | b"null") { Ok(Value::Object(Default::default())) } else { self.object() }
    }
}

impl fmt::Debug for RecordedRequest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.method, self.path)
    }
}

/// Without percent escapes.
fn decoded(text: &str) -> String {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let [first, after @ ..] = rest {
        let escaped = after.get(..2).filter(|_| *first == b'%').and_then(|hex| std::str::from_utf8(hex).ok());
        match escaped.and_then(|hex| u8::from_str_radix(hex, 16).ok()) {
            Some(byte) => {
                bytes.push(byte);
                rest = &after[2..];
            }
            None => {
                bytes.push(*first);
                rest = after;
            }
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}
