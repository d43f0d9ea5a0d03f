//! TLS through proxies.

use runagent_transport::HttpTransportBuilder;
use tokio::io::{AsyncRead, AsyncWrite, AsyncWriteExt as _};
use tokio_rustls::TlsAcceptor;

use crate::{
    assert_ok,
    authority::Authority,
    failure,
    server::{answer, head, listen},
    with_variable,
};

/// A proxy, and the target that it opens a tunnel to.
async fn serve_tunnel(proxy: Option<TlsAcceptor>, target: TlsAcceptor) -> u16 {
    async fn tunnel(mut io: impl AsyncRead + AsyncWrite + Unpin, target: &TlsAcceptor) {
        if head(&mut io).await.starts_with("CONNECT agent.example:443 HTTP/1.1\r\n") {
            io.write_all(b"HTTP/1.1 200 Connection established\r\n\r\n").await.expect("written");
            answer(target, io).await;
        }
    }
    listen(move |tcp| {
        let (proxy, target) = (proxy.clone(), target.clone());
        async move {
            match proxy {
                None => tunnel(tcp, &target).await,
                Some(proxy) => tunnel(proxy.accept(tcp).await.expect("TLS"), &target).await,
            }
        }
    })
    .await
}

#[tokio::test]
async fn https_goes_through_the_tunnel_of_an_http_and_an_https_proxy() {
    let authority = Authority::new();
    let trusting = |builder: HttpTransportBuilder| builder.extra_root_certificate(authority.der().to_vec());
    let target = authority.sign("agent.example").acceptor(None);
    let url = "https://agent.example/";

    let port = serve_tunnel(None, target.clone()).await;
    assert_ok(trusting(with_variable("HTTPS_PROXY", &format!("http://127.0.0.1:{port}"))), url).await;

    let proxy = authority.sign("localhost").acceptor(None);
    let port = serve_tunnel(Some(proxy), target).await;
    assert_ok(trusting(with_variable("HTTPS_PROXY", &format!("https://localhost:{port}"))), url).await;
}

#[tokio::test]
async fn a_proxy_with_a_certificate_of_its_own_for_the_target_is_refused() {
    let port = serve_tunnel(None, Authority::new().sign("agent.example").acceptor(None)).await;
    let builder = with_variable("HTTPS_PROXY", &format!("http://127.0.0.1:{port}"));
    let message = failure(builder, "https://agent.example/").await;
    assert!(message.starts_with("the certificate of https://agent.example is signed by no authority"), "{message}");
}
