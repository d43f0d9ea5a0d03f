//! Event streams over HTTP: so many events of one session.

use std::hint::black_box;

use eventsource_stream::Eventsource;
use futures::StreamExt;
use http::header::ACCEPT;
use http_body_util::BodyExt;
use runagent_transport::sse::{Decoder, Event, Item};
use runagent_transport::{Body, HttpTransport, Transport};

use crate::Result;
use crate::decoded::SessionEvent;
use crate::work::unknown;

/// The events of a session are as many as its id says.
pub(crate) async fn run(contender: &str, server: &str, events: u64) -> Result<u64> {
    let url = format!("http://{server}/v1/sessions/{events}/sse");
    match contender {
        "ours" => ours(&url, events, |event| event.data.len()).await?,
        "ours-typed" => ours(&url, events, typed).await?,
        "everruns" => everruns(server, events).await?,
        "reqwest" => reqwest(&url, events).await?,
        _ => return unknown(contender),
    }
    Ok(events)
}

async fn ours(url: &str, events: u64, read: fn(&Event<'_>) -> usize) -> Result {
    let mut stream = Events::open(&HttpTransport::new(), url).await?;
    let mut seen = 0;
    while seen < events {
        stream
            .read_chunk(|event| {
                if event.kind != "connected" {
                    black_box(read(event));
                    seen += 1;
                }
            })
            .await?;
    }
    Ok(())
}

/// An open event stream of ours.
pub(crate) struct Events {
    body: Body,
    decoder: Decoder,
}

impl Events {
    pub(crate) async fn open(transport: &HttpTransport, url: &str) -> Result<Self> {
        let request = http::Request::get(url).header(ACCEPT, "text/event-stream").body(Body::empty())?;
        Ok(Self { body: transport.send(request).await?.into_body(), decoder: Decoder::new() })
    }

    /// Waits for the next bytes, and reads each event that they complete.
    pub(crate) async fn read_chunk(&mut self, mut read: impl FnMut(&Event<'_>)) -> Result {
        let frame = self.body.frame().await.ok_or("the stream ended")??;
        let Ok(chunk) = frame.into_data() else { return Ok(()) };
        self.decoder.push(chunk);
        while let Some(item) = self.decoder.next_item() {
            if let Item::Event(event) = item? {
                read(&event);
            }
        }
        Ok(())
    }
}

fn typed(event: &Event<'_>) -> usize {
    // An event that is no envelope counts as empty; the server sends none.
    serde_json::from_str::<SessionEvent<'_>>(&event.data).map_or(0, |event| {
        black_box((&event.id, &event.kind, &event.ts, &event.session_id));
        event.data.get().len()
    })
}

/// The client of Everruns: events as an enum, in order, none twice, and the text of each message whole.
async fn everruns(server: &str, events: u64) -> Result {
    let client = everruns_sdk::Client::builder().base_url(format!("http://{server}")).build();
    let mut stream = client.events().stream(&events.to_string()).from_start().await?;
    for _ in 0..events {
        black_box(stream.next().await.ok_or("the stream ended")??);
    }
    Ok(())
}

async fn reqwest(url: &str, events: u64) -> Result {
    let response = reqwest::Client::builder().no_proxy().build()?.get(url).send().await?;
    let mut stream = response.bytes_stream().eventsource();
    let mut seen = 0;
    while seen < events {
        let event = stream.next().await.ok_or("the stream ended")??;
        if event.event != "connected" {
            black_box(event.data.len());
            seen += 1;
        }
    }
    Ok(())
}
