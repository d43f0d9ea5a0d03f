//! WebSockets over an upgraded connection.

use std::sync::atomic::{AtomicBool, Ordering};

use http::StatusCode;
use hyper::client::conn::http1;
use hyper_util::rt::TokioIo;

use super::{Inner, PooledBody, broken_at_start, current_runtime, dial::Protocols, lost, to_origin_form};
use crate::{Body, CallOptions, Progress, Socket, TransportError, TransportErrorKind, socket::handshake};

impl Inner {
    /// Opens a WebSocket on a connection of its own. The time to a connection includes the handshake.
    pub(super) async fn upgrade(&self, request: http::Request<()>) -> Result<Socket, TransportError> {
        current_runtime()?;
        let options = CallOptions::of(&request);
        let (origin, mut request) = to_origin_form(request)?;
        let route = self.dialer.socket_route(&origin)?;
        let accept = handshake::ask(request.headers_mut())?;
        let sent = AtomicBool::new(false);
        let work = async {
            let dialed = self.dialer.dial(&route, Protocols::Http1).await?;
            let (mut sender, connection) = http1::handshake(dialed.io).await.map_err(broken_at_start)?;
            tokio::spawn(async move { drop(connection.with_upgrades().await) });
            sent.store(true, Ordering::Relaxed);
            let response = sender.send_request(request.map(|()| Body::empty())).await.map_err(lost)?;
            if response.status() != StatusCode::SWITCHING_PROTOCOLS {
                let (parts, body) = response.into_parts();
                let beginning = Body::stream(PooledBody::new(body, None)).beginning().await;
                return Err(TransportError::rejected(http::Response::from_parts(parts, beginning)));
            }
            handshake::check(response.headers(), &accept)?;
            hyper::upgrade::on(response).await.map_err(|error| {
                let message = "the connection broke after the WebSocket handshake";
                TransportError::new(TransportErrorKind::Closed, Progress::ResponseStarted, message).with_source(error)
            })
        };
        let upgraded = self.in_connect_time(options, work).await.unwrap_or_else(|limit| {
            let (progress, what) = match sent.load(Ordering::Relaxed) {
                true => (Progress::MaybeSent, "no answer to the WebSocket handshake"),
                false => (Progress::NotSent, "no connection"),
            };
            let message = format!("{what} from {route} within {limit:?}");
            Err(TransportError::new(TransportErrorKind::Timeout, progress, message))
        })?;
        Ok(Socket::client(TokioIo::new(upgraded), options.socket().unwrap_or_default()))
    }
}
