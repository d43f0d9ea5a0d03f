//! https and wss, with certificates made here.
#![allow(clippy::expect_used, reason = "a test fails by panicking")]
#![cfg(any(feature = "tls", feature = "tls-aws-lc"))]

mod authority;
mod certificates;
#[cfg(feature = "conformance")]
mod conformance;
mod http2;
mod server;
mod tunnel;

use runagent_transport::{
    Body, HttpTransport, HttpTransportBuilder, Progress, Request, Transport, TransportError, TransportErrorKind,
};

/// A builder that no variable of this process has a say in.
pub(crate) fn builder() -> HttpTransportBuilder {
    HttpTransport::builder().environment(|_| None)
}

pub(crate) fn with_variable(name: &'static str, value: &str) -> HttpTransportBuilder {
    let value = value.to_owned();
    HttpTransport::builder().environment(move |asked| (asked == name).then(|| value.clone().into()))
}

pub(crate) fn get(url: &str) -> Request {
    http::Request::get(url).body(Body::empty()).expect("a request")
}

pub(crate) async fn assert_ok(builder: HttpTransportBuilder, url: &str) {
    let response = builder.build().send(get(url)).await.expect("an answer");
    assert_eq!(response.into_body().collect(64).await.expect("a body"), "ok");
}

/// The message of a failure of TLS.
pub(crate) async fn failure(builder: HttpTransportBuilder, url: &str) -> String {
    let error: TransportError = builder.build().send(get(url)).await.expect_err("no TLS");
    assert_eq!((error.kind(), error.progress()), (TransportErrorKind::Tls, Progress::NotSent), "{error:?}");
    error.to_string()
}
