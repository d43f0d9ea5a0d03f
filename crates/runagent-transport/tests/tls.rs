//! https and wss, with certificates made here.
#![allow(clippy::expect_used, reason = "a test fails by panicking")]
#![cfg(feature = "tls")]

use std::sync::Arc;

use rcgen::{CertifiedKey, generate_simple_self_signed};
use runagent_transport::{Body, HttpTransport, Progress, Transport, TransportErrorKind};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpListener,
};
use tokio_rustls::{
    TlsAcceptor,
    rustls::{
        ServerConfig, crypto,
        pki_types::{CertificateDer, PrivateKeyDer},
    },
};

/// Serves one fixed answer a connection by https; gives its port and certificate.
async fn serve(name: &str) -> (u16, CertificateDer<'static>) {
    let CertifiedKey { cert, signing_key } = generate_simple_self_signed([name.to_owned()]).expect("a certificate");
    let certificate = cert.der().clone();
    let key = PrivateKeyDer::try_from(signing_key.serialize_der()).expect("a key");
    let config = ServerConfig::builder_with_provider(Arc::new(crypto::ring::default_provider()))
        .with_safe_default_protocol_versions()
        .expect("versions")
        .with_no_client_auth()
        .with_single_cert(vec![certificate.clone()], key)
        .expect("a configuration");
    let acceptor = TlsAcceptor::from(Arc::new(config));
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a listener");
    let port = listener.local_addr().expect("an address").port();
    tokio::spawn(async move {
        while let Ok((tcp, _)) = listener.accept().await {
            let Ok(mut tls) = acceptor.accept(tcp).await else { continue };
            let mut head = [0; 1024];
            if tls.read(&mut head).await.is_ok() {
                tls.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok").await.expect("written");
            }
        }
    });
    (port, certificate)
}

fn get(url: &str) -> runagent_transport::Request {
    http::Request::get(url).body(Body::empty()).expect("a request")
}

#[tokio::test]
async fn a_trusted_certificate_is_accepted() {
    let (port, certificate) = serve("localhost").await;
    let transport = HttpTransport::builder().extra_root_certificate(certificate.to_vec()).build();
    let response = transport.send(get(&format!("https://localhost:{port}/"))).await.expect("an answer");
    assert_eq!(response.into_body().collect(64).await.expect("a body"), "ok");
}

#[tokio::test]
async fn unknown_certificates_and_wrong_names_are_refused_before_a_byte_is_sent() {
    let (port, _) = serve("localhost").await;
    let error = HttpTransport::new().send(get(&format!("https://localhost:{port}/"))).await.expect_err("untrusted");
    assert_eq!((error.kind(), error.progress()), (TransportErrorKind::Tls, Progress::NotSent), "{error:?}");

    let (port, certificate) = serve("other.example").await;
    let transport = HttpTransport::builder().extra_root_certificate(certificate.to_vec()).build();
    let error = transport.send(get(&format!("https://localhost:{port}/"))).await.expect_err("another name");
    assert_eq!(error.kind(), TransportErrorKind::Tls);
}

#[tokio::test]
async fn plain_http_on_an_https_address_is_a_tls_error() {
    use runagent_testkit::wire::{Script, WireServer};
    let server = WireServer::start([Script::new().send("HTTP/1.1 400 Bad Request\r\n\r\n").close()]).await;
    let error = HttpTransport::new().send(get(&format!("https://{}/", server.addr()))).await.expect_err("no TLS there");
    assert_eq!(error.kind(), TransportErrorKind::Tls);
}
