//! Which certificates are trusted, and shown.

use std::{fs, time::Duration};

use rcgen::{CertificateParams, KeyPair, date_time_ymd};
use runagent_transport::{
    Progress, Transport as _, TransportErrorKind,
    testing::wire::{Event, Gate, Script, WireServer},
};

use crate::{assert_ok, authority::Authority, builder, failure, get, server::serve, with_variable};

/// A message on the certificate of a server on this machine.
fn on(port: u16, what: &str) -> String {
    format!("the certificate of https://localhost:{port} {what}")
}

#[tokio::test]
async fn an_authority_is_trusted_from_der_pem_and_the_environment() {
    let authority = Authority::new();
    let port = serve(authority.sign("localhost").acceptor(None)).await;
    let url = format!("https://localhost:{port}/");
    assert_ok(builder().extra_root_certificate(authority.der().to_vec()), &url).await;
    // One of several, with text around them.
    let bundle = format!("two authorities\n{}\nand\n{}", Authority::new().pem(), authority.pem());
    assert_ok(builder().extra_root_certificates_pem(bundle.as_bytes()), &url).await;

    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("authority.pem");
    fs::write(&file, &bundle).expect("written");
    fs::write(folder.path().join("notes.txt"), [0xff; 9]).expect("written");
    assert_ok(with_variable("SSL_CERT_FILE", &file.to_string_lossy()), &url).await;
    assert_ok(with_variable("SSL_CERT_DIR", &folder.path().to_string_lossy()), &url).await;

    // They are trusted besides each other.
    let other = with_variable("SSL_CERT_FILE", &file.to_string_lossy());
    assert_ok(other.extra_root_certificate(Authority::new().der().to_vec()), &url).await;
}

#[tokio::test]
async fn certificates_that_can_not_be_had_are_errors_that_name_where_they_were_to_come_from() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = |name: &str| folder.path().join(name).to_string_lossy().into_owned();
    fs::write(path("empty.pem"), "nothing here").expect("written");
    let broken = "-----BEGIN CERTIFICATE-----\n!!!!\n-----END CERTIFICATE-----\n";
    fs::write(path("broken.pem"), broken).expect("written");
    let rows = [
        (with_variable("SSL_CERT_FILE", &path("none.pem")), "SSL_CERT_FILE: "),
        (with_variable("SSL_CERT_FILE", &path("empty.pem")), "SSL_CERT_FILE: "),
        (with_variable("SSL_CERT_FILE", &path("broken.pem")), "SSL_CERT_FILE: "),
        (with_variable("SSL_CERT_DIR", &path("none")), "SSL_CERT_DIR: "),
        (builder().extra_root_certificates_pem("no PEM"), "extra_root_certificates_pem holds no certificate"),
        (builder().extra_root_certificates_pem(broken), "extra_root_certificates_pem is broken PEM"),
        (builder().extra_root_certificate(*b"no DER"), "extra_root_certificate "),
    ];
    let port = serve(Authority::new().sign("localhost").acceptor(None)).await;
    for (builder, expected) in rows {
        let message = failure(builder, &format!("https://localhost:{port}/")).await;
        assert!(message.starts_with(expected), "{message}");
    }
}

#[tokio::test]
async fn refused_certificates_say_why() {
    let authority = Authority::new();
    let trusting = || builder().extra_root_certificate(authority.der().to_vec());
    let expired = |params: &mut CertificateParams| params.not_after = date_time_ymd(2020, 1, 1);
    let early = |params: &mut CertificateParams| params.not_before = date_time_ymd(4000, 1, 1);

    let port = serve(authority.sign("localhost").acceptor(None)).await;
    let message = failure(builder(), &format!("https://localhost:{port}/")).await;
    assert!(message.starts_with(&on(port, "is signed by no authority trusted here")), "{message}");
    assert!(message.contains("SSL_CERT_FILE"), "{message}");

    let port = serve(authority.sign("other.example").acceptor(None)).await;
    assert_eq!(failure(trusting(), &format!("https://localhost:{port}/")).await, on(port, "is for another host"));
    let port = serve(authority.sign_changed("localhost", expired).acceptor(None)).await;
    let message = failure(trusting(), &format!("https://localhost:{port}/")).await;
    assert_eq!(message, on(port, "has expired, or the clock is wrong"));
    let port = serve(authority.sign_changed("localhost", early).acceptor(None)).await;
    let message = failure(trusting(), &format!("https://localhost:{port}/")).await;
    assert_eq!(message, on(port, "is not valid yet, or the clock is wrong"));
}

#[tokio::test]
async fn plain_http_on_an_https_address_is_told_apart() {
    let server = WireServer::start([Script::new().send("HTTP/1.1 400 Bad Request\r\n\r\n").close()]).await;
    let message = failure(builder(), &format!("https://{}/", server.addr())).await;
    assert!(message.ends_with("does not speak TLS: is it an http:// address?"), "{message}");
}

#[tokio::test]
async fn a_connection_that_ends_in_the_handshake_is_no_fault_of_the_certificate() {
    let server = WireServer::start([Script::new().close()]).await;
    let error = builder().build().send(get(&format!("https://{}/", server.addr()))).await.expect_err("no TLS");
    assert_eq!((error.kind(), error.progress()), (TransportErrorKind::Closed, Progress::NotSent), "{error:?}");
}

#[tokio::test]
async fn a_handshake_that_stalls_ends_with_the_time_to_a_connection() {
    let gate = Gate::new();
    let server = WireServer::start([Script::new().wait(&gate)]).await;
    // Long enough for the certificate store to be read, which is part of it.
    let transport = builder().connect_timeout(Duration::from_secs(1)).build();
    let error = transport.send(get(&format!("https://{}/", server.addr()))).await.expect_err("no TLS");
    assert_eq!((error.kind(), error.progress()), (TransportErrorKind::Timeout, Progress::NotSent), "{error:?}");
    assert_eq!(error.to_string(), format!("no connection to https://{} within 1s", server.addr()));
    gate.open();
    server.wait_for(|events| events.contains(&Event::ClientClosed { connection: 0 })).await;
}

#[tokio::test]
async fn servers_that_ask_are_shown_the_certificate_of_the_client() {
    let (authority, clients) = (Authority::new(), Authority::new());
    let port = serve(authority.sign("localhost").acceptor(Some(&clients))).await;
    let url = format!("https://localhost:{port}/");
    let trusting = || builder().extra_root_certificate(authority.der().to_vec());
    let client = clients.sign("client.example");
    let (chain, key) = (client.certificate.pem(), client.key.serialize_pem());
    assert_ok(trusting().client_certificate(chain.as_bytes(), key.as_bytes()), &url).await;

    // With TLS 1.3 the server says so after the client's side of the handshake.
    let error = trusting().build().send(get(&url)).await.expect_err("no certificate to show");
    assert_eq!((error.kind(), error.progress()), (TransportErrorKind::Tls, Progress::NotSent), "{error:?}");
    assert_eq!(error.to_string(), "the server wants a client certificate");

    let other = KeyPair::generate().expect("a key").serialize_pem();
    let rows = [
        ("", key.as_str(), "client_certificate: the chain holds no certificate"),
        (&chain, "", "client_certificate: the key is no PEM of a private key"),
        (&chain, &other, "client_certificate: the certificate and the key can't be used together"),
    ];
    for (chain, key, expected) in rows {
        let message = failure(trusting().client_certificate(chain, key), &url).await;
        assert!(message.starts_with(expected), "{message}");
    }
    let shown = format!("{:?}", trusting().client_certificate("chain", "hunter2"));
    assert!(!shown.contains("hunter2") && !shown.contains(&format!("{:?}", b"hunter2")), "{shown}");
}

#[cfg(feature = "tokio")]
#[tokio::test]
async fn a_connection_of_the_callers_is_encrypted_as_any_other() {
    let authority = Authority::new();
    let acceptor = authority.sign("agent.example").acceptor(None);
    let dial = move |target: runagent_transport::DialTarget| {
        assert_eq!((target.host(), target.port(), target.is_https()), ("agent.example", 443, true));
        let (client, server) = tokio::io::duplex(1024);
        let acceptor = acceptor.clone();
        tokio::spawn(async move { crate::server::answer(&acceptor, server).await });
        async { Ok(client) }
    };
    let builder = builder().extra_root_certificate(authority.der().to_vec()).dial_with(dial);
    assert_ok(builder, "https://agent.example/").await;
}
