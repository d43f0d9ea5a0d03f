//! Spans, by the names of OpenTelemetry's semantic conventions for HTTP clients.
//!
//! One span an attempt, at the level `DEBUG`. Its URL has no query: a query may hold a secret.

use std::fmt;

use http::{Method, Uri};
use tracing::{Span, field::Empty};

use crate::{BaseUrl, interceptor::Outcome};

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
pub(crate) fn ended(span: &Span, outcome: &Outcome<'_>) {
    if span.is_disabled() {
        return;
    }
    if let Some(status) = outcome.status() {
        span.record("http.response.status_code", status.as_u16());
    }
    match outcome {
        Outcome::Response(status, _) if outcome.is_failure() => {
            span.record("error.type", status.as_str());
        }
        Outcome::Error(error) => {
            span.record("error.type", tracing::field::debug(error.kind()));
        }
        _ => {}
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
