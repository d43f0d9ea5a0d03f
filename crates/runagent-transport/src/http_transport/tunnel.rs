//! A connection through a proxy that does not read it.

use http::{HeaderValue, Method, StatusCode, Uri, header::HOST, header::PROXY_AUTHORIZATION};
use hyper::client::conn::http1;

use super::{dial::Connection, origin::Origin, proxy::Proxy};
use crate::{Body, Progress, TransportError, TransportErrorKind};

/// Asks a proxy, which is at the other end of `io`, for a connection to an origin (RFC 9110, section 9.3.6).
pub(super) async fn open(
    io: Box<dyn Connection>,
    proxy: &Proxy,
    origin: &Origin,
) -> Result<Box<dyn Connection>, TransportError> {
    let failed = |error: hyper::Error| {
        connect_error(format!("the proxy {proxy} ended the connection instead of opening one to {origin}"))
            .with_source(error)
    };
    let request = connect(proxy, origin)?;
    let (mut sender, connection) = http1::handshake(io).await.map_err(failed)?;
    tokio::spawn(async move { drop(connection.with_upgrades().await) });
    let response = sender.send_request(request).await.map_err(failed)?;
    match response.status() {
        StatusCode::PROXY_AUTHENTICATION_REQUIRED => Err(proxy.authorization_wanted()),
        status if !status.is_success() => {
            Err(connect_error(format!("the proxy {proxy} opened no connection to {origin}: it answered {status}")))
        }
        _ => Ok(Box::new(hyper::upgrade::on(response).await.map_err(failed)?)),
    }
}

fn connect(proxy: &Proxy, origin: &Origin) -> Result<http::Request<Body>, TransportError> {
    let target = format!("{}:{}", origin.authority().host(), origin.port());
    let refused = |error: http::Error| connect_error(format!("{origin} is no target for a proxy")).with_source(error);
    let uri = Uri::builder().authority(target.as_str()).build().map_err(refused)?;
    let host = HeaderValue::try_from(target).map_err(|error| refused(error.into()))?;
    let mut request = http::Request::new(Body::empty());
    *request.method_mut() = Method::CONNECT;
    *request.uri_mut() = uri;
    request.headers_mut().insert(HOST, host);
    if let Some(authorization) = proxy.authorization() {
        request.headers_mut().insert(PROXY_AUTHORIZATION, authorization.clone());
    }
    Ok(request)
}

fn connect_error(message: String) -> TransportError {
    TransportError::new(TransportErrorKind::Connect, Progress::NotSent, message)
}
