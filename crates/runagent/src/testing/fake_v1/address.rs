//! What a URL says.

use http::Uri;
use runagent_types::v1::InvokeRequest;

/// The path after `/v1/` and the query of a URL, decoded.
pub(super) struct Address {
    path: Vec<String>,
    query: Vec<(String, String)>,
}

impl Address {
    pub(super) fn of(uri: &Uri) -> Self {
        let path = uri.path().split_once("/v1/").map_or("", |(_, path)| path);
        let pairs = uri.query().unwrap_or_default().split('&');
        let pair = |pair: &str| pair.split_once('=').map(|(name, value)| (decode(name), decode(value)));
        Self { path: path.split('/').map(decode).collect(), query: pairs.filter_map(pair).collect() }
    }

    pub(super) fn segments(&self) -> Vec<&str> {
        self.path.iter().map(String::as_str).collect()
    }

    /// A parameter of the query.
    pub(super) fn parameter(&self, name: &str) -> Option<&str> {
        self.query.iter().find(|(known, _)| known == name).map(|(_, value)| &**value)
    }

    /// The request that the query is.
    pub(super) fn request(&self) -> InvokeRequest {
        let mut request = InvokeRequest::default();
        request.query = self.parameter("query").map(str::to_owned);
        request.session_id = self.parameter("session_id").map(str::to_owned);
        request
    }
}

/// Text without its percent-encoding.
fn decode(text: &str) -> String {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('%') {
        bytes.extend_from_slice(before.as_bytes());
        let byte = after.get(..2).and_then(|digits| u8::from_str_radix(digits, 16).ok());
        bytes.push(byte.unwrap_or(b'%'));
        rest = if byte.is_some() { &after[2..] } else { after };
    }
    bytes.extend_from_slice(rest.as_bytes());
    String::from_utf8_lossy(&bytes).into_owned()
}
