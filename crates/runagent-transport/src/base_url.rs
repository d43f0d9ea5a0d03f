//! Where an API is, and paths under it.

use std::{
    error, fmt,
    net::{IpAddr, Ipv6Addr},
};

use http::{
    Uri,
    uri::{Authority, PathAndQuery, Scheme},
};

use crate::location;

/// The longest path segment, in bytes before encoding.
const MAX_SEGMENT: usize = 256;

/// The base URL of an API: scheme, host, port and a path prefix.
///
/// ```
/// use runagent_transport::BaseUrl;
///
/// let base = BaseUrl::parse("https://api.example.com/v1/")?;
/// let uri = base.join(&["agents", "a/b?c"], None)?;
/// assert_eq!(uri, "https://api.example.com/v1/agents/a%2Fb%3Fc");
/// # Ok::<(), runagent_transport::InvalidUrl>(())
/// ```
#[derive(Clone, PartialEq, Eq)]
pub struct BaseUrl {
    https: bool,
    authority: Authority,
    /// How much of the authority is the host, and the port: each span of a call has them.
    host_length: usize,
    port: u16,
    /// Without a slash at its end: empty, or `/api/v1`.
    path: String,
}

/// A base URL or a path segment that can't be used.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InvalidUrl(String);

impl BaseUrl {
    /// Reads an http or https URL (ws and wss mean the same). Without a scheme it is http for a loopback host and https
    /// for any other.
    ///
    /// # Errors
    ///
    /// [`InvalidUrl`] for other schemes, user info, a query, a fragment, a missing host, or a port that is none. The
    /// message repeats no user info and no query.
    pub fn parse(url: &str) -> Result<Self, InvalidUrl> {
        let url = url.trim();
        let (scheme, rest) = url.split_once("://").map_or((None, url), |(scheme, rest)| (Some(scheme), rest));
        if rest.contains(['?', '#']) {
            return Err(InvalidUrl(
                "a base URL has no query and no fragment: leave out `?` or `#` and what follows".into(),
            ));
        }
        let (host, path) = rest.find('/').map_or((rest, ""), |slash| rest.split_at(slash));
        if host.contains('@') {
            return Err(InvalidUrl("a base URL has no user name or password: set the API key instead".into()));
        }
        let invalid = || {
            // What follows may be the rest of a password that has a slash in it.
            let host = if path.contains('@') { "…".into() } else { host.escape_debug().to_string() };
            InvalidUrl(format!("`{host}` is no host: write `https://host`, `http://host:port` or `http://[::1]:port`"))
        };
        let authority: Authority = host.parse().map_err(|_| invalid())?;
        // A port that does not fit 16 bits, or is missing after its colon, parses as an authority all the same.
        let bare = authority.host();
        let colon_port = &authority.as_str()[bare.len()..];
        // Nor does the parser look into brackets: a zone such as `%eth0` has no meaning but on one machine.
        let brackets = bare.strip_prefix('[').map(|rest| rest.trim_end_matches(']'));
        if bare.is_empty()
            || brackets.is_some_and(|address| address.parse::<Ipv6Addr>().is_err())
            || (!colon_port.is_empty() && authority.port_u16().is_none_or(|port| port == 0))
        {
            return Err(invalid());
        }
        let https = match scheme.map(str::to_ascii_lowercase).as_deref() {
            Some("http" | "ws") => false,
            Some("https" | "wss") => true,
            Some(other) => {
                return Err(InvalidUrl(format!("`{other}` is no scheme for an API: use https or http")));
            }
            None => !is_loopback(bare),
        };
        let host_length = bare.len();
        let port = authority.port_u16().unwrap_or(if https { 443 } else { 80 });
        let path = path.trim_end_matches('/').to_owned();
        // `PathAndQuery` takes what is not ASCII as it is, but it has no place in a request.
        if !path.is_ascii() || (!path.is_empty() && PathAndQuery::try_from(path.as_str()).is_err()) {
            let message = "the path of the base URL holds characters that no URL has: percent-encode them";
            return Err(InvalidUrl(message.into()));
        }
        Ok(Self { https, authority, host_length, port, path })
    }

    /// The URL of a server at a host and port, by plain http.
    ///
    /// # Errors
    ///
    /// [`InvalidUrl`] when `host` is neither a name nor an address, or `port` is 0.
    pub fn http(host: &str, port: u16) -> Result<Self, InvalidUrl> {
        let host = host.trim();
        if host.contains(['/', '?', '#', '@']) {
            // It may be a whole URL, with a secret in it.
            return Err(InvalidUrl("a host is a name or an address, without `/`, `?`, `#` and `@`".into()));
        }
        match host.parse::<IpAddr>() {
            Ok(IpAddr::V6(address)) => Self::parse(&format!("http://[{address}]:{port}")),
            _ => Self::parse(&format!("http://{host}:{port}")),
        }
    }

    /// Adds a path prefix such as `/api/v1`, unless the URL ends with it already.
    #[must_use]
    pub fn with_prefix(mut self, prefix: &str) -> Self {
        if !self.path.ends_with(prefix) {
            self.path.push_str(prefix);
        }
        self
    }

    /// Takes a path suffix such as `/api/v1` away, if the URL ends with it.
    ///
    /// ```
    /// use runagent_transport::BaseUrl;
    ///
    /// let base = BaseUrl::parse("https://example.com/agents/api/v1/")?;
    /// assert_eq!(base.without_suffix("/api/v1").to_string(), "https://example.com/agents");
    /// # Ok::<(), runagent_transport::InvalidUrl>(())
    /// ```
    #[must_use]
    pub fn without_suffix(mut self, suffix: &str) -> Self {
        if let Some(path) = self.path.strip_suffix(suffix) {
            self.path.truncate(path.trim_end_matches('/').len());
        }
        self
    }

    /// Whether the scheme is https.
    #[must_use]
    pub const fn is_https(&self) -> bool {
        self.https
    }

    /// Whether the host is this machine: `localhost`, `127.0.0.0/8` or `::1`.
    #[must_use]
    pub fn is_loopback(&self) -> bool {
        is_loopback(self.host())
    }

    /// The host: a name or an address; an IPv6 address stands in brackets.
    #[must_use]
    pub fn host(&self) -> &str {
        &self.authority.as_str()[..self.host_length]
    }

    /// The port: the one that is given, else that of the scheme.
    #[must_use]
    pub const fn port(&self) -> u16 {
        self.port
    }

    /// The URI of a path under the base: each segment is one segment of the path, every byte of it outside RFC 3986's
    /// unreserved set percent-encoded. `query` is taken as it is.
    ///
    /// # Errors
    ///
    /// [`InvalidUrl`] for a segment that is empty, longer than 256 bytes, has control characters, or is a dot segment in
    /// any spelling, which servers and proxies would resolve.
    pub fn join(&self, segments: &[&str], query: Option<&str>) -> Result<Uri, InvalidUrl> {
        let mut path = String::with_capacity(self.path.len() + 64);
        path.push_str(&self.path);
        for segment in segments {
            push_segment(&mut path, segment)?;
        }
        if path.is_empty() {
            path.push('/');
        }
        if let Some(query) = query {
            path.push('?');
            path.push_str(query);
        }
        let path =
            PathAndQuery::from_maybe_shared(path).map_err(|_| InvalidUrl("the query is no part of a URL".into()))?;
        let mut parts = http::uri::Parts::default();
        parts.scheme = Some(if self.https { Scheme::HTTPS } else { Scheme::HTTP });
        parts.authority = Some(self.authority.clone());
        parts.path_and_query = Some(path);
        Uri::from_parts(parts).map_err(|error| InvalidUrl(error.to_string()))
    }
}

impl BaseUrl {
    /// Where a reference that the server gave leads, if that is the origin of this URL, which stands for a folder (RFC
    /// 3986, section 5).
    pub(crate) fn resolve(&self, reference: &str) -> Result<Uri, InvalidUrl> {
        // What the reference says stays out of the messages: it may hold a secret.
        let refuse = |why: &str| InvalidUrl(format!("a link that the server gave is not followed: {why}"));
        if reference.is_empty() {
            return Err(refuse("it is empty"));
        }
        if reference.contains('#') {
            return Err(refuse("it has a fragment"));
        }
        // Some clients and servers read a backslash as a slash, so what follows it may be a path or a host.
        if !reference.bytes().all(|byte| byte.is_ascii_graphic() && byte != b'\\') {
            return Err(refuse("it holds characters that no URL has"));
        }
        let folder: Uri = format!("{self}/").parse().map_err(|_| refuse("the base URL is no URL"))?;
        let target = location::resolve(&folder, reference)
            .ok_or_else(|| refuse("it is no http or https URL, or has a user name or password"))?;
        if !location::is_same_origin(&folder, &target) {
            return Err(refuse(&format!("it leads away from {self}, and the API key would go along")));
        }
        let mut parts = folder.into_parts();
        parts.path_and_query = target.into_parts().path_and_query;
        Uri::from_parts(parts).map_err(|_| refuse("it is no URL"))
    }
}

impl InvalidUrl {
    pub(crate) fn query_too_long() -> Self {
        Self("the query is too long for a URL".into())
    }
}

/// Appends `/` and the encoded segment.
fn push_segment(path: &mut String, segment: &str) -> Result<(), InvalidUrl> {
    let refuse = |why: &str| Err(InvalidUrl(format!("`{}` can't be part of a URL: {why}", shown(segment))));
    if segment.is_empty() {
        return refuse("it is empty");
    }
    if segment.len() > MAX_SEGMENT {
        return refuse("it is longer than 256 bytes");
    }
    // Most need no second look.
    if !segment.starts_with('.') && segment.bytes().all(is_unreserved) {
        path.push('/');
        path.push_str(segment);
        return Ok(());
    }
    if segment.chars().any(char::is_control) {
        return refuse("it has control characters");
    }
    if matches!(segment.to_ascii_lowercase().replace("%2e", ".").as_str(), "." | "..") {
        return refuse("it is a dot segment");
    }
    path.push('/');
    percent_encode(path, segment);
    Ok(())
}

/// Appends `text`, every byte of it outside RFC 3986's unreserved set percent-encoded.
pub(crate) fn percent_encode(into: &mut String, text: &str) {
    const HEX: &[u8; 16] = b"0123456789ABCDEF";
    for byte in text.bytes() {
        if is_unreserved(byte) {
            into.push(char::from(byte));
        } else {
            into.push('%');
            into.push(char::from(HEX[usize::from(byte >> 4)]));
            into.push(char::from(HEX[usize::from(byte & 15)]));
        }
    }
}

/// RFC 3986, section 2.3.
const fn is_unreserved(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_' | b'~')
}

/// A segment for an error message: one line, not too long.
fn shown(segment: &str) -> String {
    let mut shown: String = segment.escape_debug().take(40).collect();
    if segment.len() > 40 {
        shown.push('…');
    }
    shown
}

/// `host` as a URI has it: an IPv6 address stands in brackets.
pub(crate) fn is_loopback(host: &str) -> bool {
    let bare = host.strip_prefix('[').and_then(|host| host.strip_suffix(']')).unwrap_or(host);
    let name = bare.strip_suffix('.').unwrap_or(bare);
    name.eq_ignore_ascii_case("localhost") || bare.parse::<IpAddr>().is_ok_and(|address| address.is_loopback())
}

impl fmt::Display for BaseUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}://{}{}", if self.https { "https" } else { "http" }, self.authority, self.path)
    }
}

impl fmt::Debug for BaseUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "BaseUrl({self})")
    }
}

impl fmt::Display for InvalidUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl error::Error for InvalidUrl {}

#[cfg(test)]
mod tests;
