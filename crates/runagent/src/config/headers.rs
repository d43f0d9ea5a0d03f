//! The headers that every request has.

use http::{
    HeaderMap, HeaderName, HeaderValue,
    header::{
        ACCEPT, ACCEPT_ENCODING, AUTHORIZATION, CONNECTION, CONTENT_LENGTH, CONTENT_TYPE, EXPECT, HOST,
        PROXY_AUTHORIZATION, TE, TRAILER, TRANSFER_ENCODING, UPGRADE, USER_AGENT,
    },
};

use super::{ClientOptions, Explanation, config_error, setting::Source};
use crate::{RunAgentError, RunAgentResult};

const PRODUCT: &str = concat!("runagent-rust/", env!("CARGO_PKG_VERSION"));

const CONTROL: &str = "its value holds a line break or another control character";

/// What the client writes itself, because the meaning of a request hangs on it.
const RESERVED: [HeaderName; 13] = [
    ACCEPT,
    ACCEPT_ENCODING,
    AUTHORIZATION,
    CONNECTION,
    CONTENT_LENGTH,
    CONTENT_TYPE,
    EXPECT,
    HOST,
    PROXY_AUTHORIZATION,
    TE,
    TRAILER,
    TRANSFER_ENCODING,
    UPGRADE,
];

/// The headers of a client. The message for one that can't be used does not tell its value.
pub(super) fn headers(options: &ClientOptions, explanation: &mut Explanation) -> RunAgentResult<HeaderMap> {
    let mut headers = HeaderMap::with_capacity(options.headers.len() + 1);
    let product = options.user_agent.as_deref().unwrap_or(PRODUCT);
    headers.insert(USER_AGENT, HeaderValue::from_str(product).map_err(|_| unusable("user-agent", CONTROL))?);
    explanation.add_or("user_agent", options.user_agent.clone(), PRODUCT);
    for (name, value) in &options.headers {
        let header: HeaderName =
            name.parse().map_err(|_| unusable(name, "the name is empty, or holds a character that no name has"))?;
        if let Some(why) = reserved_header(&header) {
            return Err(unusable(name, why));
        }
        let mut value = HeaderValue::from_str(value).map_err(|_| unusable(name, CONTROL))?;
        value.set_sensitive(true);
        if headers.insert(header.clone(), value).is_none() {
            explanation.add(format!("header {header}"), "hidden", &Source::Builder);
        }
    }
    Ok(headers)
}

/// Why a header can't be set, if it can't.
pub(crate) fn reserved_header(name: &HeaderName) -> Option<&'static str> {
    if *name == USER_AGENT {
        return Some("use ClientOptions::with_user_agent(text)");
    }
    if *name == AUTHORIZATION {
        return Some("use .with_api_key(key), or ClientOptions::with_credentials(provider)");
    }
    let own = RESERVED.contains(name)
        || matches!(name.as_str(), "idempotency-key" | "keep-alive" | "proxy-connection")
        || name.as_str().starts_with("sec-websocket-");
    own.then_some("the client writes it itself")
}

fn unusable(name: &str, why: &str) -> RunAgentError {
    let name: String = name.escape_debug().take(80).collect();
    config_error(format!("the header `{name}` can't be set: {why}"))
}
