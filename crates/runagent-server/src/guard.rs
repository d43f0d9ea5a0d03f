//! Who may call: no page of another site, and on the network only holders of the token.

use std::hint::black_box;
use std::net::{IpAddr, SocketAddr};

use axum::response::Response;
use axum::{extract::Request, extract::State, middleware::Next};
use http::header::{AUTHORIZATION, HOST, ORIGIN};
use http::uri::Authority;
use http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode};
use percent_encoding::percent_decode_str;
use runagent_transport::ApiKey;
use runagent_types::ErrorCode;
use std::sync::Arc;

use crate::page;
use crate::refusal::Refusal;
use crate::router::{App, HEALTH};

const SEC_FETCH_SITE: HeaderName = HeaderName::from_static("sec-fetch-site");

/// The conditions of one server.
#[derive(Debug)]
pub(crate) struct Guard {
    /// Where the server listens.
    pub(crate) address: SocketAddr,
    /// What callers must show.
    pub(crate) token: Option<ApiKey>,
}

/// Lets a request through, or refuses it, before anything else looks at it.
pub(crate) async fn check(State(app): State<Arc<App>>, request: Request, next: Next) -> Result<Response, Refusal> {
    app.guard.admit(&request)?;
    Ok(next.run(request).await)
}

impl Guard {
    fn admit<B>(&self, request: &http::Request<B>) -> Result<(), Refusal> {
        let headers = request.headers();
        let host = only(headers, &HOST).ok_or_else(|| Refusal::forbidden("the request names no host"))?;
        // A page of another site can make its own name resolve to this machine, but must name itself in Host.
        let named = request.uri().authority().map(Authority::as_str);
        if self.address.ip().is_loopback() && !named.into_iter().chain([host]).all(|host| self.is_ours(host)) {
            return Err(Refusal::forbidden("the server does not go by the name that Host gives"));
        }
        if !is_same_origin(headers, host) {
            return Err(Refusal::forbidden("pages of other origins may not call this server"));
        }
        if self.is_open(request) {
            return Ok(());
        }
        let message = "the token is missing or wrong";
        Err(Refusal::failure(StatusCode::UNAUTHORIZED, ErrorCode::AUTHENTICATION_ERROR, message))
    }

    /// Whether `host` is a name of this machine, with the server's port.
    fn is_ours(&self, host: &str) -> bool {
        let Ok(authority) = host.parse::<Authority>() else { return false };
        // User information is no part of a Host header.
        if authority.as_str().contains('@') || authority.port_u16().unwrap_or(80) != self.address.port() {
            return false;
        }
        let name = authority.host();
        let ip = name.strip_prefix('[').and_then(|name| name.strip_suffix(']')).unwrap_or(name).parse::<IpAddr>();
        name.eq_ignore_ascii_case("localhost") || ip.is_ok_and(|ip| ip.is_loopback())
    }

    fn is_open<B>(&self, request: &http::Request<B>) -> bool {
        let Some(token) = &self.token else { return true };
        let (method, path) = (request.method(), request.uri().path());
        if (method == Method::GET && path == HEALTH) || page::is_loaded_by_page(method, path) {
            return true;
        }
        let shown = bearer(request.headers()).is_some_and(|shown| is_equal(shown.as_bytes(), token));
        // Browsers cannot set headers on a WebSocket, and other clients send a query too.
        let query = request.uri().query().unwrap_or_default();
        let mut tokens = query.split('&').filter_map(|pair| pair.strip_prefix("token="));
        shown || tokens.any(|shown| is_equal(&percent_decode_str(shown).collect::<Vec<_>>(), token))
    }
}

/// The value of a header that is there exactly once.
fn only<'a>(headers: &'a HeaderMap, name: &HeaderName) -> Option<&'a str> {
    let mut values = headers.get_all(name).iter();
    let value = values.next()?.to_str().ok()?;
    values.next().is_none().then_some(value)
}

/// Whether no browser says that another site is behind the request.
fn is_same_origin(headers: &HeaderMap, host: &str) -> bool {
    let cross_site = |site: &HeaderValue| site == "cross-site" || site == "same-site";
    if headers.get_all(SEC_FETCH_SITE).iter().any(cross_site) {
        return false;
    }
    if !headers.contains_key(ORIGIN) {
        return true;
    }
    let own = |origin: &str| origin.strip_prefix("http://").is_some_and(|origin| origin.eq_ignore_ascii_case(host));
    only(headers, &ORIGIN).is_some_and(own)
}

fn bearer(headers: &HeaderMap) -> Option<&str> {
    let (scheme, token) = only(headers, &AUTHORIZATION)?.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then(|| token.trim())
}

/// Compares in a time that tells the length of the token and nothing more.
fn is_equal(shown: &[u8], token: &ApiKey) -> bool {
    let token = token.expose().as_bytes();
    let differences = shown.iter().zip(token).fold(0, |differences, (a, b)| black_box(differences | (a ^ b)));
    shown.len() == token.len() && differences == 0
}

#[cfg(test)]
mod tests {
    use super::*;

    fn guard(address: &str, token: Option<&str>) -> Guard {
        Guard { address: address.parse().unwrap(), token: token.map(|token| ApiKey::new(token).unwrap()) }
    }

    fn status(guard: &Guard, uri: &str, headers: &[(&str, &str)]) -> Option<StatusCode> {
        let mut request = http::Request::get(uri);
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        match guard.admit(&request.body(()).unwrap()) {
            Ok(()) => None,
            Err(Refusal::Failure(status, _) | Refusal::Detail(status, _)) => Some(status),
        }
    }

    #[test]
    fn on_loopback_only_its_own_names_are_hosts() {
        let guard = guard("127.0.0.1:8450", None);
        for host in [
            "127.0.0.1:8450",
            "localhost:8450",
            "LOCALHOST:8450",
            "LocalHost:8450",
            "[::1]:8450",
            "[0:0:0:0:0:0:0:1]:8450",
            "127.1.2.3:8450",
        ] {
            assert_eq!(status(&guard, "/", &[("host", host)]), None, "{host}");
        }
        for host in [
            "",
            "127.0.0.1",
            "127.0.0.1:80",
            "evil.example:8450",
            "localhost.evil.example:8450",
            "127.0.0.1.evil.example:8450",
            "0.0.0.0:8450",
            "evil@127.0.0.1:8450",
            "127.0.0.1:8450/",
            "localhost:",
            "[::1",
            "::1",
            "localhost.:8450",
            "sub.localhost:8450",
            "127.0.0.1.nip.io:8450",
            "127.0.0.1:08450x",
            "127.0.0.1:8450,localhost:8450",
            "localhost:8450 ",
            "192.168.0.1:8450",
            "[::ffff:127.0.0.1]:8450",
            "[::]:8450",
            "2130706433:8450",
            "0x7f.1:8450",
            "localhost:99999",
        ] {
            assert_eq!(status(&guard, "/", &[("host", host)]), Some(StatusCode::FORBIDDEN), "{host}");
        }
        assert_eq!(status(&guard, "/", &[]), Some(StatusCode::FORBIDDEN));
        let twice = [("host", "localhost:8450"), ("host", "localhost:8450")];
        assert_eq!(status(&guard, "/", &twice), Some(StatusCode::FORBIDDEN));
        let host = [("host", "localhost:8450")];
        assert_eq!(status(&guard, "http://evil.example:8450/", &host), Some(StatusCode::FORBIDDEN));
        assert_eq!(status(&guard, "http://127.0.0.1:8450/", &host), None);
    }

    #[test]
    fn the_default_port_may_be_left_out() {
        assert_eq!(status(&guard("127.0.0.1:80", None), "/", &[("host", "localhost")]), None);
    }

    #[test]
    fn other_origins_are_refused() {
        let guard = guard("127.0.0.1:8450", None);
        let host = ("host", "localhost:8450");
        assert_eq!(status(&guard, "/", &[host, ("origin", "http://localhost:8450")]), None);
        for origin in [
            "null",
            "",
            "http://localhost:3000",
            "http://127.0.0.1:8450",
            "https://localhost:8450",
            "http://evil.example",
            "http://localhost",
            "http://localhost:84500",
            "http://localhost:8450.evil.example",
            "http://localhost:8450/",
            "http://localhost:8450@evil.example",
            "http://evil.example/http://localhost:8450",
            "http://localhost:8450 http://evil.example",
            "HTTP://localhost:8450",
            "localhost:8450",
            "file://",
            "chrome-extension://abcdefghijklmnop",
        ] {
            assert_eq!(status(&guard, "/", &[host, ("origin", origin)]), Some(StatusCode::FORBIDDEN), "{origin}");
        }
        for (site, refused) in [("cross-site", true), ("same-site", true), ("same-origin", false), ("none", false)] {
            let refused = refused.then_some(StatusCode::FORBIDDEN);
            assert_eq!(status(&guard, "/", &[host, ("sec-fetch-site", site)]), refused, "{site}");
        }
    }

    #[test]
    fn a_token_is_shown_in_a_header_or_in_the_query() {
        let guard = guard("192.0.2.1:8450", Some("s3cret+/%"));
        let host = ("host", "agents.example");
        let query = "/api/v1?x=1&token=s3cret%2B%2f%25";
        assert_eq!(status(&guard, query, &[host]), None);
        assert_eq!(status(&guard, "/api/v1?token=s3cret+/%", &[host]), None);
        for value in ["Bearer s3cret+/%", "bearer  s3cret+/%"] {
            assert_eq!(status(&guard, "/api/v1", &[host, ("authorization", value)]), None, "{value}");
        }
        for value in ["Bearer", "Bearer ", "Bearer s3cret+/", "Bearer s3cret+/%x", "Basic s3cret+/%", "s3cret+/%"] {
            let refused = status(&guard, "/api/v1", &[host, ("authorization", value)]);
            assert_eq!(refused, Some(StatusCode::UNAUTHORIZED), "{value}");
        }
        for path in ["/api/v1", "/api/v1?token=", "/api/v1?token=wrong", "/api/v1?xtoken=s3cret%2B%2f%25", "/nowhere"] {
            assert_eq!(status(&guard, path, &[host]), Some(StatusCode::UNAUTHORIZED), "{path}");
        }
        assert_eq!(status(&guard, HEALTH, &[host]), None);
        assert!(!format!("{guard:?}").contains("s3cret"));
    }
}
