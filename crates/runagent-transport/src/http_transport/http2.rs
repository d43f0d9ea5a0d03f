//! Connections that many requests share.

use std::{
    future::poll_fn,
    pin::pin,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
};

use http::{
    HeaderValue, Uri,
    header::HOST,
    uri::{Authority, Scheme},
};
use hyper::client::conn::http2;
use hyper_util::rt::TokioExecutor;

use super::{broken_at_start, dial::Connection};
use crate::{Body, Request, TransportError};

/// One of the handles of an HTTP/2 connection. The connection ends after the last handle and the last response.
#[derive(Clone)]
pub(super) struct Shared {
    sender: http2::SendRequest<Body>,
    /// Counts the handles.
    handles: Arc<()>,
    /// How many requests at once the server takes, as of the last one that started.
    limit: Arc<AtomicUsize>,
}

impl Shared {
    /// Starts to speak HTTP/2 on a new connection.
    pub(super) async fn start(io: Box<dyn Connection>) -> Result<Self, TransportError> {
        let (sender, connection) = http2::handshake(TokioExecutor::new(), io).await.map_err(broken_at_start)?;
        let limit = Arc::new(AtomicUsize::new(connection.current_max_send_streams()));
        let seen = limit.clone();
        tokio::spawn(async move {
            let mut connection = pin!(connection);
            let driven = poll_fn(|cx| {
                let end = connection.as_mut().poll(cx);
                // Only the connection knows, and this is where it can be asked.
                seen.store(connection.current_max_send_streams(), Ordering::Relaxed);
                end
            });
            drop(driven.await);
        });
        Ok(Self { sender, handles: Arc::default(), limit })
    }

    pub(super) const fn sender(&mut self) -> &mut http2::SendRequest<Body> {
        &mut self.sender
    }

    /// Whether it takes one more request at once.
    pub(super) fn has_room(&self) -> bool {
        !self.sender.is_closed() && self.requests() < self.limit.load(Ordering::Relaxed)
    }

    /// How many requests it carries, as the pool sees it: one handle is there, and each of the others has a request.
    pub(super) fn requests(&self) -> usize {
        Arc::strong_count(&self.handles).saturating_sub(1)
    }

    pub(super) fn is_same(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.handles, &other.handles)
    }
}

/// Gives a request the form of HTTP/2: the host is in the URI and in no header (RFC 9113, section 8.3.1).
pub(super) fn to_http2(mut request: Request) -> Request {
    let host = request.headers().get(HOST).map(HeaderValue::as_bytes);
    if let Some(Ok(authority)) = host.map(Authority::try_from) {
        let mut parts = request.uri().clone().into_parts();
        parts.scheme = Some(Scheme::HTTPS);
        parts.authority = Some(authority);
        if let Ok(uri) = Uri::from_parts(parts) {
            request.headers_mut().remove(HOST);
            *request.uri_mut() = uri;
        }
    }
    request
}

/// Takes it back: the next connection may speak HTTP/1.1.
pub(super) fn to_http1(mut request: Request) -> Request {
    let host = request.uri().authority().map(|authority| HeaderValue::try_from(authority.as_str()));
    if let (Some(Ok(host)), Some(path)) = (host, request.uri().path_and_query().cloned()) {
        request.headers_mut().insert(HOST, host);
        *request.uri_mut() = Uri::from(path);
    }
    request
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_request_has_the_form_of_either_version() {
        let request = || http::Request::get("/a%20b?c").header(HOST, "agent.example:8443");
        let http2 = to_http2(request().body(Body::empty()).expect("a request"));
        assert_eq!(http2.uri(), "https://agent.example:8443/a%20b?c");
        assert!(http2.headers().is_empty());

        let http1 = to_http1(http2);
        assert_eq!(http1.uri(), "/a%20b?c");
        assert_eq!(http1.headers()[HOST], "agent.example:8443");
    }
}
