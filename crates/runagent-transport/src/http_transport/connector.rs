//! The caller's own way to a connection.

use std::{fmt, io, sync::Arc};

use tokio::io::{AsyncRead, AsyncWrite};

use super::origin::Origin;
use crate::BoxFuture;

/// Where a connection is to lead, for [`HttpTransportBuilder::dial_with`](super::HttpTransportBuilder::dial_with).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DialTarget {
    origin: Origin,
}

impl DialTarget {
    pub(super) const fn new(origin: Origin) -> Self {
        Self { origin }
    }

    /// The host of the URI: a name or an address, one of IPv6 without its brackets.
    #[must_use]
    pub fn host(&self) -> &str {
        self.origin.host()
    }

    /// The port of the URI, or else that of its scheme.
    #[must_use]
    pub fn port(&self) -> u16 {
        self.origin.port()
    }

    /// Whether the transport adds TLS to the connection.
    #[must_use]
    pub const fn is_https(&self) -> bool {
        self.origin.is_https()
    }
}

/// What a caller's connection is made of.
pub(super) trait Io: AsyncRead + AsyncWrite + Send + Unpin {}

impl<T: AsyncRead + AsyncWrite + Send + Unpin> Io for T {}

type Dial = dyn Fn(DialTarget) -> BoxFuture<'static, io::Result<Box<dyn Io>>> + Send + Sync;

/// Makes connections in the place of TCP.
#[derive(Clone)]
pub(super) struct Connector(Arc<Dial>);

impl Connector {
    pub(super) fn new<F, Fut, T>(dial: F) -> Self
    where
        F: Fn(DialTarget) -> Fut + Send + Sync + 'static,
        Fut: Future<Output = io::Result<T>> + Send + 'static,
        T: AsyncRead + AsyncWrite + Send + Unpin + 'static,
    {
        Self(Arc::new(move |target| {
            let dialing = dial(target);
            Box::pin(async move { Ok(Box::new(dialing.await?) as Box<dyn Io>) })
        }))
    }

    pub(super) async fn connect(&self, origin: &Origin) -> io::Result<Box<dyn Io>> {
        (self.0)(DialTarget::new(origin.clone())).await
    }
}

impl fmt::Debug for Connector {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Connector(set)")
    }
}
