//! The opening handshake of RFC 6455, section 4.

use base64::{Engine as _, prelude::BASE64_STANDARD};
use http::{
    HeaderMap, HeaderValue, Method, StatusCode,
    header::{
        CONNECTION, SEC_WEBSOCKET_ACCEPT, SEC_WEBSOCKET_EXTENSIONS, SEC_WEBSOCKET_KEY, SEC_WEBSOCKET_PROTOCOL,
        SEC_WEBSOCKET_VERSION, UPGRADE,
    },
};

use crate::{Progress, TransportError, TransportErrorKind};

const GUID: &[u8] = b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11";
const VERSION: HeaderValue = HeaderValue::from_static("13");
const WEBSOCKET: HeaderValue = HeaderValue::from_static("websocket");
const UPGRADE_TOKEN: HeaderValue = HeaderValue::from_static("Upgrade");

/// Adds the headers that ask for an upgrade, and returns the `Sec-WebSocket-Accept` that the answer must have.
pub(crate) fn ask(headers: &mut HeaderMap) -> Result<HeaderValue, TransportError> {
    let mut nonce = [0; 16];
    getrandom::fill(&mut nonce)
        .map_err(|error| TransportError::unsupported("the system gives no random bytes").with_source(error))?;
    let key = BASE64_STANDARD.encode(nonce);
    let accept = accept_key(key.as_bytes())?;
    headers.insert(CONNECTION, UPGRADE_TOKEN);
    headers.insert(UPGRADE, WEBSOCKET);
    headers.insert(SEC_WEBSOCKET_VERSION, VERSION);
    headers.insert(SEC_WEBSOCKET_KEY, HeaderValue::from_str(&key).map_err(invalid)?);
    Ok(accept)
}

/// Checks an answer with status 101 as section 4.1 asks.
pub(crate) fn check(headers: &HeaderMap, accept: &HeaderValue) -> Result<(), TransportError> {
    let fault = if !has_token(headers, &UPGRADE, "websocket") {
        "without `Upgrade: websocket`"
    } else if !has_token(headers, &CONNECTION, "upgrade") {
        "without `Connection: Upgrade`"
    } else if headers.get(SEC_WEBSOCKET_ACCEPT) != Some(accept) {
        "with a wrong `Sec-WebSocket-Accept`"
    } else if headers.contains_key(SEC_WEBSOCKET_EXTENSIONS) {
        "with an extension that nobody offered"
    } else if headers.contains_key(SEC_WEBSOCKET_PROTOCOL) {
        "with a subprotocol that nobody offered"
    } else {
        return Ok(());
    };
    let message = format!("the server answered the WebSocket handshake {fault}");
    Err(TransportError::new(TransportErrorKind::Protocol, Progress::ResponseStarted, message))
}

/// The server's answer to a request for an upgrade: 101, or the status that section 4.2 asks for.
///
/// After a 101, make a socket of the upgraded connection with [`Socket::server`](super::Socket::server). Checking
/// `Host`, `Origin` and credentials is the caller's business and comes first.
///
/// ```
/// use runagent_transport::socket::handshake;
///
/// let request = http::Request::get("/chat")
///     .header("connection", "keep-alive, Upgrade")
///     .header("upgrade", "websocket")
///     .header("sec-websocket-version", "13")
///     .header("sec-websocket-key", "dGhlIHNhbXBsZSBub25jZQ==")
///     .body(())?;
/// let response = handshake::answer(request.method(), request.headers());
/// assert_eq!(response.status(), 101);
/// assert_eq!(response.headers()["sec-websocket-accept"], "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=");
/// # Ok::<(), http::Error>(())
/// ```
#[must_use]
pub fn answer(method: &Method, headers: &HeaderMap) -> http::Response<()> {
    let mut response = http::Response::new(());
    if method != Method::GET
        || !has_token(headers, &UPGRADE, "websocket")
        || !has_token(headers, &CONNECTION, "upgrade")
    {
        *response.status_mut() = StatusCode::UPGRADE_REQUIRED;
        response.headers_mut().insert(CONNECTION, UPGRADE_TOKEN);
        response.headers_mut().insert(UPGRADE, WEBSOCKET);
        return response;
    }
    if headers.get(SEC_WEBSOCKET_VERSION) != Some(&VERSION) {
        *response.status_mut() = StatusCode::UPGRADE_REQUIRED;
        response.headers_mut().insert(SEC_WEBSOCKET_VERSION, VERSION);
        return response;
    }
    let key = headers.get(SEC_WEBSOCKET_KEY).map(HeaderValue::as_bytes);
    let accept = key.filter(|key| BASE64_STANDARD.decode(key).is_ok_and(|nonce| nonce.len() == 16)).map(accept_key);
    let Some(Ok(accept)) = accept else {
        *response.status_mut() = StatusCode::BAD_REQUEST;
        return response;
    };
    *response.status_mut() = StatusCode::SWITCHING_PROTOCOLS;
    response.headers_mut().insert(CONNECTION, UPGRADE_TOKEN);
    response.headers_mut().insert(UPGRADE, WEBSOCKET);
    response.headers_mut().insert(SEC_WEBSOCKET_ACCEPT, accept);
    response
}

/// `Sec-WebSocket-Accept` for a `Sec-WebSocket-Key` (section 4.2.2).
pub(crate) fn accept_key(key: &[u8]) -> Result<HeaderValue, TransportError> {
    let mut sha1 = sha1_smol::Sha1::new();
    sha1.update(key);
    sha1.update(GUID);
    HeaderValue::from_maybe_shared(BASE64_STANDARD.encode(sha1.digest().bytes())).map_err(invalid)
}

fn invalid(error: http::header::InvalidHeaderValue) -> TransportError {
    TransportError::new(TransportErrorKind::Request, Progress::NotSent, "not a header value").with_source(error)
}

/// Whether a comma-separated header has the token, in any case.
fn has_token(headers: &HeaderMap, name: &http::HeaderName, token: &str) -> bool {
    headers
        .get_all(name)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(','))
        .any(|part| part.trim().eq_ignore_ascii_case(token))
}
