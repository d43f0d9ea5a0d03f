//! A connection that takes requests.

use http::Response;
use hyper::{body::Incoming, client::conn::http1};

#[cfg(feature = "__tls")]
use super::http2::{Shared, to_http1, to_http2};
use super::{broken_at_start, dial::Dialed};
use crate::{Body, Request, TransportError};

/// The handle of a connection: a task of the runtime drives it.
pub(super) enum Sender {
    /// Lent to one request at a time.
    Http1(http1::SendRequest<Body>),
    /// Shared by many.
    #[cfg(feature = "__tls")]
    Http2(Shared),
}

/// A request that got no response.
pub(super) struct Failure {
    pub(super) error: hyper::Error,
    /// The request, when not a byte of it was sent.
    pub(super) unsent: Option<Box<Request>>,
}

impl Sender {
    /// Starts to speak on a new connection.
    pub(super) async fn start(dialed: Dialed) -> Result<Self, TransportError> {
        match dialed.http2 {
            #[cfg(feature = "__tls")]
            true => Shared::start(dialed.io).await.map(Self::Http2),
            _ => {
                let (sender, connection) = http1::handshake(dialed.io).await.map_err(broken_at_start)?;
                // Its errors reach the caller through the request or the body.
                tokio::spawn(async move { drop(connection.await) });
                Ok(Self::Http1(sender))
            }
        }
    }

    /// Sends a request that has the form of HTTP/1.1, and gives it back in that form.
    pub(super) async fn send(&mut self, request: Request) -> Result<Response<Incoming>, Failure> {
        match self {
            Self::Http1(sender) => sender.try_send_request(request).await.map_err(|mut error| {
                let unsent = error.take_message().map(Box::new);
                Failure { error: error.into_error(), unsent }
            }),
            #[cfg(feature = "__tls")]
            Self::Http2(shared) => shared.sender().try_send_request(to_http2(request)).await.map_err(|mut error| {
                let unsent = error.take_message().map(to_http1).map(Box::new);
                Failure { error: error.into_error(), unsent }
            }),
        }
    }
}
