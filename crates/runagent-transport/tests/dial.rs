//! Connections that the caller makes.
#![allow(clippy::expect_used, reason = "a test fails by panicking")]
#![cfg(feature = "tokio")]

use std::{
    io,
    sync::{
        Arc, Mutex,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use runagent_transport::{Body, DialTarget, HttpTransport, Progress, Request, Transport, TransportErrorKind};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt, DuplexStream, duplex};

fn get(url: &str) -> Request {
    http::Request::get(url).body(Body::empty()).expect("a request")
}

async fn text(transport: &HttpTransport, url: &str) -> String {
    let body = transport.send(get(url)).await.expect("a response").into_body();
    String::from_utf8(body.collect(1024).await.expect("a body").into()).expect("text")
}

/// Answers each request with its head.
async fn echo(mut io: impl AsyncRead + AsyncWrite + Unpin) {
    let mut head = String::new();
    while let Ok(byte) = io.read_u8().await {
        head.push(byte.into());
        if head.ends_with("\r\n\r\n") {
            let answer = format!("HTTP/1.1 200 OK\r\ncontent-length: {}\r\n\r\n{head}", head.len());
            io.write_all(answer.as_bytes()).await.expect("written");
            head.clear();
        }
    }
}

fn connected() -> DuplexStream {
    let (client, server) = duplex(1024);
    tokio::spawn(echo(server));
    client
}

#[tokio::test(start_paused = true)]
async fn each_new_connection_is_dialled_and_then_kept() {
    let targets = Arc::new(Mutex::new(Vec::new()));
    let seen = targets.clone();
    let transport = HttpTransport::builder()
        .proxy("http://proxy.example:3128")
        .dial_with(move |target: DialTarget| {
            let target = (target.host().to_owned(), target.port(), target.is_https());
            seen.lock().expect("no panic").push(target);
            async { Ok(connected()) }
        })
        .build();
    for _ in 0..2 {
        // In the form for the server itself: proxies do not count.
        let head = text(&transport, "http://agent.example/a?b").await;
        assert!(head.starts_with("GET /a?b HTTP/1.1\r\nhost: agent.example\r\n"), "{head}");
    }
    text(&transport, "http://[2001:db8::1]:8450/").await;
    let expected = [("agent.example".to_owned(), 80, false), ("2001:db8::1".to_owned(), 8450, false)];
    assert_eq!(*targets.lock().expect("no panic"), expected);
}

#[tokio::test]
async fn a_connection_that_can_not_be_had_is_an_error_and_nothing_was_sent() {
    for (given, expected, message) in [
        (io::ErrorKind::ConnectionRefused, TransportErrorKind::Refused, "nothing listens at http://agent.example:1"),
        (io::ErrorKind::NotFound, TransportErrorKind::Connect, "no connection to http://agent.example:1"),
    ] {
        let dial = move |_| async move { Err::<DuplexStream, _>(io::Error::from(given)) };
        let error = HttpTransport::builder().dial_with(dial).build();
        let error = error.send(get("http://agent.example:1/")).await.expect_err("no connection");
        assert_eq!((error.kind(), error.progress()), (expected, Progress::NotSent), "{error:?}");
        assert_eq!(error.to_string(), message);
    }
}

#[tokio::test(start_paused = true)]
async fn the_time_to_a_connection_covers_it() {
    let transport = HttpTransport::builder()
        .connect_timeout(Duration::from_secs(3))
        .dial_with(|_| std::future::pending::<io::Result<DuplexStream>>())
        .build();
    let error = transport.send(get("http://agent.example/")).await.expect_err("no connection");
    assert_eq!((error.kind(), error.progress()), (TransportErrorKind::Timeout, Progress::NotSent), "{error:?}");
    assert_eq!(error.to_string(), "no connection to http://agent.example within 3s");
}

#[tokio::test]
async fn a_connection_that_was_closed_is_dialled_again() {
    let dials = Arc::new(AtomicUsize::new(0));
    let count = dials.clone();
    let transport = HttpTransport::builder()
        .dial_with(move |_| {
            count.fetch_add(1, Ordering::Relaxed);
            let (client, mut server) = duplex(1024);
            tokio::spawn(async move {
                let mut head = [0; 16];
                server.read_exact(&mut head).await.expect("a request");
                server.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok").await.expect("written");
            });
            async { Ok(client) }
        })
        .build();
    for _ in 0..3 {
        assert_eq!(text(&transport, "http://agent.example/").await, "ok");
    }
    assert_eq!(dials.load(Ordering::Relaxed), 3);
}

#[cfg(unix)]
#[tokio::test]
async fn a_server_on_a_unix_socket_is_called() {
    use tokio::net::{UnixListener, UnixStream};

    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("agent.sock");
    let transport = {
        let path = path.clone();
        HttpTransport::builder().dial_with(move |_| UnixStream::connect(path.clone())).build()
    };
    let error = transport.send(get("http://localhost/")).await.expect_err("no such file");
    assert_eq!((error.kind(), error.progress()), (TransportErrorKind::Connect, Progress::NotSent), "{error:?}");

    let listener = UnixListener::bind(&path).expect("a listener");
    tokio::spawn(async move {
        while let Ok((io, _)) = listener.accept().await {
            tokio::spawn(echo(io));
        }
    });
    assert!(text(&transport, "http://localhost/").await.contains("host: localhost\r\n"));
}
