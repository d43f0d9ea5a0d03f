//! The transport under test, and the service it calls.

use std::{future::poll_fn, pin::Pin};

use bytes::Bytes;
use http_body::Body as _;

use super::case::{Stop, Verdict};
use crate::{BaseUrl, Body, Response, Socket, Transport, TransportError, TransportErrorKind};

/// The largest body that a case expects, and more.
pub(super) const MAX_BODY: usize = 64 * 1024 * 1024;

#[derive(Clone, Copy)]
pub(super) struct Subject<'a> {
    transport: &'a dyn Transport,
    base: &'a BaseUrl,
}

impl<'a> Subject<'a> {
    pub(super) const fn new(transport: &'a dyn Transport, base: &'a BaseUrl) -> Self {
        Self { transport, base }
    }

    /// What the target of a request for this path of the service is, on the wire.
    pub(super) fn target(&self, path: &str) -> String {
        let uri = self.uri(path);
        let authority = uri.find("://").map_or(0, |scheme| scheme + 3);
        uri[authority..].find('/').map_or_else(String::new, |path| uri[authority + path..].to_owned())
    }

    fn uri(&self, path: &str) -> String {
        format!("{}/conformance/{path}", self.base)
    }

    pub(super) fn request(&self, method: &str, path: &str) -> http::request::Builder {
        http::Request::builder().method(method).uri(self.uri(path))
    }

    pub(super) async fn send(&self, request: http::request::Builder, body: impl Into<Body>) -> Verdict<Response> {
        let request = request.body(body.into())?;
        let what = format!("{} {}", request.method(), request.uri().path());
        self.transport.send(request).await.map_err(|error| Stop::error(&what, &error))
    }

    pub(super) async fn get(&self, path: &str) -> Verdict<Response> {
        self.send(self.request("GET", path), Body::empty()).await
    }

    /// The whole body of the answer to a GET.
    pub(super) async fn bytes(&self, path: &str) -> Verdict<Bytes> {
        Ok(self.get(path).await?.into_body().collect(MAX_BODY).await?)
    }

    pub(super) async fn connect(&self, handshake: http::request::Builder) -> Verdict<Result<Socket, TransportError>> {
        connect(self.transport, handshake.body(())?).await
    }

    /// A socket to the service.
    pub(super) async fn open(&self) -> Verdict<Socket> {
        Ok(self.connect(self.request("GET", "socket")).await??)
    }
}

/// Opens a socket; a transport that opens none skips the case.
pub(super) async fn connect(
    transport: &dyn Transport,
    request: http::Request<()>,
) -> Verdict<Result<Socket, TransportError>> {
    match transport.connect(request).await {
        Err(error) if error.kind() == TransportErrorKind::Unsupported => Err(Stop::Skipped(error.to_string())),
        result => Ok(result),
    }
}

/// The next bytes of a body, `None` at its end.
pub(super) async fn next_bytes(body: &mut Body) -> Verdict<Option<Bytes>> {
    loop {
        match poll_fn(|cx| Pin::new(&mut *body).poll_frame(cx)).await {
            None => return Ok(None),
            Some(frame) => match frame?.into_data() {
                Ok(data) if data.is_empty() => {}
                Ok(data) => return Ok(Some(data)),
                // Trailers.
                Err(_) => {}
            },
        }
    }
}
