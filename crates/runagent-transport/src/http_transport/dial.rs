//! New connections.

use std::{error::Error, io, time::Duration};

use hyper::rt::{Read, Write};
use hyper_util::{client::legacy::connect::HttpConnector, rt::TokioIo};
use tokio::net::TcpStream;
use tower_service::Service;

use super::origin::Origin;
#[cfg(feature = "tls")]
use super::tls::Tls;
use crate::{Progress, TransportError, TransportErrorKind};

/// TCP keep-alive finds peers that vanished without a word; streams may be silent for long.
const KEEP_ALIVE: Duration = Duration::from_secs(60);

/// A connection, plain or encrypted.
pub(super) trait Connection: Read + Write + Unpin + Send {}

impl<T: Read + Write + Unpin + Send> Connection for T {}

/// Makes connections: TCP with happy eyeballs (RFC 8305), then TLS for https.
pub(super) struct Dialer {
    tcp: HttpConnector,
    #[cfg(feature = "tls")]
    tls: Tls,
}

impl Dialer {
    pub(super) fn new(#[cfg(feature = "tls")] extra_roots: Vec<Vec<u8>>) -> Self {
        let mut tcp = HttpConnector::new();
        tcp.enforce_http(false);
        tcp.set_nodelay(true);
        tcp.set_keepalive(Some(KEEP_ALIVE));
        Self {
            tcp,
            #[cfg(feature = "tls")]
            tls: Tls::new(extra_roots),
        }
    }

    pub(super) async fn dial(&self, origin: &Origin) -> Result<Box<dyn Connection>, TransportError> {
        let tcp = self.tcp(origin).await?;
        if !origin.is_https() {
            return Ok(Box::new(tcp));
        }
        #[cfg(feature = "tls")]
        return Ok(Box::new(TokioIo::new(self.tls.handshake(origin, tcp.into_inner()).await?)));
        #[cfg(not(feature = "tls"))]
        Err(TransportError::unsupported("https needs the feature `tls` of runagent-transport"))
    }

    async fn tcp(&self, origin: &Origin) -> Result<TokioIo<TcpStream>, TransportError> {
        let uri = http::Uri::builder()
            .scheme(if origin.is_https() { "https" } else { "http" })
            .authority(origin.authority().clone())
            .path_and_query("/")
            .build()
            .map_err(|error| {
                TransportError::new(TransportErrorKind::Request, Progress::NotSent, "not a URI").with_source(error)
            })?;
        // This connector is always ready; a clone shares its settings.
        self.tcp.clone().call(uri).await.map_err(|error| {
            let (kind, message) = if is_refused(&error) {
                (TransportErrorKind::Refused, format!("nothing listens at {origin}"))
            } else {
                (TransportErrorKind::Connect, format!("no connection to {origin}"))
            };
            TransportError::new(kind, Progress::NotSent, message).with_source(error)
        })
    }
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
