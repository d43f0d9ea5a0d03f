//! Streams of an agent over a WebSocket: so many chunks of one run.

use std::hint::black_box;

use futures::{SinkExt, StreamExt};
use http::Uri;
use runagent_transport::{HttpTransport, Message, Socket, Transport};
use runagent_types::Frame;
use serde_json::json;
use tokio_websockets::ClientBuilder;

use crate::Result;
use crate::call;
use crate::work::unknown;

pub(crate) async fn run(contender: &str, server: &str, events: u64) -> Result<u64> {
    match contender {
        "ours" => ours(server, events).await?,
        "ours-typed" => ours_socket(server, events, typed).await?,
        "ours-raw" => ours_socket(server, events, |text| Ok(text.len())).await?,
        "tokio-websockets" => tokio_websockets(server, events).await?,
        _ => return unknown(contender),
    }
    Ok(events)
}

/// The facade: each chunk as a JSON value.
async fn ours(server: &str, events: u64) -> Result {
    let client = call::client(server, "weather", "count_stream")?;
    let mut stream = client.run_stream(&[("events", json!(events))]).await?;
    while let Some(chunk) = stream.next().await {
        black_box(chunk?);
    }
    if stream.received() == events { Ok(()) } else { Err("another number of events".into()) }
}

/// The transport: each message is read by hand.
async fn ours_socket(server: &str, events: u64, read: fn(&str) -> Result<usize>) -> Result {
    let mut socket = open(&HttpTransport::new(), server, events).await?;
    let mut seen = 0;
    // The one that says that the stream has started comes first.
    while seen < events + 1 {
        let message = socket.recv().await.ok_or("the stream ended")??;
        black_box(read(message.as_text().ok_or("no text")?)?);
        seen += 1;
    }
    Ok(())
}

/// A socket of ours over which a run has been asked for.
pub(crate) async fn open(transport: &HttpTransport, server: &str, events: u64) -> Result<Socket> {
    let request = http::Request::get(format!("http://{server}{PATH}")).body(())?;
    let mut socket = transport.connect(request).await?;
    socket.send(Message::text(start(events))).await?;
    Ok(socket)
}

async fn tokio_websockets(server: &str, events: u64) -> Result {
    let uri: Uri = format!("ws://{server}{PATH}").parse()?;
    let (mut socket, _) = ClientBuilder::from_uri(uri).connect().await?;
    socket.send(tokio_websockets::Message::text(start(events))).await?;
    let mut seen = 0;
    while seen < events + 1 {
        let message = socket.next().await.ok_or("the stream ended")??;
        black_box(message.as_text().ok_or("no text")?);
        seen += 1;
    }
    Ok(())
}

const PATH: &str = "/api/v1/agents/weather/run-stream";

fn start(events: u64) -> String {
    json!({ "entrypoint_tag": "count_stream", "input_args": [], "input_kwargs": { "events": events } }).to_string()
}

/// The chunk as a `String`, which is what the agent yields.
fn typed(text: &str) -> Result<usize> {
    match Frame::<String>::decode(text)? {
        Frame::Data(chunk) => Ok(chunk.len()),
        _ => Ok(0),
    }
}
