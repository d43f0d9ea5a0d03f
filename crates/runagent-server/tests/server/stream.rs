use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use bytes::Bytes;
use futures_util::{StreamExt, stream};
use runagent_server::{Agent, AgentError, Input, RunningServer};
use runagent_transport::socket::SocketConfig;
use runagent_transport::{CallOptions, CloseFrame, Message, TransportErrorKind};
use runagent_types::StreamFrame;
use serde_json::{Value, json};
use tokio::sync::mpsc;
use tokio::time::{Instant, sleep, timeout};

use crate::client::{PATIENCE, connect, get, next, open, read, run, serve, start, text};

async fn streams() -> RunningServer {
    let agent = Agent::new("a")
        .entrypoint("echo", async |_: Input| Ok(1))
        .stream_entrypoint("count_stream", async |input: Input| {
            let n: u64 = input.kwarg_or("n", 3)?;
            Ok(stream::iter((0..n).map(|i| Ok(json!({ "i": i })))))
        })
        .stream_entrypoint("id_stream", async |input: Input| Ok(stream::iter([Ok(input.invocation_id().to_owned())])))
        .stream_entrypoint("midfail_stream", async |_: Input| {
            let error = AgentError::new("stream exploded midway");
            Ok(stream::iter([Ok(0), Ok(1), Err(error), Ok(2)]))
        })
        .stream_entrypoint("code_stream", async |_: Input| {
            let error = AgentError::new("no more").with_code("QUOTA").with_suggestion("Pay.");
            Err::<stream::Empty<Result<(), _>>, _>(error)
        })
        .stream_entrypoint("panic_stream", async |_: Input| {
            Ok(stream::iter(0..2).map(|i| if i == 0 { Ok(i) } else { panic!("kaboom") }))
        });
    serve(agent).await
}

fn invocation_id(frame: &str) -> String {
    let frame: Value = serde_json::from_str(frame).unwrap();
    frame["invocation_id"].as_str().unwrap().to_owned()
}

#[tokio::test]
async fn a_stream_is_what_the_python_server_sends_and_then_closed() {
    let server = streams().await;
    let (frames, close) = read(&mut start(server.address(), "count_stream").await).await;
    assert_eq!(close, Some(CloseFrame::NORMAL));
    let id = invocation_id(&frames[0]);
    assert_eq!(frames.len(), 5);
    assert_eq!(frames[0], format!(r#"{{"type":"status","status":"stream_started","invocation_id":"{id}"}}"#));
    assert_eq!(frames[1], r#"{"type":"data","content":"{\"type\": \"object\", \"payload\": \"{\\\"i\\\":0}\"}"}"#);
    let Ok(StreamFrame::Completed { total_chunks, execution_time, invocation_id, .. }) =
        StreamFrame::decode(&frames[4])
    else {
        panic!("{}", frames[4]);
    };
    assert_eq!((total_chunks, invocation_id), (Some(3), Some(id)));
    assert!(execution_time.is_some_and(|seconds| (0.0..20.0).contains(&seconds)));
}

#[tokio::test]
async fn the_agent_knows_the_id_of_its_stream() {
    let server = streams().await;
    let (frames, _) = read(&mut start(server.address(), "id_stream").await).await;
    let id = invocation_id(&frames[0]);
    assert_eq!(StreamFrame::decode(&frames[1]).unwrap(), StreamFrame::Data(id.into()));
}

#[tokio::test]
async fn the_first_failure_ends_a_stream() {
    let server = streams().await;
    for (tag, chunks, last) in [
        ("midfail_stream", 2, r#"{"type":"error","error":"Streaming error: stream exploded midway"}"#),
        ("code_stream", 0, r#"{"type":"error","error":"Streaming error: no more","code":"QUOTA","suggestion":"Pay."}"#),
        ("panic_stream", 1, r#"{"type":"error","error":"Streaming error: the entrypoint panicked: kaboom"}"#),
    ] {
        let (frames, close) = read(&mut start(server.address(), tag).await).await;
        assert_eq!(frames.len(), 2 + chunks, "{tag}: {frames:?}");
        assert_eq!(frames.last().unwrap(), last);
        assert_eq!(close, Some(CloseFrame::NORMAL));
    }
    assert_eq!(get(server.address(), "/api/v1/health").await.status, 200);
}

#[tokio::test]
async fn a_wrong_first_message_is_answered() {
    let server = streams().await;
    let not_streaming =
        "Entrypoint `echo` is not a streaming entrypoint. Use a streaming entrypoint (ending with '_stream').";
    for (first, detail) in [
        (r#"{"entrypoint_tag":"zzz_stream","input_args":[],"input_kwargs":{}}"#, "Entrypoint zzz_stream not found"),
        (r#"{"entrypoint_tag":"echo","input_args":[],"input_kwargs":{}}"#, not_streaming),
        (r#"{"entrypoint_tag":"count_stream","input_kwargs":{}}"#, "Missing required field: input_args"),
        (r#"{"action":"ping"}"#, "Missing required field: entrypoint_tag"),
        ("[]", "Missing required field: entrypoint_tag"),
        ("5", "Missing required field: entrypoint_tag"),
        (r#"{"entrypoint_tag":"#, "Invalid JSON format: "),
        ("", "Invalid JSON format: "),
    ] {
        let (frames, close) = read(&mut open(server.address(), Message::text(first)).await).await;
        let [frame] = &frames[..] else { panic!("{first}: {frames:?}") };
        let frame: Value = serde_json::from_str(frame).unwrap();
        assert_eq!(frame["type"], "error");
        let told = frame["detail"].as_str().unwrap();
        assert!(told == detail || detail.ends_with(": ") && told.starts_with(detail), "{first}: {told}");
        assert_eq!(close.unwrap().code, 1003, "{first}");
    }
    let binary = Message::Binary(Bytes::from_static(b"{}"));
    let (frames, close) = read(&mut open(server.address(), binary).await).await;
    assert!(frames[0].contains("text message"), "{frames:?}");
    assert_eq!(close.unwrap().code, 1003);
}

#[tokio::test]
async fn later_messages_mean_nothing() {
    let server = streams().await;
    let mut socket = start(server.address(), "count_stream").await;
    socket.send(Message::text("stop")).await.unwrap();
    let (frames, close) = read(&mut socket).await;
    assert_eq!((frames.len(), close), (5, Some(CloseFrame::NORMAL)));
}

#[tokio::test]
async fn handshakes_that_get_no_socket() {
    let server = streams().await;
    let address = server.address();
    let head = |path: &str, more: &str| {
        format!("GET {path} HTTP/1.1\r\nhost: {address}\r\nupgrade: websocket\r\nconnection: upgrade\r\n{more}")
    };
    let key = "sec-websocket-key: dGhlIHNhbXBsZSBub25jZQ==";
    for (path, more, status) in [
        ("/api/v1/agents/nope/run-stream", format!("sec-websocket-version: 13\r\n{key}"), 403),
        ("/api/v1/agents/a/run-stream", format!("sec-websocket-version: 8\r\n{key}"), 426),
        ("/api/v1/agents/a/run-stream", "sec-websocket-version: 13".to_owned(), 400),
    ] {
        let answer = crate::client::send(address, &head(path, &more), "").await;
        assert_eq!((answer.status, answer.body.as_str()), (status, ""), "{path} {more}");
    }
    let post = format!("POST /api/v1/agents/a/run-stream HTTP/1.1\r\nhost: {address}\r\ncontent-length: 0");
    let answer = crate::client::send(address, &post, "").await;
    assert_eq!((answer.status, answer.body.as_str()), (404, r#"{"detail":"Not Found"}"#));
}

#[tokio::test]
async fn a_client_that_leaves_takes_its_stream_along() {
    struct Dropped(mpsc::UnboundedSender<()>);
    impl Drop for Dropped {
        fn drop(&mut self) {
            self.0.send(()).unwrap();
        }
    }
    let (dropped, mut seen) = mpsc::unbounded_channel();
    let server = serve(Agent::new("a").stream_entrypoint("wait_stream", move |_: Input| {
        let guard = Dropped(dropped.clone());
        async move {
            let first = stream::iter([Ok(1)]);
            // The guard lives as long as the stream, which says nothing after its first chunk.
            Ok(first.chain(stream::pending()).inspect(move |_: &Result<i32, AgentError>| {
                let _ = &guard;
            }))
        }
    }))
    .await;
    for leave_politely in [true, false] {
        let mut socket = start(server.address(), "wait_stream").await;
        text(&mut socket).await;
        text(&mut socket).await;
        assert!(seen.try_recv().is_err());
        if leave_politely {
            timeout(PATIENCE, socket.close(CloseFrame::NORMAL)).await.unwrap().unwrap();
        } else {
            drop(socket);
        }
        timeout(PATIENCE, seen.recv()).await.unwrap().unwrap();
    }
}

#[tokio::test]
async fn a_slow_reader_holds_the_agent_back() {
    const CHUNKS: usize = 10_000;
    let produced = Arc::new(AtomicUsize::new(0));
    let counter = Arc::clone(&produced);
    let server = serve(Agent::new("a").stream_entrypoint("fast_stream", move |_: Input| {
        let counter = Arc::clone(&counter);
        async move {
            let pad = "x".repeat(2048);
            let chunks = (0..CHUNKS).map(move |i| {
                counter.fetch_add(1, Ordering::Relaxed);
                Ok(format!("{i} {pad}"))
            });
            Ok(stream::iter(chunks))
        }
    }))
    .await;
    let options = CallOptions::new().with_socket(SocketConfig::new().with_queue_bytes(64 * 1024));
    let mut socket = connect(server.address(), options).await.unwrap();
    let first = r#"{"entrypoint_tag":"fast_stream","input_args":[],"input_kwargs":{}}"#;
    socket.send(Message::text(first)).await.unwrap();

    // Until the agent stands still, which it does when the buffers of the two kernels are full.
    let deadline = Instant::now() + PATIENCE;
    let (mut last, mut still) = (0, 0);
    while still < 20 {
        assert!(Instant::now() < deadline, "the agent is still at work");
        sleep(Duration::from_millis(10)).await;
        let now = produced.load(Ordering::Relaxed);
        still = if now == last && now > 0 { still + 1 } else { 0 };
        last = now;
    }
    assert!(last < CHUNKS * 9 / 10, "{last} chunks were made for a client that reads none");

    text(&mut socket).await;
    for i in 0..CHUNKS {
        let StreamFrame::Data(Value::String(chunk)) = StreamFrame::decode(&text(&mut socket).await).unwrap() else {
            panic!("chunk {i}");
        };
        assert!(chunk.starts_with(&format!("{i} ")));
    }
    let last = text(&mut socket).await;
    assert!(last.contains(r#""total_chunks":10000"#), "{last}");
    assert_eq!(next(&mut socket).await, Message::Close(Some(CloseFrame::NORMAL)));
}

#[tokio::test]
async fn a_first_message_beyond_the_limit_closes_the_socket() {
    let server = streams().await;
    let mut socket = connect(server.address(), CallOptions::new()).await.unwrap();
    let large = format!(r#"{{"entrypoint_tag":"{}"}}"#, "x".repeat(10 * 1024 * 1024));
    // The server may hang up before it has read everything.
    let _ = socket.send(Message::text(large)).await;
    match timeout(PATIENCE, socket.recv()).await.unwrap() {
        Some(Ok(Message::Close(frame))) => assert_eq!(frame.unwrap().code, 1009),
        Some(Err(error)) => assert_eq!(error.kind(), TransportErrorKind::Closed),
        other => panic!("{other:?}"),
    }
    assert_eq!(run(server.address(), r#"{"entrypoint_tag":"echo"}"#).await.status, 200);
}
