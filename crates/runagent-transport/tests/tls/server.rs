//! Servers of one answer.

use tokio::{
    io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _},
    net::{TcpListener, TcpStream},
};
use tokio_rustls::TlsAcceptor;

/// Plays `serve` to each connection; gives the port.
pub(crate) async fn listen<F: Future<Output = ()> + Send>(serve: impl Fn(TcpStream) -> F + Send + 'static) -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a listener");
    let port = listener.local_addr().expect("an address").port();
    tokio::spawn(async move {
        while let Ok((tcp, _)) = listener.accept().await {
            serve(tcp).await;
        }
    });
    port
}

/// Answers one request a connection by https.
pub(crate) async fn serve(acceptor: TlsAcceptor) -> u16 {
    listen(move |tcp| {
        let acceptor = acceptor.clone();
        async move { answer(&acceptor, tcp).await }
    })
    .await
}

pub(crate) async fn answer(acceptor: &TlsAcceptor, io: impl AsyncRead + AsyncWrite + Unpin) {
    match acceptor.accept(io).into_fallible().await {
        Ok(mut tls) => {
            if !head(&mut tls).await.is_empty() {
                tls.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok").await.expect("written");
            }
        }
        // To close before the client has sent all it has would reset the connection, and the client miss the alert.
        Err((_, mut io)) => drop(io.read_to_end(&mut Vec::new()).await),
    }
}

/// Reads up to a blank line.
pub(crate) async fn head(io: &mut (impl AsyncRead + Unpin)) -> String {
    let mut head = String::new();
    while !head.ends_with("\r\n\r\n") {
        match io.read_u8().await {
            Ok(byte) => head.push(byte.into()),
            Err(_) => return String::new(),
        }
    }
    head
}
