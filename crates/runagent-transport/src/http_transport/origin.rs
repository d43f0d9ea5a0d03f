//! Where a connection leads.

use std::{
    fmt,
    hash::{Hash, Hasher},
};

use http::{
    Uri,
    uri::{Authority, PathAndQuery, Scheme},
};

use crate::{Progress, TransportError, TransportErrorKind, base_url};

/// Scheme, host and port: connections with the same origin are interchangeable.
#[derive(Clone, Debug)]
pub(super) struct Origin {
    https: bool,
    authority: Authority,
}

impl Origin {
    pub(super) fn of(uri: &Uri) -> Result<Self, TransportError> {
        let refuse = |message: &str| Err(TransportError::new(TransportErrorKind::Request, Progress::NotSent, message));
        let https = match uri.scheme_str() {
            Some("http" | "ws") => false,
            Some("https" | "wss") => true,
            _ => return refuse("the URI of a request starts with http:// or https://"),
        };
        match uri.authority() {
            Some(authority) if authority.as_str().contains('@') => refuse("the URI of a request has no user info"),
            Some(authority) if !authority.as_str().starts_with(':') => Ok(Self { https, authority: authority.clone() }),
            _ => refuse("the URI of a request names a host"),
        }
    }

    pub(super) const fn is_https(&self) -> bool {
        self.https
    }

    pub(super) const fn authority(&self) -> &Authority {
        &self.authority
    }

    /// The host by itself: an address of IPv6 has no brackets.
    #[cfg(any(feature = "__tls", feature = "tokio"))]
    pub(super) fn host(&self) -> &str {
        let host = self.authority.host();
        host.strip_prefix('[').and_then(|host| host.strip_suffix(']')).unwrap_or(host)
    }

    pub(super) fn is_loopback(&self) -> bool {
        base_url::is_loopback(self.authority.host())
    }

    pub(super) fn port(&self) -> u16 {
        self.authority.port_u16().unwrap_or(if self.https { 443 } else { 80 })
    }

    /// A URI of this origin; without a path, that of its root.
    pub(super) fn uri(&self, path: Option<PathAndQuery>) -> Result<Uri, TransportError> {
        let mut parts = http::uri::Parts::default();
        parts.scheme = Some(if self.https { Scheme::HTTPS } else { Scheme::HTTP });
        parts.authority = Some(self.authority.clone());
        parts.path_and_query = Some(path.unwrap_or_else(|| PathAndQuery::from_static("/")));
        Uri::from_parts(parts).map_err(|error| {
            TransportError::new(TransportErrorKind::Request, Progress::NotSent, "not a URI").with_source(error)
        })
    }
}

impl PartialEq for Origin {
    fn eq(&self, other: &Self) -> bool {
        // Seldom spelled in two ways, and then told apart by case.
        let same = || self.authority.as_str() == other.authority.as_str() || self.authority == other.authority;
        self.https == other.https && same()
    }
}

impl Eq for Origin {}

impl Hash for Origin {
    /// Of the name only its length: it is looked up twice a call, and to hash a name in any case takes longer than the rest
    /// of the look-up. Few clients talk to many hosts of the same length.
    fn hash<H: Hasher>(&self, state: &mut H) {
        state.write_usize(self.authority.as_str().len());
    }
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}://{}", if self.https { "https" } else { "http" }, self.authority)
    }
}

#[cfg(test)]
mod tests {
    use std::hash::BuildHasher;

    use super::*;

    #[test]
    fn an_origin_is_the_same_in_any_case() {
        let origin = |uri: &str| Origin::of(&uri.parse().expect("a URI")).expect("an origin");
        let hasher = std::hash::RandomState::new();
        let (one, other) = (origin("http://Agent.Example:80/a"), origin("http://agent.example:80/b"));
        assert!(one == other && hasher.hash_one(&one) == hasher.hash_one(&other));
        assert!(one != origin("https://agent.example:80") && one != origin("http://agent.example:81"));
    }

    #[test]
    fn a_uri_without_a_host_leads_nowhere() {
        for uri in ["/a", "http://:80/a", "http://user@agent.example/", "ftp://agent.example/"] {
            // Some are no URI at all.
            assert!(uri.parse::<Uri>().map_or(true, |uri| Origin::of(&uri).is_err()), "{uri}");
        }
    }
}
