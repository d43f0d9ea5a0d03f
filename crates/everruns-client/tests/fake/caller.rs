//! Asks the fake as a client would.

use std::{pin::Pin, time::Duration};

use bytes::Bytes;
use everruns_sdk::testing::FakeEverruns;
use http::{HeaderMap, StatusCode, header::CONTENT_TYPE};
use http_body::Body as _;
use runagent_transport::{Body, Response, Transport, TransportErrorKind};
use serde_json::{Value, json};
use tokio::time::timeout;

/// An answer.
#[derive(Debug)]
pub(crate) struct Answered {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Bytes,
}

impl Answered {
    pub(crate) fn json(&self) -> Value {
        serde_json::from_slice(&self.body).expect("JSON")
    }

    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).and_then(|value| value.to_str().ok())
    }
}

/// Sends a request with these headers; `path` is below `/v1`.
pub(crate) async fn send(
    fake: &impl Transport,
    method: &str,
    path: &str,
    headers: &[(&str, &str)],
    body: impl Into<Body>,
) -> Response {
    let mut request = http::Request::builder().method(method).uri(format!("https://example.com/api/v1{path}"));
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    fake.send(request.body(body.into()).expect("a request")).await.expect("an answer")
}

/// Asks, with JSON or without a body.
pub(crate) async fn ask(fake: &impl Transport, method: &str, path: &str, body: impl Into<Option<Value>>) -> Answered {
    let headers = [(CONTENT_TYPE.as_str(), "application/json")];
    let body = body.into().map(|body| body.to_string()).unwrap_or_default();
    read(send(fake, method, path, &headers, body).await).await
}

pub(crate) async fn read(response: Response) -> Answered {
    let (head, body) = response.into_parts();
    let body = body.collect(usize::MAX).await.expect("a body");
    Answered { status: head.status, headers: head.headers, body }
}

pub(crate) async fn get(fake: &impl Transport, path: &str) -> Answered {
    ask(fake, "GET", path, None).await
}

/// A new session with an agent.
pub(crate) async fn session(fake: &FakeEverruns, agent: &str) -> String {
    let answer = ask(fake, "POST", "/sessions", json!({"agent_name": agent})).await;
    assert_eq!(answer.status, 201, "{answer:?}");
    answer.json()["id"].as_str().expect("an id").to_owned()
}

/// Says something in a session.
pub(crate) async fn say(fake: &impl Transport, session: &str, text: &str) -> Value {
    let body = json!({"message": {"role": "user", "content": [{"type": "text", "text": text}]}});
    let answer = ask(fake, "POST", &format!("/sessions/{session}/messages"), body).await;
    assert_eq!(answer.status, 201, "{answer:?}");
    answer.json()
}

/// A stream of events that is open.
pub(crate) struct Stream {
    body: Pin<Box<Body>>,
    buffer: String,
}

/// What a stream gives.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) enum Got {
    /// The lines of a frame.
    Frame(String),
    /// The end, and what is left of a frame.
    End(String),
    /// The connection broke, and what is left of a frame.
    Broken(String),
    /// Nothing for a minute.
    Silence,
}

impl Stream {
    /// Opens one; `query` begins with `?`, or is empty.
    pub(crate) async fn open(fake: &impl Transport, session: &str, query: &str) -> Self {
        Self::of(send(fake, "GET", &format!("/sessions/{session}/sse{query}"), &[], "").await).await
    }

    pub(crate) async fn of(response: Response) -> Self {
        if response.status() != 200 {
            panic!("no stream: {:?}", read(response).await);
        }
        assert_eq!(response.headers()[CONTENT_TYPE], "text/event-stream");
        Self { body: Box::pin(response.into_body()), buffer: String::new() }
    }

    pub(crate) async fn next(&mut self) -> Got {
        loop {
            if let Some((frame, rest)) = self.buffer.split_once("\n\n") {
                let (frame, rest) = (frame.to_owned(), rest.to_owned());
                self.buffer = rest;
                return Got::Frame(frame);
            }
            let piece = std::future::poll_fn(|cx| self.body.as_mut().poll_frame(cx));
            match timeout(Duration::from_secs(60), piece).await {
                Err(_) => return Got::Silence,
                Ok(None) => return Got::End(std::mem::take(&mut self.buffer)),
                Ok(Some(Err(error))) => {
                    assert_eq!(error.kind(), TransportErrorKind::Closed);
                    return Got::Broken(std::mem::take(&mut self.buffer));
                }
                Ok(Some(Ok(piece))) => {
                    let piece = piece.into_data().expect("data");
                    self.buffer.push_str(std::str::from_utf8(&piece).expect("text"));
                }
            }
        }
    }

    /// The lines of the next frame.
    pub(crate) async fn frame(&mut self) -> String {
        match self.next().await {
            Got::Frame(frame) => frame,
            other => panic!("no frame but {other:?}"),
        }
    }

    /// The frames up to one of this type.
    pub(crate) async fn until(&mut self, kind: &str) -> Vec<String> {
        let mut frames = Vec::new();
        loop {
            let frame = self.frame().await;
            let is_last = self::kind(&frame) == kind;
            frames.push(frame);
            if is_last {
                return frames;
            }
        }
    }
}

/// The type that a frame names.
pub(crate) fn kind(frame: &str) -> &str {
    field(frame, "event").unwrap_or_default()
}

/// The first line of a frame with this name.
pub(crate) fn field<'a>(frame: &'a str, name: &str) -> Option<&'a str> {
    frame.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(": "))
}

/// The event that a frame carries.
pub(crate) fn event(frame: &str) -> Value {
    serde_json::from_str(field(frame, "data").expect("data")).expect("JSON")
}

/// The types of some frames.
pub(crate) fn kinds(frames: &[String]) -> Vec<&str> {
    frames.iter().map(|frame| kind(frame)).collect()
}
