//! The streams of the documented API, byte for byte.

use std::time::Duration;

use futures_util::{StreamExt, stream};
use http::Method;
use runagent_server::schemars::{self, JsonSchema};
use runagent_server::{Agent, AgentError, InProcess, Input, Server};
use runagent_transport::{Body, Transport};
use serde::Deserialize;
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::sync::mpsc;
use tokio::time::{sleep, timeout};

use crate::client::{PATIENCE, post_head, serve};
use crate::v1::{get, post, request};

#[derive(Deserialize, JsonSchema)]
struct Tell {
    query: String,
    #[serde(default)]
    fail: bool,
}

fn tell(tell: Tell) -> impl futures_util::Stream<Item = Result<Value, AgentError>> {
    let failure = tell.fail.then(|| Err(AgentError::new("no more").with_retry_after(Duration::from_secs(2))));
    stream::iter([Ok(json!(tell.query)), Ok(json!("two\nlines")), Ok(json!({"n": 1})), Ok(Value::Null)])
        .chain(stream::iter(failure))
}

fn teller() -> InProcess {
    InProcess::new(Agent::new("a").stream_entrypoint("tell_stream", tell)).unwrap()
}

const CHUNKS: &str = concat!(
    "event: chunk\ndata: {\"content\":\"Once\",\"index\":0}\n\n",
    "event: chunk\ndata: {\"content\":\"two\\nlines\",\"index\":1}\n\n",
    "event: chunk\ndata: {\"content\":\"{\\\"n\\\":1}\",\"index\":2}\n\n",
    "event: chunk\ndata: {\"content\":\"null\",\"index\":3}\n\n",
);

#[tokio::test]
async fn a_stream_is_start_chunks_and_done() {
    let server = teller();
    let start = "event: start\ndata: {\"session_id\":\"s 1\"}\n\n";
    for answer in [
        get(&server, "/v1/agents/a/stream?query=Once&session_id=s+1&token=t").await,
        post(&server, "/v1/agents/a/stream", r#"{"query":"Once","session_id":"s 1"}"#).await,
    ] {
        assert_eq!((answer.status, answer.header("content-type")), (200, Some("text/event-stream")));
        assert_eq!(answer.header("cache-control"), Some("no-cache"));
        let rest = answer.text.strip_prefix(&format!("{start}{CHUNKS}event: done\ndata: {{\"execution_time\":"));
        let time = rest.unwrap_or_else(|| panic!("{}", answer.text)).strip_suffix("}\n\n").unwrap();
        assert!(time.parse::<f64>().unwrap() >= 0.0);
    }
    let unnamed = get(&server, "/v1/agents/a/stream?query=Once").await;
    let id = unnamed.text.strip_prefix("event: start\ndata: {\"session_id\":\"").unwrap().split('"').next().unwrap();
    assert_eq!(id.len(), 36);
}

#[tokio::test]
async fn a_failure_is_the_last_event() {
    let body = r#"{"query":"Once","session_id":"s","parameters":{"fail":true}}"#;
    let answer = post(&teller(), "/v1/agents/a/stream", body).await;
    let (events, last) = answer.text.rsplit_once("event: error\ndata: ").unwrap();
    assert_eq!(events, format!("event: start\ndata: {{\"session_id\":\"s\"}}\n\n{CHUNKS}"));
    let mut error: Value = serde_json::from_str(last).unwrap();
    assert!(error["request_id"].take().is_string());
    let expected = json!({"error": "no more", "code": "STREAM_ERROR", "request_id": null, "retry_after": 2.0});
    assert_eq!(error, expected);
    let wrong = get(&teller(), "/v1/agents/a/stream?query=q&fail=perhaps").await;
    assert!(wrong.text.contains("event: error\n") && wrong.text.contains("INVALID_INPUT"), "{}", wrong.text);
    assert_eq!(get(&teller(), "/v1/agents/a/stream").await.status, 400);
}

#[tokio::test(start_paused = true)]
async fn silence_is_broken_every_15_seconds() {
    let agent = Agent::new("a").stream_entrypoint("slow_stream", async |_: Input| {
        Ok(stream::iter([46, 29]).then(async |seconds| {
            sleep(Duration::from_secs(seconds)).await;
            Ok::<_, AgentError>(seconds)
        }))
    });
    let answer = get(&InProcess::new(agent).unwrap(), "/v1/agents/a/stream?session_id=s").await;
    let alive = ": keep-alive\n\n";
    let chunk = |n: u8, index: u8| format!("event: chunk\ndata: {{\"content\":\"{n}\",\"index\":{index}}}\n\n");
    let expected = format!(
        "event: start\ndata: {{\"session_id\":\"s\"}}\n\n{alive}{alive}{alive}{}{alive}{}event: done\n",
        chunk(46, 0),
        chunk(29, 1)
    );
    assert!(answer.text.starts_with(&expected), "{}", answer.text);
}

/// A stream that says one thing, and tells when it is dropped.
fn waiting() -> (Agent, mpsc::UnboundedReceiver<()>) {
    struct Dropped(mpsc::UnboundedSender<()>);
    impl Drop for Dropped {
        fn drop(&mut self) {
            let _ = self.0.send(());
        }
    }
    let (dropped, seen) = mpsc::unbounded_channel();
    let agent = Agent::new("a").stream_entrypoint("wait_stream", move |_: Input| {
        let guard = Dropped(dropped.clone());
        async move {
            Ok(stream::iter([Ok(1)]).chain(stream::pending()).inspect(move |_: &Result<i32, AgentError>| {
                let _ = &guard;
            }))
        }
    });
    (agent, seen)
}

/// Sends a request and reads until `end` has come.
async fn read_until(stream: &mut TcpStream, end: &str) -> String {
    let mut text = String::new();
    while !text.contains(end) {
        let mut buffer = [0; 4096];
        let count = timeout(PATIENCE, stream.read(&mut buffer)).await.unwrap().unwrap();
        assert!(count > 0, "{text}");
        text.push_str(std::str::from_utf8(&buffer[..count]).unwrap());
    }
    text
}

#[tokio::test]
async fn a_client_that_leaves_takes_its_stream_along() {
    let (agent, mut seen) = waiting();
    let server = serve(agent).await;
    let address = server.address();
    for (path, body, first) in [
        ("/v1/agents/a/stream", "{}", "event: chunk\ndata: {\"content\":\"1\",\"index\":0}\n\n"),
        ("/api/v1/agents/a/run-stream", r#"{"entrypoint_tag":"wait_stream"}"#, "data: {\"type\":\"data\""),
    ] {
        let mut stream = TcpStream::connect(address).await.unwrap();
        let head = post_head(address, path, body.len());
        let request = format!("{head}\r\naccept: text/event-stream\r\n\r\n{body}");
        stream.write_all(request.as_bytes()).await.unwrap();
        // Each event comes at once, while the stream goes on.
        read_until(&mut stream, first).await;
        assert!(seen.try_recv().is_err());
        drop(stream);
        timeout(Duration::from_secs(1), seen.recv()).await.expect("within a second").unwrap();
    }
}

#[tokio::test]
async fn a_shutdown_is_the_last_event() {
    let (agent, mut seen) = waiting();
    let server = serve(agent).await;
    let address = server.address();
    let mut open = Vec::new();
    for (path, body) in
        [("/v1/agents/a/stream", "{}"), ("/api/v1/agents/a/run-stream", r#"{"entrypoint_tag":"wait_stream"}"#)]
    {
        let mut stream = TcpStream::connect(address).await.unwrap();
        let head = post_head(address, path, body.len());
        stream.write_all(format!("{head}\r\naccept: text/event-stream\r\n\r\n{body}").as_bytes()).await.unwrap();
        read_until(&mut stream, "1").await;
        open.push(stream);
    }
    let started = std::time::Instant::now();
    server.shutdown().await.unwrap();
    assert!(started.elapsed() < Duration::from_secs(1), "{:?}", started.elapsed());
    for (mut stream, word) in open.into_iter().zip(["event: error\n", "\"type\":\"error\""]) {
        let mut text = String::new();
        timeout(PATIENCE, stream.read_to_string(&mut text)).await.unwrap().unwrap();
        assert!(text.contains(word) && text.contains("the server shuts down"), "{text}");
        // The body has come to its end.
        assert!(text.ends_with("\r\n0\r\n\r\n"), "{text}");
        seen.recv().await.unwrap();
    }
}

#[tokio::test]
async fn hardly_anything_is_polled_ahead_of_a_client_that_does_not_read() {
    let (polled, mut seen) = mpsc::unbounded_channel();
    let agent = Agent::new("a").stream_entrypoint("flood_stream", move |_: Input| {
        let polled = polled.clone();
        async move {
            Ok(stream::repeat_with(move || {
                let _ = polled.send(());
                Ok::<_, AgentError>("x".repeat(64 * 1024))
            }))
        }
    });
    let server = InProcess::new(agent).unwrap();
    let response = server.send(request(&Method::GET, "/v1/agents/a/stream", &[], "")).await.unwrap();
    let body: Body = response.into_body();
    for _ in 0..1000 {
        tokio::task::yield_now().await;
    }
    let mut count = 0;
    while seen.try_recv().is_ok() {
        count += 1;
    }
    assert!((1..64).contains(&count), "{count}");
    drop(body);
}

#[tokio::test(start_paused = true)]
async fn a_client_that_takes_nothing_for_10_minutes_is_given_up() {
    let agent = Agent::new("a")
        .stream_entrypoint("flood_stream", async |_: Input| {
            Ok(stream::repeat_with(|| Ok::<_, AgentError>("x".repeat(64 * 1024))))
        })
        .entrypoint("one", async || 1);
    let server = Server::builder(agent).max_concurrent_calls(1).in_process().unwrap();
    let _unread = server.send(request(&Method::GET, "/v1/agents/a/stream", &[], "")).await.unwrap();
    sleep(Duration::from_secs(599)).await;
    assert_eq!(post(&server, "/v1/agents/a/invoke", "{}").await.status, 429);
    sleep(Duration::from_secs(2)).await;
    assert_eq!(post(&server, "/v1/agents/a/invoke", "{}").await.status, 200);
}
