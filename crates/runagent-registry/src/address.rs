use std::fmt;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

/// What the Python side writes as the host of an agent that runs on the platform.
pub(crate) const REMOTE_HOST: &str = "remote";

/// The longest name DNS can carry, in bytes (RFC 1035 §2.3.4).
const MAX_NAME: usize = 253;
/// The longest label of a name, in bytes (RFC 1035 §2.3.4).
const MAX_LABEL: usize = 63;

/// Where an agent can be dialled: a host and a port, both checked.
///
/// The wildcard addresses a server binds to (`0.0.0.0`, `::`) become the loopback address of the
/// same family, because a wildcard cannot be dialled everywhere.
///
/// ```
/// use runagent_registry::Address;
///
/// assert_eq!(Address::new("localhost", 8450)?.to_string(), "localhost:8450");
/// assert_eq!(Address::new("::", 8450)?.to_string(), "[::1]:8450");
/// assert!(Address::new("http://localhost", 8450).is_err());
/// # Ok::<(), runagent_registry::AddressError>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Address {
    host: String,
    port: u16,
}

impl Address {
    /// Checks a host (an IP address, IPv6 with or without brackets, or a host name) and a port
    /// (1 to 65535).
    ///
    /// # Errors
    ///
    /// [`AddressError`] names what is wrong: an empty host, spaces or control characters, a scheme,
    /// a path or a port inside the host, the placeholder `remote`, or port 0.
    pub fn new(host: &str, port: u16) -> Result<Self, AddressError> {
        let host = normalise(host)?;
        if port == 0 {
            return Err(AddressError::Port { port: 0 });
        }
        Ok(Self { host, port })
    }

    /// The host: an IP address without brackets, or a host name.
    #[must_use]
    pub fn host(&self) -> &str {
        &self.host
    }

    /// The TCP port, never 0.
    #[must_use]
    pub fn port(&self) -> u16 {
        self.port
    }
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Only an IPv6 address contains a colon, and a URL needs brackets round it.
        if self.host.contains(':') {
            write!(f, "[{}]:{}", self.host, self.port)
        } else {
            write!(f, "{}:{}", self.host, self.port)
        }
    }
}

/// The address of a bound listener.
impl TryFrom<SocketAddr> for Address {
    type Error = AddressError;

    fn try_from(bound: SocketAddr) -> Result<Self, Self::Error> {
        Self::new(&bound.ip().to_string(), bound.port())
    }
}

/// Why a host and a port are no address that can be dialled.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum AddressError {
    /// The host is empty or NULL.
    #[error("no host is recorded")]
    NoHost,
    /// The host column holds a number or a blob.
    #[error("the host is not text")]
    HostNotText,
    /// The host is the placeholder `remote`: the agent runs on the platform.
    #[error("it runs on the platform, not on this machine")]
    Remote,
    /// The host is neither an IP address nor a host name.
    #[error("{host:?} is neither an IP address nor a host name")]
    Host {
        /// The host as it was given.
        host: String,
    },
    /// The port is NULL, text, a fraction or a blob.
    #[error("the port is not a whole number")]
    PortNotInteger,
    /// The port is not in 1 to 65535.
    #[error("port {port} is not in 1 to 65535")]
    Port {
        /// The port as it was given.
        port: i64,
    },
}

fn normalise(host: &str) -> Result<String, AddressError> {
    if host.trim().is_empty() {
        return Err(AddressError::NoHost);
    }
    if host == REMOTE_HOST {
        return Err(AddressError::Remote);
    }
    if let Some(ip) = parse_ip(host) {
        return Ok(dialable(ip).to_string());
    }
    if is_name(host) {
        return Ok(host.to_owned());
    }
    Err(AddressError::Host { host: host.to_owned() })
}

fn parse_ip(host: &str) -> Option<IpAddr> {
    match host.strip_prefix('[').and_then(|h| h.strip_suffix(']')) {
        Some(inner) => inner.parse::<Ipv6Addr>().ok().map(IpAddr::V6),
        None => host.parse().ok(),
    }
}

fn dialable(ip: IpAddr) -> IpAddr {
    match ip.to_canonical() {
        IpAddr::V4(Ipv4Addr::UNSPECIFIED) => Ipv4Addr::LOCALHOST.into(),
        IpAddr::V6(Ipv6Addr::UNSPECIFIED) => Ipv6Addr::LOCALHOST.into(),
        other => other,
    }
}

fn is_name(host: &str) -> bool {
    let label = |label: &str| {
        (1..=MAX_LABEL).contains(&label.len())
            && !label.starts_with('-')
            && label.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_')
    };
    // A name that ends in a number would be read as an IPv4 address in an old notation
    // (WHATWG URL, "ends in a number checker").
    let numeric = |label: &str| label.bytes().all(|b| b.is_ascii_digit());
    host.len() <= MAX_NAME && host.split('.').all(label) && !host.rsplit('.').next().is_some_and(numeric)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn usable_hosts_are_normalised() {
        for (host, shown) in [
            ("127.0.0.1", "127.0.0.1:8450"),
            ("0.0.0.0", "127.0.0.1:8450"),
            ("::", "[::1]:8450"),
            ("[::]", "[::1]:8450"),
            ("::1", "[::1]:8450"),
            ("[::1]", "[::1]:8450"),
            ("0:0:0:0:0:0:0:1", "[::1]:8450"),
            ("::ffff:127.0.0.1", "127.0.0.1:8450"),
            ("::ffff:0.0.0.0", "127.0.0.1:8450"),
            ("localhost", "localhost:8450"),
            ("my-host.local", "my-host.local:8450"),
            ("agent_1", "agent_1:8450"),
        ] {
            let address = Address::new(host, 8450).unwrap();
            assert_eq!(address.to_string(), shown, "{host:?}");
            assert!(!address.host().contains(['[', ']']), "{host:?}");
        }
    }

    #[test]
    fn placeholders_have_their_own_reason() {
        for host in ["", " ", "\t\r\n"] {
            assert_eq!(Address::new(host, 1), Err(AddressError::NoHost), "{host:?}");
        }
        assert_eq!(Address::new("remote", 1), Err(AddressError::Remote));
        assert_eq!(Address::new("localhost", 0), Err(AddressError::Port { port: 0 }));
    }

    #[test]
    fn anything_else_is_refused_as_it_was_given() {
        let long_label = "a".repeat(64);
        let long_name = "a.".repeat(150);
        for host in [
            "a b",
            " localhost",
            "localhost ",
            "localhost\r\nX-Evil: 1",
            "local\0host",
            "http://localhost",
            "localhost:8450",
            "127.0.0.1:1",
            "[::1]:8450",
            "[::1",
            "[127.0.0.1]",
            "[]",
            "user@localhost",
            "localhost/path",
            "localhost?query",
            "localhost#part",
            "fe80::1%eth0",
            "256.1.1.1",
            "2130706433",
            "1.2.3",
            "a..b",
            ".a",
            "-a",
            "münchen.example",
            "\u{202e}evil",
            &long_label,
            &long_name,
        ] {
            let host = host.to_owned();
            assert_eq!(Address::new(&host, 8450), Err(AddressError::Host { host: host.clone() }));
        }
    }

    #[test]
    fn a_bound_listener_becomes_an_address() {
        let of = |text: &str| Address::try_from(text.parse::<SocketAddr>().unwrap());
        assert_eq!(of("[::]:8450"), Address::new("::1", 8450));
        assert_eq!(of("0.0.0.0:8450"), Address::new("127.0.0.1", 8450));
        assert_eq!(of("127.0.0.1:0"), Err(AddressError::Port { port: 0 }));
    }
}
