//! A TLS configuration of the caller's own, which needs neither `tls` nor `tls-aws-lc`.
#![allow(clippy::expect_used, reason = "a test fails by panicking")]
#![cfg(feature = "rustls")]

use std::sync::Arc;

use rcgen::CertifiedKey;
use runagent_transport::{Body, HttpTransport, Transport as _};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpListener,
};
use tokio_rustls::{
    TlsAcceptor,
    rustls::{ClientConfig, RootCertStore, ServerConfig, crypto, pki_types::PrivateKeyDer},
};

#[tokio::test]
async fn a_configuration_of_the_callers_is_used() {
    let names = ["localhost".to_owned()];
    let CertifiedKey { cert, signing_key } = rcgen::generate_simple_self_signed(names).expect("a certificate");
    let provider = Arc::new(crypto::ring::default_provider());
    let key = PrivateKeyDer::try_from(signing_key.serialize_der()).expect("a key");
    let server = ServerConfig::builder_with_provider(provider.clone())
        .with_safe_default_protocol_versions()
        .expect("versions")
        .with_no_client_auth()
        .with_single_cert(vec![cert.der().clone()], key)
        .expect("a configuration");
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a listener");
    let url = format!("https://localhost:{}/", listener.local_addr().expect("an address").port());
    tokio::spawn(async move {
        let (tcp, _) = listener.accept().await.expect("a connection");
        let mut tls = TlsAcceptor::from(Arc::new(server)).accept(tcp).await.expect("TLS");
        tls.read_u8().await.expect("a request");
        tls.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok").await.expect("written");
    });

    let mut roots = RootCertStore::empty();
    roots.add(cert.der().clone()).expect("an authority");
    let config = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .expect("versions")
        .with_root_certificates(roots)
        .with_no_client_auth();
    // What else is said about TLS does not count, wrong as it is.
    let builder = HttpTransport::builder().environment(|name| (name == "SSL_CERT_FILE").then(|| "none.pem".into()));
    let transport = builder.rustls_config(Arc::new(config)).build();
    let request = http::Request::get(&url).body(Body::empty()).expect("a request");
    let response = transport.send(request).await.expect("an answer");
    assert_eq!(response.into_body().collect(64).await.expect("a body"), "ok");
}
