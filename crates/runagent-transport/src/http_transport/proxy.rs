//! Which proxy a connection goes through.

use std::fmt;

use http::{HeaderValue, Uri};
use hyper_util::client::proxy::matcher::{Intercept, Matcher};

use super::{environment::Environment, origin::Origin};
use crate::{Progress, TransportError, TransportErrorKind};

/// What the builder was told about proxies.
#[derive(Clone)]
pub(super) enum ProxySetting {
    /// The variables decide.
    Environment,
    /// This one for all targets.
    Url(String),
    /// None.
    Off,
}

/// The proxies of a transport, by the scheme of the target.
pub(super) struct Proxies {
    http: Setting,
    https: Setting,
    /// Says which hosts `NO_PROXY` covers: it intercepts the others.
    covered: Matcher,
}

/// A setting that can't be used is an error of the calls that need it: going past a proxy is no way to handle it.
type Setting = Option<Result<Proxy, Unusable>>;

/// Where a proxy is and what opens it.
pub(super) struct Proxy {
    address: Origin,
    authorization: Option<HeaderValue>,
    named_by: &'static str,
}

#[derive(Clone, Copy)]
struct Unusable {
    why: &'static str,
    named_by: &'static str,
}

impl Proxies {
    pub(super) fn new(setting: ProxySetting, environment: &Environment) -> Self {
        let (http, https, exempt) = match setting {
            ProxySetting::Off => (None, None, None),
            ProxySetting::Url(url) => {
                let parse = || Some(Proxy::parse("HttpTransportBuilder::proxy", Some(&url)));
                (parse(), parse(), None)
            }
            ProxySetting::Environment => {
                // In a CGI program, HTTP_PROXY is the request header `Proxy` (CVE-2016-5385).
                let cgi = environment.get("REQUEST_METHOD").is_some();
                let http: &[_] = if cgi { &[] } else { &["HTTP_PROXY", "http_proxy"] };
                let named = |names: &[&'static str]| {
                    let mut names = names.iter().chain(&["ALL_PROXY", "all_proxy"]);
                    let (name, value) = names.find_map(|name| Some((*name, environment.get(name)?)))?;
                    Some(Proxy::parse(name, value.to_str()))
                };
                let exempt = environment.get("NO_PROXY").or_else(|| environment.get("no_proxy"));
                (named(http), named(&["HTTPS_PROXY", "https_proxy"]), exempt)
            }
        };
        let exempt = exempt.as_deref().unwrap_or_default().to_string_lossy();
        let covered = Matcher::builder().all("http://proxy").no(&*exempt).build();
        Self { http, https, covered }
    }

    /// The proxy for a target. This machine is never one behind a proxy.
    pub(super) fn proxy_for(&self, origin: &Origin) -> Result<Option<&Proxy>, TransportError> {
        let Some(setting) = (if origin.is_https() { &self.https } else { &self.http }) else {
            return Ok(None);
        };
        if origin.is_loopback() || self.covered.intercept(&origin.uri(None)?).is_none() {
            return Ok(None);
        }
        setting.as_ref().map(Some).map_err(|&Unusable { why, named_by }| {
            TransportError::unsupported(&format!("{named_by} {why}: write `http://host:port`"))
        })
    }
}

impl Proxy {
    /// Reads a proxy's URL, which is no text when the variable is not.
    fn parse(named_by: &'static str, url: Option<&str>) -> Result<Self, Unusable> {
        let unusable = |why| Unusable { why, named_by };
        let intercept = url
            .and_then(intercept)
            .ok_or_else(|| unusable("is no URL of a proxy, or one with characters no URL has"))?;
        let address = Origin::of(intercept.uri()).map_err(|_| unusable("names no http proxy"))?;
        Ok(Self { address, authorization: intercept.basic_auth().cloned(), named_by })
    }

    pub(super) const fn address(&self) -> &Origin {
        &self.address
    }

    /// The value of `Proxy-Authorization`.
    pub(super) const fn authorization(&self) -> Option<&HeaderValue> {
        self.authorization.as_ref()
    }

    /// The error for an answer of 407.
    pub(super) fn authorization_wanted(&self) -> TransportError {
        let message = match self.authorization {
            Some(_) => format!("the proxy {self} refused the user name and password of its URL"),
            None => format!("the proxy {self} wants a user name and password: write `http://user:password@host:port`"),
        };
        TransportError::new(TransportErrorKind::Connect, Progress::NotSent, message)
    }
}

/// What hyper-util makes of a proxy's URL. It has no user info any more.
fn intercept(url: &str) -> Option<Intercept> {
    Matcher::builder().all(url).build().intercept(&Uri::from_static("http://target"))
}

impl fmt::Display for Proxy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} ({})", self.address, self.named_by)
    }
}

impl fmt::Debug for ProxySetting {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Environment => "environment",
            // It may hold a password.
            Self::Url(_) => "set",
            Self::Off => "off",
        })
    }
}

#[cfg(test)]
mod tests;
