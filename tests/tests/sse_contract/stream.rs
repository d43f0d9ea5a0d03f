//! One stream of the service: the server that plays it, and what came back.

use runagent_transport::testing::wire::{Event, RecordedRequest, Script, WireServer};
use serde_json::{Value, json};

use crate::service::{PATIENCE, Service};

/// The head of a stream whose pieces arrive as the pieces that they were sent in, whatever TCP does to them.
const HEAD: &str = "HTTP/1.1 200 OK\r\ncontent-type: text/event-stream; charset=utf-8\r\n\
                    transfer-encoding: chunked\r\n\r\n";
/// Each callback on a connection of its own.
const ACCEPTED: &str = "HTTP/1.1 202 Accepted\r\ncontent-length: 0\r\nconnection: close\r\n\r\n";

/// A connection that brings these pieces and stays open.
pub(crate) fn pieces<T: AsRef<[u8]>>(pieces: impl IntoIterator<Item = T>) -> Script {
    let mut bytes = HEAD.as_bytes().to_vec();
    for piece in pieces {
        let piece = piece.as_ref();
        bytes.extend_from_slice(format!("{:x}\r\n", piece.len()).as_bytes());
        bytes.extend_from_slice(piece);
        bytes.extend_from_slice(b"\r\n");
    }
    Script::new().read_request().send(bytes)
}

/// The end of a connection that the server means.
pub(crate) fn ended(script: Script) -> Script {
    script.send("0\r\n\r\n").close()
}

/// An answer without a body.
pub(crate) fn answer(status: &str, headers: &str) -> Script {
    Script::new().read_request().send(format!("HTTP/1.1 {status}\r\n{headers}content-length: 0\r\n\r\n")).close()
}

pub(crate) fn event(kind: &str, data: &str, id: &str) -> Value {
    json!({ "kind": "event", "event": { "type": kind, "data": data, "id": id } })
}

pub(crate) fn message(data: &str) -> Value {
    event("message", data, "")
}

pub(crate) fn comment(text: &str) -> Value {
    json!({ "kind": "comment", "comment": text })
}

/// An open stream.
pub(crate) struct Stream<'a> {
    service: &'a Service,
    pub(crate) server: WireServer,
    callbacks: WireServer,
    location: String,
}

impl<'a> Stream<'a> {
    /// Has the service open a stream with more `parameters` from a server that plays `scripts`.
    pub(crate) async fn open(
        service: &'a Service,
        parameters: Value,
        scripts: impl IntoIterator<Item = Script>,
    ) -> Self {
        let server = WireServer::start(scripts).await;
        let callbacks = WireServer::start_repeating(Script::new().read_request().send(ACCEPTED).close()).await;
        let mut all = json!({
            "streamUrl": server.url("/endpoints/1"),
            "callbackUrl": callbacks.url("/endpoints/2"),
            "tag": "a case",
        });
        for (name, value) in parameters.as_object().expect("an object") {
            all[name] = value.clone();
        }
        let (status, location, _) = service.call("POST", "/", Some(&all)).await;
        assert_eq!(status, 201);
        Self { service, server, callbacks, location: location.expect("a Location") }
    }

    /// The first `count` messages, which are numbered from 1.
    pub(crate) async fn messages(&self, count: usize) -> Vec<Value> {
        wait_for_requests(&self.callbacks, count).await;
        let read = |(index, request): (usize, &RecordedRequest)| {
            assert_eq!(request.target, format!("/endpoints/2/{}", index + 1));
            serde_json::from_slice(&request.body).expect("JSON")
        };
        self.callbacks.requests().iter().enumerate().map(read).collect()
    }

    /// The first `count` requests for the stream.
    pub(crate) async fn requests(&self, count: usize) -> Vec<RecordedRequest> {
        wait_for_requests(&self.server, count).await;
        self.server.requests()
    }

    pub(crate) async fn command(&self, command: &Value) {
        assert_eq!(self.service.call("POST", &self.location, Some(command)).await.0, 202);
    }

    /// Ends it. Whatever the service would still have sent is lost.
    pub(crate) async fn close(self) {
        assert_eq!(self.service.call("DELETE", &self.location, None).await.0, 204);
    }
}

async fn wait_for_requests(server: &WireServer, count: usize) {
    let read = |event: &&Event| matches!(event, Event::RequestRead { .. });
    server.wait_for_within(PATIENCE, |events| events.iter().filter(read).count() >= count).await;
}
