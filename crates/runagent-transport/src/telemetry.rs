//! Spans, by the names of OpenTelemetry's semantic conventions for HTTP clients.
//!
//! One span an attempt, at the level `DEBUG`. Its URL has no query: a query may hold a secret.

use std::fmt;

use http::{Method, StatusCode, Uri};
use tracing::{Span, field::Empty};

use crate::{BaseUrl, Socket, TransportError};

/// The span of one attempt; `number` is 1 for the first.
pub(crate) fn attempt(method: &Method, base: &BaseUrl, uri: &Uri, number: u32) -> Span {
    let span = tracing::debug_span!(
        "http.client.request",
        otel.name = %method,
        otel.kind = "client",
        http.request.method = %method,
        http.request.resend_count = Empty,
        http.response.status_code = Empty,
        server.address = base.host(),
        server.port = base.port(),
        url.full = %WithoutQuery(uri),
        error.type = Empty,
    );
    if number > 1 {
        span.record("http.request.resend_count", number - 1);
    }
    span
}

/// Notes how the attempt ended.
pub(crate) fn ended<B>(span: &Span, outcome: &Result<http::Response<B>, TransportError>) {
    if span.is_disabled() {
        return;
    }
    match outcome {
        Ok(response) => {
            let status = response.status();
            span.record("http.response.status_code", status.as_u16());
            if status.is_client_error() || status.is_server_error() {
                span.record("error.type", status.as_str());
            }
        }
        Err(error) => {
            span.record("error.type", tracing::field::debug(error.kind()));
        }
    }
}

/// Notes how the handshake of a socket ended.
pub(crate) fn connected(span: &Span, outcome: &Result<Socket, TransportError>) {
    let status = match outcome {
        Ok(_) => Some(StatusCode::SWITCHING_PROTOCOLS),
        Err(error) => error.response().map(http::Response::status),
    };
    if let Some(status) = status {
        span.record("http.response.status_code", status.as_u16());
    }
    if let Err(error) = outcome {
        span.record("error.type", tracing::field::debug(error.kind()));
    }
}

struct WithoutQuery<'a>(&'a Uri);

impl fmt::Display for WithoutQuery<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self(uri) = self;
        write!(f, "{}://", uri.scheme_str().unwrap_or_default())?;
        write!(f, "{}{}", uri.authority().map_or("", http::uri::Authority::as_str), uri.path())
    }
}
