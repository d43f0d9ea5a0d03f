use std::net::SocketAddr;
use std::time::{Duration, Instant};

use runagent_server::{Agent, AgentError, Input, RunningServer, Server};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::sync::mpsc;
use tokio::time::timeout;

use crate::client::{PATIENCE, post_head, read, serve, start, text};

async fn waiting() -> (RunningServer, mpsc::UnboundedReceiver<()>) {
    let (begun, seen) = mpsc::unbounded_channel();
    let agent = Agent::new("a")
        .entrypoint("hang", move |_: Input| {
            let begun = begun.clone();
            async move {
                begun.send(())?;
                std::future::pending::<Result<(), AgentError>>().await
            }
        })
        .stream_entrypoint(
            "idle_stream",
            async |_: Input| Ok(futures_util::stream::pending::<Result<(), AgentError>>()),
        )
        .stream_entrypoint("flood_stream", async |_: Input| {
            Ok(futures_util::stream::repeat_with(|| Ok("x".repeat(4096))))
        });
    let server = Server::builder(agent).max_concurrent_calls(200).bind().await.unwrap();
    (server.spawn(), seen)
}

#[tokio::test]
async fn open_streams_are_closed_within_a_second() {
    let (server, _) = waiting().await;
    let mut sockets = Vec::new();
    for tag in ["idle_stream", "idle_stream", "flood_stream"] {
        let mut socket = start(server.address(), tag).await;
        text(&mut socket).await;
        sockets.push(socket);
    }
    let address = server.address();
    let started = Instant::now();
    server.shutdown().await.unwrap();
    assert!(started.elapsed() < Duration::from_secs(1), "{:?}", started.elapsed());
    for socket in &mut sockets[..2] {
        let (frames, close) = read(socket).await;
        assert!(frames.is_empty());
        assert_eq!(close.unwrap().code, 1012);
    }
    assert!(TcpStream::connect(address).await.is_err());
}

/// Opens a stream of events, and reads the first of them.
async fn start_events(address: SocketAddr) -> TcpStream {
    let body = r#"{"entrypoint_tag":"idle_stream"}"#;
    let head = post_head(address, "/api/v1/agents/a/run-stream", body.len());
    let mut stream = TcpStream::connect(address).await.unwrap();
    stream.write_all(format!("{head}\r\naccept: text/event-stream\r\n\r\n{body}").as_bytes()).await.unwrap();
    let mut answer = Vec::new();
    while !String::from_utf8_lossy(&answer).contains("stream_started") {
        assert_ne!(timeout(PATIENCE, stream.read_buf(&mut answer)).await.unwrap().unwrap(), 0);
    }
    stream
}

#[tokio::test]
async fn two_hundred_open_streams_are_each_told_within_a_second() {
    let (server, _) = waiting().await;
    let (mut sockets, mut events) = (Vec::new(), Vec::new());
    for _ in 0..100 {
        let mut socket = start(server.address(), "idle_stream").await;
        assert!(text(&mut socket).await.contains("stream_started"));
        sockets.push(socket);
        events.push(start_events(server.address()).await);
    }
    let reading = tokio::spawn(async move {
        let (mut codes, mut rests) = (Vec::new(), Vec::new());
        for mut socket in sockets {
            codes.push(read(&mut socket).await.1.map(|frame| frame.code));
        }
        for mut stream in events {
            let mut rest = String::new();
            timeout(PATIENCE, stream.read_to_string(&mut rest)).await.unwrap().unwrap();
            rests.push(rest);
        }
        (codes, rests)
    });
    let started = Instant::now();
    server.shutdown().await.unwrap();
    assert!(started.elapsed() < Duration::from_secs(1), "{:?}", started.elapsed());
    let (codes, rests) = reading.await.unwrap();
    assert_eq!(codes, vec![Some(1012); 100]);
    assert_eq!(rests.len(), 100);
    for rest in rests {
        // The last event, and the end of the chunked body: nothing has broken off.
        assert!(rest.contains(r#"data: {"type":"error""#) && rest.contains("the server shuts down"), "{rest}");
        assert!(rest.ends_with("\r\n0\r\n\r\n"), "{rest}");
    }
}

#[tokio::test]
async fn a_run_that_hangs_does_not_hold_up_the_shutdown() {
    let (server, mut seen) = waiting().await;
    let address = server.address();
    let body = r#"{"entrypoint_tag":"hang"}"#;
    let mut stream = TcpStream::connect(address).await.unwrap();
    let request = format!("{}\r\n\r\n{body}", post_head(address, "/api/v1/agents/a/run", body.len()));
    stream.write_all(request.as_bytes()).await.unwrap();
    timeout(PATIENCE, seen.recv()).await.unwrap().unwrap();

    let started = Instant::now();
    server.shutdown().await.unwrap();
    assert!(started.elapsed() < Duration::from_secs(1), "{:?}", started.elapsed());
    let mut answer = Vec::new();
    let _ = timeout(PATIENCE, stream.read_to_end(&mut answer)).await.unwrap();
    assert!(answer.is_empty());
}

#[tokio::test]
async fn a_run_that_ends_in_time_is_answered() {
    let (begun, mut seen) = mpsc::unbounded_channel();
    let (end, ended) = tokio::sync::watch::channel(false);
    let server = serve(Agent::new("a").entrypoint("short", move |_: Input| {
        let (begun, mut ended) = (begun.clone(), ended.clone());
        async move {
            begun.send(())?;
            ended.wait_for(|ended| *ended).await?;
            Ok("done")
        }
    }))
    .await;
    let address = server.address();
    let body = r#"{"entrypoint_tag":"short"}"#;
    let mut stream = TcpStream::connect(address).await.unwrap();
    let request = format!("{}\r\n\r\n{body}", post_head(address, "/api/v1/agents/a/run", body.len()));
    stream.write_all(request.as_bytes()).await.unwrap();
    timeout(PATIENCE, seen.recv()).await.unwrap().unwrap();

    let shutdown = tokio::spawn(server.shutdown());
    while TcpStream::connect(address).await.is_ok() {
        tokio::task::yield_now().await;
    }
    end.send_replace(true);
    let mut answer = String::new();
    timeout(PATIENCE, stream.read_to_string(&mut answer)).await.unwrap().unwrap();
    assert!(answer.contains(r#""success":true"#), "{answer}");
    // The client did not ask for it: nothing more will be answered on this connection.
    assert!(answer.contains("connection: close"), "{answer}");
    shutdown.await.unwrap().unwrap();
}

#[tokio::test]
async fn a_server_that_is_dropped_closes_its_streams() {
    let (server, _) = waiting().await;
    let mut socket = start(server.address(), "idle_stream").await;
    text(&mut socket).await;
    drop(server);
    assert_eq!(read(&mut socket).await.1.unwrap().code, 1012);
}
