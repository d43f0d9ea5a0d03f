//! What the clients call: a RunAgent agent and an Everruns session on one port of the loopback interface.
//!
//! Prints its `host:port`, and ends when its standard input does.

use std::convert::Infallible;
use std::io::Read;
use std::net::Ipv4Addr;
use std::time::Duration;

use benches::Result;
use bytes::Bytes;
use futures::{SinkExt, StreamExt, stream};
use http::header::CONTENT_TYPE;
use http::{Request, Response, StatusCode};
use http_body_util::combinators::BoxBody;
use http_body_util::{BodyExt, Empty, Full, StreamBody};
use hyper::body::{Frame, Incoming};
use hyper::service::service_fn;
use hyper::upgrade::OnUpgrade;
use hyper_util::rt::TokioIo;
use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
use serde_json::{Value, json};
use tokio::net::TcpListener;
use tokio_websockets::{Config, Message, ServerBuilder};

/// How much is written at a time, as a server under load does.
const BATCH: usize = 16 * 1024;

/// The size of the large answers.
const LARGE: usize = 16 * 1024 * 1024;

/// One that goes away when a test takes longer than anyone waits.
const LIFETIME: Duration = Duration::from_secs(3600);

type Body = BoxBody<Bytes, Infallible>;

/// The answers to a call, made once.
struct Answers {
    small: Bytes,
    large: Bytes,
    large_text: Bytes,
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result {
    let limit = getrlimit(Resource::Nofile);
    setrlimit(Resource::Nofile, Rlimit { current: limit.maximum, maximum: limit.maximum })?;
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
    println!("{}", listener.local_addr()?);
    std::thread::spawn(|| {
        // Whatever ends it, nobody is left who would call.
        drop(std::io::stdin().read_to_end(&mut Vec::new()));
        std::process::exit(0);
    });
    let answers: &'static Answers = Box::leak(Box::new(Answers::new()));
    let serve = async {
        loop {
            let (stream, _) = listener.accept().await?;
            stream.set_nodelay(true)?;
            let service = service_fn(|request| async { Ok::<_, Infallible>(answers.answer(request).await) });
            let connection = hyper::server::conn::http1::Builder::new().serve_connection(TokioIo::new(stream), service);
            tokio::spawn(connection.with_upgrades());
        }
    };
    tokio::time::timeout(LIFETIME, serve).await?
}

impl Answers {
    fn new() -> Self {
        let items = json!({ "name": "item", "score": 0.5, "tags": ["a", "naïve"], "rank": 7, "done": true });
        let count = LARGE / items.to_string().len();
        let large = json!({ "items": vec![items; count] });
        Self {
            small: envelope(&structured(&json!("Hello from the agent, all is well.")).into()),
            large_text: envelope(&structured(&large).into()),
            large: envelope(&large),
        }
    }

    async fn answer(&self, mut request: Request<Incoming>) -> Response<Body> {
        let path = request.uri().path().to_owned();
        let segments: Vec<&str> = path.split('/').skip(1).collect();
        match segments[..] {
            ["api", "v1", "agents", agent, "run"] => {
                // A connection with an unread request is not used again.
                drop(request.into_body().collect().await);
                answer(match agent {
                    "large" => self.large.clone(),
                    "large-text" => self.large_text.clone(),
                    _ => self.small.clone(),
                })
            }
            ["api", "v1", "agents", agent, "architecture"] => {
                let entrypoint = |tag| json!({ "file": "main.py", "module": tag, "tag": tag, "extractor": {} });
                let entrypoints = ["echo", "count_stream"].map(entrypoint);
                answer(envelope(&json!({ "agent_id": agent, "entrypoints": entrypoints })))
            }
            ["api", "v1", "agents", _, "run-stream"] => {
                let answer = runagent_transport::socket::handshake::answer(request.method(), request.headers());
                tokio::spawn(serve_stream(hyper::upgrade::on(&mut request)));
                answer.map(|()| Empty::new().boxed())
            }
            ["v1", "sessions", events, "sse"] => session(events.parse().unwrap_or(0)),
            // Nothing has happened before.
            ["v1", "sessions", _, "events"] => answer(Bytes::from_static(b"{\"data\":[]}")),
            _ => status(StatusCode::NOT_FOUND),
        }
    }
}

fn answer(body: Bytes) -> Response<Body> {
    let mut response = Response::new(Full::new(body).boxed());
    response.headers_mut().insert(CONTENT_TYPE, http::HeaderValue::from_static("application/json"));
    response
}

fn status(status: StatusCode) -> Response<Body> {
    let mut response = answer(Bytes::new());
    *response.status_mut() = status;
    response
}

fn envelope(data: &Value) -> Bytes {
    let envelope = json!({
        "success": true, "data": data, "message": "Agent execution completed successfully", "error": null,
        "timestamp": "2026-01-02T03:04:05.678901", "request_id": "f96ff463-f627-4603-bd0e-ead99af4b5dd",
    });
    envelope.to_string().into()
}

/// A value as the Python server sends it: JSON in a string, with its type beside it, in a string.
fn structured(value: &Value) -> String {
    let kind = if value.is_string() { "string" } else { "object" };
    json!({ "type": kind, "payload": value.to_string() }).to_string()
}

const TURN: &str = "turn_00000000000000000000000000000001";
const MESSAGE: &str = "message_00000000000000000000000000000001";

/// So many events after the one that says that the stream is open, then silence.
fn session(events: usize) -> Response<Body> {
    let mut chunks = vec![Bytes::from("event: connected\ndata: {\"status\":\"connected\"}\nretry: 100\n\n")];
    let mut chunk = String::new();
    for n in 0..events {
        let (kind, data, sequence) = match n {
            0 => ("output.message.started", json!({ "turn_id": TURN, "message_id": MESSAGE }), Some(1)),
            _ => ("output.message.delta", json!({ "turn_id": TURN, "message_id": MESSAGE, "delta": " token" }), None),
        };
        let event = json!({
            "id": format!("event_{n:032}"), "type": kind, "ts": "2026-01-02T03:04:05.678Z", "context": {}, "data": data,
            "session_id": "session_00000000000000000000000000000001", "sequence": sequence,
        });
        chunk.push_str(&format!("event: {kind}\ndata: {event}\n\n"));
        if chunk.len() >= BATCH {
            chunks.push(std::mem::take(&mut chunk).into());
        }
    }
    chunks.push(chunk.into());
    let frames = stream::iter(chunks).map(|chunk| Ok(Frame::data(chunk))).chain(stream::pending());
    let mut response = Response::new(BodyExt::boxed(StreamBody::new(frames)));
    response.headers_mut().insert(CONTENT_TYPE, http::HeaderValue::from_static("text/event-stream"));
    response
}

/// A run: as many chunks as its arguments say. With none of them it stays silent once it has started.
async fn serve_stream(upgrade: OnUpgrade) -> Option<()> {
    let stream = TokioIo::new(upgrade.await.ok()?);
    let config = Config::default().flush_threshold(BATCH);
    let mut socket = ServerBuilder::new().config(config).serve(stream);
    let start = socket.next().await?.ok()?;
    let start: Value = serde_json::from_str(start.as_text()?).ok()?;
    let events = start["input_kwargs"]["events"].as_u64()?;
    socket.send(text(&json!({ "type": "status", "status": "stream_started", "invocation_id": "i" }))).await.ok()?;
    for n in 0..events {
        let content = structured(&json!(format!("token {n}")));
        socket.feed(text(&json!({ "type": "data", "content": content }))).await.ok()?;
    }
    if events > 0 {
        let completed = json!({
            "type": "status", "status": "stream_completed", "total_chunks": events, "execution_time": 0.1,
            "invocation_id": "i",
        });
        socket.send(text(&completed)).await.ok()?;
    }
    // The client closes.
    while let Some(Ok(_)) = socket.next().await {}
    Some(())
}

fn text(frame: &Value) -> Message {
    Message::text(frame.to_string())
}
