//! The way of a connection to its origin.

use std::fmt;

use http::header::PROXY_AUTHORIZATION;

use super::{origin::Origin, proxy::Proxy};
use crate::{Request, TransportError};

/// An origin and the way there.
pub(super) struct Route<'a> {
    pub(super) origin: &'a Origin,
    pub(super) way: Way<'a>,
}

/// How the bytes of a connection get to the origin.
#[derive(Clone, Copy)]
pub(super) enum Way<'a> {
    Direct,
    /// A proxy reads each request and sends it on.
    Forwarded(&'a Proxy),
    /// A proxy passes bytes it does not look at.
    Tunnelled(&'a Proxy),
}

impl<'a> Route<'a> {
    pub(super) const fn proxy(&self) -> Option<&'a Proxy> {
        match self.way {
            Way::Direct => None,
            Way::Forwarded(proxy) | Way::Tunnelled(proxy) => Some(proxy),
        }
    }

    /// Where the TCP connection leads.
    pub(super) fn first_stop(&self) -> &'a Origin {
        self.proxy().map_or(self.origin, Proxy::address)
    }

    /// Gives a request in origin form the form that a forwarding proxy reads (RFC 9112, section 3.2.2).
    pub(super) fn address(&self, request: &mut Request) -> Result<(), TransportError> {
        let Way::Forwarded(proxy) = self.way else {
            return Ok(());
        };
        *request.uri_mut() = self.origin.uri(request.uri().path_and_query().cloned())?;
        if let Some(authorization) = proxy.authorization() {
            request.headers_mut().insert(PROXY_AUTHORIZATION, authorization.clone());
        }
        Ok(())
    }
}

impl fmt::Display for Route<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.proxy() {
            Some(proxy) => write!(f, "{} through the proxy {proxy}", self.origin),
            None => write!(f, "{}", self.origin),
        }
    }
}
