//! New connections.

use std::{error::Error, io, time::Duration};

use hyper::rt::{Read, Write};
use hyper_util::{
    client::legacy::connect::{HttpConnector, dns::GaiResolver},
    rt::TokioIo,
};
use tokio::net::TcpStream;
use tower_service::Service;

#[cfg(feature = "tokio")]
use super::connector::Connector;
#[cfg(feature = "__tls")]
use super::tls::Tls;
use super::{
    origin::Origin,
    proxy::Proxies,
    route::{Route, Way},
    tunnel,
};
use crate::{Progress, TransportError, TransportErrorKind};

/// TCP keep-alive finds peers that vanished without a word; streams may be silent for long.
const KEEP_ALIVE: Duration = Duration::from_secs(60);

/// A connection, plain or encrypted.
pub(super) trait Connection: Read + Write + Unpin + Send {}

impl<T: Read + Write + Unpin + Send> Connection for T {}

/// Which protocols a connection is wanted for. Only TLS can say which one it is.
#[derive(Clone, Copy)]
pub(super) enum Protocols {
    /// HTTP/2, or HTTP/1.1 where the peer does not speak it.
    Any,
    /// Sockets and tunnels are upgrades of HTTP/1.1.
    Http1,
}

impl Protocols {
    #[cfg(feature = "__tls")]
    pub(super) fn names(self) -> Vec<Vec<u8>> {
        let http1 = b"http/1.1".to_vec();
        match self {
            Self::Any => vec![HTTP2.to_vec(), http1],
            Self::Http1 => vec![http1],
        }
    }
}

/// The name of HTTP/2 in TLS (RFC 9113, section 3.2).
#[cfg(feature = "__tls")]
const HTTP2: &[u8] = b"h2";

/// A new connection, and whether HTTP/2 was agreed on.
pub(super) struct Dialed {
    pub(super) io: Box<dyn Connection>,
    pub(super) http2: bool,
}

/// Makes connections: TCP with happy eyeballs (RFC 8305), to the origin or its proxy, then TLS for https.
pub(super) struct Dialer {
    tcp: HttpConnector,
    /// What stands in the place of TCP.
    #[cfg(feature = "tokio")]
    connector: Option<Connector>,
    proxies: Proxies,
    #[cfg(feature = "__tls")]
    tls: Tls,
}

impl Dialer {
    pub(super) fn new(
        proxies: Proxies,
        #[cfg(feature = "tokio")] connector: Option<Connector>,
        #[cfg(feature = "__tls")] tls: Tls,
    ) -> Self {
        Self {
            tcp: tcp_connector(GaiResolver::new()),
            #[cfg(feature = "tokio")]
            connector,
            proxies,
            #[cfg(feature = "__tls")]
            tls,
        }
    }

    /// The way of requests to an origin.
    pub(super) fn route<'a>(&'a self, origin: &'a Origin) -> Result<Route<'a>, TransportError> {
        let way = match self.proxies.proxy_for(origin)? {
            Some(proxy) if origin.is_https() => Way::Tunnelled(proxy),
            Some(proxy) => Way::Forwarded(proxy),
            None => Way::Direct,
        };
        Ok(Route { origin, way })
    }

    /// The way of a WebSocket to an origin: proxies forward no upgrade.
    #[cfg(feature = "ws")]
    pub(super) fn socket_route<'a>(&'a self, origin: &'a Origin) -> Result<Route<'a>, TransportError> {
        let way = self.proxies.proxy_for(origin)?.map_or(Way::Direct, Way::Tunnelled);
        Ok(Route { origin, way })
    }

    pub(super) async fn dial(&self, route: &Route<'_>, protocols: Protocols) -> Result<Dialed, TransportError> {
        #[cfg(feature = "tokio")]
        if let Some(connector) = &self.connector {
            // Whoever dials knows the way: the builder leaves no proxy on it.
            let io = connector.connect(route.origin).await.map_err(|error| not_connected(route, error))?;
            return self.secure(route.origin, protocols, TokioIo::new(io)).await;
        }
        let tcp = self.tcp(route).await?;
        match route.way {
            Way::Direct => self.secure(route.origin, protocols, tcp).await,
            Way::Forwarded(proxy) => self.secure(proxy.address(), Protocols::Http1, tcp).await,
            Way::Tunnelled(proxy) => {
                let connection = self.secure(proxy.address(), Protocols::Http1, tcp).await?;
                let tunnel = tunnel::open(connection.io, proxy, route.origin).await?;
                self.secure(route.origin, protocols, tunnel).await
            }
        }
    }

    async fn tcp(&self, route: &Route<'_>) -> Result<TokioIo<TcpStream>, TransportError> {
        // This connector is always ready; a clone shares its settings.
        self.tcp.clone().call(route.first_stop().uri(None)?).await.map_err(|error| not_connected(route, error))
    }

    /// Adds TLS when the peer speaks it.
    async fn secure(
        &self,
        peer: &Origin,
        protocols: Protocols,
        io: impl Connection + 'static,
    ) -> Result<Dialed, TransportError> {
        if !peer.is_https() {
            return Ok(Dialed { io: Box::new(io), http2: false });
        }
        #[cfg(feature = "__tls")]
        {
            let tls = self.tls.handshake(peer, protocols, TokioIo::new(io)).await?;
            let http2 = tls.get_ref().1.alpn_protocol() == Some(HTTP2);
            Ok(Dialed { io: Box::new(TokioIo::new(tls)), http2 })
        }
        #[cfg(not(feature = "__tls"))]
        {
            let _ = protocols;
            Err(super::https_needs_a_feature())
        }
    }
}

fn not_connected(route: &Route<'_>, error: impl Error + Send + Sync + 'static) -> TransportError {
    let (kind, message) = match route.proxy() {
        // That nothing listens there says nothing about the origin.
        Some(proxy) => (TransportErrorKind::Connect, format!("no connection to the proxy {proxy}")),
        None if is_refused(&error) => (TransportErrorKind::Refused, format!("nothing listens at {route}")),
        None => (TransportErrorKind::Connect, format!("no connection to {route}")),
    };
    TransportError::new(kind, Progress::NotSent, message).with_source(error)
}

/// Makes connections to the addresses that the resolver gives for a name.
fn tcp_connector<R>(resolver: R) -> HttpConnector<R> {
    let mut tcp = HttpConnector::new_with_resolver(resolver);
    tcp.enforce_http(false);
    tcp.set_nodelay(true);
    tcp.set_keepalive(Some(KEEP_ALIVE));
    tcp
}

/// Whether an address was reached and nothing listened there.
fn is_refused(error: &(dyn Error + 'static)) -> bool {
    let mut cause = Some(error);
    while let Some(error) = cause {
        if error.downcast_ref::<io::Error>().is_some_and(|io| io.kind() == io::ErrorKind::ConnectionRefused) {
            return true;
        }
        cause = error.source();
    }
    false
}

#[cfg(test)]
mod tests {
    use std::{
        convert::Infallible,
        net::{Ipv4Addr, Ipv6Addr, SocketAddr},
    };

    use super::*;

    #[tokio::test]
    async fn a_name_is_reached_at_the_address_that_is_alive() {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a listener");
        let alive = listener.local_addr().expect("an address");
        // The port is that of the URI.
        let addresses: [SocketAddr; 2] = [(Ipv6Addr::LOCALHOST, 0).into(), (Ipv4Addr::LOCALHOST, 0).into()];
        for addresses in [addresses, [addresses[1], addresses[0]]] {
            let resolver = tower::service_fn(move |_| async move { Ok::<_, Infallible>(addresses.into_iter()) });
            let uri = format!("http://agent.example:{}", alive.port()).parse().expect("a URI");
            let io = tcp_connector(resolver).call(uri).await.expect("a connection");
            assert_eq!(io.inner().peer_addr().expect("connected"), alive);
        }
    }
}
