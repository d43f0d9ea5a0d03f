//! Where a connection leads.

use std::fmt;

use http::{Uri, uri::Authority};

use crate::{Progress, TransportError, TransportErrorKind, base_url};

/// Scheme, host and port: connections with the same origin are interchangeable.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
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
            Some(authority) if !authority.host().is_empty() => Ok(Self { https, authority: authority.clone() }),
            _ => refuse("the URI of a request names a host"),
        }
    }

    pub(super) const fn is_https(&self) -> bool {
        self.https
    }

    pub(super) const fn authority(&self) -> &Authority {
        &self.authority
    }

    pub(super) fn is_loopback(&self) -> bool {
        base_url::is_loopback(self.authority.host())
    }
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}://{}", if self.https { "https" } else { "http" }, self.authority)
    }
}
