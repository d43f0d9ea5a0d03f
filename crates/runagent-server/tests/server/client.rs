//! A client that sends what it is told, right or wrong.

use std::net::SocketAddr;
use std::time::Duration;

use runagent_server::{Agent, RunningServer, Server};
use runagent_transport::{CallOptions, CloseFrame, HttpTransport, Message, Socket, Transport, TransportError};
use serde_json::Value;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::timeout;

/// Far above what anything takes; a test that hangs fails by it.
pub(crate) const PATIENCE: Duration = Duration::from_secs(20);

pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) head: String,
    pub(crate) body: String,
}

impl Answer {
    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap_or_else(|error| panic!("{error}: {}", self.body))
    }

    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.head.lines().find_map(|line| {
            let (key, value) = line.split_once(": ")?;
            key.eq_ignore_ascii_case(name).then_some(value)
        })
    }
}

pub(crate) async fn serve(agent: Agent) -> RunningServer {
    Server::bind(agent).await.unwrap().spawn()
}

/// Sends `head`, without its last line feeds, and `body`, and reads the whole answer.
pub(crate) async fn send(address: SocketAddr, head: &str, body: &str) -> Answer {
    let mut stream = TcpStream::connect(address).await.unwrap();
    let request = format!("{head}\r\nconnection: close\r\n\r\n{body}");
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut answer = Vec::new();
    timeout(PATIENCE, stream.read_to_end(&mut answer)).await.unwrap().unwrap();
    let answer = String::from_utf8(answer).unwrap();
    let (head, body) = answer.split_once("\r\n\r\n").unwrap_or_else(|| panic!("no answer: {answer:?}"));
    let status = head.split(' ').nth(1).unwrap().parse().unwrap();
    Answer { status, head: head.to_owned(), body: body.to_owned() }
}

pub(crate) async fn get(address: SocketAddr, path: &str) -> Answer {
    send(address, &format!("GET {path} HTTP/1.1\r\nhost: {address}"), "").await
}

pub(crate) fn post_head(address: SocketAddr, path: &str, length: usize) -> String {
    format!("POST {path} HTTP/1.1\r\nhost: {address}\r\ncontent-type: application/json\r\ncontent-length: {length}")
}

/// Calls an entrypoint of the agent `a`.
pub(crate) async fn run(address: SocketAddr, body: &str) -> Answer {
    send(address, &post_head(address, "/api/v1/agents/a/run", body.len()), body).await
}

/// Opens a socket to the agent `a`.
pub(crate) async fn connect(address: SocketAddr, options: CallOptions) -> Result<Socket, TransportError> {
    let uri = format!("http://{address}/api/v1/agents/a/run-stream");
    let request = http::Request::get(uri).extension(options).body(()).unwrap();
    HttpTransport::new().connect(request).await
}

/// Opens a socket to the agent `a` and sends the first message.
pub(crate) async fn open(address: SocketAddr, first: impl Into<Message>) -> Socket {
    let mut socket = connect(address, CallOptions::new()).await.unwrap();
    socket.send(first.into()).await.unwrap();
    socket
}

pub(crate) async fn start(address: SocketAddr, tag: &str) -> Socket {
    let first = format!(r#"{{"entrypoint_tag":"{tag}","input_args":[],"input_kwargs":{{}}}}"#);
    open(address, Message::text(first)).await
}

pub(crate) async fn next(socket: &mut Socket) -> Message {
    timeout(PATIENCE, socket.recv()).await.unwrap().expect("a message").unwrap()
}

pub(crate) async fn text(socket: &mut Socket) -> String {
    let message = next(socket).await;
    message.as_text().unwrap_or_else(|| panic!("{message:?}")).to_owned()
}

/// Every text up to the Close frame, and that.
pub(crate) async fn read(socket: &mut Socket) -> (Vec<String>, Option<CloseFrame>) {
    let mut texts = Vec::new();
    loop {
        match next(socket).await {
            Message::Close(frame) => return (texts, frame),
            message => texts.push(message.as_text().expect("text").to_owned()),
        }
    }
}
